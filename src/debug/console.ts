import type { AppContext } from '../ctx.ts';
import { g, request, session } from '../globals.ts';
import { Evaluator } from '../shell/evaluator.ts';
import type { Importer, Outcome } from '../shell/evaluator.ts';
import { frameSource, valueInFrame } from '../shell/frame-source.ts';
import { consoleFor, holdGuards, runOwned } from '../shell/output.ts';
import type { OutputOwner } from '../shell/output.ts';
import { printError, printProblem, printValue } from '../shell/printer.ts';
import { InterruptedError } from '../shell/problems.ts';
import { SessionScope } from '../shell/scope.ts';
import type { NameSource } from '../shell/scope.ts';
import { parseAnsi } from '../shell/spans.ts';
import type { Span } from '../shell/spans.ts';
import { FlaconError } from '../util/errors.ts';
import type { LiveFrame } from './frames.ts';
import type { Mask } from './mask.ts';

/** What a console needs besides its frame. */
export interface FrameConsoleOptions {
  /** The context of the request in which the error was thrown; none for an error outside of one. */
  context: AppContext | undefined;
  /** Folder of the project. */
  root: string;
  /** What the file of the frame imports, by local name. */
  imports: ReadonlyMap<string, () => unknown>;
  importModule: Importer;
  mask: Mask;
}

/** What came of a line. */
export interface ConsoleResult {
  /** `incomplete`: more lines are to come. */
  status: 'value' | 'nothing' | 'threw' | 'incomplete';
  /** What it wrote meanwhile, then its value or error. */
  printed: Span[];
}

/** How long typed code may go without letting the server do anything else, in ms. */
const LONGEST_TURN_MS = 5000;
const COLUMNS = 96;

/** A console in a frame: TypeScript with the variables of the call, the request's context and variables of its own. */
export class FrameConsole {
  readonly #options: FrameConsoleOptions;
  readonly #evaluator: Evaluator;
  readonly #turn = new Turn(LONGEST_TURN_MS);
  #last: unknown;
  #entries = 0;
  #written: Span[] = [];

  constructor(frame: LiveFrame, options: FrameConsoleOptions) {
    this.#options = options;
    this.#evaluator = new Evaluator({
      scope: new SessionScope([frameSource(() => frame), this.#names(frame)]),
      importModule: options.importModule,
      meta: { filename: frame.file },
      thisValue: valueInFrame(frame, 'this'),
      tick: () => this.#turn.check(),
    });
  }

  /** Runs what was typed. Never rejects. `signal` gives up waiting for a promise. */
  async submit(text: string, signal?: AbortSignal): Promise<ConsoleResult> {
    const filename = `shell#console-${(this.#entries += 1)}`;
    const prepared = this.#evaluator.prepare(text, filename);
    if (prepared.status === 'empty') return { status: 'nothing', printed: [] };
    if (prepared.status === 'incomplete') return { status: 'incomplete', printed: [] };
    if (prepared.status === 'invalid')
      return { status: 'threw', printed: this.#masked(printProblem(prepared.problem, text, 'console')) };
    const { entry } = prepared;
    this.#written = [];
    const release = holdGuards();
    const stop = (): void => void this.#evaluator.interrupt();
    signal?.addEventListener('abort', stop);
    try {
      const outcome = await this.enter(() => entry.run());
      return this.enter(() => this.#result(outcome, entry.result));
    } finally {
      signal?.removeEventListener('abort', stop);
      release();
    }
  }

  /** Runs code as the console's own: in the context of the request, with its output shown in the page. */
  enter<T>(body: () => T): T {
    const { context } = this.#options;
    return runOwned(this.#owner, () => (context ? context.enter(body) : body()));
  }

  #result(outcome: Outcome, kind: 'value' | 'quiet' | 'none'): ConsoleResult {
    if (outcome.status === 'interrupted') return { status: 'threw', printed: this.#all([['Interrupted.', 'red']]) };
    if (outcome.status === 'threw') return { status: 'threw', printed: this.#all(this.#error(outcome.error)) };
    const { value } = outcome;
    if (kind === 'none' || (kind === 'quiet' && value === undefined))
      return { status: 'nothing', printed: this.#all([]) };
    this.#last = value;
    // A rejection that is looked at is no unhandled one.
    if (value instanceof Promise) value.catch(() => undefined);
    return { status: 'value', printed: this.#all(printValue(value, { columns: COLUMNS })) };
  }

  #all(printed: Span[]): Span[] {
    return this.#masked([...this.#written.splice(0), ...printed]);
  }

  #masked(printed: Span[]): Span[] {
    return this.#options.mask.spans(printed);
  }

  #error(error: unknown): Span[] {
    return printError(error, {
      columns: COLUMNS,
      root: this.#options.root,
      originalPlace: (file, line, column) => this.#evaluator.originalPlace(file, line, column),
      displayName: () => 'console',
    });
  }

  readonly #owner: OutputOwner = {
    write: (_stream, text) => void this.#written.push(...parseAnsi(text)),
    color: true,
    columns: COLUMNS,
    uncaught: (error) => void this.#written.push(...this.#error(error), ['\n']),
    exit: () => {
      throw new FlaconError('process.exit() here would stop the server.', { code: 'EXIT_IN_CONSOLE' });
    },
  };

  /** What is found when the frame has no variable of a name. */
  #names(frame: LiveFrame): NameSource {
    const { context, imports } = this.#options;
    const own: Record<string, () => unknown> = {
      _: () => this.#last,
      locals: () => Object.fromEntries(frame.names.map((name) => [name, valueInFrame(frame, name)])),
      console: () => consoleFor(this.#owner),
      ...(context && {
        app: () => context.app,
        config: () => context.app.config,
        urlMap: () => context.app.urlMap,
        g: () => g,
        request: () => request,
        session: () => session,
        urlFor: () => context.app.urlFor.bind(context.app),
      }),
    };
    const find = (name: string): (() => unknown) | undefined =>
      imports.get(name) ?? (Object.hasOwn(own, name) ? own[name] : undefined);
    return {
      has: (name) => find(name) !== undefined,
      get: (name) => find(name)?.(),
      names: () => [...imports.keys(), ...Object.keys(own)],
    };
  }
}

/** Measures how long code runs without a break, which ends when the event loop gets its turn. */
class Turn {
  readonly #limit: number;
  #begin = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  check(): void {
    const now = performance.now();
    if (this.#begin === 0) {
      this.#begin = now;
      setImmediate(() => (this.#begin = 0));
    } else if (now - this.#begin > this.#limit) throw new InterruptedError();
  }
}
