import type { Flacon } from './app.ts';
import { currentContext } from './globals.ts';
import { httpDate } from './http/dates.ts';
import { Response } from './http/response.ts';
import { FlaconError } from './util/errors.ts';

/** How an app reads and writes JSON: replace `app.json` to change it. */
export interface JSONProvider {
  dumps(value: unknown, options?: DumpOptions): string;
  loads(text: string): unknown;
  /** A response with the value as JSON; several values become a list. */
  response(...values: unknown[]): Response;
}

/** Options of one `dumps`; defaults are the provider's. */
export interface DumpOptions {
  sortKeys?: boolean;
  ensureAscii?: boolean;
  /** Spaces per level; 0 keeps everything on one line. */
  indent?: number;
  /** Separators without spaces. Default: false, as in Python's `json.dumps`. */
  compact?: boolean;
}

interface WriteOptions {
  sortKeys: boolean;
  ensureAscii: boolean;
  indent: number;
  comma: string;
  colon: string;
  convert: (value: object) => unknown;
}

/**
 * Flask's provider: sorted keys, ASCII only, compact except in debug mode, a newline at the end of
 * a response. Beyond JSON's own types it writes Date (as an HTTP date), bigint, Map, Set, what has
 * `toJSON`, and what has `toHTML` or `__html__` (as text) (flask.json.provider.DefaultJSONProvider).
 */
export class DefaultJSONProvider implements JSONProvider {
  ensureAscii = true;
  sortKeys = true;
  /** `null`: compact, except in debug mode. */
  compact: boolean | null = null;
  mimetype = 'application/json';
  readonly #app: Flacon;

  constructor(app: Flacon) {
    this.#app = app;
  }

  /** What is written for an object that JSON does not know. Throws when nothing fits. */
  default(value: object): unknown {
    if (value instanceof Date) return httpDate(value);
    if (value instanceof Map) return Object.fromEntries(value);
    if (value instanceof Set) return [...value];
    const { toJSON, toHTML, __html__ } = value as Record<string, unknown>;
    if (typeof toJSON === 'function') return toJSON.call(value) as unknown;
    if (typeof toHTML === 'function') return String(toHTML.call(value));
    if (typeof __html__ === 'function') return String(__html__.call(value));
    if (typeof value === 'function') throw notSerializable(value);
    return { ...value };
  }

  dumps(value: unknown, options: DumpOptions = {}): string {
    const { sortKeys = this.sortKeys, ensureAscii = this.ensureAscii, indent = 0, compact = false } = options;
    const comma = compact || indent > 0 ? ',' : ', ';
    const colon = compact ? ':' : ': ';
    const convert = (object: object): unknown => this.default(object);
    return write(value, { sortKeys, ensureAscii, indent, comma, colon, convert }, '', undefined);
  }

  loads(text: string): unknown {
    return JSON.parse(text);
  }

  response(...values: unknown[]): Response {
    const value = values.length === 1 ? values[0] : values.length === 0 ? null : values;
    const compact = this.compact ?? !this.#app.debug;
    const text = this.dumps(value, compact ? { compact } : { indent: 2 });
    const response = new this.#app.responseClass(`${text}\n`, { contentType: this.mimetype });
    return response;
  }
}

/** A response with its arguments as JSON, made by the current app's provider. */
export function jsonify(...values: unknown[]): Response {
  return currentContext().app.json.response(...values);
}

function notSerializable(value: unknown): FlaconError {
  const type = typeof value === 'object' && value !== null ? value.constructor?.name ?? 'object' : typeof value;
  return new FlaconError(`A value of type ${type} is not JSON serializable.`, {
    code: 'NOT_JSON',
    fix: 'convert it, give it a toJSON(), or extend DefaultJSONProvider.default()',
  });
}

// oxlint-disable-next-line no-control-regex -- the characters JSON must escape, and all beyond ASCII
const needsEscape = /[\u0000-\u001f"\\\u007f-\uffff\ud800-\udfff]/;
const beyondAscii = /[\u007f-\uffff]/g;

function writeString(text: string, ensureAscii: boolean): string {
  if (!needsEscape.test(text)) return `"${text}"`;
  const quoted = JSON.stringify(text);
  if (!ensureAscii) return quoted;
  return quoted.replace(beyondAscii, (character) => {
    const code = character.charCodeAt(0);
    return code === 0x7f ? character : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function write(value: unknown, options: WriteOptions, margin: string, parents: ReadonlySet<object> | undefined): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, options.ensureAscii);
    case 'number':
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : writeObject(value, options, margin, parents);
    case 'undefined':
      return 'null';
    default:
      throw notSerializable(value);
  }
}

function writeObject(value: object, options: WriteOptions, margin: string, parents: ReadonlySet<object> | undefined): string {
  if (parents?.has(value)) {
    throw new FlaconError('The value contains itself, which JSON cannot say.', { code: 'NOT_JSON', fix: 'return a part of it' });
  }
  const path = new Set(parents).add(value);
  if (Array.isArray(value)) {
    return wrap('[', ']', value.map((item) => write(item, options, margin + ' '.repeat(options.indent), path)), options, margin);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (!isPlain || typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    const converted = value instanceof Number || value instanceof String || value instanceof Boolean ? value.valueOf() : options.convert(value);
    return write(converted, options, margin, converted === value ? parents : path);
  }
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record).filter((key) => record[key] !== undefined);
  if (options.sortKeys) keys.sort();
  const inner = margin + ' '.repeat(options.indent);
  const parts = keys.map((key) => writeString(key, options.ensureAscii) + options.colon + write(record[key], options, inner, path));
  return wrap('{', '}', parts, options, margin);
}

function wrap(open: string, close: string, parts: readonly string[], options: WriteOptions, margin: string): string {
  if (options.indent === 0 || parts.length === 0) return open + parts.join(options.comma) + close;
  const inner = `\n${margin}${' '.repeat(options.indent)}`;
  return `${open}${inner}${parts.join(options.comma + inner)}\n${margin}${close}`;
}
