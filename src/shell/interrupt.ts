import inspector from 'node:inspector';
import type { MessagePort } from 'node:worker_threads';
import { SideThread } from '../util/side-thread.ts';
import { CELL, interruptWorker, type InterruptWorkerData } from './interrupt-worker.ts';
import { InterruptedError } from './problems.ts';

/** How many sessions can be interrupted one by one. */
const SLOTS = 62;
/** How long code may take to stop by itself before it is cut off. */
const GRACE_MS = 40;
/** How long the main thread may take to answer before it counts as blocked. */
const PATIENCE_MS = 300;
/** How long a process that is there for one client may take to end when that is gone. */
const FAREWELL_MS = 10_000;
/** How long a termination may take to arrive. */
const LANDING_MS = 2000;

/** Where what interrupts is reached, and by whom. */
export type InterruptEntrance = Pick<InterruptWorkerData, 'socketPath' | 'token' | 'denial' | 'isOwn'>;

/** What a session uses to be interruptible. */
export interface InterruptSlot {
  /** The number under which the worker knows the session. */
  readonly number: number;
  /** An evaluation begins; `id` is what it is interrupted by. */
  begin(id: number): void;
  end(): void;
  /** Whether the evaluation that runs was interrupted. */
  isStopped(): boolean;
  /** Called in every loop of the session's code; throws once the evaluation was interrupted. */
  tick(): void;
  /** Runs the synchronous part of an evaluation; false when it was cut off. */
  runSync(body: () => void): boolean;
  release(): void;
}

/**
 * Hears of an interrupt when the main thread is free. `wasCut`: what ran outside of a synchronous part was terminated, and
 * V8 has dropped the microtasks that were due with it.
 */
export type InterruptHandler = (target: number, wasCut: boolean) => void;

type WorkerMessage =
  | { interrupt: number; slot: number; id: number }
  | { terminated: number; slot: number }
  | { listening: true }
  | { failed: string };

/**
 * Stops what sessions run, also when the main thread is blocked. Loops that were typed stop by themselves: they look at
 * a flag. Anything else is terminated from another thread, at a boundary that V8 sets around the synchronous part, so
 * that the frames of the server below it go on.
 */
export class Interrupts {
  readonly #memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (CELL.sessions + SLOTS * CELL.perSession));
  readonly #cells = new Int32Array(this.#memory);
  readonly #handlers = new Map<number, InterruptHandler>();
  readonly #given: SideThread | undefined;
  #own: SideThread | undefined;
  #port: MessagePort | undefined;
  #started: Promise<void> | undefined;

  /** `thread`: one that is there already; else one of its own is started when there is something to interrupt. */
  constructor(thread?: SideThread) {
    this.#given = thread;
  }

  /** Starts what interrupts, once; resolves when it can be reached. */
  start(entrance: InterruptEntrance): Promise<void> {
    return (this.#started ??= this.#start(entrance));
  }

  async #start(entrance: InterruptEntrance): Promise<void> {
    const data: InterruptWorkerData = {
      ...entrance,
      memory: this.#memory,
      cells: CELL,
      grace: GRACE_MS,
      patience: PATIENCE_MS,
      farewell: FAREWELL_MS,
    };
    const thread = this.#given ?? (this.#own = new SideThread('flacon-shell'));
    const port = thread.run(interruptWorker, data);
    this.#port = port;
    await new Promise<void>((resolve, reject) => {
      port.on('message', (message: WorkerMessage) => {
        if ('listening' in message) resolve();
        else if ('failed' in message) reject(new Error(message.failed));
        else if ('terminated' in message) this.#handlers.get(message.slot)?.(message.terminated, true);
        else this.#interrupted(message);
      });
      port.once('close', () => resolve());
      port.unref();
    });
  }

  #interrupted({ slot, interrupt, id }: Extract<WorkerMessage, { interrupt: number }>): void {
    this.#handlers.get(slot)?.(interrupt, false);
    this.#port?.postMessage({ answer: id });
  }

  /** Gives a session a slot; undefined when all are taken. */
  slot(onInterrupt: InterruptHandler): InterruptSlot | undefined {
    const number = Array.from({ length: SLOTS }, (_, index) => index).find((index) => !this.#handlers.has(index));
    if (number === undefined) return undefined;
    this.#handlers.set(number, onInterrupt);
    const cells = this.#cells;
    const running = CELL.sessions + number * CELL.perSession;
    const stop = running + 1;
    Atomics.store(cells, running, 0);
    Atomics.store(cells, stop, 0);
    let current = 0;
    return {
      number,
      begin(id) {
        current = id;
        Atomics.store(cells, running, id);
      },
      end: () => void Atomics.store(cells, running, 0),
      isStopped: () => current !== 0 && Atomics.load(cells, stop) === current,
      tick() {
        if (Atomics.load(cells, stop) === current && current !== 0) throw new InterruptedError();
      },
      runSync: (body) => this.#runSync(number, body),
      release: () => void this.#handlers.delete(number),
    };
  }

  /** Interrupts from this thread. */
  raise(number: number, target: number): void {
    Atomics.store(this.#cells, CELL.sessions + number * CELL.perSession + 1, target);
    this.#handlers.get(number)?.(target, false);
  }

  #runSync(number: number, body: () => void): boolean {
    const cells = this.#cells;
    if (Atomics.load(cells, CELL.phase) !== 0) {
      body();
      return true;
    }
    let finished = false;
    Atomics.store(cells, CELL.slot, number);
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
    const port = this.#port;
    this.#port = undefined;
    if (!port || this.#own) return this.#own?.close();
    const closed = new Promise<void>((resolve) => port.once('close', () => resolve()));
    port.ref();
    port.postMessage('close');
    await closed;
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
