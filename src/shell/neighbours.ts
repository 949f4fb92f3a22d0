import { FlaconError } from '../util/errors.ts';
import type { AttachedSession, SentFrame } from './protocol.ts';
import type { NameSource } from './scope.ts';
import type { Session } from './session.ts';
import type { Span } from './spans.ts';

/** Somebody who is attached. */
export interface Neighbour {
  readonly session: Session;
  readonly mode: 'terminal' | 'script';
  readonly pid: number;
  readonly user: string;
  /** Since when, as of `Date.now()`. */
  readonly since: number;
  /** Whether an entry of it runs. */
  isBusy(): boolean;
  /** Evaluates code that somebody else has sent; `begin` hears how to interrupt it. */
  evaluate(sent: SentCode, begin: (slot: number, target: number) => void): Promise<SentResult>;
  /** Prints something above its prompt. */
  tell(printed: Span[]): void;
}

/** Code from elsewhere. */
export interface SentCode {
  code: string;
  filename: string | undefined;
  /** Whether the sender is still there: it may leave while the code waits for its turn. */
  isWanted(): boolean;
}

/** What came of it. */
export type SentResult = Omit<SentFrame, 'op' | 'id' | 'session'>;

interface Shared {
  by: number;
  get(): unknown;
}

/** The sessions of one host, and what they share. */
export class Neighbours {
  readonly #all = new Set<Neighbour>();
  readonly #shared = new Map<string, Shared>();

  /** Everybody, in the order in which they came. */
  get list(): Neighbour[] {
    return [...this.#all];
  }

  /** The names that sessions have given to the others. */
  readonly shared: NameSource = {
    has: (name) => this.#shared.has(name),
    get: (name) => this.#shared.get(name)?.get(),
    names: () => this.#shared.keys(),
  };

  /** Who has shared what. */
  get sharedNames(): { name: string; by: number }[] {
    return [...this.#shared].map(([name, { by }]) => ({ name, by }));
  }

  /** The session of a number, or the newest one of a person. */
  find(number: number | undefined): Neighbour {
    const people = this.list.filter(({ mode }) => mode === 'terminal');
    const found = number === undefined ? people.at(-1) : people.find(({ session }) => session.number === number);
    if (found) return found;
    throw new FlaconError(number === undefined ? 'no shell is attached' : `no shell has the number ${number}`, {
      code: 'NO_SHELL',
      fix: people.length === 0 ? "open one with 'app shell'" : 'app shell send lists them',
    });
  }

  describe(): AttachedSession[] {
    return this.list.map(({ session, mode, pid, user, isBusy }) => ({
      session: session.number,
      mode,
      pid,
      user,
      isBusy: isBusy(),
    }));
  }

  join(neighbour: Neighbour): void {
    this.#all.add(neighbour);
    this.#number();
  }

  /** What it has shared stays as it is now. */
  leave(neighbour: Neighbour): void {
    if (!this.#all.delete(neighbour)) return;
    for (const shared of this.#shared.values()) {
      if (shared.by !== neighbour.session.number) continue;
      const value = shared.get();
      shared.get = () => value;
    }
    this.#number();
  }

  /** Gives the others a variable. They see what it holds at any time, and cannot assign to it. */
  share(name: string, { session }: Neighbour): void {
    const { variables } = session.scope;
    if (!(name in variables)) throw new Error(`no variable ${name}`);
    this.#shared.set(name, { by: session.number, get: () => variables[name] });
    for (const other of this.#all) {
      if (other.session === session || other.mode === 'script') continue;
      const hidden = name in other.session.scope.variables ? ' — hidden by a variable of yours' : '';
      other.tell([[`#${session.number} shares ${name}${hidden}`, 'cyan']]);
    }
  }

  unshare(name: string): void {
    if (!this.#shared.delete(name)) throw new Error(`${name} is not shared`);
  }

  /** Prompts say who is who once there is more than one. */
  #number(): void {
    const people = this.list.filter(({ mode }) => mode === 'terminal');
    for (const { session } of people)
      session.marks.set('session', people.length > 1 ? `#${session.number}` : undefined, 'after');
  }
}
