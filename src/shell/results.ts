import type { NameSource } from './scope.ts';

/** How many results `Out[n]` remembers. */
const REMEMBERED = 50;

/** `_`, `_error` and `Out`: there as long as no variable of the name is. */
export class Results implements NameSource {
  readonly #values = new Map<number, unknown>();
  #last: unknown;
  #lastError: unknown;
  readonly #out: object;

  constructor() {
    const values = this.#values;
    const find = (key: string | symbol): unknown => (typeof key === 'string' ? values.get(Number(key)) : undefined);
    this.#out = new Proxy<object>(Object.create(null) as object, {
      get: (_, key) => find(key),
      has: (_, key) => typeof key === 'string' && values.has(Number(key)),
      ownKeys: () => [...values.keys()].map(String),
      getOwnPropertyDescriptor: (_, key) => ({
        value: find(key),
        enumerable: true,
        configurable: true,
        writable: true,
      }),
    });
  }

  remember(entry: number, value: unknown): void {
    this.#last = value;
    this.#values.set(entry, value);
    if (this.#values.size <= REMEMBERED) return;
    const [oldest] = this.#values.keys();
    if (oldest !== undefined) this.#values.delete(oldest);
  }

  rememberError(error: unknown): void {
    this.#lastError = error;
  }

  has(name: string): boolean {
    return name === '_' || name === '_error' || name === 'Out';
  }

  get(name: string): unknown {
    return name === '_' ? this.#last : name === '_error' ? this.#lastError : this.#out;
  }

  names(): string[] {
    return ['_', '_error', 'Out'];
  }
}

/** A value as JSON. What JSON has no word for becomes the nearest thing: BigInt a string, Map an object, Set an array, a cycle null. */
export function toJson(value: unknown): string {
  /** The objects around the item at hand, each with what JSON is made of instead. */
  const above: { item: object; written: object }[] = [];
  const text = JSON.stringify(value, function (this: unknown, _key, item: unknown) {
    if (typeof item === 'bigint') return item.toString();
    if (typeof item !== 'object' || item === null) return item;
    above.length = above.findLastIndex(({ written }) => written === this) + 1;
    if (above.some((outer) => outer.item === item)) return null;
    const written = plainForm(item);
    above.push({ item, written });
    return written;
  });
  return text ?? 'null';
}

function plainForm(item: object): object {
  if (item instanceof Map) return Object.fromEntries(item) as object;
  if (item instanceof Set) return [...(item as Set<unknown>)];
  return item instanceof Error ? { ...item, name: item.name, message: item.message } : item;
}
