import { types } from 'node:util';
import type { Span } from './spans.ts';

/** Advice that a session gives once, the first time that it is of use. */
export class FirstHints {
  readonly #isWanted: boolean;
  readonly #given = new Set<string>();

  /** Scripts need no advice. */
  constructor(mode: 'terminal' | 'script') {
    this.#isWanted = mode === 'terminal';
  }

  #once(text: string): Span[] {
    if (!this.#isWanted || this.#given.has(text)) return [];
    this.#given.add(text);
    return [[text, 'gray']];
  }

  /** Behind a promise that is the value of an entry. */
  forPromise(value: unknown): Span[] {
    return types.isPromise(value) ? this.#once('  (await it, or .await on)') : [];
  }

  /** In place of a value that a semicolon hides. */
  forSilence(value: unknown): Span[] {
    return value === undefined ? [] : this.#once('(not printed because of the semicolon; _ is the value)');
  }
}
