import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';
import type { Flacon } from './app.ts';
import { Abort, ExitRequest, runProgram, UsageError } from './command-runner.ts';
import { createCommandGroup, mountCommands, runAsCommandOf } from './commands.ts';
import { withAnswers, type AnswerSource } from './prompts.ts';
import { withStreams } from './util/terminal.ts';

/** Options of {@link FlaconCliRunner.invoke}. */
export interface InvokeOptions {
  /** What is typed: lines that answer prompts. */
  input?: string;
  /** Changes of the environment while the command runs; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Keep colours in the output. Default: false. */
  color?: boolean;
}

/** What a command did. */
export interface InvokeResult {
  /** 0 fine, 1 failed, 2 wrong usage, or what the command asked for. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both, in the order in which they were written. */
  output: string;
  /** What the command threw, if it threw. */
  exception: unknown;
}

class Capture {
  stdout = '';
  stderr = '';
  output = '';

  readonly write = (name: 'stdout' | 'stderr', text: string | Uint8Array): void => {
    const piece = typeof text === 'string' ? text : Buffer.from(text).toString();
    this[name] += piece;
    this.output += piece;
  };
}

const captures = new AsyncLocalStorage<Capture>();

/** Runs an app's commands in process, with output captured (Flask's `FlaskCliRunner`). */
export class FlaconCliRunner {
  readonly #app: Flacon;

  constructor(app: Flacon) {
    this.#app = app;
  }

  /** Runs a command: `invoke(['users', 'create', 'a@b.c'])`. What it throws is in the result, not thrown. */
  async invoke(args: readonly string[] = [], options: InvokeOptions = {}): Promise<InvokeResult> {
    const capture = new Capture();
    const streams = {
      stdout: { write: (text: string) => capture.write('stdout', text) },
      stderr: { write: (text: string) => capture.write('stderr', text) },
      color: options.color ?? false,
    };
    const restoreEnvironment = setEnvironment(options.env ?? {});
    const restoreProcess = patchProcess();
    const exitCodeBefore = process.exitCode;
    process.exitCode = undefined;
    try {
      const failure = await captures.run(capture, () =>
        withStreams(streams, () => withAnswers(scriptedAnswers(options.input ?? '', capture), () => this.#run(args))),
      );
      const { exitCode, exception } = settle(failure, capture);
      const { stdout, stderr, output } = capture;
      return { exitCode: exitCode === 0 ? Number(process.exitCode ?? 0) : exitCode, stdout, stderr, output, exception };
    } finally {
      process.exitCode = exitCodeBefore;
      restoreProcess();
      restoreEnvironment();
    }
  }

  async #run(args: readonly string[]): Promise<unknown> {
    try {
      const program = createCommandGroup('app');
      mountCommands(program, this.#app);
      await runAsCommandOf(this.#app, () => runProgram(program, args, { envPrefix: 'FLACON' }));
      return undefined;
    } catch (error) {
      return error ?? new Error(`A command threw ${String(error)}.`);
    }
  }
}

function settle(failure: unknown, capture: Capture): { exitCode: number; exception: unknown } {
  if (failure === undefined) return { exitCode: 0, exception: undefined };
  if (failure instanceof UsageError) capture.write('stderr', failure.format());
  else if (failure instanceof ExitRequest && failure.message !== '')
    capture.write('stderr', `Error: ${failure.message}\n`);
  else if (failure instanceof Abort) capture.write('stderr', 'Aborted!\n');
  const exitCode = failure instanceof UsageError || failure instanceof ExitRequest ? failure.exitCode : 1;
  return { exitCode, exception: failure instanceof ExitRequest && exitCode === 0 ? undefined : failure };
}

/** Answers are shown as a terminal would show them, so that the output reads like a session. */
function scriptedAnswers(input: string, capture: Capture): AnswerSource {
  const lines = input.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return {
    nextLine: async (hidden) => {
      const line = lines.shift();
      if (line !== undefined) capture.write('stdout', hidden ? '\n' : `${line}\n`);
      return line;
    },
  };
}

function setEnvironment(changes: Record<string, string | undefined>): () => void {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  const set = (entries: Iterable<readonly [string, string | undefined]>): void => {
    for (const [name, value] of entries) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(Object.entries(changes));
  return () => set(before);
}

let patches = 0;
let unpatch: () => void = () => {};

/** Catches what commands write past `echo`, and `process.exit`; other code running meanwhile is let through. */
function patchProcess(): () => void {
  patches += 1;
  if (patches === 1) unpatch = patch();
  return () => {
    patches -= 1;
    if (patches === 0) unpatch();
  };
}

function patch(): () => void {
  const { stdout, stderr } = process;
  const originals = { out: stdout.write, err: stderr.write, exit: process.exit };
  const redirect = (name: 'stdout' | 'stderr', stream: NodeJS.WriteStream, original: typeof stdout.write): void => {
    stream.write = ((...args: Parameters<typeof original>) => {
      const capture = captures.getStore();
      if (capture === undefined) return original.apply(stream, args);
      capture.write(name, args[0]);
      const done = args.findLast((arg) => typeof arg === 'function') as (() => void) | undefined;
      done?.();
      return true;
    }) as typeof stdout.write;
  };
  redirect('stdout', stdout, originals.out);
  redirect('stderr', stderr, originals.err);
  process.exit = ((code) => {
    if (captures.getStore() === undefined) return originals.exit(code);
    throw new ExitRequest(Number(code ?? process.exitCode ?? 0));
  }) as typeof process.exit;
  const restoreConsole = patchConsole();
  return () => {
    stdout.write = originals.out;
    stderr.write = originals.err;
    process.exit = originals.exit;
    restoreConsole();
  };
}

/** A test runner may have put its own console in place, one that does not write to `process.stdout`. */
function patchConsole(): () => void {
  const streamOf = { log: 'stdout', info: 'stdout', debug: 'stdout', warn: 'stderr', error: 'stderr' } as const;
  const names = Object.keys(streamOf) as (keyof typeof streamOf)[];
  const originals = names.map((name) => [name, console[name]] as const);
  for (const [name, original] of originals) {
    console[name] = (...values: unknown[]) => {
      const capture = captures.getStore();
      if (capture === undefined) original.apply(console, values);
      else capture.write(streamOf[name], `${format(...values)}\n`);
    };
  }
  return () => {
    for (const [name, original] of originals) console[name] = original;
  };
}
