import { AsyncLocalStorage } from 'node:async_hooks';
import { Writable } from 'node:stream';
import { Abort } from './command-runner.ts';
import { currentStreams, echo } from './util/terminal.ts';

/** Where answers come from: the terminal, a pipe, or the script of a test. */
export interface AnswerSource {
  /** The next line; `undefined` at the end of input. */
  nextLine(hidden: boolean): Promise<string | undefined>;
}

/** Options of {@link prompt}. */
export interface PromptOptions<T = string> {
  /** Taken for an empty answer. Without it the question is asked again. */
  default?: T;
  /** Do not show what is typed. Default: false. */
  hideInput?: boolean;
  /** Ask twice and compare: `true`, or the text of the second question. Default: false. */
  confirmationPrompt?: boolean | string;
  /** Turns the answer into a value; what it throws is shown, and the question asked again. */
  type?: (answer: string) => T;
  /** The answers that are taken. */
  choices?: readonly string[];
  /** Show the default in brackets. Default: true. */
  showDefault?: boolean;
}

/** Options of {@link confirm}. */
export interface ConfirmOptions {
  /** Taken for an empty answer; `null` insists on one. Default: false. */
  default?: boolean | null;
  /** Throw `Abort` (exit code 1) on a no. Default: false. */
  abort?: boolean;
}

const sources = new AsyncLocalStorage<AnswerSource>();

/** Runs `body` with its questions answered by `source`. */
export function withAnswers<T>(source: AnswerSource, body: () => T): T {
  return sources.run(source, body);
}

/** Asks for a value (Click's `prompt`). Throws `Abort` at the end of input. */
export async function prompt(text: string, options?: PromptOptions & { type?: never }): Promise<string>;
export async function prompt<T>(text: string, options: PromptOptions<T> & { type: (answer: string) => T }): Promise<T>;
export async function prompt<T>(text: string, options: PromptOptions<T> = {}): Promise<T> {
  const question = promptText(text, options as PromptOptions<unknown>);
  for (;;) {
    const value = await askUntilTyped(question, options);
    if (!options.confirmationPrompt) return value;
    const again =
      typeof options.confirmationPrompt === 'string' ? options.confirmationPrompt : 'Repeat for confirmation';
    const repeated = await askUntilTyped(`${again}: `, options);
    if (Object.is(value, repeated)) return value;
    echo('Error: The two entered values do not match.');
  }
}

async function askUntilTyped<T>(question: string, options: PromptOptions<T>): Promise<T> {
  for (;;) {
    const answer = await ask(question, options.hideInput ?? false);
    if (answer === '' && options.default !== undefined) return options.default;
    if (answer === '') continue;
    try {
      return convert(answer, options);
    } catch (error) {
      echo(`Error: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function convert<T>(answer: string, { choices, type }: PromptOptions<T>): T {
  if (choices !== undefined && !choices.includes(answer)) {
    throw new RangeError(`'${answer}' is not one of ${choices.map((choice) => `'${choice}'`).join(', ')}.`);
  }
  // Without a type, T is string.
  return type === undefined ? (answer as T) : type(answer);
}

function promptText(text: string, options: PromptOptions<unknown>): string {
  const choices = options.choices === undefined ? '' : ` (${options.choices.join(', ')})`;
  const shown = options.default !== undefined && options.showDefault !== false ? ` [${String(options.default)}]` : '';
  return `${text}${choices}${shown}: `;
}

/** Asks a yes-or-no question (Click's `confirm`). Throws `Abort` at the end of input. */
export async function confirm(text: string, options: ConfirmOptions = {}): Promise<boolean> {
  const { default: fallback = false, abort = false } = options;
  const question = `${text} [${fallback === null ? 'y/n' : fallback ? 'Y/n' : 'y/N'}]: `;
  for (;;) {
    const answer = (await ask(question, false)).trim().toLowerCase();
    const yes =
      answer === ''
        ? fallback
        : answer === 'y' || answer === 'yes'
          ? true
          : answer === 'n' || answer === 'no'
            ? false
            : null;
    if (yes === null) echo('Error: invalid input');
    else if (!yes && abort) throw new Abort();
    else return yes;
  }
}

async function ask(question: string, hidden: boolean): Promise<string> {
  const source = sources.getStore() ?? (process.stdin.isTTY ? terminal(question) : pipe());
  if (sources.getStore() !== undefined || !process.stdin.isTTY) currentStreams().stdout.write(question);
  const line = await source.nextLine(hidden);
  if (line === undefined) throw new Abort();
  return line;
}

/** One line of a terminal, edited by readline, which also prints the question. */
function terminal(question: string): AnswerSource {
  return {
    async nextLine(hidden) {
      const { createInterface } = await import('node:readline');
      const shown = new Writable({
        write(chunk: Buffer, _encoding, done) {
          if (!hidden) process.stdout.write(chunk);
          done();
        },
      });
      const lines = createInterface({ input: process.stdin, output: shown, terminal: true, historySize: 0 });
      // Only from here on does the terminal not show by itself what is typed.
      if (hidden) process.stdout.write(question);
      try {
        return await new Promise<string | undefined>((resolve, reject) => {
          lines.once('close', () => resolve(undefined));
          lines.once('SIGINT', () => reject(new Interrupt()));
          lines.question(question, resolve);
        });
      } finally {
        lines.close();
        if (hidden) process.stdout.write('\n');
      }
    },
  };
}

/** Ctrl-C at a question: exit code 130. */
export class Interrupt extends Error {
  readonly exitCode = 130;
}

let stdinLines: AsyncIterator<string> | undefined;

/** Lines of a pipe: read once for all questions, since readline reads ahead. */
function pipe(): AnswerSource {
  return {
    async nextLine() {
      const { createInterface } = await import('node:readline');
      stdinLines ??= createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]();
      const { done, value } = await stdinLines.next();
      return done ? undefined : value;
    },
  };
}
