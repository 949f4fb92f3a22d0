import { iterMultiItems } from '../http/multidict.ts';
import type { MultiDictInit } from '../http/multidict.ts';
import { urlencode } from '../http/urls.ts';
import { textOf } from './spelling.ts';

/** The text of a query, as it was sent, or names and values: a list as value repeats its name. */
export type QueryArgs = string | MultiDictInit<unknown>;

/** One name with one value. */
export type QueryItem = readonly [name: string, value: unknown];

/** Names and single values: lists and sets spread out, `null` and `undefined` left out. */
export function flattenQuery(args: MultiDictInit<unknown>): QueryItem[] {
  const items: QueryItem[] = [];
  for (const [name, value] of iterMultiItems(args)) {
    for (const item of value instanceof Set ? value : [value]) {
      if (item !== null && item !== undefined) items.push([name, item]);
    }
  }
  return items;
}

/** `a=1&b=x+y`: the text of a query. */
export function encodeQuery(items: readonly QueryItem[]): string {
  return urlencode(items.map(([name, value]) => [name, textOf(value)] as const));
}

/** The text of a query; one that is text already is left as it is. */
export function queryText(args: QueryArgs | undefined): string {
  if (args === undefined || typeof args === 'string') return args ?? '';
  return encodeQuery(flattenQuery(args));
}

/** Orders items of a query by name, then by value. */
export function compareItems(a: QueryItem, b: QueryItem): number {
  return compareKeys(a[0], b[0]) || compareKeys(a[1], b[1]);
}

/** Orders numbers by size and anything else by its text. */
export function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [textA, textB] = [textOf(a), textOf(b)];
  if (textA === textB) return 0;
  return textA < textB ? -1 : 1;
}
