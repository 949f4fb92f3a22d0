import { Markup } from '../util/markup.ts';
import { camelCase } from './calls.ts';
import { commonMethods } from './common-methods.ts';
import { dictGet, dictMethods, listMethods, setMethods, tupleMethods } from './container-methods.ts';
import { isTemporal, PlainDate, PlainTime, TimeDelta } from './dates.ts';
import { callableName, INVOKE } from './marks.ts';
import { callMethod, type Method, type MethodTable } from './methods.ts';
import {
  dateAttribute,
  dateMethods,
  dateTimeMethods,
  numberAttribute,
  numberMethods,
  timeDeltaMethods,
  timeMethods,
} from './scalar-methods.ts';
import { bytesMethods, markupMethods, strMethods } from './str-methods.ts';
import { formatMethods } from './format-method.ts';
import { REPR } from './text.ts';
import {
  characters,
  DictView,
  hasAstral,
  isMappingLike,
  isPlainObject,
  isText,
  Tuple,
  typeName,
  UndefinedValue,
} from './values.ts';

/** Objects of the engine that look up their attributes themselves have a method of this name. */
export const ATTRIBUTE: unique symbol = Symbol('flacon.jinja.attribute');

/** Python's spelling of methods that JavaScript collections of this package write in camelCase. */
const ALIASES: Record<string, string> = Object.assign(Object.create(null) as object, {
  getlist: 'getList',
  items: 'entries',
  poplist: 'popList',
  setdefault: 'setDefault',
  setlist: 'setList',
  to_dict: 'toObject',
  startswith: 'startsWith',
  endswith: 'endsWith',
});

/** The methods of the Python type that a value stands for. */
export function methodsOf(value: unknown): MethodTable | undefined {
  switch (typeof value) {
    case 'string':
      return strMethods;
    case 'number':
    case 'bigint':
    case 'boolean':
      return numberMethods;
    case 'object':
      return value === null ? undefined : objectMethods(value);
    default:
      return undefined;
  }
}

function objectMethods(value: object): MethodTable | undefined {
  if (Array.isArray(value)) return value instanceof Tuple ? tupleMethods : listMethods;
  if (value instanceof Markup) return markupMethods;
  if (value instanceof Map || isPlainObject(value)) return dictMethods;
  if (value instanceof Date) return dateTimeMethods;
  if (value instanceof Set) return setMethods;
  if (value instanceof PlainDate) return dateMethods;
  if (value instanceof PlainTime) return timeMethods;
  if (value instanceof TimeDelta) return timeDeltaMethods;
  return value instanceof Uint8Array ? bytesMethods : undefined;
}

/** A method that templates can call on a value: of its Python type, or one that every value has. */
export function methodOf(value: unknown, name: string): Method | undefined {
  const table = methodsOf(value);
  const own = table?.[name];
  if (own) return isAbsentForFloats(value, name) ? undefined : own;
  if (isText(value) && (name === 'format' || name === 'format_map')) return formatMethods[name];
  return table && value !== null ? commonMethods[name] : undefined;
}

// Bits are for whole numbers.
function isAbsentForFloats(value: unknown, name: string): boolean {
  return typeof value === 'number' && name.startsWith('bit_') && !Number.isInteger(value);
}

/** Own data of an object, or a member that its class declares; what every object or function inherits is not found. */
export function ownOrDeclared(object: object, name: string): unknown {
  if (Object.hasOwn(object, name)) {
    if (typeof object === 'function' && (name === 'prototype' || name === 'caller' || name === 'arguments'))
      return undefined;
    return (object as Record<string, unknown>)[name];
  }
  // Not `name in object`: a session has the names of its data only, and its methods must be found all the same.
  if (name === 'constructor' || name === '__proto__' || name === 'prototype') return undefined;
  for (
    let level: unknown = Object.getPrototypeOf(object);
    level !== null && level !== undefined;
    level = Object.getPrototypeOf(level)
  ) {
    if (isBuiltInPrototype(level as object)) return undefined;
    if (Object.hasOwn(level, name)) return (object as Record<string, unknown>)[name];
  }
  // A proxy that answers for names which no prototype declares.
  return name in Object.prototype ? undefined : (object as Record<string, unknown>)[name];
}

function isBuiltInPrototype(level: object): boolean {
  return (
    level === Object.prototype ||
    level === Function.prototype ||
    level === Array.prototype ||
    (Object.getPrototypeOf(level) === null && Object.hasOwn(level, 'isPrototypeOf')) ||
    (Object.hasOwn(level, 'apply') && Object.hasOwn(level, 'bind'))
  );
}

/** Data of an object by an attribute's name: as written, then in camelCase, then by a known alias. */
function member(object: object, name: string): unknown {
  const value = ownOrDeclared(object, name);
  if (value !== undefined) return value;
  const other = name.includes('_') ? camelCase(name) : ALIASES[name];
  if (other !== undefined && other !== name) {
    const found = ownOrDeclared(object, other);
    if (found !== undefined) return found;
  }
  const alias = ALIASES[name];
  return alias === undefined || alias === other ? undefined : ownOrDeclared(object, alias);
}

/** `value.name` and Python's attributes of the type that the value stands for. Undefined if there is none. */
export function attribute(value: unknown, name: string): unknown {
  if (typeof value === 'object' && value !== null) {
    const own = (value as { [ATTRIBUTE]?: (name: string) => unknown })[ATTRIBUTE];
    if (own !== undefined) return orSpecial(own.call(value, name), value, name);
    if (Array.isArray(value)) {
      if (name === 'length') return value.length;
      // Named parts of a tuple, such as `grouper` and `list`.
      if (value instanceof Tuple && Object.hasOwn(value, name) && !/^\d+$/.test(name))
        return ownOrDeclared(value, name);
    } else if (value instanceof Markup) return boundMethod(value, name) ?? special(value, name);
    else {
      const found = member(value, name);
      // A method of JavaScript's own Map or Set must not hide the one of dict or set.
      if (found !== undefined && !(typeof found === 'function' && isNativeCollection(value)))
        return bound(value, name, found);
      const method = boundMethod(value, name);
      if (method !== undefined) return method;
      if (found !== undefined) return bound(value, name, found);
      if (isTemporal(value)) return orSpecial(dateAttribute(value, name), value, name);
      return special(value, name);
    }
    return boundMethod(value, name) ?? special(value, name);
  }
  if (typeof value === 'function') return functionAttribute(value, name);
  if (value === null || value === undefined) return special(value, name);
  const method = boundMethod(value, name);
  if (method !== undefined) return method;
  const scalar = typeof value === 'string' ? undefined : numberAttribute(value as number | bigint | boolean, name);
  return orSpecial(scalar, value, name);
}

function isNativeCollection(value: object): boolean {
  return value instanceof Map || value instanceof Set;
}

// Methods keep their object when a template stores them.
function bound(owner: object, name: string, value: unknown): unknown {
  if (typeof value !== 'function' || INVOKE in value || Object.hasOwn(owner, value.name)) return value;
  // Python's `get` answers none for what is missing.
  if (name === 'get') return (...args: unknown[]) => (value.apply(owner, args) as unknown) ?? null;
  return value.prototype === undefined || !isClass(value) ? (value.bind(owner) as unknown) : value;
}

function isClass(value: Function): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

function boundMethod(value: unknown, name: string): unknown {
  const method = methodOf(value, name);
  if (!method) return undefined;
  return Object.assign(() => undefined, {
    [INVOKE]: (_context: unknown, args: unknown[], kwargs: Record<string, unknown> | undefined) =>
      callMethod(method, value, args, kwargs),
    [REPR]: () => `<built-in method ${name} of ${typeName(value)} object>`,
  });
}

function functionAttribute(value: Function, name: string): unknown {
  const own = (value as { [ATTRIBUTE]?: (name: string) => unknown })[ATTRIBUTE];
  if (own !== undefined) return own.call(value, name);
  if (name === '__name__') return callableName(value);
  if (name === 'name' || name === 'length') return undefined;
  return orSpecial(member(value, name), value, name);
}

// Null is a value: it is none.
function orSpecial(found: unknown, value: unknown, name: string): unknown {
  return found === undefined ? special(value, name) : found;
}

function special(value: unknown, name: string): unknown {
  if (name === '__class__') return new PythonType(typeName(value));
  return name === '__doc__' ? null : undefined;
}

/** What `value.__class__` is: it has a name, and leads nowhere. */
class PythonType {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  [ATTRIBUTE](name: string): unknown {
    return name === '__name__' || name === '__qualname__' ? this.#name : undefined;
  }

  [REPR](): string {
    return `<class '${this.#name}'>`;
  }
}

/** `value[key]` for a key that is there; undefined otherwise. */
export function element(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return value instanceof DictView ? undefined : at(value, key);
  if (typeof value === 'string') return characterAt(value, key);
  if (typeof value !== 'object' || value === null) return undefined;
  if (isPlainObject(value)) return isHashable(key) ? dictGet(value, key)?.value : undefined;
  if (value instanceof Map) return isHashable(key) ? dictGet(value, key)?.value : undefined;
  if (value instanceof Markup) return marked(characterAt(value.toString(), key));
  if (value instanceof Uint8Array) return at(value, key);
  if (isMappingLike(value)) return mappingElement(value, key);
  const items = (value as { [ITEM]?: (key: unknown) => unknown })[ITEM];
  return items?.call(value, key);
}

/** Objects of the engine that look up their elements themselves have a method of this name. */
export const ITEM: unique symbol = Symbol('flacon.jinja.item');

function mappingElement(value: { get(key: unknown): unknown; has(key: unknown): boolean }, key: unknown): unknown {
  const name = key instanceof Markup ? key.toString() : key;
  return value.has(name) ? value.get(name) : undefined;
}

function isHashable(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return true;
  return (
    key instanceof Tuple ||
    (!Array.isArray(key) && !isPlainObject(key) && !(key instanceof Map) && !(key instanceof UndefinedValue))
  );
}

function at(list: ArrayLike<unknown>, key: unknown): unknown {
  const position = typeof key === 'boolean' ? Number(key) : key;
  if (typeof position !== 'number') return undefined;
  return list[position < 0 ? position + list.length : position];
}

function characterAt(text: string, key: unknown): unknown {
  return at(hasAstral(text) ? characters(text) : text, key);
}

function marked(value: unknown): unknown {
  return typeof value === 'string' ? new Markup(value) : value;
}
