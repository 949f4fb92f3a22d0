import { TemplateValueError } from './errors.ts';
import { isSpace } from './py-text.ts';

/** How {@link wrapText} breaks lines. */
export interface WrapOptions {
  width: number;
  breakLongWords: boolean;
  breakOnHyphens: boolean;
}

const SPACES = '\\t\\n\\v\\f\\r ';
const LETTER = '[\\p{L}\\p{M}\\p{Nl}_]';
const WORD = '[\\p{L}\\p{M}\\p{N}_]';
const PUNCTUATED = `[\\p{L}\\p{M}\\p{N}_!"'&.,?]`;
const HYPHENATED = `-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${LETTER}-))(?=${LETTER}-?${LETTER})`;
const END_OF_WORD = `(?=[${SPACES}]|$)`;
const DASH = `(?<=${PUNCTUATED})(?=-{2,}${WORD})`;
// Made when it is needed: that takes longer than to load any other module of templates.
let hyphenPieces: RegExp | undefined;
const madeHyphenPieces = (): RegExp =>
  new RegExp(
    `([${SPACES}]+|(?<=${PUNCTUATED})-{2,}(?=${WORD})|[^${SPACES}]+?(?:${HYPHENATED}|${END_OF_WORD}|${DASH}))`,
    'u',
  );
const WORDS = new RegExp(`([${SPACES}]+)`);

/** Breaks a line into lines of at most `width` characters, as Python's `textwrap.wrap` does. */
export function wrapText(text: string, options: WrapOptions): string[] {
  const { width, breakOnHyphens } = options;
  if (width <= 0) throw new TemplateValueError(`invalid width ${width} (must be > 0)`);
  const pieces = text
    .split(breakOnHyphens ? (hyphenPieces ??= madeHyphenPieces()) : WORDS)
    .filter(Boolean)
    .reverse();
  const lines: string[] = [];
  while (pieces.length > 0) {
    const line: string[] = [];
    let used = 0;
    if (lines.length > 0 && isBlank(pieces.at(-1)!)) pieces.pop();
    while (pieces.length > 0 && used + pieces.at(-1)!.length <= width) {
      const piece = pieces.pop()!;
      line.push(piece);
      used += piece.length;
    }
    if (pieces.length > 0 && pieces.at(-1)!.length > width) breakWord(pieces, line, used, options);
    if (line.length > 0 && isBlank(line.at(-1)!)) line.pop();
    if (line.length > 0) lines.push(line.join(''));
  }
  return lines;
}

const isBlank = (piece: string): boolean => isSpace(piece);

// A piece that fits on no line at all: as much of it as fits here, or all of it on a line of its own.
function breakWord(
  pieces: string[],
  line: string[],
  used: number,
  { width, breakLongWords, breakOnHyphens }: WrapOptions,
): void {
  const room = width < 1 ? 1 : width - used;
  if (!breakLongWords) {
    if (line.length === 0) line.push(pieces.pop()!);
    return;
  }
  const word = pieces.pop()!;
  let end = room;
  if (breakOnHyphens && word.length > room) {
    const hyphen = word.slice(0, room).lastIndexOf('-');
    if (hyphen > 0 && /[^-]/.test(word.slice(0, hyphen))) end = hyphen + 1;
  }
  line.push(word.slice(0, end));
  pieces.push(word.slice(end));
}
