import type { KeptState } from './kept-state.ts';

/** How long after an entry it is looked at what can be kept of the session. */
const DELAY_MS = 20;

/** Gives the client, after each entry, what can be kept of its session: it outlives this process. */
export class Keeper {
  readonly #snapshot: () => KeptState;
  readonly #send: (state: KeptState) => void;
  #timer: NodeJS.Timeout | undefined;
  /** What the client has, as text. */
  #sent = '';

  constructor(snapshot: () => KeptState, send: (state: KeptState) => void) {
    this.#snapshot = snapshot;
    this.#send = send;
  }

  /** An entry has ended. The answer goes first. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.now(), DELAY_MS).unref();
  }

  /** Before the next entry: it may be the last one. */
  flush(): void {
    if (this.#timer) this.now();
  }

  now(): void {
    this.stop();
    const state = this.#snapshot();
    const text = JSON.stringify(state);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#send(state);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
