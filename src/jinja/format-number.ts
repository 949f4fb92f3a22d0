import { TemplateValueError } from './errors.ts';
import { exactFixed, type Numeric } from './py-numbers.ts';
import { numberText } from './text.ts';

/** How a number is written: the part that `%` formatting and `str.format` share. */
export interface NumberStyle {
  /** `d b o x X c n e E f F g G %`, or '' for the default. */
  type: string;
  precision: number | undefined;
  /** `#`: prefixes of other bases, and a point even without decimals. */
  alternate: boolean;
}

/** Digits of a number's absolute value, without a sign. */
export function numberDigits(value: Numeric, style: NumberStyle): string {
  const { type } = style;
  if ('bodxXn'.includes(type) && type !== '') return integerDigits(value, style);
  const number = Math.abs(Number(value));
  if (!Number.isFinite(number)) {
    const text = numberText(number);
    return type !== '' && type === type.toUpperCase() && type !== '%' ? text.toUpperCase() : text;
  }
  switch (type) {
    case 'f':
    case 'F':
      return fixed(value, style.precision ?? 6, style.alternate);
    case '%':
      return `${fixed(number * 100, style.precision ?? 6, style.alternate)}%`;
    case 'e':
    case 'E':
      return matchCase(exponential(number, style.precision ?? 6, style.alternate), type);
    case 'g':
    case 'G':
      return matchCase(general(number, style.precision ?? 6, style.alternate), type);
    default:
      return style.precision === undefined ? numberText(number) : general(number, style.precision, style.alternate);
  }
}

function integerDigits(value: Numeric, { type, alternate }: NumberStyle): string {
  const big = BigInt(value);
  const absolute = big < 0n ? -big : big;
  switch (type) {
    case 'b':
      return (alternate ? '0b' : '') + absolute.toString(2);
    case 'o':
      return (alternate ? '0o' : '') + absolute.toString(8);
    case 'x':
      return (alternate ? '0x' : '') + absolute.toString(16);
    case 'X':
      return (alternate ? '0X' : '') + absolute.toString(16).toUpperCase();
    default:
      return absolute.toString();
  }
}

function fixed(value: Numeric, precision: number, alternate: boolean): string {
  const text = typeof value === 'bigint' ? bigFixed(value, precision) : exactFixed(Math.abs(value), precision);
  return alternate && precision === 0 ? `${text}.` : text;
}

function bigFixed(value: bigint, precision: number): string {
  const digits = (value < 0n ? -value : value).toString();
  return precision === 0 ? digits : `${digits}.${'0'.repeat(precision)}`;
}

/** `1.5e+00`: one digit, `precision` decimals, an exponent of at least two digits. */
function exponential(number: number, precision: number, alternate: boolean): string {
  const [mantissa = '', exponent = '+0'] = number.toExponential(Math.min(precision, 100)).split('e');
  const point = alternate && precision === 0 ? '.' : '';
  return `${mantissa}${point}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** The shorter of fixed and exponential, with `precision` significant digits and no zeros at the end. */
function general(number: number, precision: number, alternate: boolean): string {
  const significant = Math.max(precision, 1);
  const exponent = number === 0 ? 0 : Number(number.toExponential(significant - 1).split('e')[1]);
  if (exponent < -4 || exponent >= significant) {
    const [mantissa = '', power = ''] = exponential(number, significant - 1, alternate).split('e');
    return `${alternate ? mantissa : dropZeros(mantissa)}e${power}`;
  }
  const text = exactFixed(number, Math.max(significant - 1 - exponent, 0));
  return alternate ? text : dropZeros(text);
}

function dropZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function matchCase(text: string, type: string): string {
  return type === 'E' || type === 'G' ? text.toUpperCase() : text;
}

/** Puts separators between groups of digits left of the point. */
export function groupDigits(digits: string, separator: string, size: number): string {
  const [, whole = '', rest = ''] = /^([0-9a-fA-F]*)(.*)$/s.exec(digits) ?? [];
  return whole.replace(new RegExp(`\\B(?=(?:[0-9a-fA-F]{${size}})+$)`, 'g'), separator) + rest;
}

/** Refuses a precision or width that would only fill memory. */
export function boundedSize(text: string | undefined, what: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const size = Number(text);
  if (size > 100_000) throw new TemplateValueError(`${what} too big`);
  return size;
}
