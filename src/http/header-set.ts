import { FlaconError } from '../util/errors.ts';
import { quoteHeaderValue } from './dump.ts';
import { parseListHeader } from './parse.ts';

/**
 * A header that is a set of names, such as Vary or Allow: ordered, compared without case. Changing it calls `onUpdate`,
 * by which a response keeps its header up to date.
 */
export class HeaderSet {
  onUpdate: (() => void) | undefined;
  #items: string[];

  constructor(items: Iterable<string> = [], onUpdate?: () => void) {
    // As they came: a header that repeats a name keeps it twice.
    this.#items = [...items];
    this.onUpdate = onUpdate;
  }

  /** Adds a name unless it is there. */
  add(name: string): void {
    this.update([name]);
  }

  /** Adds the names that are not there. */
  update(names: Iterable<string>): void {
    let changed = false;
    for (const name of names) {
      if (this.has(name)) continue;
      this.#items.push(name);
      changed = true;
    }
    if (changed) this.onUpdate?.();
  }

  /** Removes a name. Throws a FlaconError `NOT_IN_SET` if it is not there; `discard` does not. */
  remove(name: string): void {
    if (!this.discard(name)) {
      throw new FlaconError(`'${name}' is not in the set.`, {
        code: 'NOT_IN_SET',
        fix: 'use discard() to remove what may be missing',
      });
    }
  }

  /** Removes a name; whether it was there. */
  discard(name: string): boolean {
    if (!this.has(name)) return false;
    const lower = name.toLowerCase();
    this.#items = this.#items.filter((item) => item.toLowerCase() !== lower);
    this.onUpdate?.();
    return true;
  }

  clear(): void {
    this.#items = [];
    this.onUpdate?.();
  }

  has(name: string): boolean {
    return this.find(name) !== -1;
  }

  /** Position of a name, or -1. */
  find(name: string): number {
    const lower = name.toLowerCase();
    return this.#items.findIndex((item) => item.toLowerCase() === lower);
  }

  /** The name at a position. */
  at(index: number): string | undefined {
    return this.#items.at(index);
  }

  /** The number of different names. */
  get size(): number {
    return this.asSet().size;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#items.values();
  }

  /** The names as a plain set, in lower case unless `preserveCasing`. */
  asSet({ preserveCasing = false }: { preserveCasing?: boolean } = {}): Set<string> {
    return new Set(preserveCasing ? this.#items : this.#items.map((item) => item.toLowerCase()));
  }

  toHeader(): string {
    return this.#items.map((item) => quoteHeaderValue(item)).join(', ');
  }

  toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `HeaderSet([${this.#items.map((item) => `'${item}'`).join(', ')}])`;
  }
}

/** Parses a header that is a set of names, such as Vary or Allow. */
export function parseSetHeader(value: string | null | undefined, onUpdate?: () => void): HeaderSet {
  return new HeaderSet(value ? parseListHeader(value) : [], onUpdate);
}
