import type { Flacon } from '../app.ts';
import type { PromptMark } from './prompt-marks.ts';
import type { RecordedRequest } from './request-log.ts';

/** What a shell was started with. */
export interface ShellStartOptions {
  /** `--sandbox` or `--write`; undefined: neither. */
  sandbox?: boolean | undefined;
  /** `--read-only`: databases refuse changes, and requests that could make some are not sent. */
  readOnly?: boolean | undefined;
}

/** A session of the shell, as commands and plugins see it. */
export interface Shell {
  /** The application as it is now: after a reload, the new one. */
  readonly app: Flacon;
  /** Folder of the project. */
  readonly root: string;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Whether a server answers requests beside this shell. */
  readonly isAttached: boolean;
  /** Whether a person types; else a script runs. */
  readonly isInteractive: boolean;
  /** What the application runs for: `dev`, `test`, or what NODE_ENV says. */
  readonly environment: string;
  readonly options: ShellStartOptions;
  /** Whether the code that asks was started by this session: by an entry or a command, also after an `await`. */
  readonly isCurrent: boolean;
  /** Variables of the session, by name. Changing a property changes the variable. */
  readonly variables: Record<string, unknown>;
  /** Shows values: a string as it is, anything else as the shell prints results. */
  print(...values: unknown[]): void;
  /** Shows rows in columns, under titles. */
  table(titles: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** Evaluates code in the session and gives its value. Throws what the code throws. */
  evaluate(code: string): Promise<unknown>;
  /** The names that the processors of the application give, with their values; one whose getter throws is left out. */
  provided(): [name: string, value: unknown][];
  /** The place in the project, or in an entry, that an error comes from: `models.ts:31`. */
  placeOf(error: Error): string | undefined;
  /** The last requests of the server, the oldest first; without a server, those that `client` has sent. */
  readonly requests: readonly RecordedRequest[];
  /** The last lines of the log, the oldest first. */
  readonly log: readonly string[];
  /** Shows a word in the prompt, after the environment or after the brackets; undefined takes it away. */
  setMark(name: string, text: string | undefined, place?: PromptMark['place']): void;
}

/** A command of the shell: `.name args`. */
export interface ShellCommand {
  /** What is typed after the dot. */
  name: string;
  /** Other names. */
  aliases?: readonly string[];
  /** How it is called, such as `.render NAME`. Default: the name. */
  usage?: string;
  /** One line for `.help`. */
  description: string;
  /** What `.help name` adds. */
  help?: string;
  /** Heading in `.help`. Default: the plugin's name. */
  group?: string;
  /** Words that may stand where the cursor is, after the last space of `args`. */
  complete?(shell: Shell, args: string): readonly string[] | Promise<readonly string[]>;
  /** The same as code, for the files that are made of a session. Default: such a command is left out. */
  toCode?(args: string): string;
  /** Does it. A thrown error is shown by its message. `signal` is aborted by Ctrl-C: what goes on until then, ends. */
  run(shell: Shell, args: string, signal: AbortSignal): unknown;
}

/** An entry that is about to run. */
export interface ShellEntry {
  kind: 'code' | 'command';
  text: string;
}

/** An entry that has run. */
export interface FinishedEntry extends ShellEntry {
  /** `threw`: also a command that failed. */
  status: 'done' | 'threw' | 'interrupted';
  ms: number;
}

/** What `app.shellCommand` takes besides name and function. */
export interface ShellCommandOptions {
  /** One line for `.help`. */
  help: string;
  /** The arguments as `.help` shows them, such as `EMAIL [COUNT]`. Default: none. */
  args?: string;
  /** As of {@link ShellCommand}. */
  complete?: NonNullable<ShellCommand['complete']>;
}

/** Prints values of one sort. */
export interface ShellPrinter {
  /** Whether this printer is for the value. */
  matches(value: unknown): boolean;
  /** The text; escape codes of colours are allowed and left out where they are not wanted. */
  print(value: never, shell: Shell): string;
  /** The names and values of its row, where an array of such values is printed as a table. */
  row?(value: never, shell: Shell): Readonly<Record<string, unknown>>;
}

/** Adds to what Tab offers. */
export interface ShellCompleter {
  /** Texts that may stand in the string argument that is being typed: `context.call` is what is called, such as `client.get`. */
  completeString?(
    shell: Shell,
    context: { call: string; argument: number; text: string },
  ): readonly string[] | undefined;
}

/** An extension of the shell. Every part is optional but the name. */
export interface ShellPlugin {
  name: string;
  commands?: readonly ShellCommand[];
  /** Names for the session: an object, whose getters stay lazy, or a function that makes one. */
  helpers?: object | ((shell: Shell) => object);
  printers?: readonly ShellPrinter[];
  completers?: readonly ShellCompleter[];
  /** Runs when a session starts. What it prints stands under the banner. */
  setup?(shell: Shell): unknown;
  /** Runs after each reload of the application. */
  reloaded?(shell: Shell): unknown;
  /** Runs before an entry. What it throws is shown, and the entry does not run. */
  before?(shell: Shell, entry: ShellEntry): unknown;
  /** Runs after an entry. A text that it gives stands behind the result. */
  after?(shell: Shell, entry: FinishedEntry): string | undefined;
  /**
   * Runs around everything that the session runs: entries, commands, the getters that completion asks. It has to call
   * `body` and to give back what that gives; an `AsyncLocalStorage` entered here is seen by all that follows.
   */
  around?<T>(shell: Shell, body: () => T): T;
  /** Runs when the session ends, also after a failed setup. */
  dispose?(shell: Shell): unknown;
}

/**
 * Declares a plugin of the shell; gives it back with its types checked. An app takes it with `app.shellPlugin(plugin)`.
 * A plugin that throws is named in the shell and left out.
 */
export function definePlugin(plugin: ShellPlugin): ShellPlugin {
  return plugin;
}
