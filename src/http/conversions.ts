import { HTTPException } from './http-exception.ts';

/** How `get` answers when a value is missing or does not convert. */
export interface LookupOptions<V> {
  /** Converts the value; one that throws counts as missing. */
  type?: (value: V) => unknown;
  /** The answer for a missing value, `undefined` by default. */
  default?: unknown;
}

/** A default that can be given in place of the options: `get('q', '')`. */
export type PlainDefault = string | number | boolean | null;

const FAILED: unique symbol = Symbol('failed conversion');

/** The converted value, or FAILED if `type` refuses it. HTTP exceptions and mistakes in `type` itself pass. */
function convert<V>(value: V, type: (value: V) => unknown): unknown {
  try {
    const converted = type(value);
    // Number, parseInt and parseFloat say NaN where a converter would throw.
    const silent: unknown = type;
    const isNumeric = silent === Number || silent === Number.parseInt || silent === Number.parseFloat;
    return isNumeric && Number.isNaN(converted) ? FAILED : converted;
  } catch (error) {
    if (error instanceof HTTPException || error instanceof ReferenceError) throw error;
    return FAILED;
  }
}

/** What `get(key, options)` answers for the value that it found. */
export function lookup<V>(value: V | undefined, options: LookupOptions<V> | PlainDefault): unknown {
  if (typeof options !== 'object' || options === null) return value === undefined ? options : value;
  if (value === undefined) return options.default;
  if (options.type === undefined) return value;
  const converted = convert(value, options.type);
  return converted === FAILED ? options.default : converted;
}

/** The values that convert, converted. */
export function convertAll<V>(values: V[], type: ((value: V) => unknown) | undefined): unknown[] {
  if (type === undefined) return values;
  return values.map((value) => convert(value, type)).filter((value) => value !== FAILED);
}
