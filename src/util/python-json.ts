import { FlaconError } from './errors.ts';

/** How {@link dumpJson} writes. */
export interface DumpJsonOptions {
  /** Sort the keys of objects by code point. Default false. */
  sortKeys?: boolean;
  /** `,` and `:` without spaces behind them. Default false. */
  compact?: boolean;
  /** Escape what is not ASCII. Default true. */
  ensureAscii?: boolean;
}

interface Style {
  comma: string;
  colon: string;
  sortKeys: boolean;
  ensureAscii: boolean;
  parents: object[];
}

/**
 * JSON text, byte for byte as Python's `json.dumps` writes the same value: `NaN` and `Infinity` by name, bigint
 * as integer, numbers from 10^16 on as floats. A number object (`new Number(2)`) is written as the float `2.0`,
 * for readers that tell the two apart. What JSON does not know is asked for `toJSON()`.
 */
export function dumpJson(value: unknown, options: DumpJsonOptions = {}): string {
  const { sortKeys = false, compact = false, ensureAscii = true } = options;
  return write(value, { sortKeys, ensureAscii, comma: compact ? ',' : ', ', colon: compact ? ':' : ': ', parents: [] });
}

function write(value: unknown, style: Style): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, style);
    case 'number':
      return isInteger(value) ? String(value) : writeFloat(value);
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'null';
    case 'object':
      return value === null ? 'null' : writeObject(value, style);
    default:
      throw notJson(`A ${typeof value} cannot be written as JSON.`);
  }
}

// DEL is ASCII, but Python escapes it all the same.
const BEYOND_ASCII = /[\u007f-\uffff]/g;

function writeString(text: string, style: Style): string {
  const quoted = JSON.stringify(text);
  if (!style.ensureAscii) return quoted;
  return quoted.replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// From 10^16 on Python writes floats with an exponent, and its integers of that size are bigints here.
function isInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 1e16 && !Object.is(value, -0);
}

// Both languages write the shortest digits that read back as the same number; they switch to exponents at other sizes.
function writeFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || (size < 1e-4 && size > 0)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function writeObject(value: object, style: Style): string {
  if (value instanceof Number) return writeFloat(value.valueOf());
  if (value instanceof String || value instanceof Boolean) return write(value.valueOf(), style);
  if (style.parents.includes(value)) throw notJson('The value contains itself, which JSON cannot say.');
  style.parents.push(value);
  const text = writeContainer(value, style);
  style.parents.pop();
  return text;
}

function writeContainer(value: object, style: Style): string {
  if (Array.isArray(value)) return `[${value.map((item) => write(item, style)).join(style.comma)}]`;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return write(toJSON.call(value), style);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw notJson(`An instance of ${value.constructor?.name || 'a class'} cannot be written as JSON.`);
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (style.sortKeys) entries.sort(([a], [b]) => compareCodePoints(a, b));
  return `{${entries.map(([key, item]) => writeString(key, style) + style.colon + write(item, style)).join(style.comma)}}`;
}

/** Order of Python's strings: by code point, where JavaScript compares UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left === right) continue;
    // Surrogates stand for the highest code points, but are not the highest units.
    const [leftIsHigh, rightIsHigh] = [isSurrogate(left), isSurrogate(right)];
    if (leftIsHigh !== rightIsHigh) return leftIsHigh ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function notJson(message: string): FlaconError {
  return new FlaconError(message, {
    code: 'NOT_JSON',
    fix: 'Store texts, numbers, booleans, null, arrays and plain objects, or give the class a toJSON().',
  });
}

/**
 * Reads JSON as Python's `json.loads` does: `NaN`, `Infinity` and `-Infinity` are numbers, and an integer that is too big
 * for a number becomes a bigint. Throws SyntaxError.
 */
export function loadJson(text: string): unknown {
  return /NaN|Infinity|\d{16}/.test(text) ? new Reader(text).read() : JSON.parse(text);
}

const TOKEN =
  /[ \t\n\r]*(?:("[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN)|(true|false|null)|([[\]{},:]))/y;

/** JSON.parse cannot be told about names and big integers: only texts that may have them are read by this. */
class Reader {
  readonly #text: string;
  #at = 0;
  #token = '';
  #value: unknown;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    this.#next();
    const value = this.#readValue();
    if (this.#text.slice(this.#at).trim() !== '') throw this.#unexpected();
    return value;
  }

  #next(): string {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (!match) throw this.#unexpected();
    const [, string, number, name, sign] = match;
    this.#at = TOKEN.lastIndex;
    this.#value = undefined;
    if (sign !== undefined) return (this.#token = sign);
    if (number !== undefined) this.#value = readNumber(number);
    else this.#value = JSON.parse(string ?? name ?? '');
    return (this.#token = string === undefined ? 'value' : 'string');
  }

  #readValue(): unknown {
    if (this.#token === '[') return this.#readArray();
    if (this.#token === '{') return this.#readObject();
    if (this.#token === 'value' || this.#token === 'string') return this.#value;
    throw this.#unexpected();
  }

  #readArray(): unknown[] {
    const items: unknown[] = [];
    if (this.#next() === ']') return items;
    for (;;) {
      items.push(this.#readValue());
      if (this.#closes(']')) return items;
      this.#next();
    }
  }

  #readObject(): object {
    const object = {};
    if (this.#next() === '}') return object;
    for (;;) {
      if (this.#token !== 'string') throw this.#unexpected();
      const key = this.#value as string;
      if (this.#next() !== ':') throw this.#unexpected();
      this.#next();
      const value = this.#readValue();
      // Not an assignment: a key may be `__proto__`.
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      if (this.#closes('}')) return object;
      this.#next();
    }
  }

  #closes(bracket: string): boolean {
    const token = this.#next();
    if (token !== bracket && token !== ',') throw this.#unexpected();
    return token === bracket;
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`Unexpected JSON at position ${this.#at}`);
  }
}

function readNumber(text: string): number | bigint {
  const number = Number(text);
  // What a number holds exactly, and would be written as an integer again, is one.
  const isExact = text.length < 16 || (String(number) === text && isInteger(number));
  return isExact || !/^-?\d+$/.test(text) ? number : BigInt(text);
}
