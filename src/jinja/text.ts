import { escapeHtml, Markup } from '../util/markup.ts';
import { TemplateTypeError } from './errors.ts';
import { callableName } from './marks.ts';
import { dateRepr, dateText, isTemporal, TimeDelta } from './dates.ts';
import { DictView, isPlainObject, Tuple, UndefinedValue } from './values.ts';

/** Objects that say themselves how templates print them have a method of this name. */
export const REPR: unique symbol = Symbol('flacon.jinja.repr');

/** A value as a template prints it: Python's `str`. */
export function str(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return numberText(value);
    case 'boolean':
      return value ? 'True' : 'False';
    case 'undefined':
      return '';
    case 'object':
      if (value === null) return 'None';
      if (value instanceof Markup || value instanceof UndefinedValue) return value.toString();
      return objectText(value);
    case 'function':
      return functionRepr(value);
    default:
      return String(value);
  }
}

/** A value as it is printed inside a list: Python's `repr`. */
export function repr(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'undefined' || value instanceof UndefinedValue) return 'Undefined';
  if (value instanceof Markup) return `Markup(${quote(value.toString())})`;
  if (isTemporal(value) || value instanceof TimeDelta) return dateRepr(value);
  if (typeof value === 'object' && value !== null) return objectText(value);
  return str(value);
}

/** {@link str} as HTML: escaped, except what is Markup or brings its own HTML. */
export function htmlText(value: unknown): string {
  if (typeof value === 'string') return escapeHtml(value);
  // Form fields of some libraries are functions.
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
    if (value instanceof Markup) return value.toString();
    const { toHTML, __html__ } = value as { toHTML?: unknown; __html__?: unknown };
    if (typeof toHTML === 'function') return String(toHTML.call(value));
    if (typeof __html__ === 'function') return String(__html__.call(value));
  }
  return escapeHtml(str(value));
}

/** Whether a value brings its own HTML. */
export function hasHtmlMethod(value: unknown): boolean {
  if (value instanceof Markup) return true;
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const { toHTML, __html__ } = value as { toHTML?: unknown; __html__?: unknown };
  return typeof toHTML === 'function' || typeof __html__ === 'function';
}

/** Markup stays Markup, everything else becomes a string (MarkupSafe's `soft_str`). */
export function softText(value: unknown): string | Markup {
  return value instanceof Markup ? value : str(value);
}

/** A number as Python spells it, except that a whole number has no `.0`: JavaScript does not tell 1.0 from 1. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return Object.is(value, -0) ? '-0' : String(value);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) < 1e-4 ? smallNumberText(value) : String(value);
}

// Python changes to exponents at 1e-5, JavaScript at 1e-7, and Python's have two digits.
function smallNumberText(value: number): string {
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

function objectText(value: object): string {
  const own = (value as { [REPR]?: unknown })[REPR];
  if (typeof own === 'function') return String(own.call(value));
  if (Array.isArray(value)) return listText(value);
  if (value instanceof Map) return dictText(value, [...value]);
  if (isPlainObject(value)) return dictText(value, Object.entries(value));
  if (value instanceof Set) return value.size === 0 ? 'set()' : `{${Array.from(value, repr).join(', ')}}`;
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return bytesText(value);
  const tag = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  if (tag === 'Generator') return '<generator object>';
  if (typeof (value as { then?: unknown }).then === 'function') {
    throw new TemplateTypeError('a promise cannot be printed: await it before, or use renderAsync()');
  }
  const toText: unknown = value.toString;
  if (typeof toText === 'function' && toText !== Object.prototype.toString) return String(value);
  const { constructor } = value as { constructor?: unknown };
  return `<${typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'object'}>`;
}

// Set while a list or dictionary is printed, to stop at one that holds itself.
const printing = new Set<object>();

function guarded(value: object, open: string, close: string, body: () => string): string {
  if (printing.has(value)) return `${open}...${close}`;
  printing.add(value);
  try {
    return open + body() + close;
  } finally {
    printing.delete(value);
  }
}

function listText(value: unknown[]): string {
  if (value instanceof DictView)
    return `dict_${value.kind}(${guarded(value, '[', ']', () => value.map(repr).join(', '))})`;
  if (!(value instanceof Tuple)) return guarded(value, '[', ']', () => Array.from(value, repr).join(', '));
  return guarded(value, '(', ')', () => Array.from(value, repr).join(', ') + (value.length === 1 ? ',' : ''));
}

function dictText(value: object, entries: [unknown, unknown][]): string {
  return guarded(value, '{', '}', () => entries.map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', '));
}

/** A string literal for a text, in single quotes unless it holds some and no double ones. */
export function quote(text: string): string {
  const delimiter = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = '';
  for (const character of text) out += quoteCharacter(character, delimiter);
  return delimiter + out + delimiter;
}

const UNPRINTABLE = /^[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]$/u;

function quoteCharacter(character: string, delimiter: string): string {
  if (character === delimiter || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  if (character === ' ' || !UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

function bytesText(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (byte >= 0x80 || UNPRINTABLE.test(character)) {
      out +=
        { '\n': '\\n', '\r': '\\r', '\t': '\\t', ' ': ' ' }[character] ?? `\\x${byte.toString(16).padStart(2, '0')}`;
    } else out += character === "'" || character === '\\' ? `\\${character}` : character;
  }
  return `b'${out}'`;
}

function functionRepr(value: Function): string {
  const own = (value as { [REPR]?: unknown })[REPR];
  if (typeof own === 'function') return String(own.call(value));
  return Object.hasOwn(value, 'toString') ? String(value) : `<function ${callableName(value)}>`;
}
