import { quotePath } from '../http/urls.ts';
import { nameArguments } from './converter-args.ts';
import type { ConverterArgument } from './converter-args.ts';
import { RoutingError } from './exceptions.ts';
import type { UrlMap } from './map.ts';
import { quoted, textOf } from './spelling.ts';

/**
 * The type of the value that each converter gives to the view. Augment it for a converter of your own:
 * `declare module 'flacon' { interface ConverterTypes { list: string[] } }`.
 */
export interface ConverterTypes {
  default: string;
  string: string;
  int: number;
  float: number;
  path: string;
  any: string;
  uuid: string;
}

/** Thrown by a converter's `toValue`: the value does not fit, answer 404. By `toUrl`: try the next rule. */
export class ValidationError extends Error {
  override name = 'ValidationError';
}

/**
 * Turns a part of the path into a value and back. The arguments of `<list("-", max=3):x>` arrive in the constructor
 * as `(map, '-', { max: 3 })`.
 */
export class BaseConverter {
  readonly map: UrlMap;
  /** What the part must look like, as the source of a regular expression. */
  regex = '[^/]+';
  /** The lower, the earlier this converter is tried among others at the same place. */
  weight = 100;
  /** Whether the value stays between two slashes. Default: true unless `regex` can match a slash. */
  partIsolating: boolean | undefined = undefined;

  // oxlint-disable-next-line no-unused-vars -- says what a subclass may take
  constructor(map: UrlMap, ...args: never[]) {
    this.map = map;
  }

  /** The value that the view gets. Throws ValidationError if the text, though it matched, is none. */
  toValue(value: string): unknown {
    return value;
  }

  /** The value as part of a URL, percent-encoded. */
  toUrl(value: unknown): string {
    return quotePath(textOf(value));
  }
}

/** A class of converters, as `UrlMap.converters` holds it. */
export type ConverterClass = new (map: UrlMap, ...args: never[]) => BaseConverter;

type Given = readonly (ConverterArgument | Readonly<Record<string, unknown>>)[];

function integer(name: string, value: ConverterArgument): number {
  const number =
    typeof value === 'string' && value.trim() === '' ? Number.NaN : Math.trunc(Number(value ?? Number.NaN));
  if (Number.isFinite(number)) return number;
  throw new RoutingError(`The converter argument ${name} must be a number, not ${quoted(String(value))}.`, {
    code: 'CONVERTER_ARGUMENTS',
    fix: 'separate arguments with a comma and a space: (2, 4)',
  });
}

/** Options of `string`. */
export interface UnicodeConverterOptions {
  /** Least number of characters. Default: 1. */
  minlength?: number;
  /** Greatest number of characters. Default: any. */
  maxlength?: number | null;
  /** Exact number of characters. Default: any. */
  length?: number | null;
}

/** `<name>`, `<string(minlength=2):name>`: any text without a slash. */
export class UnicodeConverter extends BaseConverter {
  constructor(map: UrlMap, ...args: Given | [UnicodeConverterOptions]) {
    super(map);
    const {
      minlength = 1,
      maxlength = null,
      length = null,
    } = nameArguments('string', ['minlength', 'maxlength', 'length'], args);
    this.partIsolating = true;
    if (length !== null) this.regex = `[^/]{${integer('length', length)}}`;
    else
      this.regex = `[^/]{${integer('minlength', minlength)},${maxlength === null ? '' : integer('maxlength', maxlength)}}`;
  }
}

/** `<any(red, "light blue"):color>`: one of these texts. */
export class AnyConverter extends BaseConverter {
  readonly items: readonly string[];

  constructor(map: UrlMap, ...items: readonly string[]) {
    super(map);
    this.items = items.map((item: unknown) => {
      if (typeof item === 'string') return item;
      const text = typeof item === 'object' ? JSON.stringify(item) : String(item);
      throw new RoutingError(`The converter any takes texts, not ${text}.`, {
        code: 'CONVERTER_ARGUMENTS',
        fix: `any("${text}")`,
      });
    });
    this.partIsolating = true;
    this.regex = `(?:${this.items.map(escapeRegExp).join('|')})`;
  }

  override toUrl(value: unknown): string {
    const text = textOf(value);
    if (this.items.includes(text)) return text;
    const items = [...this.items].sort().map((item) => `'${item}'`);
    throw new RoutingError(`'${text}' is not one of ${items.join(', ')}`, { code: 'URL_VALUE' });
  }
}

/** `<path:name>`: any text, slashes included, that does not begin with one. */
export class PathConverter extends BaseConverter {
  // Not `.`, which in JavaScript stops at \r and U+2028 too.
  override regex = '[^/][^\\n]*?';
  override weight = 200;
  override partIsolating = false;

  constructor(map: UrlMap, ...args: Given) {
    super(map);
    nameArguments('path', [], args);
  }
}

/** Options of `int`, and of `float` apart from `fixedDigits`. */
export interface NumberConverterOptions {
  /** Exact number of digits, leading zeros included; 0 for any. Default: 0. */
  fixedDigits?: number;
  /** Least value. Default: any. */
  min?: number | null;
  /** Greatest value. Default: any. */
  max?: number | null;
  /** Whether a minus sign is accepted. Default: false. */
  signed?: boolean;
}

type NumberArguments = Partial<Record<keyof NumberConverterOptions, ConverterArgument>>;

/** What `int` and `float` have in common. */
export abstract class NumberConverter extends BaseConverter {
  override weight = 50;
  override partIsolating = true;
  readonly fixedDigits: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly signed: boolean;

  protected constructor(
    map: UrlMap,
    regex: string,
    { fixedDigits = 0, min = null, max = null, signed = false }: NumberArguments,
  ) {
    super(map);
    this.fixedDigits = integer('fixed_digits', fixedDigits);
    this.min = min === null ? null : Number(min);
    this.max = max === null ? null : Number(max);
    this.signed = Boolean(signed);
    this.regex = this.signed ? `-?${regex}` : regex;
  }

  override toValue(value: string): number {
    const number = Number(value);
    if (
      (this.fixedDigits !== 0 && value.length !== this.fixedDigits) ||
      (this.min !== null && number < this.min) ||
      (this.max !== null && number > this.max)
    ) {
      throw new ValidationError(`${value} is out of range`);
    }
    return number;
  }

  protected pad(text: string): string {
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    return sign + text.slice(sign.length).padStart(this.fixedDigits - sign.length, '0');
  }
}

function notANumber(value: unknown, kind: string): RoutingError {
  return new RoutingError(`${quoted(textOf(value))} is not ${kind}.`, { code: 'URL_VALUE' });
}

/**
 * `<int:id>`, `<int(fixed_digits=4, min=1, max=9, signed=True):n>`: a whole number. Beyond 2^53 it loses
 * precision, as every JavaScript number does.
 */
export class IntegerConverter extends NumberConverter {
  constructor(map: UrlMap, ...args: Given | [NumberConverterOptions]) {
    super(map, '[0-9]+', nameArguments('int', ['fixedDigits', 'min', 'max', 'signed'], args));
  }

  override toUrl(value: unknown): string {
    return this.pad(wholeNumber(value).toString());
  }
}

function wholeNumber(value: unknown): bigint {
  if (typeof value === 'bigint' || typeof value === 'boolean') return BigInt(value);
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value));
  if (typeof value === 'string' && /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(value))
    return BigInt(value.replaceAll('_', '').replace('+', ''));
  throw notANumber(value, 'a whole number');
}

/** `<float:x>`, `<float(min=0.5, max=2.5, signed=True):x>`: a number with a decimal point. */
export class FloatConverter extends NumberConverter {
  constructor(map: UrlMap, ...args: Given | [Omit<NumberConverterOptions, 'fixedDigits'>]) {
    super(map, '[0-9]+\\.[0-9]+', nameArguments('float', ['min', 'max', 'signed'], args));
  }

  override toUrl(value: unknown): string {
    return floatText(floatNumber(value));
  }
}

function floatNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') {
    const text = value.trim().replace(/(?<=\d)_(?=\d)/g, '');
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
    const special = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text);
    if (special !== null) return special[2] === undefined ? Number(`${special[1]}Infinity`) : Number.NaN;
  }
  throw notANumber(value, 'a number');
}

/**
 * A number as Werkzeug 3.1 writes it: with a point, and below 0.0001 or from 10^16 with an exponent, which this
 * converter does not match.
 */
function floatText(number: number): string {
  if (!Number.isFinite(number)) return String(number).replace('Infinity', 'inf').toLowerCase();
  const [mantissa = '', exponentText = '0'] = number.toExponential().split('e');
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith('-') ? '-' : '';
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')}.${digits.slice(exponent + 1) || '0'}`;
}

/** `<uuid:id>`: a UUID, given to the view as lower-case text. */
export class UUIDConverter extends BaseConverter {
  override regex = '[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}';

  constructor(map: UrlMap, ...args: Given) {
    super(map);
    nameArguments('uuid', [], args);
  }

  override toValue(value: string): string {
    return value.toLowerCase();
  }

  override toUrl(value: unknown): string {
    return textOf(value);
  }
}

/** Escapes what has a meaning in a regular expression. */
export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** The converters that every map begins with. */
export const DEFAULT_CONVERTERS: Readonly<Record<string, ConverterClass>> = {
  default: UnicodeConverter,
  string: UnicodeConverter,
  any: AnyConverter,
  path: PathConverter,
  int: IntegerConverter,
  float: FloatConverter,
  uuid: UUIDConverter,
};
