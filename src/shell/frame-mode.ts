import { basename, relative } from 'node:path';
import type { Request } from '../http/request.ts';
import { frameSource, valueInFrame, type ErrorFrame } from './frame-source.ts';
import type { Shell, ShellCommand } from './plugins.ts';
import { messageOf, summarize } from './printer.ts';
import { isSecretName, MASK, redact } from './redact.ts';
import type { NameSource, SessionScope } from './scope.ts';
import { visibleText, type Span } from './spans.ts';
import type { ErrorSource, ServerError } from './target.ts';

/** What frames of errors need of their session. */
export interface FrameModeOptions {
  /** Missing where nobody records errors. */
  errors: ErrorSource | undefined;
  root: string;
  scope(): SessionScope;
  /** Whether the code that runs was started by the session. */
  isOwn(): boolean;
  notice(printed: Span[]): void;
}

interface OpenFrame {
  error: ServerError;
  number: number;
  frame: ErrorFrame;
  imports: ReadonlyMap<string, () => unknown>;
}

/** Columns of a variable in the list of frames. */
const SHORT = 32;

/** Looks into the last errors of the server: `.wtf` shows the frames of one, `.frame` opens one of them. */
export class FrameMode {
  /** The variables of the open frame, and what its file imports. */
  readonly sources: readonly NameSource[];
  readonly #options: FrameModeOptions;
  readonly #stopListening: (() => void) | undefined;
  #error: ServerError | undefined;
  #open: OpenFrame | undefined;
  #showHidden: () => void = () => {};

  constructor(options: FrameModeOptions) {
    this.#options = options;
    this.#stopListening = options.errors?.onError((error) => this.#onError(error));
    const imported = (name: string): (() => unknown) | undefined => this.#open?.imports.get(name);
    this.sources = [
      frameSource(() => this.#open?.frame),
      {
        has: (name) => imported(name) !== undefined,
        get: (name) => imported(name)?.(),
        names: () => this.#open?.imports.keys() ?? [],
      },
    ];
  }

  /** What `this` is in the open frame. */
  get thisValue(): unknown {
    return this.#open && valueInFrame(this.#open.frame, 'this');
  }

  /** Runs code in the context of the request whose error is open. */
  around<T>(body: () => T): T {
    const context = this.#open?.error.context;
    return context ? context.enter(body) : body();
  }

  /** What is said under an error that can be looked into. */
  hint(error: unknown): Span[] {
    const isKept = this.#options.errors?.list().some((kept) => Object.is(kept.error, error) && kept.frames.length > 0);
    return isKept ? [['\n.wtf to look inside', 'gray']] : [];
  }

  commands(): ShellCommand[] {
    return [
      {
        name: 'wtf',
        usage: '.wtf [N]',
        description: 'What went wrong: the last error of a request with its calls and their variables.',
        help: 'N counts back: 2 is the error before the last one. `.frame 0` opens the innermost call.',
        group: 'errors',
        run: (shell, args) => this.#show(shell, args),
      },
      {
        name: 'frame',
        usage: '.frame [N]',
        description: 'Evaluate in a call of the error, with its variables; without N, leave it.',
        help: 'Entries see the variables of the call and the imports of its file, and run in the context of the request.',
        group: 'errors',
        run: (shell, args) => (args === '' ? this.#leave(shell) : this.#enter(shell, numberOf(args))),
      },
      {
        name: 'up',
        description: 'From the open call to the one that called it.',
        group: 'errors',
        run: (shell) => this.#move(shell, 1),
      },
      {
        name: 'down',
        description: 'From the open call to the one that it called.',
        group: 'errors',
        run: (shell) => this.#move(shell, -1),
      },
    ];
  }

  close(): void {
    this.#stopListening?.();
    this.#showHidden();
    this.#open = undefined;
  }

  #onError(error: ServerError): void {
    const request = error.context?.request;
    // Who asked is shown the error itself.
    if (!request || this.#options.isOwn()) return;
    this.#options.notice([['! ', 'red'], [`500 ${requestLine(request)}`], [' — .wtf', 'gray']]);
  }

  #show(shell: Shell, args: string): void {
    const error = this.#find(args === '' ? 1 : numberOf(args));
    this.#error = error;
    const request = error.context?.request;
    if (request) shell.print(requestLine(request));
    shell.print(headline(error.error));
    if (error.frames.length === 0) {
      shell.print('No calls with variables were recorded: it was thrown by Node itself, or between two requests.');
      return;
    }
    for (const number of error.frames.keys()) shell.print(this.#line(error, number, shell.columns));
    shell.print('.frame 0 opens the first one');
  }

  #find(number: number): ServerError {
    const { errors } = this.#options;
    if (!errors)
      throw new Error('nobody records errors here: that is done by `app run`, unless --no-debugger is given');
    const list = errors.list();
    const error = list[number - 1];
    if (error) return error;
    throw new Error(list.length === 0 ? 'no request has failed yet' : `there are ${list.length} errors, the last is 1`);
  }

  #line(error: ServerError, number: number, columns: number): string {
    const frame = error.frames[number] as ErrorFrame;
    const variables = frame.names.map((name) => `${name} = ${shown(frame, name, SHORT)}`).join('  ');
    const text = `#${number} ${nameOf(frame, error)}  ${this.#placeOf(frame)}  ${variables}`.trimEnd();
    return text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
  }

  async #enter(shell: Shell, number: number): Promise<void> {
    const error = (this.#error ??= this.#find(1));
    const frame = error.frames[number];
    if (!frame) throw new Error(`there is no call #${number}; .wtf lists them`);
    const imports = (await this.#options.errors?.importsOf(frame.file)) ?? new Map<string, () => unknown>();
    this.#showHidden();
    this.#showHidden = this.#options.scope().hide(frame.names);
    this.#open = { error, number, frame, imports };
    const name = nameOf(frame, error);
    shell.setMark('frame', `${name}#${number}`, 'instead');
    shell.print(`${name}  ${this.#placeOf(frame)}`);
    const rows = frame.names.map((name) => [name, shown(frame, name, Math.max(20, shell.columns - 24))]);
    if (rows.length > 0) shell.table(['', ''], rows);
  }

  async #move(shell: Shell, step: number): Promise<void> {
    if (!this.#open) throw new Error('no call is open; .frame 0 opens the innermost one of the last error');
    const number = this.#open.number + step;
    if (!this.#open.error.frames[number])
      throw new Error(step > 0 ? 'this is the outermost call' : 'this is the innermost call');
    await this.#enter(shell, number);
  }

  #leave(shell: Shell): void {
    if (!this.#open) throw new Error('which one? .wtf lists the calls of the last error');
    this.#showHidden();
    this.#showHidden = () => {};
    this.#open = undefined;
    this.#error = undefined;
    shell.setMark('frame', undefined);
  }

  #placeOf({ file, line }: ErrorFrame): string {
    return `${relative(this.#options.root, file)}:${line}`;
  }
}

/** The view is called as its endpoint, other functions by their names. */
function nameOf(frame: ErrorFrame, { context, frames }: ServerError): string {
  const { functionName, file } = frame;
  const endpoint = context?.request?.endpoint ?? '';
  const isView = functionName === '' ? frame === frames.at(-1) : endpoint.split('.').at(-1) === functionName;
  if (isView && endpoint !== '') return endpoint;
  return functionName === '' ? basename(file).replace(/\.\w+$/, '') : functionName;
}

function shown(frame: ErrorFrame, name: string, columns: number): string {
  const value = valueInFrame(frame, name);
  return isSecretName(name) && value !== undefined && value !== null ? MASK : redact(summarize(value, columns));
}

/** Method and path, without what a terminal would obey. */
function requestLine({ method, source }: Request): string {
  return visibleText(`${method} ${source.target.replace(/\?.*$/, '')}`);
}

function headline(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${messageOf(error)}` : `thrown: ${messageOf(error)}`;
}

function numberOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`'${text}' is no number`);
}
