import { inspect, types } from 'node:util';
import { graphemesOf } from '../util/graphemes.ts';
import { stringWidth } from '../util/terminal.ts';
import { parseAnsi, plainText, type Span } from './spans.ts';

/** How a table is drawn. */
export interface TableOptions {
  /** Columns of the terminal. */
  columns: number;
  /** How many rows are shown; the others are counted. Default: 100. */
  maxRows?: number;
  /** Lines around the cells. Default true; without them the cells stand apart by spaces. */
  box?: boolean;
  /** What stands for a value in a row; undefined for one that has no row of its own. */
  rowOf?: ((value: unknown) => object | undefined) | undefined;
}

type Cell = readonly Span[];

interface Column {
  title: string;
  cells: Cell[];
  isNumeric: boolean;
  width: number;
}

/** Cells may be cut down to this, then columns are left out. */
const NARROWEST = 6;
/** A cell of an object or a long text says no more than this. */
const WIDEST = 60;

/** An array of like objects as a table; undefined for every other value. Runs no getter. */
export function printRows(value: unknown, options: TableOptions): Span[] | undefined {
  const { maxRows = 100, box = true, rowOf } = options;
  const records = likeRecords(value, rowOf);
  if (!records) return undefined;
  const shown = records.slice(0, maxRows);
  const titles = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const fitted = fit(
    titles.map((title) => column(title, shown)),
    options.columns,
    box,
  );
  const lines = box ? boxed(fitted, shown.length) : spaced(fitted, shown.length);
  return [...lines, [countText(shown.length, records.length), 'gray']];
}

function countText(shown: number, all: number): string {
  const rows = `${all.toLocaleString('en-US')} row${all === 1 ? '' : 's'}`;
  return shown < all ? `${shown.toLocaleString('en-US')} of ${rows}` : rows;
}

/** The rows of an array whose items are alike: mostly the same names, mostly plain values. */
function likeRecords(value: unknown, rowOf: TableOptions['rowOf']): object[] | undefined {
  if (!Array.isArray(value) || types.isProxy(value) || value.length === 0) return undefined;
  const records: object[] = [];
  const prototypes = new Set<unknown>();
  for (const item of value as unknown[]) {
    const row = rowOf?.(item);
    const record = row ?? item;
    if (row === undefined) {
      if (!isRecord(item)) return undefined;
      prototypes.add(Object.getPrototypeOf(item));
    }
    if (prototypes.size > 1) return undefined;
    records.push(record as object);
  }
  return areAlike(records) ? records : undefined;
}

function areAlike(records: readonly object[]): boolean {
  const names = new Set<string>();
  let cells = 0;
  let objects = 0;
  for (const record of records) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(record))) {
      names.add(name);
      cells += 1;
      if (typeof value === 'function' || (typeof value === 'object' && value !== null && !types.isDate(value)))
        objects += 1;
    }
  }
  return cells > 0 && cells >= records.length * names.size * 0.6 && objects <= cells / 2;
}

/** An object of data: plain, or of a class that was written in JavaScript and does not print itself. */
function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || types.isProxy(value)) return false;
  if (inspect.custom in value) return false;
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  if (prototype === null || prototype === Object.prototype) return true;
  const made = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
  return typeof made === 'function' && /^class\b/.test(Function.prototype.toString.call(made));
}

function column(title: string, records: readonly object[]): Column {
  const values = records.map((record) => Object.getOwnPropertyDescriptor(record, title));
  const cells = values.map((descriptor) => cellOf(descriptor));
  const isNumeric =
    values.some((descriptor) => descriptor !== undefined) &&
    values.every((descriptor) => descriptor === undefined || isNumber(descriptor.value));
  return { title, cells, isNumeric, width: Math.max(stringWidth(title), ...cells.map(widthOf)) };
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value === null || value === undefined;
}

function cellOf(descriptor: PropertyDescriptor | undefined): Cell {
  if (!descriptor) return [];
  if (descriptor.get) return [['[Getter]', 'cyan']];
  const text = inspect(descriptor.value, {
    colors: true,
    depth: 1,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 5,
    maxStringLength: 200,
  });
  return cut(parseAnsi(text.replaceAll(/\s*\n\s*/g, ' ')), WIDEST);
}

function widthOf(cell: Cell): number {
  return stringWidth(plainText(cell));
}

/** Makes columns narrower, the widest first, until they fit; what still does not is left out behind an ellipsis. */
function fit(columns: Column[], available: number, box: boolean): Column[] {
  const border = box ? 3 : 2;
  const room = (count: number): number => available - count * border - (box ? 1 : -border);
  const narrowest = (list: readonly Column[]): number =>
    list.reduce((sum, { width }) => sum + Math.min(width, NARROWEST), 0);
  let kept = columns;
  let rest = 0;
  while (kept.length > 1 && narrowest(kept) + rest > room(kept.length + rest)) {
    kept = kept.slice(0, -1);
    rest = 1;
  }
  const limit = widthLimit(kept, room(kept.length + rest) - rest);
  const fitted = kept.map((item) => ({ ...item, width: Math.min(item.width, limit) }));
  if (rest === 0) return fitted;
  const dots: Column = {
    title: '…',
    cells: kept[0]?.cells.map((): Cell => [['…', 'gray']]) ?? [],
    isNumeric: false,
    width: 1,
  };
  return [...fitted, dots];
}

/** The greatest width at which all columns fit when none is wider. */
function widthLimit(columns: readonly Column[], room: number): number {
  let left = room;
  let count = columns.length;
  for (const width of columns.map((item) => item.width).toSorted((a, b) => a - b)) {
    if (width * count > left) return Math.max(1, Math.floor(left / count));
    left -= width;
    count -= 1;
  }
  return Number.POSITIVE_INFINITY;
}

function boxed(columns: readonly Column[], count: number): Span[] {
  const rule = (left: string, middle: string, right: string): Span[] => [
    [left + columns.map(({ width }) => '─'.repeat(width + 2)).join(middle) + right, 'gray'],
    ['\n'],
  ];
  const row = (cellAt: (item: Column) => Cell): Span[] => [
    ...columns.flatMap((item): Span[] => [['│ ', 'gray'], ...pad(cellAt(item), item), [' ']]),
    ['│', 'gray'],
    ['\n'],
  ];
  return [
    ...rule('┌', '┬', '┐'),
    ...row(({ title }) => [[title, 'bold']]),
    ...rule('├', '┼', '┤'),
    ...Array.from({ length: count }, (_, index) => row(({ cells }) => cells[index] ?? [])).flat(),
    ...rule('└', '┴', '┘'),
  ];
}

function spaced(columns: readonly Column[], count: number): Span[] {
  const row = (cellAt: (item: Column) => Cell): Span[] =>
    columns.flatMap((item, index): Span[] => [...pad(cellAt(item), item), [index < columns.length - 1 ? '  ' : '\n']]);
  return [
    ...row(({ title }) => [[title, 'bold']]),
    ...Array.from({ length: count }, (_, index) => row(({ cells }) => cells[index] ?? [])).flat(),
  ];
}

function pad(cell: Cell, { width, isNumeric }: Column): Span[] {
  const shown = cut(cell, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return isNumeric ? [[space], ...shown] : [...shown, [space]];
}

/** Spans of at most a width; what is left out is told by an ellipsis. */
export function cut(spans: readonly Span[], width: number): Span[] {
  if (widthOf(spans) <= width) return [...spans];
  const kept: Span[] = [];
  let left = width - 1;
  for (const [text, style] of spans) {
    let part = '';
    for (const segment of graphemesOf(text)) {
      const wide = stringWidth(segment);
      if (wide > left) {
        kept.push(style === undefined ? [`${part}…`] : [`${part}…`, style]);
        return kept;
      }
      part += segment;
      left -= wide;
    }
    kept.push(style === undefined ? [part] : [part, style]);
  }
  return kept;
}
