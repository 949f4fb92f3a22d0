import type { ScriptInfo } from '../script-info.ts';
import type { Command } from '../commands.ts';

/** What a built-in command knows about the call. */
export interface CommandContext {
  /** What the program was called as: `app` or `flacon`. */
  program: string;
  /** What `--app` said. */
  app: string | undefined;
  /** Debug mode, if `--debug`, `--no-debug` or FLACON_DEBUG said. */
  debug: boolean | undefined;
  /** The application: where it is, and on demand itself. */
  scriptInfo: Pick<ScriptInfo, 'locate' | 'loadApp'>;
  /** The files that were read into the environment. */
  envFiles: readonly string[];
  /** The environment as it would be for a program that starts now, the files read anew. */
  environment(): NodeJS.ProcessEnv;
}

/** A command of the program itself: what the list of commands needs, and how to get the rest. */
export interface BuiltinCommand {
  summary: string;
  /** Loads the module that declares options and action on an empty command. */
  load(): Promise<(command: Command, context: CommandContext) => void>;
}
