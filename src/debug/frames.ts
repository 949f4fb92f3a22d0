import inspector from 'node:inspector';
import { fileURLToPath } from 'node:url';

import type { ErrorFrame } from '../shell/frame-source.ts';

/** A call that had not returned when an error was thrown: it can still be looked into. */
export type LiveFrame = ErrorFrame;

/** Options of {@link FrameRecorder}. */
export interface FrameRecorderOptions {
  /** Whether frames of this file are worth keeping. */
  isUserFile(file: string): boolean;
  /** Errors that are answers, and not failures. Default: none. */
  isAnswer?: (error: unknown) => boolean;
  /** The place in what was written of a place in what runs, both counted from 1. Default: the same. */
  originalPosition?: (file: string, line: number, column: number) => { line: number; column: number };
  /** How many errors that were kept stay readable. Default 10. */
  keep?: number;
}

interface Capture {
  frames: readonly LiveFrame[];
  isKept: boolean;
}

interface Budget {
  ms: number;
  at: number;
}

/** Frames of one error, from the innermost. */
const MOST_FRAMES = 20;
/** Errors that were thrown in the running requests and have not come to an end yet. */
const MOST_PENDING = 20;
/** What a pause costs for each frame on the stack before the handler hears of it, in ms: V8 finds out what all of them see. */
const FRAME_MS = 0.5;
/** Looking into frames may take so much time at once, and so much of all time: code that throws by the thousand runs on. */
const BUDGET = { ms: 250, share: 0.1 };

const HOOK = Symbol.for('flacon.debug.frames');
const call = `globalThis[Symbol.for('flacon.debug.frames')]`;

/**
 * Keeps the frames of errors: V8's debugger tells of each throw while the stack is still there, and a function made in
 * each frame of the project keeps its variables for later. Only errors that somebody asks to keep stay; what is caught
 * goes when the requests are over. Off while another debugger listens, so that it is not stopped at our exceptions.
 */
export class FrameRecorder {
  readonly #options: FrameRecorderOptions;
  readonly #urls = new Map<string, string>();
  readonly #captures = new WeakMap<object, Capture>();
  readonly #budget: Budget = { ms: BUDGET.ms, at: 0 };
  #session: inspector.Session | undefined;
  #pending: Capture[] = [];
  #kept: Capture[][] = [];
  #primitive: { value: unknown; capture: Capture } | undefined;
  #isWanted = false;
  #isArmed = false;

  constructor(options: FrameRecorderOptions) {
    this.#options = options;
  }

  /** Attaches to V8's debugger. Costs some milliseconds; nothing is recorded before {@link arm}. */
  open(): void {
    if (this.#session || inspector.url() !== undefined) return;
    const session = new inspector.Session();
    session.connect();
    session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => void this.#urls.set(scriptId, url));
    session.on('Debugger.paused', ({ params }) => this.#onPaused(params));
    session.post('Debugger.enable');
    this.#session = session;
  }

  /** From now on throws are recorded, if no other debugger is attached. */
  arm(): void {
    this.#isWanted = true;
    this.#apply();
  }

  /** Stops recording, and lets go of what nobody has kept. */
  disarm(): void {
    this.#isWanted = false;
    this.#apply();
    for (const capture of this.#pending) if (!capture.isKept) capture.frames = [];
    this.#pending = [];
    if (this.#primitive?.capture.isKept === false) this.#primitive = undefined;
  }

  /** Whether a throw would be recorded now. */
  get isArmed(): boolean {
    return this.#isArmed;
  }

  /** How many errors hold frames at the moment. */
  get size(): number {
    return [...this.#pending, ...this.#kept.flat()].filter(({ frames }) => frames.length > 0).length;
  }

  /** Keeps the frames of an error and of its causes until enough others were kept. Returns those of the error itself. */
  keep(error: unknown): readonly LiveFrame[] {
    const captures: Capture[] = [];
    for (let at = error, depth = 0; at !== undefined && depth < 8; at = causeOf(at), depth += 1) {
      const capture = this.#find(at);
      if (capture && !capture.isKept) captures.push(capture);
    }
    for (const capture of captures) capture.isKept = true;
    if (captures.length > 0) this.#kept.push(captures);
    while (this.#kept.length > (this.#options.keep ?? 10)) for (const old of this.#kept.shift() ?? []) old.frames = [];
    return this.framesOf(error);
  }

  /** The frames of an error, the innermost first; none if they were not recorded, or are gone. */
  framesOf(error: unknown): readonly LiveFrame[] {
    return this.#find(error)?.frames ?? [];
  }

  /** Lets go of everything. */
  close(): void {
    this.disarm();
    for (const capture of this.#kept.flat()) capture.frames = [];
    this.#kept = [];
    this.#primitive = undefined;
    this.#session?.disconnect();
    this.#session = undefined;
  }

  #find(error: unknown): Capture | undefined {
    if (isObject(error)) return this.#captures.get(error);
    return this.#primitive && Object.is(this.#primitive.value, error) ? this.#primitive.capture : undefined;
  }

  #apply(): void {
    const isOn = this.#isWanted && inspector.url() === undefined && this.#credit() > 0;
    // Armed again each time: an evaluation of another session leaves the state that it began with.
    if (!this.#session || (!isOn && !this.#isArmed)) return;
    this.#isArmed = isOn;
    this.#session.post('Debugger.setPauseOnExceptions', { state: isOn ? 'all' : 'none' });
  }

  #credit(): number {
    const now = performance.now();
    const budget = this.#budget;
    budget.ms = Math.min(BUDGET.ms, budget.ms + (now - budget.at) * BUDGET.share);
    budget.at = now;
    return budget.ms;
  }

  #onPaused(params: inspector.Debugger.PausedEventDataType): void {
    this.#look(params);
    // Else the inspector holds the error and all scopes for as long as it lives: it lets go when told to resume, and nobody does.
    this.#session?.post('Runtime.releaseObjectGroup', { objectGroup: 'backtrace' });
  }

  #look(params: inspector.Debugger.PausedEventDataType): void {
    // Somebody else's pause: an interrupt of the shell looks where the program is.
    if (!this.#isArmed || !/^(?:exception|promiseRejection)$/.test(params.reason)) return;
    // Time of the processor: where others keep the machine busy, waiting for it is no cost of ours.
    const begin = process.cpuUsage();
    const frames = params.callFrames.filter(({ location }) => this.#userFile(location.scriptId) !== undefined);
    if (frames.length > 0 && inspector.url() === undefined) this.#record(params.data, frames.slice(0, MOST_FRAMES));
    this.#credit();
    const { user, system } = process.cpuUsage(begin);
    this.#budget.ms -= (user + system) / 1000 + params.callFrames.length * FRAME_MS;
    if (this.#budget.ms <= 0) this.#pauseRecording();
  }

  #pauseRecording(): void {
    this.#apply();
    setTimeout(() => this.#apply(), 100 - this.#budget.ms / BUDGET.share).unref();
  }

  #record(data: object | undefined, callFrames: readonly inspector.Debugger.CallFrame[]): void {
    const error = this.#thrownValue(data as inspector.Runtime.RemoteObject | undefined);
    // Thrown again: where it came from first says more.
    if (this.#options.isAnswer?.(error) || this.framesOf(error).length > 0) return;
    const capture: Capture = { frames: callFrames.map((frame) => this.#liveFrame(frame)), isKept: false };
    if (isObject(error)) this.#captures.set(error, capture);
    else this.#primitive = { value: error, capture };
    this.#pending.push(capture);
    while (this.#pending.length > MOST_PENDING) {
      const old = this.#pending.shift();
      if (old && !old.isKept) old.frames = [];
    }
  }

  #thrownValue(data: inspector.Runtime.RemoteObject | undefined): unknown {
    const { objectId, unserializableValue } = data ?? {};
    if (unserializableValue !== undefined) return primitiveOf(unserializableValue);
    if (objectId === undefined) return data?.value;
    return withHook((session) => {
      const functionDeclaration = `function () { ${call}(this); }`;
      session?.post('Runtime.callFunctionOn', { objectId, functionDeclaration, silent: true });
    }, this.#session);
  }

  #liveFrame({ callFrameId, functionName, location, scopeChain }: inspector.Debugger.CallFrame): LiveFrame {
    const evaluate = withHook((session) => {
      const expression = `${call}(__flacon_code => eval(__flacon_code))`;
      session?.post('Debugger.evaluateOnCallFrame', { callFrameId, expression, silent: true, returnByValue: true });
    }, this.#session);
    const file = this.#userFile(location.scriptId) ?? '';
    const [line, column] = [location.lineNumber + 1, (location.columnNumber ?? 0) + 1];
    const position = this.#options.originalPosition?.(file, line, column) ?? { line, column };
    return {
      functionName,
      file,
      ...position,
      names: this.#names(scopeChain),
      evaluate: typeof evaluate === 'function' ? (evaluate as LiveFrame['evaluate']) : unreadable,
    };
  }

  #names(scopeChain: readonly inspector.Debugger.Scope[]): string[] {
    const names = new Set<string>();
    for (const { type, object } of scopeChain) {
      // From the first function around it on, scopes are those of other calls and of the module.
      if (!/^(?:local|block|catch|eval|with)$/.test(type) || object.objectId === undefined) break;
      this.#session?.post(
        'Runtime.getProperties',
        { objectId: object.objectId, ownProperties: true },
        (_error: Error | null, found: inspector.Runtime.GetPropertiesReturnType | undefined) => {
          for (const { name } of found?.result ?? []) names.add(name);
        },
      );
    }
    return [...names].filter((name) => name !== 'arguments' && !/^(?:__vite_ssr_\w+|babelHelpers)$/.test(name));
  }

  #userFile(scriptId: string): string | undefined {
    const url = this.#urls.get(scriptId) ?? '';
    if (!url.startsWith('file:')) return undefined;
    const file = fileURLToPath(url.replace(/[?#].*$/, ''));
    return this.#options.isUserFile(file) ? file : undefined;
  }
}

/** Lets code that the debugger evaluates hand a value over. */
function withHook(body: (session: inspector.Session | undefined) => void, session: inspector.Session | undefined) {
  let handed: unknown;
  Object.defineProperty(globalThis, HOOK, { value: (value: unknown) => void (handed = value), configurable: true });
  try {
    body(session);
  } finally {
    Reflect.deleteProperty(globalThis, HOOK);
  }
  return handed;
}

/** What JSON has no form for: `NaN`, `-0`, `5n`. */
function primitiveOf(text: string): number | bigint {
  return text.endsWith('n') ? BigInt(text.slice(0, -1)) : Number(text);
}

function unreadable(): never {
  throw new Error('This frame cannot be looked into: it has a variable named eval, Symbol or globalThis.');
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
