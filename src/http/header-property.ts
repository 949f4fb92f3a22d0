import type { Headers, HeaderValue } from './headers.ts';

/** How a property reads and writes its header. */
export interface HeaderProperty {
  /** Text to value; what throws counts as missing. Default: the text. */
  load?: (text: string) => unknown;
  /** Value to text. Default: `String`. */
  dump?: (value: never) => HeaderValue;
  /** Without a setter. Default: false. */
  readOnly?: boolean;
  /** What a missing header is. Default: undefined. */
  fallback?: unknown;
}

/**
 * Defines a property on a prototype that is a view of one header: `undefined` if it is missing, and setting `undefined`
 * or `null` removes it (werkzeug's `header_property`). The class declares the property with `declare`.
 */
export function defineHeaderProperty<Owner extends { readonly headers: Headers }>(
  prototype: Owner,
  property: keyof Owner & string,
  header: string,
  { load, dump = String, readOnly = false, fallback }: HeaderProperty = {},
): void {
  function get(this: Owner): unknown {
    const text = this.headers.get(header);
    if (text === undefined) return fallback;
    if (load === undefined) return text;
    try {
      return load(text) ?? fallback;
    } catch {
      // What a client or an app wrote there is not a value of this kind: as good as missing.
      return fallback;
    }
  }

  function set(this: Owner, value: unknown): void {
    if (value === null || value === undefined) this.headers.remove(header);
    else this.headers.set(header, dump(value as never));
  }

  Object.defineProperty(prototype, property, { configurable: true, get, ...(readOnly ? {} : { set }) });
}
