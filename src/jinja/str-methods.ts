import { escapeHtml, Markup, striptags, unescape } from '../util/markup.ts';
import { TemplateTypeError, TemplateValueError } from './errors.ts';
import { type MethodTable, methodTable } from './methods.ts';
import { index } from './py-numbers.ts';
import {
  capitalize,
  countIn,
  expandTabs,
  isCased,
  isSpace,
  isTitle,
  justify,
  replace,
  rsplit,
  split,
  splitLines,
  strip,
  swapCase,
  titleCase,
  zeroFill,
} from './py-text.ts';
import { htmlText, str } from './text.ts';
import {
  characters,
  entriesOf,
  hasAstral,
  isText,
  iterate,
  textLength,
  toList,
  Tuple,
  typeName,
  UndefinedValue,
} from './values.ts';

function textArgument(value: unknown): string {
  if (isText(value)) return value.toString();
  if (value instanceof UndefinedValue) value.fail();
  throw new TemplateTypeError(`expected str, got ${typeName(value)}`);
}

function optionalText(value: unknown): string | null {
  return value === undefined || value === null ? null : textArgument(value);
}

const optionalIndex = (value: unknown, fallback: number): number =>
  value === undefined || value === null ? fallback : index(value);

function separatorOf(value: unknown): string | null {
  const separator = optionalText(value);
  if (separator === '') throw new TemplateValueError('empty separator');
  return separator;
}

function fillOf(value: unknown): string {
  const fill = value === undefined ? ' ' : textArgument(value);
  if (textLength(fill) !== 1) throw new TemplateTypeError('The fill character must be exactly one character long');
  return fill;
}

/** Start and end of the part that `find`, `count` and the like look at, in code units. */
function range(text: string, start: unknown, end: unknown): [start: number, end: number] {
  const size = textLength(text);
  const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const [from, to] = [clamp(optionalIndex(start, 0)), clamp(optionalIndex(end, size))];
  return hasAstral(text) ? [unitsOf(text, from), unitsOf(text, to)] : [from, to];
}

const unitsOf = (text: string, points: number): number => characters(text).slice(0, points).join('').length;
const pointsOf = (text: string, units: number): number => (units < 0 ? units : textLength(text.slice(0, units)));

function find(text: string, needle: unknown, start: unknown, end: unknown, from: 'left' | 'right'): number {
  const wanted = textArgument(needle);
  if (optionalIndex(start, 0) > textLength(text)) return -1;
  const [first, last] = range(text, start, end);
  if (first > last) return -1;
  const part = text.slice(first, last);
  const position = from === 'left' ? part.indexOf(wanted) : part.lastIndexOf(wanted);
  return position === -1 ? -1 : pointsOf(text, first + position);
}

function found(position: number): number {
  if (position === -1) throw new TemplateValueError('substring not found');
  return position;
}

function affix(
  text: string,
  wanted: unknown,
  start: unknown,
  end: unknown,
  test: (part: string, affix: string) => boolean,
): boolean {
  if (optionalIndex(start, 0) > textLength(text)) return false;
  const [first, last] = range(text, start, end);
  const part = first <= last ? text.slice(first, last) : '';
  const all = wanted instanceof Tuple ? wanted : [wanted];
  return all.some((one) => test(part, textArgument(one)));
}

function partition(text: string, separator: unknown, from: 'left' | 'right'): Tuple {
  const wanted = separatorOf(separator) ?? textArgument(separator);
  const position = from === 'left' ? text.indexOf(wanted) : text.lastIndexOf(wanted);
  if (position === -1) return new Tuple(from === 'left' ? [text, '', ''] : ['', '', text]);
  return new Tuple([text.slice(0, position), wanted, text.slice(position + wanted.length)]);
}

function translate(text: string, table: unknown): string {
  const map = new Map(entriesOf(table));
  return Array.from(text, (character) => {
    const code = character.codePointAt(0);
    const key = map.has(code) ? code : String(code);
    if (!map.has(key)) return character;
    const value = map.get(key);
    if (value === null) return '';
    return typeof value === 'number' ? String.fromCodePoint(value) : str(value);
  }).join('');
}

function translationTable(from: unknown, to: unknown, drop: unknown): Map<unknown, unknown> {
  if (to === undefined)
    return new Map(
      (entriesOf(from) ?? []).map(([key, value]) => [isText(key) ? key.toString().codePointAt(0) : key, value]),
    );
  const [keys, values] = [characters(textArgument(from)), characters(textArgument(to))];
  if (keys.length !== values.length)
    throw new TemplateValueError('the first two maketrans arguments must have equal length');
  const table = new Map<unknown, unknown>(
    keys.map((key, position) => [key.codePointAt(0), values[position]?.codePointAt(0)]),
  );
  for (const key of characters(drop === undefined ? '' : textArgument(drop))) table.set(key.codePointAt(0), null);
  return table;
}

function joinTexts(separator: string, items: unknown): string {
  return toList(items)
    .map((item, position) => {
      if (isText(item)) return item.toString();
      throw new TemplateTypeError(`sequence item ${position}: expected str instance, ${typeName(item)} found`);
    })
    .join(separator);
}

const all =
  (pattern: RegExp) =>
  (text: string): boolean =>
    text !== '' && pattern.test(text);

/** Methods of str that do not look at what they are given as HTML. `format` is with the attributes: it looks them up. */
export const strMethods: MethodTable = methodTable<string>({
  capitalize: ['', capitalize],
  casefold: ['', (text) => text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ')],
  center: ['width fillchar?', (text, width, fill) => justify(text, index(width), fillOf(fill), 'middle')],
  count: [
    'sub start? end?',
    (text, sub, start, end) =>
      optionalIndex(start, 0) > textLength(text)
        ? 0
        : countIn(text.slice(...range(text, start, end)), textArgument(sub)),
  ],
  encode: ['encoding? errors?', (text) => new TextEncoder().encode(text)],
  endswith: [
    'suffix start? end?',
    (text, suffix, start, end) => affix(text, suffix, start, end, (part, end) => part.endsWith(end)),
  ],
  expandtabs: ['tabsize?', (text, size) => expandTabs(text, optionalIndex(size, 8))],
  find: ['sub start? end?', (text, sub, start, end) => find(text, sub, start, end, 'left')],
  index: ['sub start? end?', (text, sub, start, end) => found(find(text, sub, start, end, 'left'))],
  isalnum: ['', all(/^[\p{L}\p{N}]+$/u)],
  isalpha: ['', all(/^\p{L}+$/u)],
  isascii: ['', (text) => /^[\0-\x7f]*$/.test(text)],
  isdecimal: ['', all(/^\p{Nd}+$/u)],
  isdigit: ['', all(/^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468]+$/u)],
  isidentifier: ['', all(/^[\p{ID_Start}_]\p{ID_Continue}*$/u)],
  islower: ['', (text) => isCased(text, 'lower')],
  isnumeric: ['', all(/^\p{N}+$/u)],
  isprintable: ['', (text) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(text)],
  isspace: ['', isSpace],
  istitle: ['', isTitle],
  isupper: ['', (text) => isCased(text, 'upper')],
  join: ['iterable', (text, items) => joinTexts(text, items)],
  ljust: ['width fillchar?', (text, width, fill) => justify(text, index(width), fillOf(fill), 'first')],
  lower: ['', (text) => text.toLowerCase()],
  maketrans: ['x y? z?', (_text, from, to, drop) => translationTable(from, to, drop)],
  lstrip: ['chars?', (text, chars) => strip(text, optionalText(chars), 'left')],
  partition: ['sep', (text, separator) => partition(text, separator, 'left')],
  removeprefix: [
    'prefix',
    (text, prefix) => (text.startsWith(textArgument(prefix)) ? text.slice(textArgument(prefix).length) : text),
  ],
  removesuffix: [
    'suffix',
    (text, suffix) => {
      const end = textArgument(suffix);
      return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
    },
  ],
  replace: [
    'old new count?',
    (text, old, replacement, count) =>
      replace(text, textArgument(old), textArgument(replacement), optionalIndex(count, -1)),
  ],
  rfind: ['sub start? end?', (text, sub, start, end) => find(text, sub, start, end, 'right')],
  rindex: ['sub start? end?', (text, sub, start, end) => found(find(text, sub, start, end, 'right'))],
  rjust: ['width fillchar?', (text, width, fill) => justify(text, index(width), fillOf(fill), 'last')],
  rpartition: ['sep', (text, separator) => partition(text, separator, 'right')],
  rsplit: [
    'sep? maxsplit?',
    (text, separator, limit) => rsplit(text, separatorOf(separator), optionalIndex(limit, -1)),
  ],
  rstrip: ['chars?', (text, chars) => strip(text, optionalText(chars), 'right')],
  split: ['sep? maxsplit?', (text, separator, limit) => split(text, separatorOf(separator), optionalIndex(limit, -1))],
  splitlines: ['keepends?', (text, keepEnds) => splitLines(text, Boolean(keepEnds))],
  startswith: [
    'prefix start? end?',
    (text, prefix, start, end) => affix(text, prefix, start, end, (part, start) => part.startsWith(start)),
  ],
  strip: ['chars?', (text, chars) => strip(text, optionalText(chars))],
  swapcase: ['', swapCase],
  title: ['', titleCase],
  translate: ['table', (text, table) => translate(text, table)],
  upper: ['', (text) => text.toUpperCase()],
  zfill: ['width', (text, width) => zeroFill(text, index(width))],
});

/** What methods of Markup do with arguments that get into the result. */
const ESCAPED_ARGUMENT: Record<string, number> = { replace: 1, ljust: 1, rjust: 1, center: 1 };
/** Methods whose texts are not Markup: they do not give parts of it. */
const PLAIN_RESULT = new Set(['encode']);

/** The methods of Markup: those of str, with texts that come in escaped and texts that come out marked as safe. */
export const markupMethods: MethodTable = methodTable<Markup>({
  ...Object.fromEntries(
    Object.values(strMethods).map(({ name, signature, call }) => {
      const parameters = signature.names.map((parameter, position) =>
        position < signature.required ? parameter : `${parameter}?`,
      );
      return [name, [parameters.join(' '), markupMethod(name, call as (self: string, ...args: unknown[]) => unknown)]];
    }),
  ),
  join: ['iterable', (markup, items) => new Markup(Array.from(iterate(items), htmlText).join(markup.toString()))],
  striptags: ['', (markup) => striptags(markup)],
  unescape: ['', (markup) => unescape(markup)],
  __html__: ['', (markup) => markup],
});

function markupMethod(
  name: string,
  call: (self: string, ...args: unknown[]) => unknown,
): (self: Markup, ...args: unknown[]) => unknown {
  return (self, ...args) => {
    const position = ESCAPED_ARGUMENT[name];
    if (position !== undefined && isText(args[position])) {
      args[position] = args[position] instanceof Markup ? args[position].toString() : escapeHtml(args[position]);
    }
    const result = call(self.toString(), ...args);
    return PLAIN_RESULT.has(name) ? result : marked(result);
  };
}

function marked(result: unknown): unknown {
  if (typeof result === 'string') return new Markup(result);
  if (result instanceof Tuple) return new Tuple(result.map(marked));
  return Array.isArray(result) ? result.map(marked) : result;
}

/** Methods of bytes (Uint8Array). */
export const bytesMethods: MethodTable = methodTable<Uint8Array>({
  decode: ['encoding? errors?', (bytes) => new TextDecoder().decode(bytes)],
  hex: ['', (bytes) => Buffer.from(bytes).toString('hex')],
});
