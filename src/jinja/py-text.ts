import { bounded } from './limits.ts';
import { characters, hasAstral, textLength } from './values.ts';

/** Inside of a character class: what Python takes for white space. It differs from `\s` in a few control characters. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SPACES = new RegExp(`[${SPACE}]+`);
const LEADING_SPACE = new RegExp(`^[${SPACE}]+`);
const ALL_SPACE = new RegExp(`^[${SPACE}]+$`);
const SPACE_CHARACTER = new RegExp(`^[${SPACE}]$`);
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Which ends of a text. */
export type Side = 'left' | 'right' | 'both';

/** Removes white space, or any of `chars`, from the ends of a text. */
export function strip(text: string, chars: string | null | undefined, side: Side = 'both'): string {
  const drop = chars === null || chars === undefined ? undefined : new Set(characters(chars));
  const isDropped = (character: string): boolean => (drop ? drop.has(character) : SPACE_CHARACTER.test(character));
  const units = drop !== undefined && hasAstral(text) ? characters(text) : text;
  let start = 0;
  let end = units.length;
  if (side !== 'right') while (start < end && isDropped(units[start]!)) start++;
  if (side !== 'left') while (end > start && isDropped(units[end - 1]!)) end--;
  return typeof units === 'string' ? units.slice(start, end) : units.slice(start, end).join('');
}

/** Whether a text is not empty and all white space. */
export function isSpace(text: string): boolean {
  return ALL_SPACE.test(text);
}

/** The words of a text, or its pieces between `separator`; at most `limit` cuts (negative: no limit). */
export function split(text: string, separator: string | null | undefined, limit = -1): string[] {
  if (separator !== null && separator !== undefined) return splitAt(text, separator, limit);
  const words: string[] = [];
  let rest = text.replace(LEADING_SPACE, '');
  while (rest !== '') {
    const gap = words.length === limit ? null : SPACES.exec(rest);
    if (!gap) {
      words.push(words.length === limit ? strip(rest, null, 'right') : rest);
      break;
    }
    words.push(rest.slice(0, gap.index));
    rest = rest.slice(gap.index + gap[0].length);
  }
  return words;
}

function splitAt(text: string, separator: string, limit: number): string[] {
  const pieces = text.split(separator);
  if (limit < 0 || pieces.length <= limit + 1) return pieces;
  return [...pieces.slice(0, limit), pieces.slice(limit).join(separator)];
}

/** {@link split} from the right: the limit is spent on the last cuts. */
export function rsplit(text: string, separator: string | null | undefined, limit = -1): string[] {
  if (limit < 0) return split(text, separator);
  if (separator !== null && separator !== undefined) {
    const pieces = text.split(separator);
    if (pieces.length <= limit + 1) return pieces;
    const cut = pieces.length - limit;
    return [pieces.slice(0, cut).join(separator), ...pieces.slice(cut)];
  }
  const words: string[] = [];
  let rest = strip(text, null, 'right');
  while (rest !== '' && words.length < limit) {
    const start = Math.max(lastSpace(rest), -1) + 1;
    words.unshift(rest.slice(start));
    rest = strip(rest.slice(0, start), null, 'right');
  }
  if (rest !== '') words.unshift(strip(rest, null, 'left'));
  return words;
}

function lastSpace(text: string): number {
  for (let index = text.length - 1; index >= 0; index--) if (SPACE_CHARACTER.test(text[index]!)) return index;
  return -1;
}

/** The lines of a text; a line end at the very end does not begin another line. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== '';) {
    const end = LINE_END.exec(rest);
    const length = end ? end.index + end[0].length : rest.length;
    lines.push(rest.slice(0, end && !keepEnds ? end.index : length));
    rest = rest.slice(length);
  }
  return lines;
}

/** A character as the first of a word: one letter even where the upper case has two. */
function titleCharacter(character: string): string {
  const upper = character.toUpperCase();
  return upper.length > 1 && upper.toLowerCase() !== upper ? upper[0] + upper.slice(1).toLowerCase() : upper;
}

/** The first character in upper case, the others in lower case. */
export function capitalize(text: string): string {
  const [first = ''] = text;
  return titleCharacter(first) + text.slice(first.length).toLowerCase();
}

const CASED = /\p{Lu}|\p{Ll}|\p{Lt}/u;

/** Every letter after a non-letter in upper case, the others in lower case (`str.title`). */
export function titleCase(text: string): string {
  let out = '';
  let inWord = false;
  for (const character of text) {
    out += inWord ? character.toLowerCase() : titleCharacter(character);
    inWord = CASED.test(character);
  }
  return out;
}

/** Upper and lower case exchanged. */
export function swapCase(text: string): string {
  return Array.from(text, (c) => (/\p{Lu}/u.test(c) ? c.toLowerCase() : c.toUpperCase())).join('');
}

/** Whether a text has letters with case and all of them are upper (or lower) case. */
export function isCased(text: string, wanted: 'upper' | 'lower'): boolean {
  const [good, bad] =
    wanted === 'upper' ? [/\p{Uppercase}/u, /\p{Lowercase}|\p{Lt}/u] : [/\p{Lowercase}/u, /\p{Uppercase}|\p{Lt}/u];
  return good.test(text) && !bad.test(text);
}

/** Whether upper case letters begin words and lower case letters follow them. */
export function isTitle(text: string): boolean {
  let found = false;
  let afterCased = false;
  for (const character of text) {
    const isUpper = /\p{Lu}|\p{Lt}/u.test(character);
    const isLower = /\p{Lowercase}/u.test(character);
    if ((isUpper && afterCased) || (isLower && !afterCased)) return false;
    found ||= isUpper || isLower;
    afterCased = isUpper || isLower;
  }
  return found;
}

/** Fills a text up to `width` characters; the text comes first, last or in the middle. */
export function justify(text: string, width: number, fill: string, place: 'first' | 'last' | 'middle'): string {
  const missing = bounded(width) - textLength(text);
  if (missing <= 0) return text;
  if (place === 'first') return text + fill.repeat(missing);
  if (place === 'last') return fill.repeat(missing) + text;
  // Where it cannot be even, Python puts the larger half left for odd widths only.
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

/** Zeros in front, after a sign. */
export function zeroFill(text: string, width: number): string {
  const missing = bounded(width) - textLength(text);
  if (missing <= 0) return text;
  const sign = /^[+-]/.test(text) ? text[0] : '';
  return sign + '0'.repeat(missing) + text.slice(sign!.length);
}

/** Tabs replaced by spaces up to the next multiple of `size` columns. */
export function expandTabs(text: string, size: number): string {
  bounded(size * text.length);
  let column = 0;
  let out = '';
  for (const character of text) {
    if (character === '\t') {
      const spaces = size > 0 ? size - (column % size) : 0;
      out += ' '.repeat(spaces);
      column += spaces;
    } else {
      out += character;
      column = character === '\n' || character === '\r' ? 0 : column + 1;
    }
  }
  return out;
}

/** Replaces the first `count` occurrences, all if it is negative. */
export function replace(text: string, old: string, replacement: string, count = -1): string {
  if (count < 0) return old === '' ? spreadWith(text, replacement, Infinity) : text.split(old).join(replacement);
  if (old === '') return spreadWith(text, replacement, count);
  const pieces = text.split(old);
  if (pieces.length - 1 <= count) return pieces.join(replacement);
  return pieces.slice(0, count + 1).join(replacement) + old + pieces.slice(count + 1).join(old);
}

// Replacing nothing puts the replacement before every character and at the end.
function spreadWith(text: string, replacement: string, count: number): string {
  const all = characters(text);
  let out = '';
  for (let index = 0; index <= all.length; index++) out += (index < count ? replacement : '') + (all[index] ?? '');
  return out;
}

/** How often `needle` occurs without overlaps. */
export function countIn(text: string, needle: string): number {
  return needle === '' ? textLength(text) + 1 : text.split(needle).length - 1;
}

/** The characters from `start` to `end` as slices count: from the end if negative. */
export function part(text: string, start: number | null | undefined, end: number | null | undefined): string {
  if ((start ?? 0) === 0 && (end ?? null) === null) return text;
  return hasAstral(text)
    ? characters(text)
        .slice(start ?? 0, end ?? undefined)
        .join('')
    : text.slice(start ?? 0, end ?? undefined);
}

/** Compares by code points, as Python does; JavaScript's `<` compares code units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!hasAstral(a) && !hasAstral(b)) return a < b ? -1 : 1;
  const left = characters(a);
  const right = characters(b);
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
