import { Markup } from '../util/markup.ts';
import { passContext, passEnvironment, passEvalContext, withSignature } from './calls.ts';
import { equal, greater, less, requireHashable } from './compare.ts';
import type { Context, EvalContext } from './context.ts';
import type { Environment } from './environment.ts';
import { FilterArgumentError, TemplateTypeError, ZeroDivisionError } from './errors.ts';
import { attributeGetter, ignoreCase, multipleAttributeGetter } from './filter-helpers.ts';
import { add } from './operators.ts';
import { bounded } from './limits.ts';
import { index } from './py-numbers.ts';
import { sortValues } from './sorting.ts';
import { hasHtmlMethod, htmlText, softText, str } from './text.ts';
import { slice as sliceSequence } from './slices.ts';
import {
  characters,
  entriesOf,
  isMapping,
  isPlainObject,
  isText,
  iterate,
  length,
  toList,
  truth,
  Tuple,
  typeName,
  UndefinedValue,
} from './values.ts';

function* batch(value: unknown, size: unknown, fill?: unknown): Generator<unknown[]> {
  const count = bounded(index(size));
  let row: unknown[] = [];
  for (const item of iterate(value)) {
    if (row.length === count) {
      yield row;
      row = [];
    }
    row.push(item);
  }
  if (row.length === 0) return;
  while (fill !== undefined && fill !== null && row.length < count) row.push(fill);
  yield row;
}

function* slices(value: unknown, count: unknown, fill?: unknown): Generator<unknown[]> {
  const items = toList(value);
  const columns = bounded(index(count));
  if (columns === 0) throw new ZeroDivisionError('integer division or modulo by zero');
  const size = Math.floor(items.length / columns);
  const longer = items.length % columns;
  let start = 0;
  for (let column = 0; column < columns; column++) {
    const end = start + size + (column < longer ? 1 : 0);
    const part = items.slice(start, end);
    if (fill !== undefined && fill !== null && column >= longer) part.push(fill);
    yield part;
    start = end;
  }
}

function defaultValue(value: unknown, fallback: unknown = '', boolean: unknown = false): unknown {
  return value instanceof UndefinedValue || (truth(boolean) && !truth(value)) ? fallback : value;
}

function dictsort(
  value: unknown,
  caseSensitive: unknown = false,
  by: unknown = 'key',
  reverse: unknown = false,
): unknown {
  const position = by === 'key' ? 0 : by === 'value' ? 1 : -1;
  if (position === -1) throw new FilterArgumentError('You can only sort by either "key" or "value"');
  const pairs = requireEntries(value).map((pair) => new Tuple(pair));
  const key = (pair: unknown): unknown => {
    const part = (pair as Tuple)[position];
    return truth(caseSensitive) ? part : ignoreCase(part);
  };
  return sortValues(pairs, key, truth(reverse));
}

function requireEntries(value: unknown): [unknown, unknown][] {
  if (value instanceof UndefinedValue) value.fail();
  const entries = entriesOf(value);
  if (!entries) throw new TemplateTypeError(`'${typeName(value)}' object has no attribute 'items'`);
  return entries;
}

function* items(value: unknown): Generator<Tuple> {
  if (value instanceof UndefinedValue) return;
  if (!isMapping(value)) throw new TemplateTypeError('Can only get item pairs from a mapping.');
  for (const pair of requireEntries(value)) yield new Tuple(pair);
}

function first(environment: Environment, value: unknown): unknown {
  for (const item of iterate(value)) return item;
  return new environment.undefined({ hint: 'No first item, sequence was empty.' });
}

function last(environment: Environment, value: unknown): unknown {
  const list = reversible(value);
  return list.length > 0 ? list.at(-1) : new environment.undefined({ hint: 'No last item, sequence was empty.' });
}

function reversible(value: unknown): unknown[] {
  if (
    Array.isArray(value) ||
    isText(value) ||
    isPlainObject(value) ||
    value instanceof Map ||
    value instanceof UndefinedValue
  )
    return toList(value);
  if (typeof value === 'object' && value !== null && 'length' in value) return toList(value);
  throw new TemplateTypeError(`'${typeName(value)}' object is not reversible`);
}

function random(context: Context, value: unknown): unknown {
  const size = length(value);
  if (size === 0) return new context.environment.undefined({ hint: 'No random item, sequence was empty.' });
  return context.environment.runtime.getItem(value, Math.floor(Math.random() * size));
}

function reverse(value: unknown): unknown {
  if (isText(value)) return sliceSequence(value, null, null, -1);
  let list: unknown[];
  try {
    list = toList(value);
  } catch (cause) {
    if (!(cause instanceof TemplateTypeError)) throw cause;
    throw new FilterArgumentError('argument must be iterable', { cause });
  }
  return lazily(list.reverse());
}

// What Python gives as an iterator has no length and no elements here either.
function* lazily(list: readonly unknown[]): Generator<unknown> {
  yield* list;
}

function join(
  { autoescape, environment }: EvalContext,
  value: unknown,
  separator: unknown = '',
  attribute?: unknown,
): unknown {
  const isAttribute = attribute !== undefined && attribute !== null;
  const all = toList(value);
  const parts = isAttribute ? all.map(attributeGetter(environment, attribute)) : all;
  if (!autoescape) return parts.map(str).join(str(separator));
  if (!hasHtmlMethod(separator) && !parts.some(hasHtmlMethod)) return parts.map(str).join(str(separator));
  return new Markup(parts.map((part) => htmlText(softOrHtml(part))).join(htmlText(separator)));
}

const softOrHtml = (value: unknown): unknown => (hasHtmlMethod(value) ? value : softText(value));

function sum(environment: Environment, value: unknown, attribute?: unknown, start: unknown = 0): unknown {
  const get = attributeGetter(environment, attribute);
  let total = start;
  for (const item of iterate(value)) total = add(total, get(item));
  return total;
}

function sort(
  environment: Environment,
  value: unknown,
  reversed: unknown = false,
  caseSensitive: unknown = false,
  attribute?: unknown,
): unknown {
  const after = truth(caseSensitive) ? (key: unknown) => key : ignoreCase;
  return sortValues(toList(value), multipleAttributeGetter(environment, attribute, after), truth(reversed));
}

/** Reads what values are compared by: an attribute, or the value itself, without regard to case unless told. */
function keyGetter(
  environment: Environment,
  attribute: unknown,
  caseSensitive: unknown,
  fallback?: unknown,
): (item: unknown) => unknown {
  const get = attributeGetter(environment, attribute, fallback);
  return truth(caseSensitive) ? get : (item) => ignoreCase(get(item));
}

function extreme(isBetter: (a: unknown, b: unknown) => boolean) {
  return (environment: Environment, value: unknown, caseSensitive: unknown = false, attribute?: unknown): unknown => {
    const key = keyGetter(environment, attribute, caseSensitive);
    let best: { item: unknown; key: unknown } | undefined;
    for (const item of iterate(value)) {
      const candidate = key(item);
      if (!best || isBetter(candidate, best.key)) best = { item, key: candidate };
    }
    return best ? best.item : new environment.undefined({ hint: 'No aggregated item, sequence was empty.' });
  };
}

function* unique(
  environment: Environment,
  value: unknown,
  caseSensitive: unknown = false,
  attribute?: unknown,
): Generator<unknown> {
  const key = keyGetter(environment, attribute, caseSensitive);
  const seen = new Set<unknown>();
  const others: unknown[] = [];
  for (const item of iterate(value)) {
    const candidate = key(item);
    if (seen.has(candidate)) continue;
    requireHashable(candidate);
    const isObject = typeof candidate === 'object' || typeof candidate === 'boolean' || typeof candidate === 'number';
    if (isObject && others.some((known) => equal(known, candidate))) continue;
    seen.add(candidate);
    if (isObject) others.push(candidate);
    yield item;
  }
}

/** What `groupby` gives: a tuple whose parts also have names. */
function groupOf(grouper: unknown, list: unknown[]): Tuple {
  const group = new Tuple([grouper, list]);
  Object.defineProperty(group, 'grouper', { value: grouper });
  return Object.defineProperty(group, 'list', { value: list });
}

function groupby(
  environment: Environment,
  value: unknown,
  attribute: unknown,
  fallback?: unknown,
  caseSensitive: unknown = false,
): unknown {
  const key = keyGetter(environment, attribute, caseSensitive, fallback);
  const label = attributeGetter(environment, attribute, fallback);
  const groups: { key: unknown; items: unknown[] }[] = [];
  for (const item of sortValues(toList(value), key)) {
    const current = key(item);
    const lastGroup = groups.at(-1);
    if (lastGroup && equal(lastGroup.key, current)) lastGroup.items.push(item);
    else groups.push({ key: current, items: [item] });
  }
  return groups.map(({ key: grouper, items: members }) =>
    groupOf(truth(caseSensitive) ? grouper : label(members[0]), members),
  );
}

function list(value: unknown): unknown[] {
  return value instanceof Markup ? characters(value.toString()) : toList(value);
}

/** Filters for lists, dictionaries and other things to go through. */
export const sequenceFilters = {
  batch: withSignature(batch, ['value', 'linecount', 'fill_with?']),
  count: withSignature(length, ['obj']),
  d: withSignature(defaultValue, ['value', 'default_value?', 'boolean?']),
  default: withSignature(defaultValue, ['value', 'default_value?', 'boolean?']),
  dictsort: withSignature(dictsort, ['value', 'case_sensitive?', 'by?', 'reverse?']),
  first: passEnvironment(withSignature(first, ['seq'])),
  groupby: passEnvironment(withSignature(groupby, ['value', 'attribute', 'default?', 'case_sensitive?'])),
  items: withSignature(items, ['value']),
  join: passEvalContext(withSignature(join, ['value', 'd?', 'attribute?'])),
  last: passEnvironment(withSignature(last, ['seq'])),
  length: withSignature(length, ['obj']),
  list: withSignature(list, ['value']),
  max: passEnvironment(withSignature(extreme(greater), ['value', 'case_sensitive?', 'attribute?'])),
  min: passEnvironment(withSignature(extreme(less), ['value', 'case_sensitive?', 'attribute?'])),
  random: passContext(withSignature(random, ['seq'])),
  reverse: withSignature(reverse, ['value']),
  slice: withSignature(slices, ['value', 'slices', 'fill_with?']),
  sort: passEnvironment(withSignature(sort, ['value', 'reverse?', 'case_sensitive?', 'attribute?'])),
  sum: passEnvironment(withSignature(sum, ['iterable', 'attribute?', 'start?'])),
  unique: passEnvironment(withSignature(unique, ['value', 'case_sensitive?', 'attribute?'])),
};
