import { getCurrentObject } from './local.ts';

/** What a signal calls: the sender, and the payload that {@link Signal.send} was given. */
export type Receiver<Payload extends object = object, Sender = unknown> = (sender: Sender, payload: Payload) => unknown;

/** Undoes something, by `dispose()` or by `using`. */
export interface Disconnect {
  dispose(): void;
  [Symbol.dispose](): void;
}

interface Connection {
  any: boolean;
  /** Weak, so that a signal does not keep the app of an earlier reload alive. */
  senders: WeakSet<object>;
  /** Senders that are no objects. */
  keys: Set<unknown>;
  count: number;
}

/**
 * Tells the functions connected to it that something happened (blinker's `Signal`). Receivers run in the order in
 * which they were connected, each once, also when it is connected to the sender and to all senders.
 */
export class Signal<Payload extends object = Record<string, unknown>, Sender = unknown> {
  readonly name: string;
  /** What the signal means, for people who list signals. */
  readonly doc: string | undefined;
  #connections = new Map<Receiver<Payload, Sender>, Connection>();
  #muted = 0;

  constructor(name = '', doc?: string) {
    this.name = name;
    this.doc = doc;
  }

  /** Whether anything is connected: the cheap question before a payload is built. */
  get hasReceivers(): boolean {
    return this.#connections.size > 0;
  }

  /** Calls `receiver` for signals of `sender`, or of every sender if none is given. Returns the receiver. */
  connect<R extends Receiver<Payload, Sender>>(receiver: R, sender?: Sender): R {
    let connection = this.#connections.get(receiver);
    if (!connection) {
      connection = { any: false, senders: new WeakSet(), keys: new Set(), count: 0 };
      this.#connections.set(receiver, connection);
    }
    if (sender === undefined) {
      connection.any = true;
    } else if (!isConnectedTo(connection, sender)) {
      const key = getCurrentObject<unknown>(sender);
      if (isObject(key)) connection.senders.add(key);
      else connection.keys.add(key);
      connection.count += 1;
    }
    return receiver;
  }

  /** Undoes {@link connect}: for one sender, or for all of them. Unknown receivers are ignored. */
  disconnect(receiver: Receiver<Payload, Sender>, sender?: Sender): void {
    const connection = this.#connections.get(receiver);
    if (!connection) return;
    if (sender === undefined) {
      this.#connections.delete(receiver);
      return;
    }
    const key = getCurrentObject<unknown>(sender);
    if (isObject(key) ? connection.senders.delete(key) : connection.keys.delete(key)) connection.count -= 1;
    if (!connection.any && connection.count === 0) this.#connections.delete(receiver);
  }

  /**
   * Connects until the returned object is disposed of, or while `body` runs (until its promise settles, if it
   * returns one).
   */
  connectedTo(receiver: Receiver<Payload, Sender>, sender?: Sender): Disconnect;
  connectedTo<T>(receiver: Receiver<Payload, Sender>, sender: Sender | undefined, body: () => T): T;
  connectedTo<T>(receiver: Receiver<Payload, Sender>, sender?: Sender, body?: () => T): T | Disconnect {
    this.connect(receiver, sender);
    const disconnect = disposable(() => this.disconnect(receiver, sender));
    return body ? runThen(body, disconnect) : disconnect;
  }

  /** Sends nothing until the returned object is disposed of, or while `body` runs. */
  muted(): Disconnect;
  muted<T>(body: () => T): T;
  muted<T>(body?: () => T): T | Disconnect {
    this.#muted += 1;
    const unmute = disposable(() => (this.#muted -= 1));
    return body ? runThen(body, unmute) : unmute;
  }

  /** The receivers that a signal of `sender` would reach, in order. */
  receiversFor(sender: Sender): Receiver<Payload, Sender>[] {
    const found: Receiver<Payload, Sender>[] = [];
    for (const [receiver, connection] of this.#connections) {
      if (connection.any || isConnectedTo(connection, sender)) found.push(receiver);
    }
    return found;
  }

  /** Whether a signal of `sender` would reach anybody. */
  hasReceiversFor(sender: Sender): boolean {
    return this.hasReceivers && this.receiversFor(sender).length > 0;
  }

  /**
   * Calls every receiver of `sender` and returns `[receiver, what it returned]` pairs. A receiver that throws ends the
   * sending and the error comes through; promises are returned, not awaited: see {@link sendAsync}.
   */
  send(sender: Sender, payload?: Payload): [Receiver<Payload, Sender>, unknown][] {
    if (this.#connections.size === 0 || this.#muted > 0) return [];
    const data = payload ?? ({} as Payload);
    return this.receiversFor(sender).map((receiver) => [receiver, receiver(sender, data)]);
  }

  /** {@link send} for asynchronous receivers: waits for each before the next is called. */
  async sendAsync(sender: Sender, payload?: Payload): Promise<[Receiver<Payload, Sender>, unknown][]> {
    if (this.#connections.size === 0 || this.#muted > 0) return [];
    const data = payload ?? ({} as Payload);
    const results: [Receiver<Payload, Sender>, unknown][] = [];
    for (const receiver of this.receiversFor(sender)) results.push([receiver, await receiver(sender, data)]);
    return results;
  }
}

/** Signals by name (blinker's `Namespace`). */
export class Namespace {
  readonly #signals = new Map<string, Signal>();

  /** The signal called `name`, made at the first call. */
  signal<Payload extends object = Record<string, unknown>, Sender = unknown>(
    name: string,
    doc?: string,
  ): Signal<Payload, Sender> {
    let signal = this.#signals.get(name);
    if (!signal) this.#signals.set(name, (signal = new Signal(name, doc)));
    return signal as unknown as Signal<Payload, Sender>;
  }

  /** `[name, signal]` in the order in which they were made. */
  [Symbol.iterator](): IterableIterator<[string, Signal]> {
    return this.#signals.entries();
  }
}

function isConnectedTo(connection: Connection, sender: unknown): boolean {
  if (connection.count === 0) return false;
  const key = getCurrentObject(sender);
  return isObject(key) ? connection.senders.has(key) : connection.keys.has(key);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function disposable(undo: () => void): Disconnect {
  let done = false;
  const dispose = (): void => {
    if (done) return;
    done = true;
    undo();
  };
  return { dispose, [Symbol.dispose]: dispose };
}

function runThen<T>(body: () => T, after: Disconnect): T {
  let result: T;
  try {
    result = body();
  } catch (error) {
    after.dispose();
    throw error;
  }
  if (result instanceof Promise) return result.finally(() => after.dispose()) as T;
  after.dispose();
  return result;
}
