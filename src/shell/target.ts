import type { Flacon } from '../app.ts';
import type { AppContext } from '../ctx.ts';
import type { ErrorFrame } from './frame-source.ts';
import type { LogTail } from './log-tail.ts';
import type { RequestLog } from './request-log.ts';

/** Where a reloaded or broken file is. */
export interface ReloadFailure {
  kind: 'failed';
  message: string;
  file?: string;
  line?: number;
  column?: number;
  /** The lines around the place, for a terminal. */
  excerpt?: string;
}

/** What became of a save. */
export type ReloadEvent =
  { kind: 'reloaded'; generation: number; files: string[]; modules: string[]; ms: number } | ReloadFailure;

/** An error that ended a request. */
export interface ServerError {
  readonly error: unknown;
  /** The request's context; its teardown may have run. */
  readonly context: AppContext | undefined;
  /** The calls that can be looked into, the innermost first. */
  readonly frames: readonly ErrorFrame[];
}

/** The last errors of a server. */
export interface ErrorSource {
  /** The newest first. */
  list(): readonly ServerError[];
  /** Calls back for each error; returns the function that ends it. */
  onError(listener: (error: ServerError) => void): () => void;
  /** What a file of the project imports, by local name. */
  importsOf(file: string): Promise<ReadonlyMap<string, () => unknown>>;
}

/** What a shell is opened in: an application that may be replaced while the shell is open. */
export interface ShellTarget {
  /** The application as it is now; undefined while it cannot be loaded. */
  app(): Flacon | undefined;
  /** Counts the reloads. */
  generation(): number;
  /** Imports as a module of the project would; `parent` is the path of the importing file, by default one in the root. */
  import(specifier: string, parent?: string): Promise<Record<string, unknown>>;
  /** Folder of the project. */
  readonly root: string;
  /** Calls back after each save; returns the function that ends it. What `fn` returns is waited for by `reload`. */
  onReload(fn: (event: ReloadEvent) => void | Promise<void>): () => void;
  /**
   * Evaluates everything anew, as if all modules had been saved, and resolves when the sessions have taken it over;
   * missing where there is nothing to reload with.
   */
  reload?(): Promise<ReloadEvent>;
  /** Ends the server, not only this process of it. Default: `process.exit`. */
  stop?(exitCode: number): void;
  /** The modules of the project that are loaded, with what they export; missing where nobody knows. */
  loadedModules?(): Iterable<readonly [file: string, exports: Readonly<Record<string, unknown>>]>;
  /**
   * What has taken the place of a function or class that a replaced version of a module exported; undefined if it was no such
   * thing. Missing where modules are not replaced.
   */
  successor?(value: object): unknown;
  /** Where in a file, from 1, a place of the code that runs is; missing where files run as they are. */
  originalPlace?(file: string, line: number, column: number): { line: number; column: number };
  /** The last requests; missing where nobody records them. */
  readonly requests?: RequestLog;
  /** The last lines of the log; missing where nobody keeps them. */
  readonly log?: LogTail;
  /** Runs the program `app` with the application as it is now; gives the exit code. Missing where there is no program. */
  runCommand?(args: readonly string[]): Promise<number>;
  /** The last errors of requests; missing where nobody records them. */
  readonly errors?: ErrorSource | undefined;
  /** Where it answers requests, if it does, and its process. */
  info(): { address?: string | undefined; pid: number };
}
