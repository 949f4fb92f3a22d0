import { FlaconError } from '../util/errors.ts';
import type { OutputOwner, StreamName } from './output.ts';
import type { Presenter } from './presenter.ts';
import { InterruptedError } from './problems.ts';
import type { PromptMark } from './prompt-marks.ts';
import type { ClientAction } from './protocol.ts';
import type { Span } from './spans.ts';

/** What a session tells the one who opened it. */
export interface SessionEvents {
  /** Output of its code, as it comes. */
  output(stream: StreamName, text: string): void;
  /** An error that nobody handled, in code that is still running. */
  uncaught(printed: Span[]): void;
  /** Something happened in the server that a person at the prompt wants to know. */
  notice?(printed: Span[]): void;
  /** `process.exit()` in code that runs beside the entries. */
  exit(code: number): void;
  /** Other words stand in the prompt. */
  marks?(marks: PromptMark[]): void;
  /** A command asks something of the terminal; absent where there is none. */
  act?(action: ClientAction): void;
}

/** Gets code that called `process.exit()` out of where it is. */
export class ExitSignal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`process.exit(${exitCode})`);
    this.exitCode = exitCode;
  }
}

/**
 * The side of a session that its output, its stray errors and its wish to exit go to. A guest's code ends a server only
 * as an entry that a person is asked about.
 */
export function createOwner(events: SessionEvents, presenter: Presenter, isGuest: boolean): OutputOwner {
  return {
    write: (stream, text) => events.output(stream, text),
    color: presenter.color,
    get columns() {
      return presenter.columns;
    },
    uncaught(error) {
      if (error instanceof InterruptedError) return;
      if (!(error instanceof ExitSignal)) events.uncaught(presenter.error(error));
      else if (isGuest) events.uncaught(presenter.error(exitRefused()));
      else events.exit(error.exitCode);
    },
    exit(code) {
      throw new ExitSignal(code);
    },
  };
}

function exitRefused(): FlaconError {
  return new FlaconError('process.exit() in code that runs on would stop the server.', {
    code: 'EXIT_IN_SHELL',
    fix: 'type process.exit() as an entry of its own, or .exit to leave the shell',
  });
}
