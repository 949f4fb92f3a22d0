import { FlaconError } from '../util/errors.ts';
import type { OutputOwner, StreamName } from './output.ts';
import type { Presenter } from './presenter.ts';
import { InterruptedError } from './problems.ts';
import type { PromptMark } from './prompt-marks.ts';
import type { Span } from './spans.ts';

/** What a session tells the one who opened it. */
export interface SessionEvents {
  /** Output of its code, as it comes. */
  output(stream: StreamName, text: string): void;
  /** An error that nobody handled, in code that is still running. */
  uncaught(printed: Span[]): void;
  /** `process.exit()` in code that runs beside the entries. */
  exit(code: number): void;
  /** Other words stand in the prompt. */
  marks?(marks: PromptMark[]): void;
}

/** Gets code that called `process.exit()` out of where it is. */
export class ExitSignal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`process.exit(${exitCode})`);
    this.exitCode = exitCode;
  }
}

/** The side of a session that its output, its stray errors and its wish to exit go to. */
export function createOwner(events: SessionEvents, presenter: Presenter, mayExit: boolean): OutputOwner {
  return {
    write: (stream, text) => events.output(stream, text),
    color: presenter.color,
    get columns() {
      return presenter.columns;
    },
    uncaught(error) {
      if (error instanceof ExitSignal) events.exit(error.exitCode);
      else if (!(error instanceof InterruptedError)) events.uncaught(presenter.error(error));
    },
    exit(code) {
      if (mayExit) throw new ExitSignal(code);
      throw new FlaconError('process.exit() here would stop the server.', {
        code: 'EXIT_IN_SHELL',
        fix: '.exit leaves the shell',
      });
    },
  };
}
