import { Markup } from '../util/markup.ts';
import { TemplateLookupError, TemplateTypeError, TemplateValueError } from './errors.ts';
import { fieldsOf, isTemporal } from './dates.ts';
import { boundedSize, groupDigits, numberDigits } from './format-number.ts';
import { ascii } from './printf.ts';
import { asNumber, index, type Numeric } from './py-numbers.ts';
import { strftime } from './strftime.ts';
import { htmlText, repr, str } from './text.ts';
import { characters, textLength, typeName, UndefinedValue } from './values.ts';

/** Looks up `name.attribute` and `name[key]` of a field. */
export interface FieldLookup {
  attribute(object: unknown, name: string): unknown;
  item(object: unknown, key: string | number): unknown;
}

/**
 * `str.format` of Python: `{}`, `{0}`, `{name}`, attributes, items, conversions and the whole of the format
 * specification, nested fields included. What is filled into Markup is escaped.
 */
export function formatText(
  format: string | Markup,
  args: readonly unknown[],
  kwargs: Record<string, unknown> | Map<unknown, unknown>,
  lookup: FieldLookup,
  { allowPositional = true } = {},
): string | Markup {
  const isMarkup = format instanceof Markup;
  const formatter = new Formatter(
    allowPositional ? args : undefined,
    kwargs instanceof Map ? kwargs : new Map(Object.entries(kwargs)),
    lookup,
    isMarkup,
  );
  const text = formatter.format(format.toString(), 2);
  return isMarkup ? new Markup(text) : text;
}

class Formatter {
  readonly #args: readonly unknown[] | undefined;
  readonly #kwargs: Map<unknown, unknown>;
  readonly #lookup: FieldLookup;
  readonly #escapes: boolean;
  #next: number | 'manual' | undefined;

  constructor(
    args: readonly unknown[] | undefined,
    kwargs: Map<unknown, unknown>,
    lookup: FieldLookup,
    escapes: boolean,
  ) {
    this.#args = args;
    this.#kwargs = kwargs;
    this.#lookup = lookup;
    this.#escapes = escapes;
  }

  format(format: string, depth: number): string {
    if (depth === 0) throw new TemplateValueError('Max string recursion exceeded');
    let out = '';
    for (let at = 0; at < format.length;) {
      const brace = nextBrace(format, at);
      out += format.slice(at, brace);
      if (brace === format.length) break;
      const character = format[brace]!;
      if (format[brace + 1] === character) {
        out += character;
        at = brace + 2;
      } else if (character === '}') {
        throw new TemplateValueError("Single '}' encountered in format string");
      } else {
        const end = fieldEnd(format, brace);
        out += this.#field(format.slice(brace + 1, end), depth);
        at = end + 1;
      }
    }
    return out;
  }

  #field(field: string, depth: number): string {
    const { name, conversion, spec } = splitField(field);
    const value = converted(this.#value(name), conversion);
    const text = formatValue(value, spec.includes('{') ? this.format(spec, depth - 1) : spec);
    if (!this.#escapes) return text;
    return spec === '' ? htmlText(value) : htmlText(text);
  }

  #value(name: string): unknown {
    const [, first = '', path = ''] = /^([^.[]*)(.*)$/s.exec(name) ?? [];
    let value = this.#first(first);
    for (let rest = path; rest !== '';) {
      const step = /^(?:\.([^.[]+)|\[([^\]]+)\])/s.exec(rest);
      if (!step) throw new TemplateValueError(emptyStep(rest));
      const [whole, attribute, key = ''] = step;
      value = attribute === undefined ? this.#item(value, key) : this.#lookup.attribute(value, attribute);
      rest = rest.slice(whole.length);
    }
    return value;
  }

  #item(object: unknown, key: string): unknown {
    return this.#lookup.item(object, /^\d+$/.test(key) ? Number(key) : key);
  }

  #first(name: string): unknown {
    if (name !== '' && !/^\d+$/.test(name)) {
      if (this.#kwargs.has(name)) return this.#kwargs.get(name);
      throw new TemplateLookupError(repr(name));
    }
    if (!this.#args) throw new TemplateValueError('Format string contains positional fields');
    const isManual = name !== '';
    if (this.#next !== undefined && isManual !== (this.#next === 'manual')) {
      const [from, to] = isManual
        ? ['automatic field numbering', 'manual field specification']
        : ['manual field specification', 'automatic field numbering'];
      throw new TemplateValueError(`cannot switch from ${from} to ${to}`);
    }
    const position = isManual ? Number(name) : ((this.#next as number | undefined) ?? 0);
    this.#next = isManual ? 'manual' : position + 1;
    if (position >= this.#args.length) {
      throw new TemplateLookupError(`Replacement index ${position} out of range for positional args tuple`);
    }
    return this.#args[position];
  }
}

function emptyStep(rest: string): string {
  return rest.startsWith('.') || rest.startsWith('[]')
    ? 'Empty attribute in format string'
    : "Only '.' or '[' may follow ']' in format field specifier";
}

function nextBrace(format: string, from: number): number {
  for (let at = from; at < format.length; at++) if (format[at] === '{' || format[at] === '}') return at;
  return format.length;
}

function fieldEnd(format: string, start: number): number {
  let depth = 0;
  for (let at = start; at < format.length; at++) {
    if (format[at] === '{') depth++;
    else if (format[at] === '}' && --depth === 0) return at;
  }
  throw new TemplateValueError(
    start === format.length - 1 ? "Single '{' encountered in format string" : "expected '}' before end of string",
  );
}

function splitField(field: string): { name: string; conversion: string; spec: string } {
  // A colon or exclamation mark inside of [] belongs to the key.
  const [, name = '', rest = ''] = /^((?:[^[\]:!]|\[[^\]]*\])*)(.*)$/s.exec(field) ?? [];
  if (name.includes('{')) throw new TemplateValueError("unexpected '{' in field name");
  if (!rest.startsWith('!')) return { name, conversion: '', spec: rest.slice(1) };
  const conversion = rest.slice(1).split(':', 1)[0] ?? '';
  if (conversion === '') throw new TemplateValueError('end of string while looking for conversion specifier');
  if (conversion.length > 1) throw new TemplateValueError("expected ':' after conversion specifier");
  return { name, conversion, spec: rest.slice(2 + conversion.length) };
}

function converted(value: unknown, conversion: string): unknown {
  switch (conversion) {
    case '':
      return value;
    case 's':
      return str(value);
    case 'r':
      return repr(value);
    case 'a':
      return ascii(repr(value));
    default:
      throw new TemplateValueError(`Unknown conversion specifier ${repr(conversion)}`);
  }
}

const SPEC = /^(?:([\s\S])(?=[<>=^]))?([<>=^])?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u;

/** A value by a format specification, such as `>10,.2f`. */
function formatValue(value: unknown, spec: string): string {
  if (isTemporal(value) && spec !== '') return strftime(fieldsOf(value), spec);
  if (spec === '') return str(value);
  if (value instanceof UndefinedValue)
    throw new TemplateTypeError('unsupported format string passed to Undefined.__format__');
  const match = SPEC.exec(spec);
  const number = asNumber(value);
  if (!match)
    throw new TemplateValueError(`Invalid format specifier '${spec}' for object of type '${typeName(value)}'`);
  const parsed = parseSpec(match);
  if (number !== undefined) return formatNumber(number, value, parsed);
  if (typeof value === 'string' || value instanceof Markup) return formatString(value.toString(), parsed);
  throw new TemplateTypeError(`unsupported format string passed to ${typeName(value)}.__format__`);
}

interface Spec {
  fill: string | undefined;
  align: string | undefined;
  sign: string | undefined;
  /** `z`: a zero that is negative after rounding loses its sign. */
  coerced: boolean;
  alternate: boolean;
  zero: boolean;
  width: number;
  separator: string | undefined;
  precision: number | undefined;
  type: string;
}

function parseSpec(match: RegExpExecArray): Spec {
  const [, fill, align, sign, coerced, alternate, zero, width, separator, precision, type = ''] = match;
  return {
    fill,
    align,
    sign,
    coerced: coerced !== undefined,
    alternate: alternate !== undefined,
    zero: zero !== undefined,
    width: boundedSize(width, 'width') ?? 0,
    separator,
    precision: boundedSize(precision, 'precision'),
    type,
  };
}

function formatString(text: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') throw unknownCode(spec.type, 'str');
  if (spec.sign !== undefined) throw new TemplateValueError('Sign not allowed in string format specifier');
  if (spec.coerced) throw new TemplateValueError('Negative zero coercion (z) not allowed in string format specifier');
  if (spec.alternate) throw new TemplateValueError('Alternate form (#) not allowed in string format specifier');
  if (spec.separator !== undefined) throw new TemplateValueError(`Cannot specify '${spec.separator}' with 's'.`);
  if (spec.align === '=') throw new TemplateValueError("'=' alignment not allowed in string format specifier");
  const cut = spec.precision === undefined ? text : characters(text).slice(0, spec.precision).join('');
  return align('', cut, spec, spec.align ?? '<', spec.fill ?? (spec.zero ? '0' : ' '));
}

const INTEGER_TYPES = 'bcdoxXn';
const NUMBER_TYPES = 'bcdoxXneEfFgG%';

function formatNumber(number: Numeric, value: unknown, spec: Spec): string {
  const { type, separator } = spec;
  const isWhole = typeof number === 'bigint' || Number.isInteger(number);
  if (type !== '' && !NUMBER_TYPES.includes(type)) throw unknownCode(type, typeName(value));
  if (INTEGER_TYPES.includes(type) && type !== '' && !isWhole && type !== 'n') throw unknownCode(type, typeName(value));
  if (separator !== undefined && 'cn'.includes(type) && type !== '')
    throw new TemplateValueError(`Cannot specify '${separator}' with '${type}'.`);
  if (separator === ',' && 'boxX'.includes(type) && type !== '')
    throw new TemplateValueError(`Cannot specify ',' with '${type}'.`);
  if (isWhole && (type === '' || INTEGER_TYPES.includes(type))) {
    if (spec.precision !== undefined) throw new TemplateValueError('Precision not allowed in integer format specifier');
    if (spec.coerced)
      throw new TemplateValueError('Negative zero coercion (z) not allowed in integer format specifier');
  }
  if (type === 'c') return align('', codePoint(index(number)), spec, spec.align ?? '<', spec.fill ?? ' ');
  const effective = type === '' && isWhole ? 'd' : type === 'n' && !isWhole ? 'g' : type;
  let digits = numberDigits(number, { type: effective, precision: spec.precision, alternate: spec.alternate });
  const prefix = spec.alternate ? (/^0[boxX]/.exec(digits)?.[0] ?? '') : '';
  digits = digits.slice(prefix.length);
  const negative = number < 0 || Object.is(number, -0);
  const sign = (negative ? '-' : spec.sign === '+' ? '+' : spec.sign === ' ' ? ' ' : '') + prefix;
  const placement = spec.align ?? (spec.zero ? '=' : '>');
  const fill = spec.fill ?? (spec.zero ? '0' : ' ');
  if (separator !== undefined) {
    const group = 'boxX'.includes(type) && type !== '' ? 4 : 3;
    if (placement === '=' && fill === '0') digits = zeroGrouped(digits, separator, group, spec.width - sign.length);
    else digits = groupDigits(digits, separator, group);
  }
  return align(sign, digits, spec, placement, fill);
}

function codePoint(code: number): string {
  if (code >= 0 && code < 0x110000) return String.fromCodePoint(code);
  throw new TemplateValueError('%c arg not in range(0x110000)');
}

// Zeros that fill up are grouped as well.
function zeroGrouped(digits: string, separator: string, group: number, width: number): string {
  let padded = digits;
  for (;;) {
    const next = groupDigits(`0${padded}`, separator, group);
    const current = groupDigits(padded, separator, group);
    if (current.length >= width) return current;
    if (next.length > width && next[1] === separator) return next;
    padded = `0${padded}`;
  }
}

function align(sign: string, text: string, spec: Spec, placement: string, fill: string): string {
  const missing = spec.width - textLength(sign) - textLength(text);
  if (missing <= 0) return sign + text;
  switch (placement) {
    case '<':
      return sign + text + fill.repeat(missing);
    case '^':
      return fill.repeat(Math.floor(missing / 2)) + sign + text + fill.repeat(Math.ceil(missing / 2));
    case '=':
      return sign + fill.repeat(missing) + text;
    default:
      return fill.repeat(missing) + sign + text;
  }
}

function unknownCode(type: string, name: string): TemplateValueError {
  return new TemplateValueError(`Unknown format code '${type}' for object of type '${name}'`);
}
