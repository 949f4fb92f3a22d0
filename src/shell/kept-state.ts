import type { Evaluator, ImportedName, ReadyEntry } from './evaluator.ts';
import type { NameKind } from './names.ts';
import { packValues, unpackValues } from './plain-data.ts';
import type { SessionScope } from './scope.ts';

/** What of a session outlives its process. The client holds it. */
export interface KeptState {
  /** The values, packed. */
  data: string;
  /** The kinds of the variables in `data`. */
  kinds: Record<string, NameKind>;
  /** Names that were imported. */
  imports: ImportedName[];
  /** Variables that cannot be kept. */
  lost: LostVariable[];
  /** How many entries there were. */
  entry: number;
}

/** A variable that is not in the next process. */
export interface LostVariable {
  name: string;
  /** What it holds, in a word or two. */
  why: string;
  /** The entries that made it. */
  entries: SourceEntry[];
}

/** An entry that ran. */
export interface SourceEntry {
  number: number;
  text: string;
}

/** What became of a {@link KeptState}. */
export interface Restored {
  kept: string[];
  lost: Pick<LostVariable, 'name' | 'why'>[];
}

/** Entries longer than this are not remembered. */
const MAX_SOURCE = 100_000;
/** Assignments that are remembered of one variable. */
const MAX_ENTRIES = 20;

/** What a session has to know to be built again in another process. */
export class SessionMemory {
  readonly #scope: SessionScope;
  readonly #evaluator: Evaluator;
  /** The entries that declared a variable last, and assigned to it since. */
  readonly #entries = new Map<string, SourceEntry[]>();
  /** What the last restart has cost. */
  #lost: LostVariable[] = [];

  constructor(scope: SessionScope, evaluator: Evaluator) {
    this.#scope = scope;
    this.#evaluator = evaluator;
  }

  /** Notes an entry that has run. */
  note({ declared, assigned }: Pick<ReadyEntry, 'declared' | 'assigned'>, entry: SourceEntry): void {
    if (entry.text.length > MAX_SOURCE) return;
    for (const name of declared) this.#entries.set(name, [entry]);
    for (const name of assigned) {
      const earlier = this.#entries.get(name) ?? [];
      this.#entries.set(name, [...earlier.slice(0, MAX_ENTRIES - 1), entry]);
    }
  }

  /** What can be kept of the session as it is now, and what cannot. */
  snapshot(entry: number): KeptState {
    const variables = this.#scope.list().filter(({ kind }) => kind !== 'import');
    const { data, packed, left } = packValues(variables.map(({ name, value }) => [name, value] as const));
    const kinds = new Map(variables.map(({ name, kind }) => [name, kind]));
    const known = new Set([...kinds.keys(), ...this.#evaluator.imports().map(({ local }) => local)]);
    const lost = left.map(({ name, why }) => ({ name, why, entries: this.#entries.get(name) ?? [] }));
    // What an earlier restart has taken, and nobody has made again.
    const stillLost = this.#lost.filter(({ name }) => !known.has(name));
    return {
      data,
      kinds: Object.fromEntries(packed.map((name) => [name, kinds.get(name) ?? 'let'])),
      imports: this.#evaluator.imports(),
      lost: [...stillLost, ...lost],
      entry,
    };
  }

  /** Takes over what an earlier session was. Names that are there already, by a start-up file, are not lost. */
  async restore(state: KeptState): Promise<Restored> {
    const kept: string[] = [];
    const lost: LostVariable[] = [];
    for (const imported of state.imports) {
      try {
        await this.#evaluator.import(imported);
        kept.push(imported.local);
      } catch {
        // Why is said when the entry is run again.
        const { specifier, local } = imported;
        lost.push({
          name: local,
          why: `import of '${specifier}'`,
          entries: [{ number: 0, text: statementOf(imported) }],
        });
      }
    }
    for (const [name, value] of this.#unpack(state, lost)) {
      this.#scope.declare(name, state.kinds[name] ?? 'let', value);
      kept.push(name);
    }
    this.#lost = [...lost, ...state.lost];
    return { kept, lost: this.#missing().map(({ name, why }) => ({ name, why })) };
  }

  #unpack(state: KeptState, lost: LostVariable[]): Map<string, unknown> {
    try {
      return unpackValues(state.data);
    } catch {
      // Written by a newer Node.js.
      for (const name of Object.keys(state.kinds)) lost.push({ name, why: 'unreadable', entries: [] });
      return new Map();
    }
  }

  /** The variables that are still lost. */
  lostNames(): string[] {
    return this.#missing().map(({ name }) => name);
  }

  #missing(): LostVariable[] {
    return this.#lost.filter(({ name }) => !(name in this.#scope.variables));
  }

  /** The entries that made what was lost, each once, in their order; with `names` only those of these variables. */
  entriesToRebuild(names: readonly string[] = []): string[] {
    const missing = this.#missing();
    const unknown = names.filter((name) => missing.every((lost) => lost.name !== name));
    if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not lost`);
    const wanted = missing.filter(({ name }) => names.length === 0 || names.includes(name));
    const entries = wanted.flatMap((lost) => lost.entries).sort((a, b) => a.number - b.number);
    return [...new Map(entries.map((entry) => [`${entry.number} ${entry.text}`, entry.text])).values()];
  }

  /** Runs `body`, which declares variables anew; those that are there keep their values. */
  async keeping<T>(body: () => Promise<T>): Promise<T> {
    const before = this.#scope.list().filter(({ kind }) => kind !== 'import');
    const result = await body();
    for (const { name, kind, value } of before) this.#scope.declare(name, kind, value);
    return result;
  }
}

function statementOf({ specifier, local, imported }: ImportedName): string {
  const what = imported === '*' ? `* as ${local}` : imported === local ? `{ ${local} }` : `{ ${imported} as ${local} }`;
  return `import ${what} from ${JSON.stringify(specifier)}`;
}
