import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { contextVariable } from '../globals.ts';
import type { AppContext } from '../ctx.ts';
import { HTTPException } from '../http/exceptions.ts';
import { callThrough } from '../dispatch.ts';
import { gotRequestException, requestTearingDown } from '../signals.ts';
import { currentOwner } from '../shell/output.ts';
import { FrameRecorder } from './frames.ts';
import type { FrameRecorderOptions, LiveFrame } from './frames.ts';
import { matchFrames } from './match.ts';
import type { TracebackFrame } from './traceback.ts';

/** An error that ended a request, with what is left of it. */
export interface RecordedError {
  /** Cannot be guessed; no other error has it. */
  readonly id: string;
  readonly error: unknown;
  /** The request's context; its teardown may have run. */
  readonly context: AppContext | undefined;
  /** When it was thrown, in ms since the epoch. */
  readonly time: number;
  /** The frames that can be looked into: the error's, then those of its causes. */
  readonly frames: readonly LiveFrame[];
  /** The live frame of one in the stack trace, by its number in `frames`; `depth` counts the causes. */
  frameOf(frame: TracebackFrame, frames: readonly TracebackFrame[], depth: number): number | undefined;
}

/** How many errors are remembered. */
const MOST_ERRORS = 10;

/** The last errors that nobody handled, of all requests of this process; those of the shell's test client too. */
export class RecordedErrors {
  readonly recorder: FrameRecorder;
  readonly #running = new Set<AppContext>();
  readonly #listeners = new Set<(recorded: RecordedError) => void>();
  #errors: RecordedError[] = [];
  #undoCalls: (() => void) | undefined;

  constructor(options: Omit<FrameRecorderOptions, 'isAnswer' | 'keep'>) {
    this.recorder = new FrameRecorder({ ...options, isAnswer: isAnswer, keep: MOST_ERRORS });
  }

  /** Begins to listen. */
  open(): void {
    this.recorder.open();
    this.#undoCalls = callThrough((call) => this.#call(call));
    requestTearingDown.connect(this.#onEnd);
    gotRequestException.connect(this.#onException);
  }

  close(): void {
    this.#undoCalls?.();
    requestTearingDown.disconnect(this.#onEnd);
    gotRequestException.disconnect(this.#onException);
    this.#errors = [];
    this.recorder.close();
  }

  /** The newest first. */
  list(): RecordedError[] {
    return this.#errors.toReversed();
  }

  get(id: string): RecordedError | undefined {
    return this.#errors.find((recorded) => recorded.id === id);
  }

  /** The record of an error that has just ended a request; a new one when it is not known. */
  of(error: unknown): RecordedError {
    return this.#errors.findLast((recorded) => Object.is(recorded.error, error)) ?? this.#add(error, undefined);
  }

  /** Calls back for each error; returns the function that ends it. */
  onError(listener: (recorded: RecordedError) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs code of the application. On a stack of its own: V8 looks at every frame when something is thrown, and those of
   * the framework, which it has to parse a large file for, would take most of the time.
   */
  #call(call: () => unknown): unknown {
    const context = contextVariable.getStore();
    if (!context) return call();
    this.#running.add(context);
    const run = (): unknown => {
      this.recorder.arm();
      return call();
    };
    // An entry of a shell runs in an evaluation of V8's inspector, in which nothing pauses; it ends with its microtasks.
    return currentOwner() ? nextTurn().then(run) : Promise.resolve().then(run);
  }

  readonly #onEnd = (): void => {
    const context = contextVariable.getStore();
    if (context && this.#running.delete(context) && this.#running.size === 0) this.recorder.disarm();
  };

  readonly #onException = (_sender: unknown, payload: Record<string, unknown>): void => {
    this.#add(payload['exception'], contextVariable.getStore());
  };

  #add(error: unknown, context: AppContext | undefined): RecordedError {
    this.recorder.keep(error);
    const byDepth = causes(error).map((cause) => this.recorder.framesOf(cause));
    const frames = byDepth.flat();
    const recorded: RecordedError = {
      id: randomBytes(12).toString('base64url'),
      error,
      context,
      time: Date.now(),
      frames,
      frameOf(frame, all, depth) {
        const live = matchFrames(all, byDepth[depth] ?? []).get(frame);
        return live === undefined ? undefined : frames.indexOf(live);
      },
    };
    this.#errors.push(recorded);
    if (this.#errors.length > MOST_ERRORS) this.#errors.shift();
    for (const listener of this.#listeners) listener(recorded);
    return recorded;
  }
}

/** What `abort` throws is an answer to the visitor; so are redirects. */
function isAnswer(error: unknown): boolean {
  return error instanceof HTTPException;
}

function causes(error: unknown): unknown[] {
  const all = [error];
  for (let at = error; at instanceof Error && at.cause !== undefined && all.length < 9; at = at.cause)
    all.push(at.cause);
  return all;
}
