import type { SyntaxProblem } from './parse.ts';
import { messageOf, printError, printProblem, printValue, type ErrorOptions } from './printer.ts';
import { printStream } from './print-stream.ts';
import { EntrySyntaxError } from './problems.ts';
import { ansiText, parseAnsi, plainText, type Span } from './spans.ts';
import { userFrames, type FrameOptions } from './stack.ts';
import { printRows } from './table.ts';

/** Options of {@link Presenter}. */
export interface PresenterOptions {
  columns: number;
  color: boolean;
  frames: FrameOptions;
  /** What plugins make of a value; undefined for one that they leave alone. */
  custom(value: unknown): string | undefined;
  /** What plugins put in a row of a table for a value; undefined for one that they leave alone. */
  rowOf(value: unknown): object | undefined;
  /** Whether arrays of like objects are printed as tables. */
  table: boolean;
  /** Whether tables have lines around their cells. */
  box: boolean;
}

/** More lines than this are counted instead of shown. */
const MAX_LINES = 2000;

/** Shows a session's values and errors. */
export class Presenter {
  columns: number;
  /** How deep objects are shown. */
  depth = 3;
  table: boolean;
  readonly color: boolean;
  readonly #options: PresenterOptions;

  constructor(options: PresenterOptions) {
    this.#options = options;
    this.columns = options.columns;
    this.color = options.color;
    this.table = options.table;
  }

  /** A value as a result is shown. Never throws: a value whose own code does says so. */
  value(value: unknown): Span[] {
    try {
      return this.#value(value);
    } catch (error) {
      return [[`(cannot be shown: ${messageOf(error)})`, 'red']];
    }
  }

  #value(value: unknown): Span[] {
    if (value instanceof Error) return this.#error(value);
    const { custom, rowOf, box } = this.#options;
    const own = custom(value);
    if (own !== undefined) return parseAnsi(own);
    const { columns, depth } = this;
    const table = this.table ? printRows(value, { columns, box, rowOf }) : undefined;
    return table ?? shorten(this.#customItems(value) ?? printStream(value) ?? printValue(value, { columns, depth }));
  }

  /** An array whose items plugins print: one in each line. */
  #customItems(value: unknown): Span[] | undefined {
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_LINES) return undefined;
    const lines: Span[] = [['[\n']];
    for (const item of value as unknown[]) {
      const own = this.#options.custom(item);
      if (own === undefined) return undefined;
      lines.push(['  '], ...parseAnsi(own.replaceAll('\n', '\n  ')), [',\n']);
    }
    return [...lines, [']']];
  }

  error(error: unknown): Span[] {
    try {
      return this.#error(error);
    } catch (failure) {
      return [[`Uncaught (cannot be shown: ${messageOf(failure)})`, 'red']];
    }
  }

  #error(error: unknown): Span[] {
    if (error instanceof EntrySyntaxError) return this.problem(error.problem, error.source, 'shell');
    const options: ErrorOptions = { ...this.#options.frames, columns: this.columns };
    return printError(error, options);
  }

  /** Where in the project, or in an entry, an error comes from. */
  placeOf(error: Error): string | undefined {
    const [frame] = userFrames(error.stack ?? '', this.#options.frames);
    return frame && `${frame.file}:${frame.line}`;
  }

  problem(problem: SyntaxProblem, source: string, file: string): Span[] {
    return printProblem(problem, source, file);
  }

  /** Spans as the client's terminal takes them. */
  render(spans: readonly Span[]): string {
    return this.color ? ansiText(spans) : plainText(spans);
  }
}

/** Leaves out the end of what is too long to be read, and says how much that is. */
function shorten(spans: Span[]): Span[] {
  let lines = 0;
  for (const [index, [text, style]] of spans.entries()) {
    const parts = text.split('\n');
    lines += parts.length - 1;
    if (lines < MAX_LINES) continue;
    const fitting = parts.slice(0, parts.length - (lines - MAX_LINES + 1)).join('\n');
    const others = plainText(spans.slice(index)).split('\n').length - fitting.split('\n').length;
    const last: Span = style === undefined ? [fitting] : [fitting, style];
    return [...spans.slice(0, index), last, [`\n… ${others.toLocaleString('en-US')} more lines`, 'gray']];
  }
  return spans;
}
