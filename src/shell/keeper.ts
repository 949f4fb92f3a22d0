import type { KeptState } from './kept-state.ts';

/** Gives the client, after each entry, what can be kept of its session: it outlives this process. */
export class Keeper {
  readonly #snapshot: () => KeptState;
  readonly #send: (state: KeptState) => void;
  #due: NodeJS.Immediate | undefined;
  /** What the client has, as text. */
  #sent = '';

  constructor(snapshot: () => KeptState, send: (state: KeptState) => void) {
    this.#snapshot = snapshot;
    this.#send = send;
  }

  /** An entry has ended. The answer goes first. */
  soon(): void {
    this.#due ??= setImmediate(() => this.now());
  }

  /** Before the next entry: it may be the last one. */
  flush(): void {
    if (this.#due) this.now();
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
    clearImmediate(this.#due);
    this.#due = undefined;
  }
}
