import { TemplateTypeError, TemplateValueError } from './errors.ts';
import { compareText } from './py-text.ts';
import { numberText } from './text.ts';
import { entriesOf, isMapping, isMappingLike, isPlainObject, typeName, UndefinedValue } from './values.ts';

/** Options of {@link pythonJson}, by the names of Python's `json.dumps`. */
export interface JsonOptions {
  sort_keys?: unknown;
  indent?: unknown;
}

/** JSON as Python spells it: a space after colons and commas, ASCII only. Throws for values that have no JSON. */
export function pythonJson(value: unknown, options: JsonOptions = {}): string {
  const indent =
    typeof options.indent === 'number'
      ? ' '.repeat(options.indent)
      : typeof options.indent === 'string'
        ? options.indent
        : undefined;
  return new Writer(Boolean(options.sort_keys), indent).write(value, '');
}

class Writer {
  readonly #sortKeys: boolean;
  readonly #indent: string | undefined;
  readonly #open = new Set<object>();

  constructor(sortKeys: boolean, indent: string | undefined) {
    this.#sortKeys = sortKeys;
    this.#indent = indent;
  }

  write(value: unknown, margin: string): string {
    switch (typeof value) {
      case 'string':
        return asciiJson(value);
      case 'number':
        return jsonNumber(value);
      case 'bigint':
      case 'boolean':
        return String(value);
      case 'object':
        return value === null ? 'null' : this.#object(value, margin);
      default:
        throw notSerializable(value);
    }
  }

  #object(value: object, margin: string): string {
    if (value instanceof UndefinedValue || value instanceof Set) throw notSerializable(value);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.write(toJSON.call(value), margin);
    if (this.#open.has(value)) throw new TemplateValueError('Circular reference detected');
    this.#open.add(value);
    const text = Array.isArray(value) ? this.#list(value, margin) : this.#dict(value, margin);
    this.#open.delete(value);
    return text;
  }

  #list(list: readonly unknown[], margin: string): string {
    return this.#wrapped(
      list.map((item) => (inner) => this.write(item, inner)),
      '[',
      ']',
      margin,
    );
  }

  #dict(value: object, margin: string): string {
    const isDict = isMapping(value) && (isPlainObject(value) || isMappingLike(value));
    const pairs: [unknown, unknown][] = (isDict ? entriesOf(value) : Object.entries(value)) ?? [];
    const defined = pairs.filter(([, item]) => item !== undefined);
    if (this.#sortKeys) defined.sort(([a], [b]) => compareKeys(a, b));
    return this.#wrapped(
      defined.map(
        ([key, item]) =>
          (inner) =>
            `${asciiJson(keyText(key))}: ${this.write(item, inner)}`,
      ),
      '{',
      '}',
      margin,
    );
  }

  #wrapped(parts: ((margin: string) => string)[], open: string, close: string, margin: string): string {
    if (parts.length === 0) return open + close;
    if (this.#indent === undefined) return open + parts.map((part) => part(margin)).join(', ') + close;
    const inner = margin + this.#indent;
    return `${open}\n${parts.map((part) => inner + part(inner)).join(',\n')}\n${margin}${close}`;
  }
}

function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  throw new TemplateTypeError(`'<' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (typeof key === 'number') return jsonNumber(key);
  if (typeof key === 'boolean' || typeof key === 'bigint') return String(key);
  throw new TemplateTypeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return numberText(value);
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function notSerializable(value: unknown): TemplateTypeError {
  return new TemplateTypeError(`Object of type ${typeName(value)} is not JSON serializable`);
}
