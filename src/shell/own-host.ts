import { fork, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { OwnHost } from './shell-options.ts';
import type { EndpointRecord } from './endpoint.ts';
import type { StreamName } from './output.ts';

/** Options of {@link forkHost}. */
export interface ForkHostOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  args?: readonly string[];
}

/** The application could not be started; why has been printed. */
export class HostStartError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, output: string) {
    super(output.trim() === '' ? `the application ended at its start (code ${exitCode})` : output.trimEnd());
    this.name = 'HostStartError';
    this.exitCode = exitCode;
  }
}

/** How long an application may take to end before it is ended. */
const STOP_MS = 8000;

/**
 * Starts an application for one shell in a child process. `module` loads it and calls `serveOwnHost(target)`.
 * Rejects with {@link HostStartError} when the process ends before it could be connected to. Should this process end before,
 * it takes the other one along: that hears of it only once it listens.
 */
export function forkHost(module: string, options: ForkHostOptions = {}): Promise<OwnHost> {
  const { cwd, env = process.env, args = [] } = options;
  const child = fork(module, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
  const output = new ChildOutput();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => output.add('stdout', text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => output.add('stderr', text));
  // Not the event `close`: it does not come after `disconnect()`.
  const takeAlong = (): void => void child.kill('SIGINT');
  process.once('exit', takeAlong);
  child.once('exit', () => process.off('exit', takeAlong));
  const ended = Promise.all([exitCode(child), closed(child.stdout), closed(child.stderr)]).then(([code]) => code);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    void ended.then((code) => reject(new HostStartError(code, output.text)));
    child.once('message', (record) => {
      process.off('exit', takeAlong);
      resolve({
        record: record as EndpointRecord,
        ended,
        onOutput: (fn) => output.listen(fn),
        async stop() {
          if (child.connected) child.disconnect();
          const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
          const code = await ended;
          clearTimeout(timer);
          return child.signalCode === null ? code : undefined;
        },
      });
    });
  });
}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128))));
}

function closed(stream: Readable | null): Promise<void> {
  return new Promise((resolve) => (stream ? stream.once('close', () => resolve()) : resolve()));
}

/** What the process prints: kept until somebody listens. */
class ChildOutput {
  #kept: [stream: StreamName, text: string][] = [];
  #listener: ((stream: StreamName, text: string) => void) | undefined;

  get text(): string {
    return this.#kept.map(([, text]) => text).join('');
  }

  add(stream: StreamName, text: string): void {
    if (this.#listener) this.#listener(stream, text);
    else this.#kept.push([stream, text]);
  }

  listen(listener: (stream: StreamName, text: string) => void): void {
    this.#listener = listener;
    for (const [stream, text] of this.#kept.splice(0)) listener(stream, text);
  }
}
