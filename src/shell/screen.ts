import { graphemesOf } from '../util/graphemes.ts';
import { stringWidth, stripAnsi } from '../util/terminal.ts';

/** One row of the terminal: text with its colours, and how many columns it takes. */
export interface Row {
  readonly text: string;
  readonly width: number;
}

/** Rows, and where the cursor is among them. */
export interface Frame {
  readonly rows: readonly Row[];
  readonly cursor: { readonly row: number; readonly column: number };
}

/** What is to be seen: an entry that is being typed. */
export interface View {
  /** Stands before the first line; may be coloured. */
  prompt: string;
  /** Stands before every other line. */
  continuation: string;
  text: string;
  /** The text with its colours, line by line. */
  painted: string;
  cursor: number;
  /** Rows beneath, such as a menu; cut at the edge. */
  below?: readonly string[];
  /** Rows beneath those, cut at the edge; only where they take no row from the others. */
  hints?: readonly string[];
}

/** How large a terminal is. */
export interface Size {
  columns: number;
  rows: number;
}

/** A terminal with fewer columns has no room for hints. */
const HINT_COLUMNS = 20;
const TAB = '    ';
const EMPTY: Frame = { rows: [{ text: '', width: 0 }], cursor: { row: 0, column: 0 } };

/** Cuts a line with colours into rows. A wide character is never cut; every row carries its own colours. */
export function wrapLine(line: string, columns: number): Row[] {
  const width = stringWidth(line);
  if (width <= columns) return [{ text: line, width }];
  const rows: Row[] = [];
  let text = '';
  let taken = 0;
  let active = '';
  for (const [piece] of line.matchAll(/\u001b\[[\d;]*m|[^\u001b]+|\u001b/g)) {
    if (piece.startsWith('\u001b')) {
      active = /\[(?:0?|2\d|39|49)m$/.test(piece) ? '' : active + piece;
      text += piece;
      continue;
    }
    for (const segment of graphemesOf(piece)) {
      const wide = widthOf(segment);
      if (taken + wide > columns) {
        rows.push({ text: active === '' ? text : `${text}\u001b[0m`, width: taken });
        text = active;
        taken = 0;
      }
      text += segment;
      taken += wide;
    }
  }
  rows.push({ text, width: taken });
  return rows;
}

const widths = new Map<string, number>();

/** The width of one character. Entries use few different ones, over and over. */
function widthOf(segment: string): number {
  if (segment.length === 1 && segment <= '~') return 1;
  let width = widths.get(segment);
  if (width === undefined) {
    if (widths.size > 5000) widths.clear();
    width = stringWidth(segment);
    widths.set(segment, width);
  }
  return width;
}

/** Cuts a row with colours at a width; what is left out is told by an ellipsis. */
export function truncateLine(line: string, columns: number): Row {
  const width = stringWidth(line);
  if (width <= columns) return { text: line, width };
  const [first = { text: '', width: 0 }] = wrapLine(line, Math.max(1, columns - 1));
  return { text: `${first.text}…`, width: first.width + 1 };
}

/** Lays views out in rows. What has not changed since the last view is not wrapped again. */
class Layouter {
  #known = new Map<string, Row[]>();
  #columns = 0;

  /** The entry alone, and its cursor. */
  layout(view: View, columns: number): Frame {
    if (columns !== this.#columns) this.#known.clear();
    this.#columns = columns;
    const known = new Map<string, Row[]>();
    const rows: Row[] = [];
    const plain = view.text.split('\n');
    const painted = view.painted.split('\n');
    let cursor = EMPTY.cursor;
    let start = 0;
    for (const [index, line] of plain.entries()) {
      const lead = index === 0 ? view.prompt : view.continuation;
      const shown = expand(lead + (painted[index] ?? line));
      const isCursorHere = view.cursor >= start && view.cursor <= start + line.length;
      const wrapped = this.#known.get(shown) ?? known.get(shown) ?? wrapLine(shown, columns);
      known.set(shown, wrapped);
      if (isCursorHere)
        cursor = this.#locate(expand(stripAnsi(lead) + line.slice(0, view.cursor - start)), columns, rows.length);
      for (const row of wrapped) rows.push(row);
      // Behind a row that is full to its edge the cursor stands in a row of its own.
      if (isCursorHere && cursor.row === rows.length) rows.push({ text: '', width: 0 });
      start += line.length + 1;
    }
    this.#known = known;
    return { rows, cursor };
  }

  #locate(before: string, columns: number, above: number): Frame['cursor'] {
    const wrapped = wrapLine(before, columns);
    const column = wrapped.at(-1)?.width ?? 0;
    const row = above + wrapped.length - 1;
    return column === columns ? { row: row + 1, column: 0 } : { row, column };
  }
}

function expand(line: string): string {
  return line.includes('\t') ? line.replaceAll('\t', TAB) : line;
}

/** The rows around the cursor that fit; `top` is the first row that was shown before. */
function windowOf(frame: Frame, height: number, top: number): { frame: Frame; top: number } {
  const { rows, cursor } = frame;
  if (rows.length <= height) return { frame, top: 0 };
  const first = Math.max(0, Math.min(Math.max(top, cursor.row - height + 1), cursor.row, rows.length - height));
  return {
    frame: { rows: rows.slice(first, first + height), cursor: { row: cursor.row - first, column: cursor.column } },
    top: first,
  };
}

/** What to write so that a terminal that shows one frame shows another. */
export function difference(before: Frame, after: Frame, columns: number): string {
  let out = '';
  let at = before.cursor.row;
  let height = before.rows.length;
  const go = (row: number): void => {
    const known = Math.min(row, height - 1);
    if (known < at) out += `\u001b[${at - known}A`;
    else if (known > at) out += `\u001b[${known - at}B`;
    // Rows that are not there yet come by line feeds, which scroll where the screen ends.
    if (row > known) out += `\r${'\n'.repeat(row - known)}`;
    at = row;
    height = Math.max(height, row + 1);
  };
  for (const [index, row] of after.rows.entries()) {
    const old = before.rows[index];
    if (old?.text === row.text) continue;
    if (old === undefined && row.text === '' && index < after.rows.length - 1) continue;
    go(index);
    // After a full row the cursor still stands on its last character: clearing would take that away.
    out += `\r${row.text}${row.width < columns ? '\u001b[K' : ''}`;
  }
  if (before.rows.length > after.rows.length) {
    go(after.rows.length);
    out += '\r\u001b[J';
  }
  go(after.cursor.row);
  const { column } = after.cursor;
  const isInPlace = out === '' && column === before.cursor.column;
  if (!isInPlace) out += column === 0 ? '\r' : `\r\u001b[${column}C`;
  return out;
}

/** The rows of a terminal that belong to the entry that is being typed. */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #size: () => Size;
  readonly #layouter = new Layouter();
  #shown = EMPTY;
  #top = 0;

  constructor(write: (text: string) => void, size: () => Size) {
    this.#write = write;
    this.#size = size;
  }

  /** Shows a view where the last one was. */
  paint(view: View): void {
    const { columns, rows } = this.#size();
    const below = (view.below ?? []).slice(0, Math.max(0, rows - 1)).map((line) => truncateLine(line, columns));
    const entry = this.#layouter.layout(view, columns);
    const { frame, top } = windowOf(entry, Math.max(1, rows - below.length), this.#top);
    this.#top = top;
    const room = columns < HINT_COLUMNS ? 0 : Math.max(0, rows - entry.rows.length - below.length);
    const hints = (view.hints ?? []).slice(0, room).map((line) => truncateLine(line, columns));
    this.#show({ rows: [...frame.rows, ...below, ...hints], cursor: frame.cursor }, columns);
  }

  #show(frame: Frame, columns: number): void {
    const changes = difference(this.#shown, frame, columns);
    this.#shown = frame;
    if (changes !== '') this.#write(changes);
  }

  /** Leaves the entry on the screen, whole, and goes on beneath it. */
  finish(view: View): void {
    const { columns } = this.#size();
    const entry = this.#layouter.layout({ ...view, cursor: view.text.length }, columns);
    const { rows } = entry;
    const last = { row: rows.length - 1, column: rows.at(-1)?.width ?? 0 };
    // What has scrolled out of the window cannot be painted over: the entry is written anew.
    if (rows.length > this.#shown.rows.length || this.#top > 0) this.clear();
    this.#show({ rows, cursor: last }, columns);
    // A row that is only there for the cursor is the next line already.
    this.#write(rows.length > 1 && last.column === 0 && view.text !== '' && !view.text.endsWith('\n') ? '\r' : '\r\n');
    this.forget();
  }

  /** Takes the entry off the screen; the cursor stands where it began. */
  clear(): void {
    const { row } = this.#shown.cursor;
    this.#write(`${row > 0 ? `\u001b[${row}A` : ''}\r\u001b[J`);
    this.forget();
  }

  /** The screen is somebody else's from here on: the next view begins at the cursor. */
  forget(): void {
    this.#shown = EMPTY;
    this.#top = 0;
  }

  /** After the terminal has changed its size, and with that has broken rows that are too long now. */
  resized(): void {
    const { columns } = this.#size();
    const { rows, cursor } = this.#shown;
    let above = Math.floor(cursor.column / columns);
    for (const { width } of rows.slice(0, cursor.row)) above += Math.max(1, Math.ceil(width / columns));
    this.#write(`${above > 0 ? `\u001b[${above}A` : ''}\r\u001b[J`);
    this.forget();
  }
}
