import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { echo, isColorEnabled, style } from '../util/terminal.ts';
import type { Color } from '../util/terminal.ts';
import { note } from './report.ts';

/** How long a companion may take to end when it is asked to. */
const STOP_MS = 1500;

const COLORS: readonly Color[] = ['cyan', 'magenta', 'yellow', 'green', 'blue'];

/**
 * Runs a command line in a group of its own, and ends the whole group when the pipe behind descriptor 3 is closed: that
 * happens however this process comes to its end. `$!` is the one that waits for it.
 */
const GUARD = `
(trap '' TERM INT HUP; read -r _; kill -s TERM 0; sleep 1; kill -s KILL 0) <&3 >/dev/null 2>&1 &
exec 3<&-
sh -c "$1"
code=$?
exec 2>/dev/null
kill -s KILL $!
exit $code`;

/** Programs that run beside the server, such as the build of a front end: started and stopped with it. */
export class Companions {
  readonly #folder: string;
  readonly #running = new Map<string, { command: string; child: ChildProcess; ended: Promise<void> }>();
  readonly #colors = new Map<string, Color>();
  #isStopping = false;

  /** `folder` is where they run, and whose `node_modules/.bin` they may use. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts those that do not run, and stops those that are not wanted any more. */
  async update(commands: ReadonlyMap<string, string>): Promise<void> {
    const unwanted = [...this.#running].filter(([name, { command }]) => commands.get(name) !== command);
    await Promise.all(unwanted.map(([name]) => this.#stop(name)));
    for (const [name, command] of commands)
      if (!this.#running.has(name) && !this.#isStopping) this.#start(name, command);
  }

  /** Ends all of them, with all that they have started. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#running.keys()].map((name) => this.#stop(name)));
  }

  #start(name: string, command: string): void {
    const env = { ...process.env, PATH: this.#path() };
    // Behind a pipe programs take their colours away.
    if (isColorEnabled(process.stderr)) Object.assign(env, { FORCE_COLOR: process.env['FORCE_COLOR'] ?? '1' });
    // Standard input stays open: some watchers end when it does.
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as const;
    const child =
      process.platform === 'win32'
        ? spawn(command, { cwd: this.#folder, env, shell: true, stdio: [...stdio] })
        : spawn('sh', ['-c', GUARD, name, command], { cwd: this.#folder, env, detached: true, stdio: [...stdio] });
    const output = [child.stdout, child.stderr].map((stream) => this.#show(name, stream));
    for (const pipe of [child.stdin, child.stdio[3]]) pipe?.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        note(`${name} could not be started: ${error.message}`);
        resolve();
      });
      child.once('exit', (code, signal) => {
        // What it has said comes first.
        void Promise.race([Promise.all(output), delay(100)]).then(() => {
          const wasWanted = this.#running.get(name)?.child === child;
          if (wasWanted) this.#running.delete(name);
          if (wasWanted && !this.#isStopping)
            note(`${name} has ended (${describe(code, signal)}). The server goes on.`);
          resolve();
        });
      });
    });
    this.#running.set(name, { command, child, ended });
  }

  async #stop(name: string): Promise<void> {
    const companion = this.#running.get(name);
    if (!companion) return;
    this.#running.delete(name);
    const { child, ended } = companion;
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
    // What did not end with it.
    signalGroup(child, 'SIGKILL');
  }

  #show(name: string, stream: Readable | null): Promise<void> {
    const color = this.#colors.get(name) ?? COLORS[this.#colors.size % COLORS.length] ?? 'cyan';
    this.#colors.set(name, color);
    if (!stream) return Promise.resolve();
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    lines.on('line', (line) =>
      echo(`${style(name, { fg: color })} ${style('│', { dim: true })} ${line}`, { err: true }),
    );
    return new Promise((resolve) => void lines.once('close', resolve));
  }

  #path(): string {
    const folders: string[] = [];
    for (let folder = this.#folder; ; folder = dirname(folder)) {
      folders.push(join(folder, 'node_modules', '.bin'));
      if (dirname(folder) === folder) break;
    }
    return [...folders, process.env['PATH'] ?? ''].join(delimiter);
  }
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(pid), '/t', '/f']);
    else process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A shell tells of a signal by a code beyond 128. */
function describe(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ?? (code !== null && code > 128 ? `signal ${code - 128}` : `exit code ${code}`);
}
