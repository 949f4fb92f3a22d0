import type { SyntaxProblem } from './parse.ts';
import { printError, printProblem, printValue, type ErrorOptions } from './printer.ts';
import { EntrySyntaxError } from './problems.ts';
import { ansiText, parseAnsi, plainText, type Span } from './spans.ts';
import { userFrames, type FrameOptions } from './stack.ts';

/** Options of {@link Presenter}. */
export interface PresenterOptions {
  columns: number;
  color: boolean;
  frames: FrameOptions;
  /** What plugins make of a value; undefined for one that they leave alone. */
  custom(value: unknown): string | undefined;
}

/** Shows a session's values and errors. */
export class Presenter {
  columns: number;
  /** How deep objects are shown. */
  depth = 3;
  readonly color: boolean;
  readonly #options: PresenterOptions;

  constructor(options: PresenterOptions) {
    this.#options = options;
    this.columns = options.columns;
    this.color = options.color;
  }

  value(value: unknown): Span[] {
    if (value instanceof Error) return this.error(value);
    const custom = this.#options.custom(value);
    return custom === undefined ? printValue(value, { columns: this.columns, depth: this.depth }) : parseAnsi(custom);
  }

  error(error: unknown): Span[] {
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
