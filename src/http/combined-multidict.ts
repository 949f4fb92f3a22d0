import type { InspectOptions } from 'node:util';
import { convertAll, lookup } from './conversions.ts';
import type { LookupOptions, PlainDefault } from './conversions.ts';
import { ImmutableMultiDict } from './multidict.ts';
import type { MultiDict } from './multidict.ts';

/**
 * Several MultiDicts read as one, as `request.values` is: the first that has a key answers `get`, all answer `getList`.
 * It looks at the originals, so it follows their changes.
 */
export class CombinedMultiDict<V = string> extends ImmutableMultiDict<V> {
  readonly dicts: readonly MultiDict<V>[];

  constructor(dicts: Iterable<MultiDict<V>> = []) {
    super();
    this.dicts = [...dicts];
  }

  override get(key: string): V | undefined;
  override get<T>(key: string, options: { type: (value: V) => T; default: T }): T;
  override get<T, D>(key: string, options: { type: (value: V) => T; default: D }): T | D;
  override get<T>(key: string, options: { type: (value: V) => T }): T | undefined;
  override get<D>(key: string, options: { default: D }): V | D;
  override get<D extends PlainDefault>(key: string, plainDefault: D): V | D;
  override get(key: string, options?: LookupOptions<V> | PlainDefault): unknown {
    const type = typeof options === 'object' && options !== null ? options.type : undefined;
    for (const dict of this.dicts) {
      const value = dict.get(key);
      if (value === undefined) continue;
      // A value that does not convert leaves it to the next dict.
      const [converted] = convertAll([value], type);
      if (converted !== undefined) return converted;
    }
    return options === undefined ? undefined : lookup(undefined, options);
  }

  override getList(key: string): V[];
  override getList<T>(key: string, options: { type: (value: V) => T }): T[];
  override getList(key: string, options?: LookupOptions<V>): unknown[] {
    return convertAll(
      this.dicts.flatMap((dict) => dict.getList(key)),
      options?.type,
    );
  }

  override has(key: string): boolean {
    return this.dicts.some((dict) => dict.has(key));
  }

  override get size(): number {
    return new Set(this.keys()).size;
  }

  override *keys(): IterableIterator<string> {
    yield* new Set(this.dicts.flatMap((dict) => [...dict.keys()]));
  }

  override *entries({ multi = false }: { multi?: boolean } = {}): Generator<[string, V], void, undefined> {
    const seen = new Set<string>();
    for (const dict of this.dicts) {
      for (const [key, value] of dict.entries({ multi })) {
        if (!multi && seen.has(key)) continue;
        seen.add(key);
        yield [key, value];
      }
    }
  }

  override *lists(): Generator<[string, V[]], void, undefined> {
    for (const key of this.keys()) yield [key, this.getList(key)];
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: InspectOptions,
    inspect: (value: unknown, options?: InspectOptions) => string,
  ): string {
    return `CombinedMultiDict(${inspect(this.dicts, options)})`;
  }
}
