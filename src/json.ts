import type { Flacon } from './app.ts';
import { currentContext } from './globals.ts';
import { httpDate } from './http/dates.ts';
import { loadsJson } from './http/json-loads.ts';
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
  #writer: Writer | undefined;

  constructor(app: Flacon) {
    this.#app = app;
  }

  /** What is written for an object that JSON does not know. Throws when nothing fits. */
  default(value: object): unknown {
    if (value instanceof Date) return httpDate(value);
    if (value instanceof Map) return Object.fromEntries(value);
    if (value instanceof Set) return [...value];
    if (ArrayBuffer.isView(value)) throw notSerializable(value);
    const { toJSON, toHTML, __html__ } = value as Record<string, unknown>;
    if (typeof toJSON === 'function') return toJSON.call(value) as unknown;
    if (typeof toHTML === 'function') return String(toHTML.call(value));
    if (typeof __html__ === 'function') return String(__html__.call(value));
    if (typeof value === 'function') throw notSerializable(value);
    return { ...value };
  }

  dumps(value: unknown, options: DumpOptions = {}): string {
    const { sortKeys = this.sortKeys, ensureAscii = this.ensureAscii, indent = 0, compact = false } = options;
    // Nearly every call has the options of the one before.
    if (this.#writer?.fits(sortKeys, ensureAscii, indent, compact) !== true) {
      this.#writer = new Writer(this, { sortKeys, ensureAscii, indent, compact });
    }
    return this.#writer.writeWhole(value);
  }

  /** Parses JSON, and the `NaN` and `Infinity` that `dumps` writes. Throws a SyntaxError with line and column. */
  loads(text: string): unknown {
    return loadsJson(text);
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
  const type = typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : typeof value;
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
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Writes one value: recursion with the options, and the objects it is inside of, at hand. */
class Writer {
  readonly #provider: DefaultJSONProvider;
  readonly #sortKeys: boolean;
  readonly #ensureAscii: boolean;
  readonly #step: string;
  readonly #compact: boolean;
  readonly #comma: string;
  readonly #colon: string;
  readonly #path: object[] = [];

  constructor(provider: DefaultJSONProvider, { sortKeys, ensureAscii, indent, compact }: Required<DumpOptions>) {
    this.#provider = provider;
    this.#sortKeys = sortKeys;
    this.#ensureAscii = ensureAscii;
    this.#step = ' '.repeat(indent);
    this.#compact = compact;
    this.#comma = compact || indent > 0 ? ',' : ', ';
    this.#colon = compact ? ':' : ': ';
  }

  fits(sortKeys: boolean, ensureAscii: boolean, indent: number, compact: boolean): boolean {
    return (
      sortKeys === this.#sortKeys &&
      ensureAscii === this.#ensureAscii &&
      indent === this.#step.length &&
      compact === this.#compact
    );
  }

  /** Writes a value that is in no other; also while another one is being written, by a `toJSON`. */
  writeWhole(value: unknown): string {
    const outside = this.#path.splice(0);
    try {
      return this.write(value, '');
    } finally {
      this.#path.length = 0;
      this.#path.push(...outside);
    }
  }

  write(value: unknown, margin: string): string {
    switch (typeof value) {
      case 'string':
        return writeString(value, this.#ensureAscii);
      case 'number':
      case 'bigint':
        return String(value);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'object':
        return value === null ? 'null' : this.#writeObject(value, margin);
      case 'undefined':
        return 'null';
      default:
        throw notSerializable(value);
    }
  }

  #writeObject(value: object, margin: string): string {
    if (this.#path.includes(value)) {
      throw new FlaconError('The value contains itself, which JSON cannot say.', {
        code: 'NOT_JSON',
        fix: 'return a part of it',
      });
    }
    this.#path.push(value);
    const text = Array.isArray(value) ? this.#writeArray(value, margin) : this.#writeRecord(value, margin);
    this.#path.pop();
    return text;
  }

  #writeArray(values: readonly unknown[], margin: string): string {
    if (values.length === 0) return '[]';
    const inner = margin + this.#step;
    const separator = this.#comma + this.#lineBreak(inner);
    let text = '';
    for (const value of values) text += (text === '' ? this.#lineBreak(inner) : separator) + this.write(value, inner);
    return `[${text}${this.#lineBreak(margin)}]`;
  }

  #writeRecord(value: object, margin: string): string {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || prototype === null;
    if (!isPlain || typeof (value as { toJSON?: unknown }).toJSON === 'function')
      return this.#writeConverted(value, margin);
    const record = value as Record<string, unknown>;
    const keys = Object.keys(record);
    if (this.#sortKeys && keys.length > 1) keys.sort();
    const inner = margin + this.#step;
    let text = '';
    for (const key of keys) {
      const item = record[key];
      if (item === undefined) continue;
      text += `${text === '' ? '' : this.#comma}${this.#lineBreak(inner)}${writeString(key, this.#ensureAscii)}${this.#colon}${this.write(item, inner)}`;
    }
    return text === '' ? '{}' : `{${text}${this.#lineBreak(margin)}}`;
  }

  #writeConverted(value: object, margin: string): string {
    if (value instanceof Number || value instanceof String || value instanceof Boolean)
      return this.write(value.valueOf(), margin);
    return this.write(this.#provider.default(value), margin);
  }

  #lineBreak(margin: string): string {
    return this.#step === '' ? '' : `\n${margin}`;
  }
}
