import { TemplateTypeError, TemplateValueError } from './errors.ts';
import { str } from './text.ts';
import { isText, typeName, UndefinedValue } from './values.ts';
import { strip } from './py-text.ts';

/** A number of a template: BigInt where a whole number is too large to be exact otherwise. */
export type Numeric = number | bigint;

/** The number a value stands for in calculations: booleans are 0 and 1. Undefined if it is none. */
export function asNumber(value: unknown): Numeric | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return typeof value === 'boolean' ? Number(value) : undefined;
}

/** A BigInt as a number again where that is exact. */
export function normalize(value: bigint): Numeric {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}

/** A value that has to be a whole number. Throws otherwise. */
export function index(value: unknown, message?: string): number {
  const number = asNumber(value);
  if (number !== undefined && (typeof number === 'bigint' || Number.isInteger(number))) return Number(number);
  throw new TemplateTypeError(message ?? `'${typeName(value)}' object cannot be interpreted as an integer`);
}

/** Python's `float(value)`. Throws for what is no number. */
export function toFloat(value: unknown): number {
  const number = asNumber(value);
  if (number !== undefined) return Number(number);
  if (value instanceof UndefinedValue) value.fail();
  if (!isText(value)) {
    throw new TemplateTypeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
  }
  const parsed = parseFloatText(value.toString());
  if (parsed === undefined) throw new TemplateValueError(`could not convert string to float: ${quoted(value)}`);
  return parsed;
}

function parseFloatText(text: string): number | undefined {
  const trimmed = strip(text, null);
  if (/^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i.test(trimmed)) {
    return Number(trimmed.replaceAll('_', ''));
  }
  const special = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(trimmed);
  if (!special) return undefined;
  if (special[2] !== undefined) return NaN;
  return special[1] === '-' ? -Infinity : Infinity;
}

/** Python's `int(value)`. Throws for what is no number. */
export function toInt(value: unknown): Numeric {
  const number = asNumber(value);
  if (typeof number === 'bigint') return number;
  if (number !== undefined) {
    if (Number.isNaN(number)) throw new TemplateValueError('cannot convert float NaN to integer');
    if (!Number.isFinite(number)) throw new TemplateValueError('cannot convert float infinity to integer');
    return Math.trunc(number) + 0;
  }
  if (value instanceof UndefinedValue) value.fail();
  if (isText(value)) return parseInteger(value.toString(), 10);
  throw new TemplateTypeError(
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Reads a whole number in a base of 2 to 36; base 0 goes by the prefix. Throws if it is none. */
export function parseInteger(text: string, base: number): Numeric {
  const error = (): TemplateValueError =>
    new TemplateValueError(`invalid literal for int() with base ${base}: ${quoted(text)}`);
  if (base !== 0 && (base < 2 || base > 36)) throw new TemplateValueError('int() base must be >= 2 and <= 36, or 0');
  const match = /^([+-]?)(0[box])?_?([0-9a-z]+(?:_[0-9a-z]+)*)$/.exec(strip(text, null).toLowerCase());
  if (!match) throw error();
  const [, sign, prefix = '', digits = ''] = match;
  const prefixBase = { '0b': 2, '0o': 8, '0x': 16 }[prefix];
  let all = digits;
  let radix = base;
  if (base === 0) {
    radix = prefixBase ?? 10;
    if (prefixBase === undefined && /^0+[1-9_]/.test(digits)) throw error();
  } else if (prefixBase !== undefined && prefixBase !== base) all = prefix + digits;
  let value = 0n;
  for (const digit of all.replaceAll('_', '')) {
    const worth = DIGITS.indexOf(digit);
    if (worth === -1 || worth >= radix) throw error();
    value = value * BigInt(radix) + BigInt(worth);
  }
  return normalize(sign === '-' ? -value : value);
}

function quoted(value: unknown): string {
  return `'${str(value)}'`;
}

/** Rounds half to even on the exact value, as Python's `round(value, digits)`. */
export function roundHalfEven(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits > 22) return value;
  if (digits < -308) return 0;
  return Number(exactFixed(value, digits));
}

/** A number with so many decimals (negative: zeros before the point), rounded half to even on its exact value. */
export function exactFixed(value: number, digits: number): string {
  const negative = value < 0 || Object.is(value, -0);
  const [numerator, power] = exactRatio(Math.abs(value));
  // value = numerator / 2^power; wanted: round(value * 10^digits)
  const scaled = digits >= 0 ? numerator * 10n ** BigInt(digits) : numerator;
  const divisor = (1n << BigInt(power)) * (digits < 0 ? 10n ** BigInt(-digits) : 1n);
  let quotient = scaled / divisor;
  const twice = (scaled % divisor) * 2n;
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient += 1n;
  let text = String(digits < 0 ? quotient * 10n ** BigInt(-digits) : quotient);
  if (digits > 0) {
    text = text.padStart(digits + 1, '0');
    text = `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  }
  return negative ? `-${text}` : text;
}

/** A finite, non-negative number as numerator and power of two of the denominator. */
export function exactRatio(value: number): [numerator: bigint, power: number] {
  if (Number.isInteger(value)) return [BigInt(value), 0];
  let power = 0;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    power += 1;
  }
  return [BigInt(scaled), power];
}
