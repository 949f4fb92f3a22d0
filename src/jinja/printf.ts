import { htmlOf, Markup } from '../util/markup.ts';
import { TemplateLookupError, TemplateTypeError, TemplateValueError } from './errors.ts';
import { boundedSize, numberDigits } from './format-number.ts';
import { asNumber, toFloat, toInt } from './py-numbers.ts';
import { repr, str } from './text.ts';
import { characters, entriesOf, isMapping, isText, textLength, Tuple, typeName, UndefinedValue } from './values.ts';

const DIRECTIVE = /%(?:\(((?:[^()]|\([^()]*\))*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?(.)?/gs;

/** `format % value`, as Python does it: with the items of a tuple, the keys of a dictionary, or one value. */
export function percentFormat(format: string | Markup, value: unknown): string | Markup {
  if (format instanceof Markup) return new Markup(formatPercent(format.toString(), value, htmlOfText));
  return formatPercent(format, value, str);
}

// What is put into Markup is escaped, whatever the conversion.
function htmlOfText(value: unknown): string {
  return value instanceof UndefinedValue || value === null
    ? htmlOf(str(value))
    : htmlOf(isText(value) ? value : markedUp(value));
}

function markedUp(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && ('toHTML' in value || '__html__' in value)) return value;
  return str(value);
}

function formatPercent(format: string, value: unknown, text: (value: unknown) => string): string {
  const args = value instanceof Tuple ? [...value] : [value];
  const mapping = !(value instanceof Tuple) && isMapping(value) ? new Map(entriesOf(value)) : undefined;
  let used = 0;
  const next = (): unknown => {
    if (used >= args.length) throw new TemplateTypeError('not enough arguments for format string');
    return args[used++];
  };
  let usedMapping = false;
  const out = format.replace(
    DIRECTIVE,
    (whole, key: string | undefined, flags: string, width, precision, type, offset: number) => {
      if (type === undefined) throw new TemplateValueError('incomplete format');
      if (whole === '%%') return '%';
      if (type === '(') throw keyError(mapping);
      const style = {
        flags,
        width: size(width, next, 'width'),
        precision: whole.includes('.') ? (size(precision, next, 'precision') ?? 0) : undefined,
      };
      if (key !== undefined && value instanceof UndefinedValue) value.fail();
      if (key !== undefined && !mapping) throw new TemplateTypeError('format requires a mapping');
      if (key !== undefined) usedMapping = true;
      const item = key === undefined ? next() : lookUp(mapping!, key);
      return convert(item, type as string, style, text, offset + whole.length - 1);
    },
  );
  if (used < args.length && !mapping && !usedMapping && !isIgnorable(value)) {
    throw new TemplateTypeError('not all arguments converted during string formatting');
  }
  return out;
}

function keyError(mapping: unknown): Error {
  return mapping ? new TemplateValueError('incomplete format key') : new TemplateTypeError('format requires a mapping');
}

// Python takes anything with item lookup for a mapping: left over, it is no error.
function isIgnorable(value: unknown): boolean {
  return value instanceof UndefinedValue || (Array.isArray(value) && !(value instanceof Tuple));
}

function lookUp(mapping: Map<unknown, unknown>, key: string): unknown {
  if (!mapping.has(key)) throw new TemplateLookupError(repr(key));
  return mapping.get(key);
}

function size(text: string | undefined, next: () => unknown, what: string): number | undefined {
  if (text !== '*') return boundedSize(text, what);
  const given = next();
  if (typeof given !== 'number' || !Number.isInteger(given)) throw new TemplateTypeError('* wants int');
  return boundedSize(String(Math.abs(given)), what);
}

interface Style {
  flags: string;
  width: number | undefined;
  precision: number | undefined;
}

function convert(
  item: unknown,
  type: string,
  style: Style,
  text: (value: unknown) => string,
  position: number,
): string {
  const { precision } = style;
  switch (type) {
    case 's':
      return justified(cut(text(item), precision), style);
    case 'r':
      return justified(cut(text === str ? repr(item) : text(repr(item)), precision), style);
    case 'a':
      return justified(cut(text === str ? ascii(repr(item)) : text(ascii(repr(item))), precision), style);
    case 'c':
      return justified(text === str ? character(item) : text(String.fromCodePoint(codeOf(item))), style);
    case 'd':
    case 'i':
    case 'u':
      return signed(text === str ? integerOf(item, type) : toInt(item), 'd', style);
    case 'o':
    case 'x':
    case 'X':
      return signed(wholeOf(item, type), type, style);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return signed(text === str ? floatOf(item) : toFloat(item), type, style);
    default:
      throw new TemplateValueError(
        `unsupported format character '${type}' (0x${(type.codePointAt(0) ?? 0).toString(16)}) at index ${position}`,
      );
  }
}

function integerOf(item: unknown, type: string): number | bigint {
  if (item instanceof UndefinedValue) item.fail();
  if (asNumber(item) === undefined)
    throw new TemplateTypeError(`%${type} format: a real number is required, not ${typeName(item)}`);
  return toInt(item);
}

function wholeOf(item: unknown, type: string): number | bigint {
  const number = asNumber(item);
  if (number === undefined || (typeof number === 'number' && !Number.isInteger(number))) {
    throw new TemplateTypeError(`%${type} format: an integer is required, not ${typeName(item)}`);
  }
  return number;
}

function floatOf(item: unknown): number {
  if (item instanceof UndefinedValue) item.fail();
  const number = asNumber(item);
  if (number === undefined) throw new TemplateTypeError(`must be real number, not ${typeName(item)}`);
  return toFloat(number);
}

function signed(number: number | bigint, type: string, { flags, width, precision }: Style): string {
  const isFloat = 'eEfFgG'.includes(type);
  const alternate = flags.includes('#');
  let digits = numberDigits(number, {
    type,
    precision: isFloat ? precision : undefined,
    alternate: alternate && isFloat,
  });
  if (!isFloat && precision !== undefined) digits = digits.padStart(precision, '0');
  const negative = number < 0 || Object.is(number, -0);
  const prefix = alternate && !isFloat ? ({ o: '0o', x: '0x', X: '0X' }[type] ?? '') : '';
  const sign = (negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '') + prefix;
  const missing = (width ?? 0) - sign.length - digits.length;
  if (missing <= 0) return sign + digits;
  if (flags.includes('-')) return sign + digits + ' '.repeat(missing);
  return flags.includes('0') ? sign + '0'.repeat(missing) + digits : ' '.repeat(missing) + sign + digits;
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined ? text : characters(text).slice(0, precision).join('');
}

function justified(text: string, { flags, width }: Style): string {
  const fill = ' '.repeat(Math.max((width ?? 0) - textLength(text), 0));
  return flags.includes('-') ? text + fill : fill + text;
}

function character(item: unknown): string {
  const text = isText(item) ? item.toString() : String.fromCodePoint(codeOf(item));
  if (textLength(text) !== 1) throw new TemplateTypeError('%c requires int or char');
  return text;
}

function codeOf(item: unknown): number {
  const code = asNumber(item);
  if (code === undefined || (typeof code === 'number' && !Number.isInteger(code))) {
    throw new TemplateTypeError('%c requires int or char');
  }
  if (code < 0 || code >= 0x110000) throw new TemplateValueError('%c arg not in range(0x110000)');
  return Number(code);
}

/** A literal with everything beyond ASCII written as escapes. */
export function ascii(literal: string): string {
  return Array.from(literal, (c) => {
    const code = c.codePointAt(0) ?? 0;
    if (code < 0x80) return c;
    if (code < 0x100) return `\\x${code.toString(16)}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  }).join('');
}
