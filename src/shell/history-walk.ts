/** The way back and forth through the entries of a history, while one entry is typed. */
export class HistoryWalk {
  readonly #lines: readonly string[];
  /** What was typed, also over earlier entries: it comes back. */
  readonly #typed = new Map<number, string>();
  #index: number;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#index = lines.length;
  }

  /** The entry before; nothing at the oldest. */
  previous(current: string): string | undefined {
    return this.#go(this.#index - 1, current);
  }

  /** The entry after, at the end what was being typed; nothing behind that. */
  next(current: string): string | undefined {
    return this.#go(this.#index + 1, current);
  }

  #go(index: number, current: string): string | undefined {
    if (index < 0 || index > this.#lines.length) return undefined;
    this.#typed.set(this.#index, current);
    this.#index = index;
    return this.#typed.get(index) ?? this.#lines[index];
  }
}

/** Ctrl-R: entries that fit what is typed, newest first. */
export class HistorySearch {
  readonly #lines: readonly string[];
  #query = '';
  #found: readonly string[];
  #at = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines.toReversed();
    this.#found = [];
  }

  get query(): string {
    return this.#query;
  }

  set query(query: string) {
    this.#query = query;
    this.#found = query === '' ? [] : matches(this.#lines, query);
    this.#at = 0;
  }

  /** The entry that is shown; nothing while none fits. */
  get match(): string | undefined {
    return this.#found[this.#at];
  }

  /** Where in the match the query stands; at its end for one that only fits loosely. */
  get cursor(): number {
    const { match = '' } = this;
    const at = match.toLowerCase().indexOf(this.#query.toLowerCase());
    return at < 0 ? match.length : at;
  }

  /** Goes to an older match, or a newer one with -1; stays at the ends. */
  move(by: 1 | -1): void {
    this.#at = Math.max(0, Math.min(this.#at + by, this.#found.length - 1));
  }

  /** The row beneath the entry. */
  get label(): string {
    const isMissing = this.#query !== '' && this.match === undefined;
    const place = this.#found.length > 1 ? `  ${this.#at + 1} of ${this.#found.length}` : '';
    return `${isMissing ? 'not found' : 'search'}: ${this.#query}${place}`;
  }
}

/** Entries with the query in them, then those with all its words; where there are none, those with its letters in their order. */
function matches(lines: readonly string[], query: string): string[] {
  const wanted = query.toLowerCase();
  const words = wanted.split(/\s+/);
  const whole = lines.filter((line) => line.toLowerCase().includes(wanted));
  const inWords = lines.filter((line) => words.every((word) => line.toLowerCase().includes(word)));
  const found = [...new Set([...whole, ...inWords])];
  return found.length > 0 || wanted.length < 3
    ? found
    : lines.filter((line) => hasLettersOf(line.toLowerCase(), wanted));
}

function hasLettersOf(text: string, wanted: string): boolean {
  let at = 0;
  for (const letter of wanted) {
    if (letter === ' ') continue;
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
