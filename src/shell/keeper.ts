import type { KeptState } from './kept-state.ts';
import type { HostFrame } from './protocol.ts';
import type { LoggedEntry } from './logged-entry.ts';

/** What can be kept of a session. */
export interface KeeperSource {
  snapshot(): KeptState;
  /** What its log has got since this was asked last. */
  takeLogged(): readonly LoggedEntry[];
}

type KeptFrame = Extract<HostFrame, { op: 'kept' | 'logged' }>;

/** Gives the client, after each entry, what can be kept of its session: it outlives this process. */
export class Keeper {
  readonly #source: KeeperSource;
  readonly #send: (frame: KeptFrame) => void;
  #due: NodeJS.Immediate | undefined;
  /** What the client has, as text. */
  #sent = '';

  constructor(source: KeeperSource, send: (frame: KeptFrame) => void) {
    this.#source = source;
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
    const entries = this.#source.takeLogged();
    if (entries.length > 0) this.#send({ op: 'logged', entries });
    const state = this.#source.snapshot();
    const text = JSON.stringify(state);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#send({ op: 'kept', state });
  }

  stop(): void {
    clearImmediate(this.#due);
    this.#due = undefined;
  }
}
