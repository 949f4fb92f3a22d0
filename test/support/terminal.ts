import { EventEmitter } from 'node:events';
import { stringWidth } from '../../src/util/terminal.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A terminal that keeps what is written to it as rows of characters: it wraps and scrolls as xterm does, and throws for
 * an escape sequence that it does not know, so that a test sees exactly what a person would.
 */
export class TestTerminal extends EventEmitter {
  columns: number;
  rows: number;
  /** Rows that have scrolled out at the top. */
  readonly scrolled: string[] = [];
  readonly modes = new Set<string>();
  /** As the last `CSI Ps SP q` has set it. */
  cursorShape = '0';
  #cells: string[][] = [];
  #row = 0;
  #column = 0;
  /** The cursor stands on the last character of a full row: the next character begins a new one. */
  #isWrapDue = false;
  #rest = '';
  #main: { cells: string[][]; row: number; column: number } | undefined;

  constructor(columns = 80, rows = 24) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#isWrapDue ? this.columns : this.#column };
  }

  /** The rows on the screen, without spaces at their ends and empty rows at the bottom. */
  get screen(): string[] {
    const rows = this.#cells.map((cells) =>
      cells
        .map((cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
    while (rows.at(-1) === '') rows.pop();
    return rows;
  }

  /** The screen as text. */
  get text(): string {
    return this.screen.join('\n');
  }

  write(text: string): boolean {
    let input = this.#rest + text;
    this.#rest = '';
    const partial = /\u001b(?:\[[\d;?]* ?)?$/.exec(input);
    if (partial) {
      this.#rest = partial[0];
      input = input.slice(0, partial.index);
    }
    for (const [piece, args, letter] of input.matchAll(
      /\u001b\[([\d;?]*)( q|[A-Za-z])|[\r\n\u0007\b]|[^\u001b\r\n\u0007\b]+|[^]/g,
    )) {
      if (letter !== undefined) this.#control(letter, args ?? '');
      else if (piece === '\r') this.#moveTo(this.#row, 0);
      else if (piece === '\n') this.#lineFeed();
      else if (piece === '\b') this.#moveTo(this.#row, Math.max(0, this.#column - 1));
      else if (piece.startsWith('\u001b')) throw new Error(`unknown escape sequence ${JSON.stringify(input)}`);
      else if (piece !== '\u0007') this.#print(piece);
    }
    this.emit('written');
    return true;
  }

  #control(letter: string, args: string): void {
    const count = Math.max(1, Number(args) || 0);
    if (letter === 'm') return;
    if (letter === ' q') return void (this.cursorShape = args);
    if (letter === 'A') return this.#moveTo(Math.max(0, this.#row - count), this.#column);
    if (letter === 'B') return this.#moveTo(Math.min(this.rows - 1, this.#row + count), this.#column);
    if (letter === 'C') return this.#moveTo(this.#row, Math.min(this.columns - 1, this.#column + count));
    if (letter === 'D') return this.#moveTo(this.#row, Math.max(0, this.#column - count));
    if (letter === 'H') {
      const [row = 1, column = 1] = args.split(';').map((part) => Math.max(1, Number(part) || 1));
      return this.#moveTo(Math.min(this.rows, row) - 1, Math.min(this.columns, column) - 1);
    }
    if (letter === 'K' && args === '2') {
      const cells = this.#cells[this.#row];
      if (cells) cells.length = 0;
      return;
    }
    if (letter === 'K' && args === '') return this.#clearRow();
    if (letter === 'J' && args === '') {
      this.#clearRow();
      this.#cells.length = Math.min(this.#cells.length, this.#row + 1);
      return;
    }
    if (letter === 'J' && args === '2') {
      this.#cells = [];
      return;
    }
    if (args === '?1049') this.#changeScreen(letter === 'h');
    if (letter === 'h' && args.startsWith('?')) return void this.modes.add(args);
    if (letter === 'l' && args.startsWith('?')) return void this.modes.delete(args);
    throw new Error(`unknown control sequence ${args}${letter}`);
  }

  /** The other screen begins empty; what was there before comes back with its cursor. */
  #changeScreen(isOther: boolean): void {
    if (isOther) this.#main = { cells: this.#cells, row: this.#row, column: this.#column };
    const { cells, row, column } = (isOther ? undefined : this.#main) ?? { cells: [], row: 0, column: 0 };
    this.#cells = cells;
    this.#moveTo(row, column);
  }

  #clearRow(): void {
    const cells = this.#cells[this.#row];
    if (cells) cells.length = Math.min(cells.length, this.#column);
  }

  #moveTo(row: number, column: number): void {
    this.#row = row;
    this.#column = column;
    this.#isWrapDue = false;
  }

  /** A line feed also returns, as terminals of Node do in raw mode too. */
  #lineFeed(): void {
    this.#isWrapDue = false;
    this.#column = 0;
    if (this.#row < this.rows - 1) {
      this.#row += 1;
      return;
    }
    const [first = [], ...others] = this.#padded();
    this.scrolled.push(first.join('').trimEnd());
    this.#cells = others;
  }

  #padded(): string[][] {
    while (this.#cells.length < this.rows) this.#cells.push([]);
    return this.#cells;
  }

  #print(text: string): void {
    for (const { segment } of graphemes.segment(text)) {
      const width = stringWidth(segment);
      if (width === 0) continue;
      if (this.#isWrapDue || this.#column + width > this.columns) {
        this.#lineFeed();
      }
      const cells = this.#padded()[this.#row] ?? [];
      while (cells.length < this.#column) cells.push(' ');
      cells[this.#column] = segment;
      // The second column of a wide character holds nothing of its own.
      if (width === 2) cells[this.#column + 1] = '';
      this.#column += width;
      this.#isWrapDue = this.#column >= this.columns;
      if (this.#isWrapDue) this.#column = this.columns - 1;
    }
  }

  /** Changes the size as a terminal that breaks long rows anew. */
  resize(columns: number, rows = this.rows): void {
    const at = this.cursor;
    const cells: string[][] = [];
    let cursor = { row: 0, column: 0 };
    for (const [index, old] of this.#cells.entries()) {
      const pieces: string[][] = [];
      for (let start = 0; start === 0 || start < old.length; start += columns)
        pieces.push(old.slice(start, start + columns));
      if (index === at.row)
        cursor = { row: cells.length + Math.floor(at.column / columns), column: at.column % columns };
      cells.push(...pieces);
    }
    this.columns = columns;
    this.rows = rows;
    while (cells.length > cursor.row + 1 && cells.at(-1)?.length === 0) cells.pop();
    while (cells.length > rows || cursor.row >= rows) {
      this.scrolled.push((cells.shift() ?? []).join('').trimEnd());
      cursor.row -= 1;
    }
    this.#cells = cells;
    this.#moveTo(Math.max(0, cursor.row), cursor.column);
    this.emit('resize');
  }

  /** Waits until the screen is as asked. */
  async until(isReached: (text: string) => boolean): Promise<void> {
    while (!isReached(this.text)) await new Promise((resolve) => this.once('written', resolve));
  }
}
