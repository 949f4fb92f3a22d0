import { userInfo } from 'node:os';
import { isColorEnabled } from '../util/terminal.ts';
import type { AuditLog } from './audit-log.ts';
import { endpointPaths, readEndpoint, type EndpointRecord, type EndpointSubject } from './endpoint.ts';
import type { StreamName } from './output.ts';
import type { ClientInfo } from './protocol.ts';
import type { ShellTarget } from './target.ts';

/** An application that runs for one shell, in a process of its own. */
export interface OwnHost {
  /** How to connect to it. */
  record: Pick<EndpointRecord, 'socket' | 'token' | 'pid'>;
  /** Resolves with its exit code when the process has ended. */
  ended: Promise<number>;
  /** Takes what the process itself prints, such as its log; what came before is given at once. */
  onOutput(fn: (stream: StreamName, text: string) => void): void;
  /** Ends it, with its clean-up. Gives its exit code; nothing if it had to be killed. */
  stop(): Promise<number | undefined>;
}

/** Options of {@link runShell}. */
export interface ShellOptions {
  /** Folder of the project. */
  root: string;
  /** The application: its module, and the export that was named. */
  subject: EndpointSubject;
  /** Code to run, as of `-e`. */
  code?: string | undefined;
  /** A file to run. */
  file?: string | undefined;
  /** What follows the file: `args` in its code. */
  args?: readonly string[];
  /** Print values as JSON. Default: false. */
  json?: boolean;
  /** No escape sequences: for screen readers and editors. Default: whether `TERM` is `dumb`. */
  plain?: boolean;
  /**
   * Run in the server of this project. `true`: only there; `false`: never; `auto`: a person's shell where a server runs,
   * a script in an application of its own. Default: `auto`.
   */
  attach?: boolean | 'auto';
  /** `true`: a sandbox, `false`: none. Default: a sandbox for a person's shell in production. */
  sandbox?: boolean | undefined;
  /** Databases refuse changes, and requests that could make some are not sent. Default: false. */
  readOnly?: boolean | undefined;
  /** Run the start-up files of the user and of the project in a person's shell. Default: true. */
  rc?: boolean;
  /** The project's start-up file may run: nobody is asked. Default: false. */
  trust?: boolean;
  /** Every entry is written there. */
  audit?: AuditLog | undefined;
  /** Whether to print in colour. Default: as the terminal and `NO_COLOR`, `FORCE_COLOR` say. */
  color?: boolean;
  /** Is given, once there is a terminal, what prints text above the prompt: for a server that shares the terminal. */
  onAbove?(print: (text: string) => void): void;
  /** Settled when the server that shares the terminal has ended for good: the shell is left then. */
  serverClosed?: Promise<unknown>;
  /** Starts an application of its own, in a child process. */
  startHost(): Promise<OwnHost>;
  /** Loads the application in this process, for a script; by default scripts run in a child process, too. */
  openTarget?(): Promise<ShellTarget>;
  /** Standard streams. Default: those of the process. */
  stdin?: NodeJS.ReadStream;
  stdout?: NodeJS.WriteStream;
  stderr?: NodeJS.WriteStream;
}

/** The endpoint of the running server; undefined when there is none. */
export function findServer(subject: EndpointSubject): EndpointRecord | undefined {
  return readEndpoint(endpointPaths(subject));
}

/** Whether colours are wanted on a stream. */
export function wantsColor(options: ShellOptions, stream: { isTTY?: boolean }): boolean {
  return options.plain === true ? false : (options.color ?? isColorEnabled(stream));
}

/** What the client says about itself. */
export function describeClient(
  mode: ClientInfo['mode'],
  stdout: NodeJS.WriteStream,
  {
    color,
    plain = false,
    sandbox,
    readOnly = false,
  }: { color: boolean; plain?: boolean } & Pick<ShellOptions, 'sandbox' | 'readOnly'>,
): ClientInfo {
  const { columns = 80 } = stdout;
  const client = { pid: process.pid, user: userName(), mode, columns, color, plain, cwd: process.cwd() };
  return { ...client, ...(sandbox !== undefined && { sandbox }), ...(readOnly && { readOnly }) };
}

/** Whether a terminal gets lines only: no cursor that moves, no box that is drawn. */
export function isPlain({ plain }: Pick<ShellOptions, 'plain'>): boolean {
  return plain ?? process.env['TERM'] === 'dumb';
}

/** Who runs this process. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}
