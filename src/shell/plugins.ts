import type { Flacon } from '../app.ts';

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
  /** Variables of the session, by name. Changing a property changes the variable. */
  readonly variables: Record<string, unknown>;
  /** Shows values: a string as it is, anything else as the shell prints results. */
  print(...values: unknown[]): void;
  /** Shows rows in columns, under titles. */
  table(titles: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** Evaluates code in the session and gives its value. Throws what the code throws. */
  evaluate(code: string): Promise<unknown>;
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
  /** Does it. A thrown error is shown by its message. */
  run(shell: Shell, args: string): unknown;
}

/** Prints values of one sort. */
export interface ShellPrinter {
  /** Whether this printer is for the value. */
  matches(value: unknown): boolean;
  /** The text; escape codes of colours are allowed and left out where they are not wanted. */
  print(value: never, shell: Shell): string;
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
  /** Runs when a session starts. */
  setup?(shell: Shell): unknown;
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
