import { AsyncLocalStorage } from 'node:async_hooks';
import {
  emitQuery,
  hearsQueries,
  shellDatabase,
  type DatabaseHandle,
  type Sandbox,
  type ShellDatabase,
} from '../../src/shell/index.ts';

interface State {
  notes: string[];
  changes: number;
  hasEnded: boolean;
}

/** A database that is no SQLite and speaks no SQL: notes in memory, behind promises, with sandboxes that are copies. */
export class Notes implements DatabaseHandle {
  readonly #kept: State = { notes: [], changes: 0, hasEnded: false };
  readonly #sandboxes = new AsyncLocalStorage<State>();
  readonly [shellDatabase]: ShellDatabase;

  constructor(name = 'notes') {
    this[shellDatabase] = {
      name,
      openSandbox: () => this.#openSandbox(),
      explain: (text) => [{ step: 1, does: `look at all notes for ${text}` }],
    };
  }

  /** What everybody sees. */
  get kept(): readonly string[] {
    return this.#kept.notes;
  }

  get #state(): State {
    const state = this.#sandboxes.getStore() ?? this.#kept;
    if (state.hasEnded) throw new Error('the sandbox has ended');
    return state;
  }

  async add(note: string): Promise<number> {
    return this.#ask(`add note`, { note }, ({ notes }) => notes.push(note), true);
  }

  async list(): Promise<string[]> {
    return this.#ask('list notes', [], ({ notes }) => [...notes]);
  }

  async #ask<T>(text: string, params: Record<string, unknown> | unknown[], run: (state: State) => T, isChange = false) {
    const origin = hearsQueries() ? new Error(text) : undefined;
    const begin = performance.now();
    await new Promise(setImmediate);
    const state = this.#state;
    const result = run(state);
    if (isChange) state.changes += 1;
    emitQuery({ sql: text, params, ms: performance.now() - begin, database: this[shellDatabase], origin });
    return result;
  }

  #openSandbox(): Sandbox {
    const state: State = { notes: [...this.#kept.notes], changes: 0, hasEnded: false };
    const end = async () => {
      await new Promise(setImmediate);
      state.hasEnded = true;
      return { statements: state.changes, rows: state.changes };
    };
    return {
      enter: (body) => this.#sandboxes.run(state, body),
      commit: () => {
        this.#kept.notes = [...state.notes];
        return end();
      },
      rollback: end,
    };
  }
}
