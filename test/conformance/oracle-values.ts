import { Tuple, UUID } from '../../src/json-tag.ts';
import { httpDate } from '../../src/http/dates.ts';
import { Markup } from '../../src/util/markup.ts';

/** Turns a recorded value into the one it stands for here. */
export function decode(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const entries = Object.entries(value);
  const [entry] = entries;
  if (entries.length === 1 && entry?.[0].startsWith('$')) return decodeForm(entry[0], entry[1]);
  return Object.fromEntries(entries.map(([key, item]) => [key, decode(item)]));
}

function decodeForm(form: string, content: unknown): unknown {
  switch (form) {
    case '$tuple':
      return Tuple.from(content as unknown[], decode);
    case '$bytes':
      return new Uint8Array(Buffer.from(content as string, 'base64'));
    case '$markup':
      return new Markup(content);
    case '$uuid':
      return new UUID(content as string);
    case '$datetime':
      return new Date(content as string);
    // Types that JavaScript does not have: what Flask makes of them in JSON.
    case '$date':
      return { [Symbol.toStringTag]: 'date', toJSON: () => httpDate(new Date(content as string)) };
    case '$decimal':
      return { [Symbol.toStringTag]: 'Decimal', toJSON: () => content };
    case '$int':
      return BigInt(content as string);
    case '$float':
      return Object(Number((content as string).replace('inf', 'Infinity').replace('nan', 'NaN')));
    case '$dict':
      return Object.fromEntries((content as [string, unknown][]).map(([key, item]) => [key, decode(item)]));
    default:
      throw new Error(`No such form of a value: ${form}`);
  }
}

/** A text by which two values can be compared: types apart, numbers by value, keys in any order. */
export function canonical(value: unknown): string {
  if (value instanceof Number) return canonical(value.valueOf());
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return String(value);
  if (value === undefined || value === null) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Tuple) return `tuple${canonical([...value])}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value instanceof Uint8Array) return `bytes(${Buffer.from(value).toString('hex')})`;
  if (value instanceof Markup) return `markup(${value.toString()})`;
  if (value instanceof UUID) return `uuid(${value.hex})`;
  if (value instanceof Date) return `date(${value.toISOString()})`;
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
  return `{${entries.sort().join()}}`;
}
