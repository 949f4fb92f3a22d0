import { types } from 'node:util';

/** More parts than this make no readable expectation. */
const MAX_PARTS = 200;
const MAX_LENGTH = 4000;

/** A value as the source text of an expression that makes an equal one; undefined for what no literal can say. */
export function literalOf(value: unknown): string | undefined {
  const writer = new LiteralWriter();
  const text = writer.write(value);
  return text !== undefined && text.length <= MAX_LENGTH ? text : undefined;
}

class LiteralWriter {
  #parts = 0;
  readonly #above = new Set<object>();

  write(value: unknown): string | undefined {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) return undefined;
    switch (typeof value) {
      case 'string':
        return quote(value);
      case 'number':
        return Object.is(value, -0) ? '-0' : String(value);
      case 'bigint':
        return `${value}n`;
      case 'boolean':
      case 'undefined':
        return String(value);
      case 'object':
        return value === null ? 'null' : this.#object(value);
      default:
        return undefined;
    }
  }

  #object(value: object): string | undefined {
    if (this.#above.has(value)) return undefined;
    this.#above.add(value);
    const text = Array.isArray(value)
      ? this.#array(value)
      : types.isDate(value)
        ? dateLiteral(value)
        : this.#record(value);
    this.#above.delete(value);
    return text;
  }

  #array(value: readonly unknown[]): string | undefined {
    if (Object.keys(value).length !== value.length) return undefined;
    const items = value.map((item) => this.write(item));
    return items.includes(undefined) ? undefined : `[${items.join(', ')}]`;
  }

  #record(value: object): string | undefined {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return undefined;
    // Rows of a database often have no prototype, and strict comparisons look at that.
    const pairs: string[] = prototype === null ? ['__proto__: null'] : [];
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (typeof key === 'symbol' || !descriptor?.enumerable || descriptor.get) return undefined;
      const text = this.write(descriptor.value);
      if (text === undefined || key === '__proto__') return undefined;
      pairs.push(`${/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? key : quote(key)}: ${text}`);
    }
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
}

function dateLiteral(value: Date): string | undefined {
  const isPlain = Object.getPrototypeOf(value) === Date.prototype && Reflect.ownKeys(value).length === 0;
  const ms = Date.prototype.getTime.call(value);
  return isPlain && !Number.isNaN(ms) ? `new Date(${quote(new Date(ms).toISOString())})` : undefined;
}

/** A text in quotes. */
export function quote(text: string): string {
  const json = JSON.stringify(text);
  return /['\\]/.test(json.slice(1, -1)) ? json : `'${text}'`;
}
