import { httpDate, parseDate } from './http/dates.ts';
import { FlaconError } from './util/errors.ts';
import { hasHtml, htmlOf, Markup } from './util/markup.ts';
import { dumpJson, loadJson } from './util/python-json.ts';
import { decodeLenient } from './util/signer-encoding.ts';
import { UUID } from './util/uuid.ts';

export { UUID } from './util/uuid.ts';

/** An array that comes back as a tuple in Python, and from Python's tuples: `Tuple.of(1, 2)`. */
export class Tuple<T = unknown> extends Array<T> {
  // What map() and slice() make of a tuple is an ordinary array.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

/**
 * How one type is written into tagged JSON: as an object whose only key is the tag (flask.json.tag.JSONTag).
 * Make a subclass and {@link TaggedJSONSerializer.register} it.
 */
export abstract class JSONTag {
  /** The tag; undefined for types that JSON has, whose parts may need tags. */
  abstract readonly key: string | undefined;
  protected readonly serializer: TaggedJSONSerializer;

  constructor(serializer: TaggedJSONSerializer) {
    this.serializer = serializer;
  }

  /** Whether this tag is for the value. */
  abstract check(value: unknown): boolean;

  /** The value as something that JSON has. */
  abstract toJSONValue(value: never): unknown;

  /** The value that {@link toJSONValue} was made of. */
  fromJSONValue(value: unknown): unknown {
    return value;
  }

  /** The tagged value. */
  tag(value: never): unknown {
    const json = this.toJSONValue(value);
    return this.key === undefined ? json : { [this.key]: json };
  }
}

/** An object that looks like a tagged value: its only key is a tag. The key gets `__` appended. */
class TagDict extends JSONTag {
  readonly key = ' di';

  override check(value: unknown): boolean {
    if (!isPlainObject(value)) return false;
    const [key, ...others] = definedKeys(value);
    return others.length === 0 && key !== undefined && this.serializer.tags.has(key);
  }

  override toJSONValue(value: Record<string, unknown>): unknown {
    const [key = ''] = definedKeys(value);
    return { [`${key}__`]: this.serializer.tag(value[key]) };
  }

  override fromJSONValue(value: unknown): unknown {
    const [entry] = Object.entries(isPlainObject(value) ? value : {});
    if (!entry) throw new TypeError('A tagged object must have a key.');
    return { [entry[0].slice(0, -2)]: entry[1] };
  }
}

class PassDict extends JSONTag {
  readonly key = undefined;

  override check(value: unknown): boolean {
    return isPlainObject(value);
  }

  override toJSONValue(value: Record<string, unknown>): unknown {
    return Object.fromEntries(definedKeys(value).map((key) => [key, this.serializer.tag(value[key])]));
  }
}

class TagTuple extends JSONTag {
  readonly key = ' t';

  override check(value: unknown): boolean {
    return value instanceof Tuple;
  }

  override toJSONValue(value: readonly unknown[]): unknown {
    return Array.from(value, (item) => this.serializer.tag(item));
  }

  override fromJSONValue(value: unknown): Tuple {
    if (Array.isArray(value) || typeof value === 'string') return Tuple.from<unknown>(value) as Tuple;
    if (isPlainObject(value)) return Tuple.from(Object.keys(value)) as Tuple;
    throw new TypeError('A tagged tuple must be a list.');
  }
}

class PassList extends JSONTag {
  readonly key = undefined;

  override check(value: unknown): boolean {
    return Array.isArray(value);
  }

  override toJSONValue(value: readonly unknown[]): unknown {
    return Array.from(value, (item) => this.serializer.tag(item));
  }
}

class TagBytes extends JSONTag {
  readonly key = ' b';

  override check(value: unknown): boolean {
    return value instanceof Uint8Array;
  }

  override toJSONValue(value: Uint8Array): string {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }

  override fromJSONValue(value: unknown): Uint8Array {
    // The other alphabet is not base64 to Python here, and what is not is skipped.
    const bytes = typeof value === 'string' ? decodeLenient(value.replace(/[-_]/g, '')) : undefined;
    if (!bytes) throw new TypeError('Tagged bytes must be base64.');
    return new Uint8Array(bytes);
  }
}

class TagMarkup extends JSONTag {
  readonly key = ' m';

  override check(value: unknown): boolean {
    return hasHtml(value);
  }

  override toJSONValue(value: unknown): string {
    return htmlOf(value);
  }

  override fromJSONValue(value: unknown): Markup {
    return new Markup(value);
  }
}

class TagUUID extends JSONTag {
  readonly key = ' u';

  override check(value: unknown): boolean {
    return value instanceof UUID;
  }

  override toJSONValue(value: UUID): string {
    return value.hex;
  }

  override fromJSONValue(value: unknown): UUID {
    if (typeof value !== 'string') throw new TypeError('A tagged UUID must be a text.');
    return new UUID(value);
  }
}

class TagDate extends JSONTag {
  readonly key = ' d';

  override check(value: unknown): boolean {
    return value instanceof Date;
  }

  override toJSONValue(value: Date): string {
    return httpDate(value);
  }

  override fromJSONValue(value: unknown): Date | null {
    if (typeof value !== 'string' && value) throw new TypeError('A tagged date must be a text.');
    return parseDate(value as string) ?? null;
  }
}

/** A class of tags. */
export type JSONTagClass = new (serializer: TaggedJSONSerializer) => JSONTag;

/**
 * JSON that keeps more types than JSON has, in the bytes of Flask's `TaggedJSONSerializer`: keys sorted, ASCII only,
 * without spaces.
 *
 * | here | in Python |
 * |---|---|
 * | plain object, array, text, number, boolean, null | the same |
 * | bigint | integer beyond 2^53 |
 * | number object, `new Number(2)` | the float 2.0 (a number without fraction is an integer) |
 * | {@link Tuple} | tuple |
 * | `Uint8Array` (or Buffer, which comes back as `Uint8Array`) | bytes |
 * | {@link Markup}, and what has `toHTML()` | Markup |
 * | {@link UUID} | UUID |
 * | `Date`, to the second | datetime |
 *
 * Anything else that has a `toJSON()` is written as that gives, and comes back as such.
 */
export class TaggedJSONSerializer {
  /** The tags by their keys. */
  readonly tags = new Map<string, JSONTag>();
  /** The tags in the order in which they are asked. */
  readonly order: JSONTag[] = [];
  readonly #path: object[] = [];

  constructor() {
    for (const Class of [TagDict, PassDict, TagTuple, PassList, TagBytes, TagMarkup, TagUUID, TagDate])
      this.register(Class);
  }

  /**
   * Adds a tag: at the end of the order, or at `index`, for what is a special case of another. A key that is taken is
   * an error unless `force` is given.
   */
  register(Class: JSONTagClass, options: { force?: boolean; index?: number } = {}): void {
    const tag = new Class(this);
    if (tag.key !== undefined) {
      if (!options.force && this.tags.has(tag.key)) {
        throw new FlaconError(`Tag '${tag.key}' is already registered.`, {
          code: 'JSON_TAG',
          fix: 'Choose another key, or pass { force: true } to replace the tag.',
        });
      }
      this.tags.set(tag.key, tag);
    }
    this.order.splice(options.index ?? this.order.length, 0, tag);
  }

  /** The value as JSON has it, with tags where they are needed. */
  tag(value: unknown): unknown {
    const isObject = typeof value === 'object' && value !== null;
    if (isObject) this.#enter(value);
    try {
      const tag = this.order.find((candidate) => candidate.check(value));
      if (tag) return tag.tag(value as never);
      if (!isObject) return value;
      const { toJSON } = value as { toJSON?: unknown };
      return typeof toJSON === 'function' ? this.tag(toJSON.call(value)) : value;
    } finally {
      if (isObject) this.#path.pop();
    }
  }

  #enter(value: object): void {
    if (this.#path.includes(value)) {
      throw new FlaconError('The value contains itself, which JSON cannot say.', {
        code: 'NOT_JSON',
        fix: 'Store an identifier instead of the object.',
      });
    }
    this.#path.push(value);
  }

  /** The value of a tagged object; one without a known tag comes back as it is. */
  untag(value: Record<string, unknown>): unknown {
    const keys = Object.keys(value);
    const tag = keys.length === 1 ? this.tags.get(keys[0] ?? '') : undefined;
    return tag?.key === undefined ? value : tag.fromJSONValue(value[tag.key]);
  }

  dumps(value: unknown): string {
    return dumpJson(this.tag(value), { sortKeys: true, compact: true });
  }

  loads(text: string): unknown {
    return this.#untagAll(loadJson(text));
  }

  #untagAll(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#untagAll(item));
    const record = value as Record<string, unknown>;
    // The keys are own properties already, so that assigning to `__proto__` is harmless here.
    for (const key of Object.keys(record)) record[key] = this.#untagAll(record[key]);
    return this.untag(record);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function definedKeys(value: Record<string, unknown>): string[] {
  return Object.keys(value).filter((key) => value[key] !== undefined);
}
