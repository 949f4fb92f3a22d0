import { types } from 'node:util';
import { FlaconError } from '../util/errors.ts';
import type { Outcome, ReadyEntry } from './evaluator.ts';
import type { FirstHints } from './first-hints.ts';
import type { FrameMode } from './frame-mode.ts';
import type { Presenter } from './presenter.ts';
import { toJson, type Results } from './results.ts';
import type { SessionScope } from './scope.ts';
import type { SessionLog } from './session-log.ts';
import type { SubmitResult } from './session-options.ts';
import { ExitSignal } from './session-output.ts';

/** What an entry came to, before it has a number and a time. */
export type Ending = Omit<SubmitResult, 'ms' | 'entry'>;

/** What the end of an entry is remembered in and shown with. */
export interface EntryEndingsOptions {
  mode: 'terminal' | 'script';
  /** A person in a server: ending it needs a question. */
  isGuest: boolean;
  scope: SessionScope;
  results: Results;
  log: SessionLog;
  presenter: Presenter;
  hints: FirstHints;
  frames: FrameMode;
}

/** Which code has ended. */
export interface CodeKind {
  /** The number of the entry. */
  number: number;
  /** Whether the value is wanted as JSON, too. */
  json: boolean | undefined;
  /** A start-up file: nobody asks for its value. */
  isStartUp: boolean;
}

/** Remembers what entries come to, and says how that is shown. */
export class EntryEndings {
  readonly #options: EntryEndingsOptions;

  constructor(options: EntryEndingsOptions) {
    this.#options = options;
  }

  /** How code has ended that was entry `number`. */
  ofCode(
    outcome: Outcome,
    { result, isSilent, declared, assigned }: ReadyEntry,
    { number, json, isStartUp }: CodeKind,
  ): Ending {
    if (outcome.status !== 'done') return this.ofFailure(outcome);
    const { mode, scope, results, log, presenter, hints } = this.#options;
    const value = result === 'none' ? undefined : outcome.value;
    const declares = [...declared, ...assigned];
    for (const name of declared) log.declared(name, scope.variables[name]);
    const more = {
      ...(json && { json: toJson(value) }),
      ...(declares.length > 0 && { declares }),
    };
    if (result === 'none' || isStartUp) return { status: 'nothing', printed: [], ...more };
    results.remember(number, value);
    log.value(value);
    // A rejection that is looked at is no unhandled one.
    if (types.isPromise(value)) value.catch(() => undefined);
    if (value === undefined && result === 'quiet') return { status: 'nothing', printed: [], ...more };
    // Lines of a file, which an editor has sent, end in semicolons.
    if (isSilent && mode === 'terminal' && !json)
      return { status: 'nothing', printed: hints.forSilence(value), ...more };
    return { status: 'value', printed: [...presenter.value(value), ...hints.forPromise(value)], ...more };
  }

  /** How an evaluation has ended that has no value. */
  ofFailure(outcome: Exclude<Outcome, { status: 'done' }>): Ending {
    const { isGuest, results, presenter, frames } = this.#options;
    if (outcome.status === 'interrupted')
      return { status: 'interrupted', printed: outcome.pending ? [['promise left pending']] : [] };
    if (outcome.error instanceof ExitSignal) {
      const { exitCode } = outcome.error;
      return { status: 'exit', printed: [], exitCode, ...(isGuest ? { mustAsk: true } : {}) };
    }
    results.rememberError(outcome.error);
    return { status: 'threw', printed: [...presenter.error(outcome.error), ...frames.hint(outcome.error)] };
  }

  /** How a command has ended that threw. */
  ofCommandError(error: unknown): Ending {
    if (error instanceof ExitSignal) return this.ofFailure({ status: 'threw', error });
    // A command's error is about what was typed: its message says it.
    const fix = error instanceof FlaconError && error.fix !== undefined ? ` (${error.fix})` : '';
    const isPlain =
      error instanceof FlaconError || (error instanceof Error && error.name === 'Error' && error.cause === undefined);
    const printed = isPlain ? [[`${error.message}${fix}`, 'red'] as const] : this.#options.presenter.error(error);
    return { status: 'threw', printed };
  }
}
