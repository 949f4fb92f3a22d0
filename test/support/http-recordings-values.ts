import { Markup, Tuple, UUID } from 'flacon';
import { httpDate } from 'flacon/http';

/** A value as the recordings write it: JSON, and objects with one `$` key for what JSON cannot say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export type JsonObject = { readonly [name: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Key and content of an object with one key, `undefined` for anything else. */
export function singleEntry(value: Json | undefined): readonly [string, Json] | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  return entries.length === 1 ? entries[0] : undefined;
}

/** Turns a recorded value into the one it stands for here. */
export function decode(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(decode);
  const entry = singleEntry(value);
  if (entry?.[0].startsWith('$') === true) return decodeForm(entry[0], entry[1]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
}

/** Writes a value as the recordings do; the opposite of `decode`. */
export function encode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Tuple) return { $tuple: [...value].map(encode) };
  if (Array.isArray(value)) return value.map(encode);
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof Markup) return { $markup: value.toString() };
  if (value instanceof UUID) return { $uuid: value.toString() };
  if (value instanceof Date) return { $datetime: value.toISOString().replace(/(\.000)?Z$/, '+00:00') };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encode(item)]));
}

/** The decoded values of an object, its names in camelCase. */
export function decodeOptions(options: Json | undefined): Record<string, unknown> {
  const entries = Object.entries(isObject(options) ? options : {});
  return Object.fromEntries(entries.map(([key, item]) => [camelCase(key), decode(item)]));
}

export function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Bytes of a text or of `{"$bytes": …}`. */
export function decodeBytes(value: Json): Buffer {
  const content = decode(value);
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(String(content));
}

function refuse(): never {
  throw new TypeError('Flask does not write this as JSON.');
}

function decodeForm(form: string, content: Json): unknown {
  const text = String(content);
  switch (form) {
    case '$tuple':
      return Tuple.from(content as readonly Json[], decode);
    case '$set':
      return new Set((content as readonly Json[]).map(decode));
    case '$bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    case '$markup':
      return new Markup(text);
    case '$uuid':
      return new UUID(text);
    case '$datetime':
      return new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
    case '$timedelta':
      return { seconds: Number(content), toJSON: refuse };
    case '$int':
      return BigInt(text);
    case '$float':
      return Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));
    case '$dict':
      return Object.fromEntries(
        (content as readonly (readonly [Json, Json])[]).map(([key, item]) => [key, decode(item)]),
      );
    // Types that JavaScript does not have: what Flask makes of them in JSON.
    case '$date':
      return { toJSON: () => httpDate(new Date(text)) };
    case '$decimal':
      return { toJSON: () => text };
    case '$time':
      return { toJSON: refuse };
    default:
      throw new Error(`No such form of a value: ${form}`);
  }
}
