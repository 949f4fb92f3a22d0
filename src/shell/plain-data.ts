import { deserialize, serialize } from 'node:v8';
import { types } from 'node:util';

/** Values as text, and what could not be put into it. */
export interface PackedValues {
  /** Base64 of V8's own format. */
  data: string;
  /** The names whose values are in it. */
  packed: string[];
  /** The names of the others: what about their value cannot leave the process. */
  left: { name: string; why: string }[];
}

/** Roughly how many bytes are kept of one session. */
const LIMIT = 1_000_000;
/** How deep a value may be nested. */
const DEPTH = 200;
/** What one more value costs, roughly, in bytes. */
const NODE = 8;

/** What V8's format forgets: put back after reading. Objects are those of the values. */
interface Repairs {
  /** Properties of errors besides their message. */
  errors: [error: object, properties: [name: string, value: unknown, isEnumerable: boolean][]][];
  /** Objects without prototype. */
  bare: object[];
}

/**
 * Packs the values that are data through and through: what comes out of {@link unpackValues} is the same in another
 * process, shared and circular references included. Nothing of the values runs: no getter, no proxy.
 */
export function packValues(values: Iterable<readonly [name: string, value: unknown]>): PackedValues {
  const packer = new Packer();
  const packed = new Map<string, unknown>();
  const left: PackedValues['left'] = [];
  for (const [name, value] of values) {
    const why = packer.add(value);
    if (why === undefined) packed.set(name, value);
    else left.push({ name, why });
  }
  const data = serialize({ values: packed, repairs: packer.repairs }).toString('base64');
  return { data, packed: [...packed.keys()], left };
}

/** The values of {@link packValues}. Throws when the data is damaged, or of a newer V8. */
export function unpackValues(data: string): Map<string, unknown> {
  const { values, repairs } = deserialize(Buffer.from(data, 'base64')) as {
    values: Map<string, unknown>;
    repairs: Repairs;
  };
  for (const object of repairs.bare) Object.setPrototypeOf(object, null);
  for (const [error, properties] of repairs.errors) {
    for (const [name, value, enumerable] of properties)
      Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });
  }
  return values;
}

/** Why a value cannot be packed. */
class Unpackable extends Error {}

/** Looks at values before V8 does: it would run getters, and lose prototypes without a word. */
class Packer {
  readonly repairs: Repairs = { errors: [], bare: [] };
  #room = LIMIT;
  #known = new Set<object>();
  #fresh: object[] = [];
  #spent = 0;

  /** Accepts a value, or gives the reason why not. */
  add(value: unknown): string | undefined {
    const { errors, bare } = this.repairs;
    const before = [errors.length, bare.length] as const;
    this.#fresh = [];
    this.#spent = 0;
    try {
      this.#visit(value, 0);
      this.#room -= this.#spent;
      return undefined;
    } catch (error) {
      if (!(error instanceof Unpackable)) throw error;
      errors.length = before[0];
      bare.length = before[1];
      for (const object of this.#fresh) this.#known.delete(object);
      return error.message;
    }
  }

  #spend(bytes: number): void {
    this.#spent += bytes;
    if (this.#spent > this.#room) throw new Unpackable('too large');
  }

  #visit(value: unknown, depth: number): void {
    this.#spend(NODE);
    if (typeof value === 'string') return this.#spend(value.length);
    if (typeof value === 'function' || typeof value === 'symbol') throw refusal(kindOf(value), depth);
    if (typeof value !== 'object' || value === null || this.#known.has(value)) return;
    if (types.isProxy(value)) throw refusal('proxy', depth);
    if (depth > DEPTH) throw new Unpackable('nested too deeply');
    this.#known.add(value);
    this.#fresh.push(value);
    this.#object(value, depth);
  }

  #object(value: object, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (types.isNativeError(value) && ERRORS.has(prototype)) return this.#error(value, depth);
    if (ArrayBuffer.isView(value) && VIEWS.has(prototype)) return this.#spend(value.byteLength);
    if (types.isArrayBuffer(value) && prototype === ArrayBuffer.prototype) return this.#spend(value.byteLength);
    if (types.isMap(value) && prototype === Map.prototype) {
      for (const pair of value) for (const item of pair) this.#visit(item, depth + 1);
    } else if (types.isSet(value) && prototype === Set.prototype) {
      for (const item of value) this.#visit(item, depth + 1);
    } else if (types.isRegExp(value) && prototype === RegExp.prototype) {
      return this.#spend(value.source.length);
    } else if (!isPlain(value, prototype)) throw refusal(kindOf(value), depth);
    if (prototype === null) this.repairs.bare.push(value);
    // Before its keys are listed.
    if (Array.isArray(value) && value.length * NODE > this.#room - this.#spent) throw new Unpackable('too large');
    for (const [, item] of propertiesOf(value, depth)) this.#visit(item, depth + 1);
  }

  #error(error: object, depth: number): void {
    // V8 keeps message and stack.
    const properties = [...propertiesOf(error, depth, ['message', 'stack'], false)];
    for (const [, value] of properties) this.#visit(value, depth + 1);
    for (const text of [(error as Error).message, (error as Error).stack]) this.#visit(text, depth + 1);
    if (properties.length > 0) this.repairs.errors.push([error, properties]);
  }
}

const ERRORS = new Set<unknown>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(({ prototype }) => prototype),
);
const VIEWS = new Set<unknown>(
  [
    Buffer,
    DataView,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map(({ prototype }) => prototype),
);

/** An object, an array, or one that wraps a primitive value, as JavaScript itself makes it. */
function isPlain(value: object, prototype: unknown): boolean {
  if (prototype === null) return true;
  if (Array.isArray(value)) return prototype === Array.prototype;
  if (types.isDate(value)) return prototype === Date.prototype;
  if (types.isBoxedPrimitive(value))
    return !types.isSymbolObject(value) && prototype === Object(value.valueOf()).constructor.prototype;
  return prototype === Object.prototype && Object.prototype.toString.call(value) === '[object Object]';
}

/** Own properties. Refuses those that V8 would run or forget. */
function* propertiesOf(
  value: object,
  depth: number,
  ignored: readonly string[] = [],
  mustBeEnumerable = true,
): IterableIterator<[name: string, value: unknown, isEnumerable: boolean]> {
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'string' && (ignored.includes(key) || isOfItsKind(value, key))) continue;
    if (typeof key === 'symbol') throw refusal('symbol', depth + 1);
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (!descriptor) continue;
    if (!('value' in descriptor)) throw refusal('getter', depth + 1);
    if (mustBeEnumerable && !descriptor.enumerable) throw refusal('hidden property', depth + 1);
    yield [key, descriptor.value, descriptor.enumerable === true];
  }
}

/** `length` of an array or a boxed string, and the characters of the latter. */
function isOfItsKind(value: object, key: string): boolean {
  if (Array.isArray(value)) return key === 'length';
  return types.isStringObject(value) && (key === 'length' || /^\d+$/.test(key));
}

function refusal(what: string, depth: number): Unpackable {
  return new Unpackable(depth === 0 ? what : `holds a ${what}`);
}

/** `function`, `class`, or the class of an object; nothing of it runs. */
function kindOf(value: unknown): string {
  if (typeof value === 'function')
    return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function';
  if (typeof value !== 'object' || value === null) return typeof value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return 'object';
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name: unknown = typeof made === 'function' ? Object.getOwnPropertyDescriptor(made, 'name')?.value : undefined;
  return typeof name === 'string' && name !== '' ? name : 'object';
}
