import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { highlight } from './highlight.ts';
import type { SourceRange } from './language-server.ts';
import { paint, parseAnsi, type Span } from './spans.ts';

/** Options of {@link sourceView}. */
export interface SourceViewOptions {
  /** Paths are shown as seen from here. */
  root: string;
  color: boolean;
}

/** A path as it is best read: within the project from its root. */
export function shownPath(file: string, root: string): string {
  const path = relative(root, file);
  return path.startsWith('..') ? file : path;
}

/** `file:first-last`, or `file:line`. */
export function shownPlace({ file, line, endLine }: SourceRange, root: string): string {
  return `${shownPath(file, root)}:${line === endLine ? line : `${line}-${endLine}`}`;
}

/** `file:first-last`, and the lines with their numbers. */
export function sourceView(range: SourceRange, { root, color }: SourceViewOptions): Span[] {
  const { file, line, endLine } = range;
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .slice(line - 1, endLine);
  const width = String(endLine).length;
  // Coloured as a whole: a template or a comment may span lines.
  const painted = highlight(lines.join('\n'), { color }).split('\n');
  const rows = painted.map((text, index) => {
    const number = String(line + index).padStart(width);
    return `${color ? paint(number, 'gray') : number}  ${text}`.trimEnd();
  });
  return [[`${shownPlace(range, root)}\n`, 'cyan'], ...parseAnsi(rows.join('\n'))];
}
