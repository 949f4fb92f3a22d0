import type { InspectOptions } from 'node:util';
import { FlaconError } from '../util/errors.ts';
import { convertAll, lookup } from './conversions.ts';
import type { LookupOptions, PlainDefault } from './conversions.ts';
import { BadRequestKeyError } from './exceptions.ts';

/** What a MultiDict is made from: another one, pairs, or an object whose arrays are several values. */
export type MultiDictInit<V> =
  MultiDict<V> | Iterable<readonly [string, V]> | Readonly<Record<string, V | readonly V[]>>;

/** Pairs of anything a MultiDict or Headers can be made from, several values of a key one after the other. */
export function* iterMultiItems<V>(init: MultiDictInit<V>): Generator<[string, V], void, undefined> {
  if (init instanceof MultiDict) {
    yield* init.entries({ multi: true });
  } else if (Symbol.iterator in init) {
    for (const [key, value] of init as Iterable<readonly [string, V]>) yield [key, value];
  } else {
    for (const [key, value] of Object.entries(init as Readonly<Record<string, V | readonly V[]>>)) {
      if (Array.isArray(value)) for (const item of value as readonly V[]) yield [key, item];
      else yield [key, value as V];
    }
  }
}

/**
 * A dictionary with several values a key, as forms and query strings have them. `get` answers the first value,
 * `getList` all; iterating gives the keys. Behaves like `werkzeug.datastructures.MultiDict`.
 */
export class MultiDict<V = string> {
  readonly #map = new Map<string, V[]>();

  constructor(init?: MultiDictInit<V>) {
    if (init === undefined) return;
    if (init instanceof MultiDict) {
      for (const [key, values] of init.lists()) this.#map.set(key, values);
      return;
    }
    for (const [key, value] of iterMultiItems(init)) this.#append(key, value);
  }

  #append(key: string, value: V): void {
    const values = this.#map.get(key);
    if (values === undefined) this.#map.set(key, [value]);
    else values.push(value);
  }

  /**
   * The first value of `key`. With `type` it is converted, and a value that does not convert counts as missing;
   * `default` is the answer for a missing one. A plain default can stand for the options: `get('q', '')`.
   */
  get(key: string): V | undefined;
  get<T>(key: string, options: { type: (value: V) => T; default: T }): T;
  get<T, D>(key: string, options: { type: (value: V) => T; default: D }): T | D;
  get<T>(key: string, options: { type: (value: V) => T }): T | undefined;
  get<D>(key: string, options: { default: D }): V | D;
  get<D extends PlainDefault>(key: string, plainDefault: D): V | D;
  get(key: string, options?: LookupOptions<V> | PlainDefault): unknown {
    const value = this.#map.get(key)?.[0];
    return options === undefined ? value : lookup(value, options);
  }

  /** The first value of `key`. Throws `BadRequestKeyError` (400) if there is none, as `form[key]` does in Flask. */
  require(key: string): V {
    const value = this.get(key);
    if (value === undefined) throw new BadRequestKeyError(key);
    return value;
  }

  /** All values of `key`; with `type` converted, those that do not convert left out. */
  getList(key: string): V[];
  getList<T>(key: string, options: { type: (value: V) => T }): T[];
  getList(key: string, options?: LookupOptions<V>): unknown[] {
    const values = this.#map.get(key);
    return values === undefined ? [] : convertAll([...values], options?.type);
  }

  has(key: string): boolean {
    return this.#map.has(key);
  }

  /** Adds a value to those of `key`. */
  add(key: string, value: V): void {
    this.#append(key, value);
  }

  /** Replaces all values of `key` by one. */
  set(key: string, value: V): void {
    this.#map.set(key, [value]);
  }

  /** Replaces all values of `key`. */
  setList(key: string, values: Iterable<V>): void {
    this.#map.set(key, [...values]);
  }

  /** The first value of `key`, which becomes `value` if there is none. */
  setDefault(key: string, value: V): V {
    if (!this.has(key)) this.set(key, value);
    return this.require(key);
  }

  /** All values of `key`, which become `values` if there are none. */
  setListDefault(key: string, values: Iterable<V> = []): V[] {
    if (!this.has(key)) this.setList(key, values);
    return this.getList(key);
  }

  /** Adds all items of `init` to those that are there. */
  update(init: MultiDictInit<V>): void {
    for (const [key, value] of iterMultiItems(init)) this.#append(key, value);
  }

  /** Removes `key`; whether it was there. */
  delete(key: string): boolean {
    return this.#map.delete(key);
  }

  /** Removes `key` and answers its first value; `BadRequestKeyError` if it is missing and there is no default. */
  pop(key: string): V;
  pop<D>(key: string, defaultValue: D): V | D;
  pop(key: string, ...rest: unknown[]): unknown {
    const values = this.popList(key);
    if (values.length > 0) return values[0];
    if (rest.length > 0) return rest[0];
    throw new BadRequestKeyError(key);
  }

  /** Removes `key` and answers all its values. */
  popList(key: string): V[] {
    const values = this.#map.get(key) ?? [];
    this.#map.delete(key);
    return values;
  }

  /** Removes the last key and answers it with its first value. */
  popItem(): [string, V] {
    const [key, [value]] = this.popItemList() as [string, [V]];
    if (value === undefined) throw new BadRequestKeyError(key);
    return [key, value];
  }

  /** Removes the last key and answers it with all its values. */
  popItemList(): [string, V[]] {
    const key = [...this.#map.keys()].at(-1);
    if (key === undefined) throw new BadRequestKeyError();
    return [key, this.popList(key)];
  }

  clear(): void {
    this.#map.clear();
  }

  /** The number of keys. */
  get size(): number {
    return this.#map.size;
  }

  keys(): IterableIterator<string> {
    return this.#map.keys();
  }

  /** The first value of every key. */
  *values(): Generator<V, void, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  /** Pairs of a key and its first value; with `multi` a pair for every value. */
  *entries({ multi = false }: { multi?: boolean } = {}): Generator<[string, V], void, undefined> {
    for (const [key, values] of this.lists()) {
      for (const value of values) {
        yield [key, value];
        if (!multi) break;
      }
    }
  }

  /** Pairs of a key and all its values. */
  *lists(): Generator<[string, V[]], void, undefined> {
    for (const [key, values] of this.#map) yield [key, [...values]];
  }

  /** All values of every key. */
  *listValues(): Generator<V[], void, undefined> {
    for (const [, values] of this.lists()) yield values;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.keys();
  }

  /** A plain object with the first value of each key, or with `flat: false` with all of them. */
  toObject(options?: { flat?: true }): Record<string, V>;
  toObject(options: { flat: false }): Record<string, V[]>;
  toObject({ flat = true }: { flat?: boolean } = {}): Record<string, V | V[]> {
    return Object.fromEntries<V | V[]>(flat ? this.entries() : this.lists());
  }

  toJSON(): Record<string, V> {
    return this.toObject();
  }

  /** A mutable copy. */
  copy(): MultiDict<V> {
    return new MultiDict(this);
  }

  /** Whether the other one has the same keys with the same values in the same order. */
  equals(other: MultiDict<V>): boolean {
    if (other.size !== this.size) return false;
    for (const [key, values] of this.lists()) {
      const others = other.getList(key);
      if (others.length !== values.length || values.some((value, i) => value !== others[i])) return false;
    }
    return true;
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: InspectOptions,
    inspect: (value: unknown, options?: InspectOptions) => string,
  ): string {
    return `${this.constructor.name}(${inspect([...this.entries({ multi: true })], options)})`;
  }
}

function immutable(dict: object): never {
  throw new FlaconError(`${dict.constructor.name} objects cannot be changed.`, {
    code: 'IMMUTABLE',
    fix: 'change a copy: dict.copy()',
  });
}

/** A MultiDict that cannot be changed, as `request.args` is; `copy()` makes one that can. */
export class ImmutableMultiDict<V = string> extends MultiDict<V> {
  override add(): never {
    return immutable(this);
  }

  override set(): never {
    return immutable(this);
  }

  override setList(): never {
    return immutable(this);
  }

  override setDefault(): never {
    return immutable(this);
  }

  override setListDefault(): never {
    return immutable(this);
  }

  override update(): never {
    return immutable(this);
  }

  override delete(): never {
    return immutable(this);
  }

  override pop(): never {
    return immutable(this);
  }

  override popList(): never {
    return immutable(this);
  }

  override popItem(): never {
    return immutable(this);
  }

  override popItemList(): never {
    return immutable(this);
  }

  override clear(): never {
    return immutable(this);
  }
}
