import { Markup } from '../util/markup.ts';
import { TemplateTypeError } from './errors.ts';

/** What all undefined values have in common; the class to use is {@link Undefined}. */
export abstract class UndefinedValue {
  /** Throws the error for a use that is not allowed. */
  abstract fail(): never;
  abstract toBoolean(): boolean;
  /** What is printed. */
  abstract toString(): string;
  abstract length(): number;
  abstract iterate(): Iterable<unknown>;
  abstract equals(other: unknown): boolean;
  /** `undefined.name` and `undefined['name']`. */
  abstract attribute(name: unknown): unknown;
  /** What a function of the application gets for this value. */
  abstract toArgument(): unknown;
}

/**
 * A sequence that is a tuple: prints with parentheses, cannot be changed from a template, and is what `%` takes its
 * arguments from. For JavaScript it is an array.
 */
export class Tuple<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  constructor(items: readonly T[]) {
    super(items.length);
    for (let index = 0; index < items.length; index++) this[index] = items[index] as T;
  }
}

/** What `d.keys()`, `d.values()` and `d.items()` give: a list that says what it is when printed. */
export class DictView<T = unknown> extends Array<T> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  declare kind: 'keys' | 'values' | 'items';

  constructor(kind: 'keys' | 'values' | 'items', items: readonly T[]) {
    super(items.length);
    for (let index = 0; index < items.length; index++) this[index] = items[index] as T;
    Object.defineProperty(this, 'kind', { value: kind });
  }
}

/** A dictionary of a template whose keys are not all strings. */
export type Dict = Map<unknown, unknown>;

/** An object that is used as a dictionary: a literal, or one without a prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null || prototype === foreignObjectPrototype(prototype);
}

// Objects of another realm (tests, vm contexts) are as plain as ours.
function foreignObjectPrototype(prototype: unknown): unknown {
  if (typeof prototype !== 'object' || prototype === null || Object.getPrototypeOf(prototype) !== null)
    return undefined;
  return Object.hasOwn(prototype, 'isPrototypeOf') ? prototype : undefined;
}

/** Something with keys that are looked up with `get` and `has`: Map, Headers, URLSearchParams, MultiDict. */
export interface MappingLike {
  get(key: unknown): unknown;
  has(key: unknown): boolean;
}

/** Whether a value is looked up with `get` and `has`. */
export function isMappingLike(value: unknown): value is MappingLike {
  if (typeof value !== 'object' || value === null) return false;
  const { get, has } = value as Partial<MappingLike>;
  return typeof get === 'function' && typeof has === 'function';
}

/** Whether a value is a dictionary: a plain object, a Map, or something that is used like one. */
export function isMapping(value: unknown): boolean {
  return isPlainObject(value) || isMappingLike(value);
}

/** A text: a string or Markup. */
export function isText(value: unknown): value is string | Markup {
  return typeof value === 'string' || value instanceof Markup;
}

/** A value that `for` can go through without being asked to be awaited. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function'
  );
}

/** The name of the Python type that a value plays. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'function':
      return 'function';
    case 'object':
      return value === null ? 'NoneType' : objectTypeName(value);
    default:
      return 'Undefined';
  }
}

function objectTypeName(value: object): string {
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof DictView) return `dict_${value.kind}`;
  if (Array.isArray(value)) return 'list';
  if (value instanceof Markup) return 'Markup';
  if (value instanceof Map || isPlainObject(value)) return 'dict';
  if (value instanceof Set) return 'set';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Date) return 'datetime';
  if (value instanceof UndefinedValue) return 'Undefined';
  const generator = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (generator === 'Generator') return 'generator';
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'object';
}

/** Whether a value is true in a condition, by Python's rules: zero and everything empty is not. */
export function truth(value: unknown): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
      return value !== 0;
    case 'bigint':
      return value !== 0n;
    case 'undefined':
      return false;
    case 'object':
      return value !== null && objectTruth(value);
    default:
      return true;
  }
}

function objectTruth(value: object): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof UndefinedValue) return value.toBoolean();
  if (value instanceof Markup) return value.length > 0;
  if (isPlainObject(value)) return Object.keys(value).length > 0;
  const size = sizeOf(value);
  return size === undefined || size > 0;
}

// A collection says how much it holds; a `size` alone may be anything (the size of a shirt).
function sizeOf(value: object): number | undefined {
  if (value instanceof Map || value instanceof Set) return value.size;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (!isIterable(value)) return undefined;
  const { length, size } = value as { length?: unknown; size?: unknown };
  if (typeof length === 'number') return length;
  return typeof size === 'number' ? size : undefined;
}

/** How many things a value holds. Throws for values that have no length, generators included. */
export function length(value: unknown): number {
  if (typeof value === 'string') return textLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Markup) return textLength(value.toString());
  if (value instanceof UndefinedValue) return value.length();
  if (isPlainObject(value)) return Object.keys(value).length;
  const size = typeof value === 'object' && value !== null ? sizeOf(value) : undefined;
  if (size === undefined) throw new TemplateTypeError(`object of type '${typeName(value)}' has no len()`);
  return size;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Length in code points, as Python counts. */
export function textLength(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length;
}

/** The characters (code points) of a text. */
export function characters(text: string): string[] {
  return SURROGATE.test(text) ? Array.from(text) : text.split('');
}

/** Whether a text has characters that take two code units. */
export function hasAstral(text: string): boolean {
  return SURROGATE.test(text);
}

/** What `for` goes through: an array where there is one, else something iterable. Throws for what cannot be iterated. */
export function iterate(value: unknown): Iterable<unknown> {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return characters(value);
  if (typeof value === 'object' && value !== null) {
    if (value instanceof Map) return value.keys();
    if (value instanceof UndefinedValue) return value.iterate();
    if (value instanceof Markup) return characters(value.toString());
    if (isIterable(value)) return value;
    if (isPlainObject(value)) return Object.keys(value);
  }
  throw notIterable(value);
}

/** The items of a value as a new array. */
export function toList(value: unknown): unknown[] {
  return Array.from(iterate(value));
}

function notIterable(value: unknown): TemplateTypeError {
  const isAsync = typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
  const hint = isAsync ? '; async iterables need renderAsync()' : '';
  return new TemplateTypeError(`'${typeName(value)}' object is not iterable${hint}`);
}

/** The pairs of a dictionary; undefined for anything else. */
export function entriesOf(value: unknown): [unknown, unknown][] | undefined {
  if (value instanceof Map) return [...value];
  if (isPlainObject(value)) return Object.entries(value);
  if (!isMappingLike(value)) return undefined;
  const { entries, keys } = value as { entries?: () => Iterable<[unknown, unknown]>; keys?: () => Iterable<unknown> };
  if (typeof entries === 'function') return Array.from(entries.call(value), ([key, item]) => [key, item]);
  return typeof keys === 'function' ? Array.from(keys.call(value), (key) => [key, value.get(key)]) : undefined;
}

/** A dictionary of pairs: a plain object where all keys are strings that keep their order in one, else a Map. */
export function dictOf(pairs: Iterable<readonly [unknown, unknown]>): Record<string, unknown> | Dict {
  const map: Dict = new Map();
  let isPlain = true;
  for (const [key, value] of pairs) {
    if (typeof key !== 'string' || key === '__proto__' || /^\d+$/.test(key)) isPlain = false;
    map.set(dictKey(map, key), value);
  }
  return isPlain ? (Object.fromEntries(map) as Record<string, unknown>) : map;
}

/** The key of a Map that equals `key`: tuples and dates are compared by what they hold. */
export function dictKey(map: Dict, key: unknown): unknown {
  if (key instanceof Markup) return key.toString();
  if (typeof key === 'boolean') return map.has(Number(key)) ? Number(key) : key;
  if ((key === 0 || key === 1) && map.has(Boolean(key))) return Boolean(key);
  if (typeof key !== 'object' || key === null || map.has(key)) return key;
  if (Array.isArray(key) && !(key instanceof Tuple)) throw unhashable(key);
  if (isPlainObject(key) || key instanceof Map) throw unhashable(key);
  if (!(key instanceof Tuple) && !(key instanceof Date)) return key;
  const wanted = identity(key);
  for (const candidate of map.keys()) {
    if (typeof candidate === 'object' && candidate !== null && identity(candidate) === wanted) return candidate;
  }
  return key;
}

/** The error for a key that Python would not take. */
export function unhashable(value: unknown): TemplateTypeError {
  return new TemplateTypeError(`unhashable type: '${typeName(value)}'`);
}

function identity(value: unknown): unknown {
  if (value instanceof Tuple) return `(${value.map((item) => `${typeof item}:${String(identity(item))}`).join(',')})`;
  return value instanceof Date ? `date:${value.getTime()}` : value;
}
