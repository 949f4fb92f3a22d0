/** One entry of the journal. */
export interface HistoryEntry {
  /** Unique over all shells. */
  readonly id: string;
  /** Its place in the journal, from 1: what `.history` shows. */
  readonly number: number;
  /** When it was typed: milliseconds since 1970. */
  readonly t: number;
  readonly cwd: string;
  readonly session: string;
  readonly env?: string;
  /** What was typed, without its secrets. */
  readonly code: string;
  /** Whether it ended well; unknown while it runs, or when the shell died in it. */
  readonly ok?: boolean;
  /** How long it took, in milliseconds. */
  readonly ms?: number;
}

/** How many entries a shell knows. */
const MAX_ENTRIES = 10_000;

/** The entries that the records of a journal come to. */
export class EntryList {
  readonly #session: string;
  #older: readonly string[] = [];
  readonly #entries = new Map<string, HistoryEntry>();
  #number = 0;
  #all: readonly HistoryEntry[] | undefined;
  #lines: readonly string[] | undefined;

  constructor(session: string) {
    this.#session = session;
  }

  /** Texts from before the first entry, oldest first. */
  set older(older: readonly string[]) {
    this.#older = older;
    this.#changed();
  }

  get entries(): readonly HistoryEntry[] {
    return (this.#all ??= [...this.#entries.values()]);
  }

  get lines(): readonly string[] {
    return (this.#lines ??= this.#collectLines());
  }

  #collectLines(): string[] {
    const own: string[] = [];
    const others: string[] = [];
    for (const { code, session } of this.entries) (session === this.#session ? own : others).push(code);
    // A set keeps the place of the first: from the newest back, that is the newest.
    const unique = new Set([...this.#older, ...others, ...own].toReversed());
    return [...unique].slice(0, MAX_ENTRIES).toReversed();
  }

  clear(): void {
    this.#entries.clear();
    this.#number = 0;
    this.#changed();
  }

  #changed(): void {
    this.#all = undefined;
    this.#lines = undefined;
  }

  /** Takes one record in: an entry, its outcome, or that it is forgotten. Anything else is passed over. */
  apply(record: Readonly<Record<string, unknown>> | undefined): void {
    if (!record || typeof record['id'] !== 'string') return;
    const { id, code, ok, ms } = record;
    const known = this.#entries.get(id);
    if (record['forgotten'] === true) {
      this.#entries.delete(id);
    } else if (typeof code === 'string') {
      this.#entries.set(id, known ?? this.#entryOf(id, code, record));
      this.#trim();
    } else if (known && typeof ok === 'boolean') {
      this.#entries.set(id, { ...known, ok, ...(typeof ms === 'number' && { ms }) });
    } else {
      return;
    }
    this.#changed();
  }

  #entryOf(id: string, code: string, { t, cwd, session, env }: Readonly<Record<string, unknown>>): HistoryEntry {
    this.#number += 1;
    return {
      id,
      number: this.#number,
      t: typeof t === 'number' ? t : 0,
      cwd: typeof cwd === 'string' ? cwd : '',
      session: typeof session === 'string' ? session : '',
      ...(typeof env === 'string' && { env }),
      code,
    };
  }

  #trim(): void {
    if (this.#entries.size <= MAX_ENTRIES) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
