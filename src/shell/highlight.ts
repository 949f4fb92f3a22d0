import { paint } from './spans.ts';
import { certainlyIncomplete, scan, type Token, type TokenKind } from './tokens.ts';

/** How {@link highlight} paints. */
export interface HighlightOptions {
  /** Whether to paint at all; without, the text comes back as it is. Default true. */
  color?: boolean;
  /** Offset of the cursor: the bracket at it, or before it, and its partner are marked. */
  cursor?: number;
}

const STYLES: Readonly<Record<TokenKind, string>> = {
  keyword: 'magenta',
  constant: 'yellow',
  name: '',
  property: '',
  type: 'cyan',
  number: 'yellow',
  string: 'green',
  template: 'green',
  regex: 'red',
  comment: 'gray',
  punctuation: '',
  space: '',
  command: 'bold cyan',
  bad: 'red underline',
};

// The codes around each kind, ready made: this runs on every key, over the whole entry.
const AROUND = new Map(
  Object.entries(STYLES).map(([kind, style]) => [kind as TokenKind, paint('x', style).split('x')]),
);

function paintToken(text: string, kind: TokenKind): string {
  if (STYLES[kind] === '') return text;
  if (text.includes('\n')) return paint(text, STYLES[kind]);
  const [on = '', off = ''] = AROUND.get(kind) ?? [];
  return on + text + off;
}

/**
 * The text with the escape codes of its colours. It is read as a whole, so that what spans lines has one colour, but each
 * line carries its own codes: lines can be painted alone.
 */
export function highlight(code: string, options: HighlightOptions = {}): string {
  if (options.color === false) return code;
  const { tokens, stray } = scan(code);
  const marked = options.cursor === undefined ? [] : bracketsAt(code, tokens, options.cursor);
  let painted = '';
  for (const { kind, start, end } of tokens) {
    const text = code.slice(start, end);
    if (kind === 'punctuation' && marked.includes(start)) painted += paint(text, 'bold underline');
    else if (kind === 'punctuation' && stray.includes(start)) painted += paintToken(text, 'bad');
    else painted += paintToken(text, kind);
  }
  return painted;
}

/** Whether a text is whole as far as its tokens tell: no open bracket, template or comment, no operator at its end. Nothing is parsed. */
export function isComplete(code: string): 'complete' | 'incomplete' {
  return certainlyIncomplete(code) ? 'incomplete' : 'complete';
}

const PARTNERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Offsets of the bracket at the cursor and of its partner; none when there is no bracket or no partner. */
function bracketsAt(code: string, tokens: readonly Token[], cursor: number): number[] {
  const at = [cursor, cursor - 1].find((offset) => offset >= 0 && '()[]{}'.includes(code[offset] ?? ' '));
  if (at === undefined) return [];
  const open: number[] = [];
  for (const { kind, start } of tokens) {
    if (kind !== 'punctuation') continue;
    const char = code[start] ?? '';
    if (char in PARTNERS) {
      open.push(start);
    } else if (')]}'.includes(char)) {
      const from = open.pop();
      if (from === undefined || PARTNERS[code[from] ?? ''] !== char) continue;
      if (from === at || start === at) return [from, start];
    }
  }
  return [];
}
