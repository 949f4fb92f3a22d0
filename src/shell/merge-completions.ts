import type { TypedItem } from './language-server.ts';
import type { Completion } from './protocol.ts';
import { scan } from './tokens.ts';

/** Suggestions of the session: what is there at run time. */
export interface RuntimeCompletions {
  start: number;
  end: number;
  items: readonly Completion[];
}

/** A suggestion, with what the type engine can be asked about it. */
export interface MergedItem {
  label: string;
  kind: string;
  detail?: string;
  typed?: TypedItem;
}

export interface MergedCompletions {
  start: number;
  end: number;
  items: MergedItem[];
}

/** Names that every object has: seldom what is meant. */
const OF_EVERY_OBJECT = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * One list of what types and values suggest: members come from the types first, names from the session first, nothing twice.
 * Either side may have no answer.
 */
export function mergeCompletions(
  code: string,
  cursor: number,
  runtime: RuntimeCompletions | undefined,
  typed: readonly TypedItem[],
): MergedCompletions {
  const { start, end } = runtime ?? { start: wordStart(code, cursor), end: cursor };
  const prefix = code.slice(start, cursor);
  const before = code.slice(0, start);
  const fitting = matching(prefix, relativeTo(typed, start, code), ({ text }) => text);
  const known = new Map(fitting.map((item) => [item.text, item]));
  const place = scan(code.slice(0, cursor)).end === 'code' ? (/\.\s*$/.test(before) ? 'member' : 'name') : 'string';
  const shown = (runtime?.items ?? []).filter(({ text }) => prefix.startsWith('_') || !text.startsWith('_'));
  const values = shown.map((item) => fromValue(item, known.get(item.text)));
  if (place !== 'name') {
    // What is typed so far is a text of its own to the types of some parameters.
    const offered = fitting.filter(({ text, reach }) => (place === 'string' ? text !== prefix : reach === 'local'));
    const fromTypes = offered.sort(byText).map(fromType);
    const rest = fromTypes.length > 0 ? values.filter(({ label }) => !OF_EVERY_OBJECT.has(label)) : values;
    return { start, end, items: unique(place === 'member' ? [...fromTypes, ...rest] : [...values, ...fromTypes]) };
  }
  // A declaration of the entry itself is known to the types alone; of what is everywhere, the values know what is really there.
  const own = new Set(values.map(({ label }) => label));
  const locals = fitting.filter(({ text, reach }) => reach === 'local' && !own.has(text) && isTyped(code, text));
  const others = runtime ? [] : fitting.filter(() => prefix !== '');
  return { start, end, items: unique([...locals.sort(byText).map(fromType), ...values, ...others.map(fromType)]) };
}

/** Where the word at the cursor begins. */
export function wordStart(code: string, cursor: number): number {
  return cursor - (/[\p{ID_Continue}$]*$/u.exec(code.slice(0, cursor))?.[0].length ?? 0);
}

/** Whether a name stands in the entry itself. */
function isTyped(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(code);
}

/** Suggestions as what stands from `start` on: an engine completes only the last part of a path in a string. */
function relativeTo(items: readonly TypedItem[], start: number, code: string): TypedItem[] {
  return items
    .filter((item) => item.start >= start)
    .map((item) => (item.start === start ? item : { ...item, text: code.slice(start, item.start) + item.text }));
}

function matching<T>(prefix: string, items: readonly T[], textOf: (item: T) => string): T[] {
  const visible = items.filter((item) => prefix.startsWith('_') || !textOf(item).startsWith('_'));
  const exact = visible.filter((item) => textOf(item).startsWith(prefix));
  if (exact.length > 0) return exact;
  const lower = prefix.toLowerCase();
  return visible.filter((item) => textOf(item).toLowerCase().startsWith(lower));
}

function byText(a: TypedItem, b: TypedItem): number {
  return a.text < b.text ? -1 : 1;
}

function fromType(item: TypedItem): MergedItem {
  return { label: item.text, kind: item.kind, typed: item };
}

function fromValue({ text, kind, detail }: Completion, typed: TypedItem | undefined): MergedItem {
  return { label: text, kind, ...(detail === undefined ? {} : { detail }), ...(typed && { typed }) };
}

function unique(items: readonly MergedItem[]): MergedItem[] {
  const byLabel = new Map<string, MergedItem>();
  for (const item of items) if (!byLabel.has(item.label)) byLabel.set(item.label, item);
  return [...byLabel.values()];
}
