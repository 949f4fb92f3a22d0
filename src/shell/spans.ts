/** A run of text with its style: words such as `cyan` or `bold red`; plain without. The one form every face of the shell prints from. */
export type Span = readonly [text: string, style?: string];

const CODES: Record<string, [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  inverse: [7, 27],
  strikethrough: [9, 29],
  black: [30, 39],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  white: [37, 39],
  gray: [90, 39],
};
const NAMES = new Map(Object.entries(CODES).map(([name, [on]]) => [on, name]));

/** The text alone. */
export function plainText(spans: readonly Span[]): string {
  return spans.map(([text]) => text).join('');
}

/** The text with escape codes. Each line carries its own codes, so that lines can be painted alone. */
export function ansiText(spans: readonly Span[]): string {
  return spans.map(([text, style]) => (style ? paint(text, style) : text)).join('');
}

/** Text in one style, as escape codes. */
export function paint(text: string, style: string): string {
  const codes = style.split(' ').flatMap((name) => (CODES[name] ? [CODES[name]] : []));
  if (codes.length === 0 || text === '') return text;
  const on = codes.map(([code]) => `\u001b[${code}m`).join('');
  const off = codes.map(([, code]) => `\u001b[${code}m`).join('');
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : on + line + off))
    .join('\n');
}

const ESCAPE = /\u001b\[([\d;]*)m|\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g;

/** Splits text with escape codes of colours into spans; every other escape sequence is dropped. */
export function parseAnsi(text: string): Span[] {
  const spans: Span[] = [];
  const active = new Set<string>();
  let at = 0;
  const flush = (end: number): void => {
    if (end > at) spans.push(active.size === 0 ? [text.slice(at, end)] : [text.slice(at, end), [...active].join(' ')]);
  };
  for (const match of text.matchAll(ESCAPE)) {
    flush(match.index);
    at = match.index + match[0].length;
    if (match[1] !== undefined) for (const code of match[1].split(';')) change(active, Number(code));
  }
  flush(text.length);
  return spans;
}

function change(active: Set<string>, code: number): void {
  if (code === 0) return active.clear();
  const name = NAMES.get(code);
  if (name !== undefined && code >= 30)
    for (const [other, [on]] of Object.entries(CODES)) if (on >= 30) active.delete(other);
  if (name !== undefined) return void active.add(name);
  for (const [other, [, off]] of Object.entries(CODES)) if (off === code) active.delete(other);
}

/**
 * Text of unknown origin, such as what a client has sent: what a terminal would obey is written as `\x1b`. Line breaks and
 * tabs stay.
 */
export function visibleText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
      (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}
