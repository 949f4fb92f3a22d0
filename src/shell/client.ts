import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { relative } from 'node:path';
import { isColorEnabled, stripAnsi } from '../util/terminal.ts';
import { Connection } from './connection.ts';
import { endpointPaths, readEndpoint, type EndpointRecord, type EndpointSubject } from './endpoint.ts';
import type { StreamName } from './output.ts';
import type { ClientInfo, HostFrame } from './protocol.ts';
import {
  EXIT,
  remoteScriptSession,
  runScript,
  type Script,
  type ScriptEntryOptions,
  type ScriptOutput,
  type ScriptSession,
} from './script.ts';
import type { ShellTarget } from './target.ts';

/** An application that runs for one shell, in a process of its own. */
export interface OwnHost {
  /** How to connect to it. */
  record: Pick<EndpointRecord, 'socket' | 'token' | 'pid'>;
  /** Resolves with its exit code when the process has ended. */
  ended: Promise<number>;
  /** Takes what the process itself prints, such as its log; what came before is given at once. */
  onOutput(fn: (stream: StreamName, text: string) => void): void;
  /** Ends it, with its clean-up. */
  stop(): Promise<void>;
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
  /** Whether to print in colour. Default: as the terminal and `NO_COLOR`, `FORCE_COLOR` say. */
  color?: boolean;
  /** Starts an application of its own, in a child process. */
  startHost(): Promise<OwnHost>;
  /** Loads the application in this process, for a script; by default scripts run in a child process, too. */
  openTarget?(): Promise<ShellTarget>;
  /** Standard streams. Default: those of the process. */
  stdin?: NodeJS.ReadStream;
  stdout?: NodeJS.WriteStream;
  stderr?: NodeJS.WriteStream;
}

/**
 * Runs a shell to its end and gives the exit code: 0 fine, 1 the code threw, 2 a syntax error, 3 no server to attach to.
 * Nothing of the application is loaded here, unless `openTarget` does it.
 */
export async function runShell(options: ShellOptions): Promise<number> {
  const { stdin = process.stdin, stderr = process.stderr } = options;
  const isScript = options.code !== undefined || options.file !== undefined || stdin.isTTY !== true;
  const attach = options.attach ?? 'auto';
  const record = attach === true || (attach === 'auto' && !isScript) ? findServer(options.subject) : undefined;
  if (attach === true && !record) {
    stderr.write(`no running server of this project\nhint: start one with 'app run', or leave out --attach\n`);
    return EXIT.noServer;
  }
  if (isScript) return runScriptMode(options, record);
  // The application starts while the editor is loaded.
  const first = record ? undefined : options.startHost();
  first?.catch(() => undefined);
  const { runTerminalShell } = await import('./terminal-shell.ts');
  return runTerminalShell({ ...options, startHost: onceThen(first, () => options.startHost()) }, record);
}

function onceThen<T>(first: Promise<T> | undefined, next: () => Promise<T>): () => Promise<T> {
  let started = first;
  return () => {
    const result = started ?? next();
    started = undefined;
    return result;
  };
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
export function describeClient(mode: ClientInfo['mode'], stdout: NodeJS.WriteStream, color: boolean): ClientInfo {
  return { pid: process.pid, user: userName(), mode, columns: stdout.columns ?? 80, color };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}

async function runScriptMode(options: ShellOptions, record: EndpointRecord | undefined): Promise<number> {
  const { stdout = process.stdout, stderr = process.stderr, json = false } = options;
  const color = wantsColor(options, stdout);
  const output: ScriptOutput = {
    json,
    color,
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
  };
  const script = await readScript(options);
  if (!record && options.openTarget) return runInProcess(await options.openTarget(), script, output, stdout);
  const own = record ? undefined : await options.startHost();
  own?.onOutput((stream, text) => (stream === 'stdout' && !json ? output.stdout(text) : output.stderr(text)));
  try {
    return await runRemotely(record ?? own?.record, script, output, describeClient('script', stdout, color));
  } finally {
    await own?.stop();
  }
}

async function readScript(options: ShellOptions): Promise<Script> {
  const { code, file, args = [], stdin = process.stdin } = options;
  if (code !== undefined) return { kind: 'code', code };
  if (file !== undefined)
    return { kind: 'file', code: readFileSync(file, 'utf8'), file: relative(options.root, file), args };
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
  return { kind: 'input', code: Buffer.concat(chunks).toString('utf8') };
}

async function runRemotely(
  record: ConnectionRecord | undefined,
  script: Script,
  output: ScriptOutput,
  client: ClientInfo,
): Promise<number> {
  if (!record) return EXIT.noServer;
  const echoes = new Map<number, ScriptEntryOptions['echo']>();
  // With --json nothing but the values may be on standard output.
  const write = (stream: StreamName, text: string): void => {
    const shown = output.color ? text : stripAnsi(text);
    if (stream === 'stdout' && !output.json) output.stdout(shown);
    else output.stderr(shown);
  };
  let exitCode: number | undefined;
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  const onFrame = (frame: HostFrame): void => {
    if (frame.op === 'out') write(frame.stream, frame.text);
    else if (frame.op === 'echo') echoes.get(frame.id)?.(frame.printed, frame.json);
    else if (frame.op === 'notice' && frame.kind === 'uncaught') {
      write('stderr', `${frame.printed.map(([text]) => text).join('')}\n`);
      exitCode ??= EXIT.threw;
    } else if (frame.op === 'bye') {
      exitCode = frame.exitCode ?? EXIT.fine;
      leave();
    }
  };
  const connection = await Connection.open(record, client, { frame: onFrame, lost: () => undefined });
  let running = 0;
  const session = remoteScriptSession(connection, (id, echo) => {
    running = id;
    echoes.set(id, echo);
  });
  const stop = (): void => void connection.interrupt(running);
  process.on('SIGINT', stop);
  try {
    const code = await Promise.race([runScript(session, script, output), left.then(() => EXIT.fine)]);
    await session.close();
    return exitCode ?? code;
  } finally {
    process.off('SIGINT', stop);
    connection.destroy();
  }
}

type ConnectionRecord = Pick<EndpointRecord, 'socket' | 'token'>;

/** The quickest way to an answer: no socket, no second process. */
async function runInProcess(
  target: ShellTarget,
  script: Script,
  output: ScriptOutput,
  stdout: NodeJS.WriteStream,
): Promise<number> {
  const { openScriptSession } = await import('./local-script.ts');
  const local = await openScriptSession(target, {
    color: output.color,
    columns: stdout.columns ?? 80,
    json: output.json,
    args: script.kind === 'file' ? script : undefined,
  });
  const session: ScriptSession = local.session;
  const code = await Promise.race([runScript(session, script, output), local.exited]);
  await session.close();
  return code === EXIT.fine ? (local.exitCode() ?? code) : code;
}
