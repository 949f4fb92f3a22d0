import type { InterruptSlot } from './interrupt.ts';
import type { ShellPlugin, ShellStartOptions } from './plugins.ts';
import type { ResultFrame } from './protocol.ts';
import type { NameSource } from './scope.ts';
import type { SessionEvents } from './session-output.ts';
import type { Span } from './spans.ts';

/** Options of `Session.open`. */
export interface SessionOptions {
  events: SessionEvents;
  /** The session's number among those of its host. */
  number: number;
  mode: 'terminal' | 'script';
  columns: number;
  color: boolean;
  /** A server answers requests in this process: a person's `process.exit()` must not end it. */
  isAttached: boolean;
  /** No lines are drawn around tables. */
  plain?: boolean | undefined;
  /** Folder that the names of files in commands are relative to. Default: that of the project. */
  cwd?: string | undefined;
  interrupt?: InterruptSlot | undefined;
  /** What other sessions share. */
  shared?: NameSource | undefined;
  /** Plugins besides those of the application. */
  plugins?: readonly ShellPlugin[];
  /** What the shell was started with. */
  start?: ShellStartOptions | undefined;
}

/** Options of one entry. */
export interface SubmitOptions {
  /** Also give the value as JSON. */
  json?: boolean | undefined;
  /** Gets the value of every expression statement, not only of the last. */
  echo?: ((printed: Span[], json: string | undefined) => void) | undefined;
  /** Wait for a promise that is the value. Default: as `.await` says. */
  wait?: boolean | undefined;
  /** What stack traces call the entry. Default: `shell#N`. */
  filename?: string | undefined;
  /** What stood after the name of a script: `args` in the session. */
  args?: readonly string[] | undefined;
  /** It is a start-up file of this folder: it has no number, and nobody asks for its value. */
  startUp?: string | undefined;
}

/** What an entry came to. */
export type SubmitResult = Omit<ResultFrame, 'op' | 'id'>;
