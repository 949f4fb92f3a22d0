import type { AppContext } from '../ctx.ts';
import { g, request, session } from '../globals.ts';
import { Evaluator } from '../shell/evaluator.ts';
import type { Importer, Outcome } from '../shell/evaluator.ts';
import type { NameKind } from '../shell/names.ts';
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
      scope: new FrameScope(frame, [this.#names(frame)]),
      importModule: options.importModule,
      meta: { filename: frame.file },
      thisValue: valueOf(frame, 'this'),
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
      locals: () => Object.fromEntries(frame.names.map((name) => [name, valueOf(frame, name)])),
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

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** The console's variables in front of those of the frame. What is assigned to a variable of the frame is assigned there. */
class FrameScope extends SessionScope {
  readonly #frame: LiveFrame;
  readonly #declared = new Set<string>();

  constructor(frame: LiveFrame, others: readonly NameSource[]) {
    const variables: NameSource = {
      has: (name) => isVariable(frame, name),
      get: (name) => frame.evaluate(name),
      names: () => frame.names,
    };
    super([variables, ...others]);
    this.#frame = frame;
  }

  override begin(declared: ReadonlyMap<string, NameKind>, assigned: Iterable<string>, fresh: Iterable<string>): void {
    for (const name of declared.keys()) this.#declared.add(name);
    super.begin(declared, assigned, fresh);
  }

  override set(name: string, value: unknown): void {
    if (this.#declared.has(name) || !isVariable(this.#frame, name)) super.set(name, value);
    else (this.#frame.evaluate(`(__flacon_value) => { ${name} = __flacon_value; }`) as (value: unknown) => void)(value);
  }
}

/** Whether a name is the frame's: listed, or of a function or the module around it. */
function isVariable(frame: LiveFrame, name: string): boolean {
  if (frame.names.includes(name)) return IDENTIFIER.test(name);
  if (name in globalThis || !IDENTIFIER.test(name)) return false;
  try {
    frame.evaluate(name);
    return true;
  } catch {
    // No such name there, or one that does not exist yet.
    return false;
  }
}

/** The value of a variable as far as it has one: undefined before its declaration has run. */
export function valueOf(frame: LiveFrame, name: string): unknown {
  try {
    return frame.evaluate(name);
  } catch {
    return undefined;
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
