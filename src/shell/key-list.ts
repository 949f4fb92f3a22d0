import type { Keys } from './client-settings.ts';
import type { Span } from './spans.ts';

type Row = readonly [keys: string, what: string];

const BOTH: readonly Row[] = [
  ['Enter', 'run, or a new line'],
  ['Alt/Shift-Enter', 'a new line'],
  ['Tab', 'complete'],
  ['Up Down', 'lines, then history'],
  ['Ctrl-R Ctrl-S', 'search the history'],
  ['Ctrl-C', 'drop, or interrupt'],
  ['Ctrl-D', 'leave (nothing typed)'],
  ['Ctrl-L', 'clear the screen'],
  ['Ctrl-X Ctrl-E', 'edit in $EDITOR'],
  ['Ctrl-Z', 'stop; fg comes back'],
  ['Esc', 'hide hints and menus'],
  ['Ctrl-G', 'give up, or this list'],
];

const EMACS: readonly Row[] = [
  ['Ctrl-A Ctrl-E', 'start, end of line'],
  ['Alt-< Alt->', 'start, end of entry'],
  ['Alt-B Alt-F', 'a word back, on'],
  ['Ctrl-K Ctrl-U', 'kill to end, start'],
  ['Ctrl-W Alt-D', 'kill a word back, on'],
  ['Ctrl-Y Alt-Y', 'yank, the one before'],
  ['Ctrl-_ Alt-_', 'undo, redo'],
  ['Ctrl-P Ctrl-N', 'history'],
];

const VI: readonly Row[] = [
  ['Esc', 'normal mode'],
  ['i a o A I', 'insert mode'],
  ['h j k l w b e', 'move'],
  ['0 ^ $ f t % G', 'move'],
  ['d c y + motion', 'delete, change, copy'],
  ['x r ~ J p P .', 'change, put, repeat'],
  ['u Ctrl-R', 'undo, redo'],
  ['/ v', 'search, $EDITOR'],
];

/** What the keys do, in two columns where there is room. */
export function keyList(keys: Keys, columns: number): Span[] {
  const own = keys === 'vi' ? VI : EMACS;
  const both = keys === 'vi' ? BOTH.filter(([name]) => name !== 'Ctrl-R Ctrl-S') : BOTH;
  const cell = ([name, what]: Row): Span[] => [[name.padEnd(16), 'cyan'], [what.padEnd(23)]];
  const isWide = columns >= 80;
  const rows = isWide
    ? both.map((row, index): Span[] => [...cell(row), ...(own[index] ? cell(own[index]) : [])])
    : [...both, ...own].map((row): Span[] => cell(row));
  return rows.flatMap((row, index): Span[] => (index === 0 ? row : [['\n'], ...row]));
}
