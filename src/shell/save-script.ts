import { mergeEntries } from './merge-entries.ts';
import type { LoggedEntry } from './logged-entry.ts';

/** What a file is made of: an entry with its code. */
export type SavedEntry = LoggedEntry & { code: string };

/** The entries of a session that went well and are code, or can be said as code. */
export function savedEntries(
  entries: readonly LoggedEntry[],
  range: { first: number; last: number } | undefined,
): SavedEntry[] {
  return entries.flatMap((entry) => {
    const isIn = range === undefined || (entry.number >= range.first && entry.number <= range.last);
    const isFine = entry.status === 'value' || entry.status === 'nothing';
    const code = entry.isCommand ? entry.code : entry.text.trim();
    return isIn && isFine && code !== undefined && code !== '' ? [{ ...entry, code }] : [];
  });
}

/** Entries as a script that `app shell FILE` runs. */
export function scriptOf(entries: readonly SavedEntry[]): string {
  const merged = mergeEntries(entries.map(({ code }) => code));
  const results = new ResultNames(merged.names);
  const body = merged.entries.map(({ code, expression }, index) => {
    const statement =
      expression === undefined ? '' : results.keep(statementOf(expression), entries[index]?.number ?? 0);
    return [code, statement].filter((part) => part !== '').join('\n');
  });
  const head = ['// Made of a session of `app shell`. Run it with: app shell FILE', ...merged.imports, ''];
  return `${[...head, ...results.head(), ...body.filter((text) => text !== '')].join('\n')}\n`;
}

/** An expression as a statement: an object stands in parentheses. */
export function statementOf(expression: string): string {
  return /^(?:\{|function\b|async\s+function\b|class\b|let\s*\[)/.test(expression) ? `(${expression})` : expression;
}

/** Variables for `_` and `Out`, in files whose code uses them. */
export class ResultNames {
  readonly #usesLast: boolean;
  readonly #usesOut: boolean;

  constructor(names: ReadonlySet<string>) {
    this.#usesOut = names.has('Out');
    this.#usesLast = names.has('_');
  }

  /** Their declarations. */
  head(): string[] {
    return [
      ...(this.#usesLast ? ['let _: any;'] : []),
      ...(this.#usesOut ? ['const Out: Record<number, any> = {};'] : []),
    ];
  }

  /** A statement that keeps the value of an expression where it may be asked for. */
  keep(expression: string, number: number): string {
    const targets = [...(this.#usesLast ? ['_ = '] : []), ...(this.#usesOut ? [`Out[${number}] = `] : [])];
    return `${targets.join('')}${expression};`;
  }
}
