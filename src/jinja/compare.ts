import { fieldsOf, isTemporal, TimeDelta } from './dates.ts';
import { TemplateTypeError } from './errors.ts';
import { asNumber } from './py-numbers.ts';
import { compareText } from './py-text.ts';
import { str } from './text.ts';
import {
  dictKey,
  entriesOf,
  isIterable,
  isMappingLike,
  isPlainObject,
  isText,
  iterate,
  Tuple,
  typeName,
  unhashable,
  UndefinedValue,
} from './values.ts';

/** `a == b`: by value for lists, tuples, dictionaries, sets and dates; a text never equals a number. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return !(a instanceof UndefinedValue) || a.equals(b);
  const typeOfA = typeof a;
  const typeOfB = typeof b;
  if (typeOfA === 'string' && typeOfB === 'string') return false;
  if (typeOfA === 'number' && typeOfB === 'number') return false;
  if (a instanceof UndefinedValue) return a.equals(b);
  if (b instanceof UndefinedValue) return b.equals(a);
  if (typeOfA === 'object' || typeOfB === 'object') return equalObjects(a, b);
  const left = asNumber(a);
  const right = asNumber(b);
  // `==` compares a bigint with a number by value.
  return left !== undefined && right !== undefined && left == right;
}

function equalObjects(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return false;
  if (isText(a) && isText(b)) return a.toString() === b.toString();
  if (Array.isArray(a) && Array.isArray(b)) {
    return (
      a instanceof Tuple === b instanceof Tuple &&
      a.length === b.length &&
      a.every((item, index) => equal(item, b[index]))
    );
  }
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((item) => contains(b, item));
  if (isTemporal(a) && isTemporal(b))
    return a.constructor === b.constructor
      ? compareDates(a, b) === 0
      : a instanceof Date && b instanceof Date && compareDates(a, b) === 0;
  if (a instanceof TimeDelta && b instanceof TimeDelta) return a.totalSeconds() === b.totalSeconds();
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  if ((a instanceof Map || isPlainObject(a)) && (b instanceof Map || isPlainObject(b))) return equalDicts(a, b);
  return false;
}

function equalDicts(a: unknown, b: unknown): boolean {
  const left = entriesOf(a) ?? [];
  const right = new Map(entriesOf(b));
  return (
    left.length === right.size &&
    left.every(([key, value]) => {
      const found = dictKey(right, key);
      return right.has(found) && equal(value, right.get(found));
    })
  );
}

/** Less than 0, 0 or more than 0: the order of `<`. Throws for values that have none. */
export function compare(a: unknown, b: unknown, operator: string): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  const left = asNumber(a);
  const right = asNumber(b);
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : left == right ? 0 : NaN;
  if (a instanceof UndefinedValue) a.fail();
  if (b instanceof UndefinedValue) b.fail();
  if (isText(a) && isText(b)) return compareText(a.toString(), b.toString());
  if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple)
    return compareLists(a, b, operator);
  if (isTemporal(a) && isTemporal(b) && (a.constructor === b.constructor || (a instanceof Date && b instanceof Date)))
    return compareDates(a, b);
  if (a instanceof TimeDelta && b instanceof TimeDelta) return a.totalSeconds() - b.totalSeconds();
  if (a instanceof Set && b instanceof Set) return compareSets(a, b);
  throw new TemplateTypeError(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

function compareLists(a: readonly unknown[], b: readonly unknown[], operator: string): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    if (!equal(a[index], b[index])) return compare(a[index], b[index], operator);
  }
  return a.length - b.length;
}

// `<` is "proper subset": neither way for sets of which none holds the other.
function compareSets(a: Set<unknown>, b: Set<unknown>): number {
  const isSubset = [...a].every((item) => contains(b, item));
  const isSuperset = [...b].every((item) => contains(a, item));
  if (isSubset && isSuperset) return 0;
  return isSubset ? -1 : isSuperset ? 1 : NaN;
}

function compareDates(a: Date | object, b: Date | object): number {
  if (a instanceof Date && b instanceof Date && a.getTime() !== b.getTime()) return a.getTime() - b.getTime();
  const left = sortKey(a);
  const right = sortKey(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function sortKey(value: object): number {
  if (!isTemporal(value)) return NaN;
  const { year, month, day, hour, minute, second, microsecond } = fieldsOf(value);
  return ((((year * 12 + month) * 31 + day) * 24 + hour) * 60 + minute) * 60 + second + microsecond / 1e6;
}

export const less = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? a < b : compare(a, b, '<') < 0;
export const lessEqual = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? a <= b : compare(a, b, '<=') <= 0;
export const greater = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? a > b : compare(a, b, '>') > 0;
export const greaterEqual = (a: unknown, b: unknown): boolean =>
  typeof a === 'number' && typeof b === 'number' ? a >= b : compare(a, b, '>=') >= 0;

/** `item in container`. */
export function contains(container: unknown, item: unknown): boolean {
  if (isText(container)) {
    if (!isText(item))
      throw new TemplateTypeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    return container.toString().includes(item.toString());
  }
  if (container instanceof Map) return container.has(dictKey(container, item));
  if (isPlainObject(container)) return hasKey(container, item);
  if (container instanceof Set) return container.has(item) || [...container].some((member) => equal(member, item));
  if (Array.isArray(container)) return container.some((member) => equal(member, item));
  if (isMappingLike(container)) return container.has(isText(item) ? item.toString() : item);
  if (isIterable(container) || container instanceof UndefinedValue) {
    for (const member of iterate(container)) if (equal(member, item)) return true;
    return false;
  }
  // An object with attributes only: its own ones, as JavaScript's `in` on the session and on `g` means it.
  if (typeof container === 'object' && container !== null && isText(item)) return hasMember(container, item.toString());
  throw new TemplateTypeError(`argument of type '${typeName(container)}' is not iterable`);
}

function hasKey(container: Record<string, unknown>, item: unknown): boolean {
  if (isText(item)) return Object.hasOwn(container, item.toString());
  requireHashable(item);
  return typeof item === 'number' && Object.hasOwn(container, str(item));
}

/** Refuses what Python could not look up in a dictionary. */
export function requireHashable(value: unknown): void {
  if (value instanceof UndefinedValue) value.equals(value);
  const isList = Array.isArray(value) && !(value instanceof Tuple);
  if (isList || value instanceof Map || value instanceof Set || isPlainObject(value)) throw unhashable(value);
}

function hasMember(container: object, name: string): boolean {
  return Object.hasOwn(container, name) || (name in container && !(name in Object.prototype));
}
