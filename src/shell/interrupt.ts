import inspector from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { CELL, interruptWorker, type InterruptWorkerData } from './interrupt-worker.ts';
import { InterruptedError } from './problems.ts';

/** How many sessions can be interrupted one by one. */
const SLOTS = 62;
/** How long code may take to stop by itself before it is cut off. */
const GRACE_MS = 40;
/** How long a termination may take to arrive. */
const LANDING_MS = 2000;

/** What a session uses to be interruptible. */
export interface InterruptSlot {
  /** The number under which the worker knows the session. */
  readonly number: number;
  /** Called in every loop of the session's code; throws once the session was interrupted. */
  tick(): void;
  /** Runs the synchronous part of an evaluation; false when it was cut off. */
  runSync(body: () => void): boolean;
  /** Forgets an earlier interrupt. */
  clear(): void;
  release(): void;
}

type WorkerMessage = { interrupt: number; id: number } | { listening: true } | { failed: string };

/**
 * Stops what sessions run, also when the main thread is blocked. Loops that were typed stop by themselves: they look at
 * a flag. Anything else is terminated from another thread, at a boundary that V8 sets around the synchronous part, so
 * that the frames of the server below it go on.
 */
export class Interrupts {
  readonly #memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (CELL.flags + SLOTS));
  readonly #cells = new Int32Array(this.#memory);
  readonly #handlers = new Map<number, () => void>();
  #worker: Worker | undefined;
  #started: Promise<void> | undefined;

  /** Starts the thread, once; resolves when it can be reached at `socketPath`. */
  start(socketPath: string, token: string): Promise<void> {
    return (this.#started ??= this.#start(socketPath, token));
  }

  async #start(socketPath: string, token: string): Promise<void> {
    const workerData: InterruptWorkerData = {
      memory: this.#memory,
      socketPath,
      token,
      cells: CELL,
      grace: GRACE_MS,
    };
    const worker = new Worker(`(${interruptWorker.toString()})(require)`, {
      eval: true,
      workerData,
      execArgv: [],
      name: 'flacon-shell',
    });
    this.#worker = worker;
    worker.unref();
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if ('listening' in message) resolve();
        else if ('failed' in message) reject(new Error(message.failed));
        else this.#interrupted(message.interrupt, message.id);
      });
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
  }

  #interrupted(slot: number, id: number): void {
    this.#handlers.get(slot)?.();
    this.#worker?.postMessage({ answer: id });
  }

  /** Gives a session a slot; `onInterrupt` is called when it is interrupted and the main thread is free. */
  slot(onInterrupt: () => void): InterruptSlot | undefined {
    const number = Array.from({ length: SLOTS }, (_, index) => index).find((index) => !this.#handlers.has(index));
    if (number === undefined) return undefined;
    this.#handlers.set(number, onInterrupt);
    const cells = this.#cells;
    const flag = CELL.flags + number;
    Atomics.store(cells, flag, 0);
    return {
      number,
      tick: () => {
        if (Atomics.load(cells, flag) !== 0) throw new InterruptedError();
      },
      runSync: (body) => this.#runSync(number, body),
      clear: () => void Atomics.store(cells, flag, 0),
      release: () => void this.#handlers.delete(number),
    };
  }

  /** Marks a session as interrupted from this thread. */
  raise(number: number): void {
    Atomics.store(this.#cells, CELL.flags + number, 1);
    this.#handlers.get(number)?.();
  }

  #runSync(number: number, body: () => void): boolean {
    const cells = this.#cells;
    if (Atomics.load(cells, CELL.phase) !== 0) {
      body();
      return true;
    }
    let finished = false;
    Atomics.store(cells, CELL.slot, number);
    Atomics.add(cells, CELL.sequence, 1);
    Atomics.store(cells, CELL.phase, 1);
    runAtBoundary(() => {
      body();
      finished = true;
      this.#leave();
    });
    Atomics.store(cells, CELL.phase, 0);
    return finished;
  }

  /** Ends the phase, unless it is just being terminated: then that has to happen here. */
  #leave(): void {
    const cells = this.#cells;
    for (const end = Date.now() + LANDING_MS; Date.now() < end;) {
      if (Atomics.compareExchange(cells, CELL.phase, 1, 0) !== 2) return;
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

const ENTRANCE = Symbol.for('flacon.shell.entrance');

/**
 * Calls `body` from V8's inspector: termination unwinds to there and no further, while without it every frame down to
 * the event loop is lost, and Node aborts.
 */
function runAtBoundary(body: () => void): void {
  Object.defineProperty(globalThis, ENTRANCE, { value: body, configurable: true, enumerable: false });
  const session = new inspector.Session();
  session.connect();
  try {
    session.post('Runtime.evaluate', { expression: `globalThis[Symbol.for('flacon.shell.entrance')]()`, silent: true });
  } finally {
    session.disconnect();
    Reflect.deleteProperty(globalThis, ENTRANCE);
  }
}
