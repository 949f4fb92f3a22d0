import type { SessionStore } from './store.ts';

interface Entry {
  text: string;
  /** Milliseconds since 1970. */
  ends: number;
}

const PRUNE_EVERY = 1000;

/** Keeps sessions in this process: for development and tests. They are gone with it, and other workers do not see them. */
export class MemoryStore implements SessionStore {
  readonly isAsync = false;
  readonly #entries = new Map<string, Entry>();
  #writes = 0;

  /** How many texts are kept, those included whose time is over and that were not removed yet. */
  get size(): number {
    return this.#entries.size;
  }

  get(name: string): string | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.ends > Date.now()) return entry?.text;
    this.#entries.delete(name);
    return undefined;
  }

  replace(name: string, text: string, expected: string | undefined, seconds: number): boolean {
    if (this.get(name) !== expected) return false;
    this.#entries.set(name, { text, ends: Date.now() + seconds * 1000 });
    this.#writes += 1;
    if (this.#writes % PRUNE_EVERY === 0) this.#prune();
    return true;
  }

  touch(name: string, seconds: number): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined && entry.ends > Date.now()) entry.ends = Date.now() + seconds * 1000;
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  #prune(): void {
    const now = Date.now();
    for (const [name, { ends }] of this.#entries) if (ends <= now) this.#entries.delete(name);
  }
}
