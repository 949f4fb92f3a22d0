import { contains, equal } from './compare.ts';
import { TemplateLookupError, TemplateValueError } from './errors.ts';
import { type MethodTable, methodTable } from './methods.ts';
import { index } from './py-numbers.ts';
import { sortValues } from './sorting.ts';
import { repr } from './text.ts';
import { dictKey, DictView, entriesOf, iterate, toList, truth, Tuple, UndefinedValue, unhashable } from './values.ts';

// Python's methods that change something return none.
const none = (..._results: unknown[]): null => null;

function indexOf(list: readonly unknown[], item: unknown, kind: string, start?: unknown, stop?: unknown): number {
  const clamp = (value: number): number => (value < 0 ? Math.max(value + list.length, 0) : value);
  const from = clamp(start === undefined ? 0 : index(start));
  const to = Math.min(clamp(stop === undefined ? list.length : index(stop)), list.length);
  for (let position = from; position < to; position++) if (equal(list[position], item)) return position;
  throw new TemplateValueError(kind === 'list' ? `${repr(item)} is not in list` : 'tuple.index(x): x not in tuple');
}

const count = (list: readonly unknown[], item: unknown): number => list.filter((member) => equal(member, item)).length;

function pop(list: unknown[], position: unknown): unknown {
  if (list.length === 0) throw new TemplateLookupError('pop from empty list');
  const at = position === undefined ? -1 : index(position);
  const from = at < 0 ? at + list.length : at;
  if (from < 0 || from >= list.length) throw new TemplateLookupError('pop index out of range');
  return list.splice(from, 1)[0];
}

/** Methods of list, for arrays. They change the array, as in Python, and return none where Python does. */
export const listMethods: MethodTable = methodTable<unknown[]>({
  append: ['object', (list, item) => none(list.push(item))],
  clear: ['', (list) => none(list.splice(0))],
  copy: ['', (list) => [...list]],
  count: ['value', (list, value) => count(list, value)],
  extend: ['iterable', (list, items) => none(list.push(...iterate(items)))],
  index: ['value start? stop?', (list, value, start, stop) => indexOf(list, value, 'list', start, stop)],
  insert: ['index object', (list, at, item) => none(list.splice(index(at), 0, item))],
  pop: ['index?', pop],
  remove: [
    'value',
    (list, value) => {
      const position = list.findIndex((item) => equal(item, value));
      if (position === -1) throw new TemplateValueError('list.remove(x): x not in list');
      list.splice(position, 1);
      return null;
    },
  ],
  reverse: ['', (list) => none(list.reverse())],
  sort: [
    'key? reverse?',
    (list, key, reverse) => {
      const keyOf = typeof key === 'function' ? (key as (item: unknown) => unknown) : undefined;
      list.splice(0, list.length, ...sortValues(list, keyOf, truth(reverse)));
      return null;
    },
  ],
});

/** Methods of tuple. */
export const tupleMethods: MethodTable = methodTable<Tuple>({
  count: ['value', (tuple, value) => count(tuple, value)],
  index: ['value start? stop?', (tuple, value, start, stop) => indexOf(tuple, value, 'tuple', start, stop)],
});

type AnyDict = Record<string, unknown> | Map<unknown, unknown>;

/** The value of a key in a plain object or Map; undefined when there is none. */
export function dictGet(dict: AnyDict, key: unknown): { value: unknown } | undefined {
  if (dict instanceof Map) {
    const found = dictKey(dict, key);
    return dict.has(found) ? { value: dict.get(found) } : undefined;
  }
  const name = plainKey(key);
  return name !== undefined && Object.hasOwn(dict, name) ? { value: dict[name] } : undefined;
}

// The keys of plain objects are strings: numbers find what was written with a number in JavaScript.
function plainKey(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  if (typeof key === 'object' && key !== null && !(key instanceof Tuple)) {
    if (Array.isArray(key) || entriesOf(key)) throw unhashable(key);
    return String(key);
  }
  return undefined;
}

function dictSet(dict: AnyDict, key: unknown, value: unknown): void {
  if (dict instanceof Map) dict.set(dictKey(dict, key), value);
  else
    Object.defineProperty(dict, plainKey(key) ?? repr(key), {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

function dictDelete(dict: AnyDict, key: unknown): void {
  if (dict instanceof Map) dict.delete(dictKey(dict, key));
  else delete dict[plainKey(key) ?? ''];
}

const pairs = (dict: AnyDict): [unknown, unknown][] => entriesOf(dict) ?? [];

function updateDict(dict: AnyDict, other: unknown, kwargs: Record<string, unknown>): null {
  if (other !== undefined) for (const [key, value] of pairsOf(other)) dictSet(dict, key, value);
  for (const [key, value] of Object.entries(kwargs)) dictSet(dict, key, value);
  return null;
}

/** Pairs of a dictionary or of a list of pairs. */
export function pairsOf(value: unknown): [unknown, unknown][] {
  if (value instanceof UndefinedValue) value.fail();
  return (
    entriesOf(value) ??
    Array.from(iterate(value), (pair, position) => {
      const items = toList(pair);
      if (items.length === 2) return [items[0], items[1]];
      throw new TemplateValueError(
        `dictionary update sequence element #${position} has length ${items.length}; 2 is required`,
      );
    })
  );
}

/** Methods of dict, for plain objects and Maps. */
export const dictMethods: MethodTable = methodTable<AnyDict>({
  clear: [
    '',
    (dict) => {
      for (const [key] of pairs(dict)) dictDelete(dict, key);
      return null;
    },
  ],
  copy: ['', (dict) => (dict instanceof Map ? new Map(dict) : { ...dict })],
  get: ['key default?', (dict, key, fallback) => (dictGet(dict, key) ?? { value: fallback ?? null }).value],
  items: [
    '',
    (dict) =>
      new DictView(
        'items',
        pairs(dict).map((pair) => new Tuple(pair)),
      ),
  ],
  keys: [
    '',
    (dict) =>
      new DictView(
        'keys',
        pairs(dict).map(([key]) => key),
      ),
  ],
  pop: [
    'key default?',
    (dict, key, fallback) => {
      const entry = dictGet(dict, key);
      if (!entry && fallback === undefined) throw new TemplateLookupError(repr(key));
      if (entry) dictDelete(dict, key);
      return entry ? entry.value : fallback;
    },
  ],
  popitem: [
    '',
    (dict) => {
      const last = pairs(dict).at(-1);
      if (!last) throw new TemplateLookupError("'popitem(): dictionary is empty'");
      dictDelete(dict, last[0]);
      return new Tuple(last);
    },
  ],
  setdefault: [
    'key default?',
    (dict, key, fallback) => {
      const entry = dictGet(dict, key);
      if (entry) return entry.value;
      dictSet(dict, key, fallback ?? null);
      return fallback ?? null;
    },
  ],
  update: ['other? **', (dict, other, kwargs) => updateDict(dict, other, kwargs)],
  values: [
    '',
    (dict) =>
      new DictView(
        'values',
        pairs(dict).map(([, value]) => value),
      ),
  ],
});

const union = (sets: readonly unknown[]): Set<unknown> => new Set(sets.flatMap((set) => toList(set)));
const without = (set: Set<unknown>, others: readonly unknown[]): Set<unknown> => {
  const dropped = union(others);
  return new Set([...set].filter((item) => !contains(dropped, item)));
};

/** Methods of set, for Sets. */
export const setMethods: MethodTable = methodTable<Set<unknown>>({
  add: ['element', (set, item) => none(set.add(item))],
  clear: ['', (set) => none(set.clear())],
  copy: ['', (set) => new Set(set)],
  difference: ['*', (set, others) => without(set, others)],
  discard: ['element', (set, item) => none(set.delete(item))],
  intersection: [
    '*',
    (set, others: unknown[]) =>
      new Set([...set].filter((item) => others.every((other) => contains(new Set(toList(other)), item)))),
  ],
  isdisjoint: ['other', (set, other) => toList(other).every((item) => !contains(set, item))],
  issubset: ['other', (set, other) => [...set].every((item) => contains(new Set(toList(other)), item))],
  issuperset: ['other', (set, other) => toList(other).every((item) => contains(set, item))],
  pop: [
    '',
    (set) => {
      for (const item of set) {
        set.delete(item);
        return item;
      }
      throw new TemplateLookupError("'pop from an empty set'");
    },
  ],
  remove: [
    'element',
    (set, item) => {
      if (!set.delete(item)) throw new TemplateLookupError(repr(item));
      return null;
    },
  ],
  symmetric_difference: [
    'other',
    (set, other) => union([without(set, [other]), without(new Set(toList(other)), [set])]),
  ],
  union: ['*', (set, others: unknown[]) => union([set, ...others])],
  update: [
    '*',
    (set, others: unknown[]) => {
      for (const item of union(others)) set.add(item);
      return null;
    },
  ],
});
