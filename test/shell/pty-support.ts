import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Pty from '@lydell/node-pty';
import { onTestFailed } from 'vitest';
import { findShown, shownText } from '../support/shown-text.ts';

const { spawn } = createRequire(import.meta.url)('@lydell/node-pty') as typeof Pty;

/** The programs of the fixtures; they run what was built. */
export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.mjs`, import.meta.url));

/** Keys that have no character. */
export const KEY = {
  up: '\u001b[A',
  down: '\u001b[B',
  left: '\u001b[D',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  enter: '\r',
  altEnter: '\u001b\r',
  tab: '\t',
} as const;

/** A shell in a terminal: what is typed goes in, what is shown can be waited for. */
export class TerminalShell {
  readonly #terminal: Pty.IPty;
  readonly exited: Promise<number>;
  #shown = '';
  #from = 0;
  #check = (): void => {};

  constructor(
    args: readonly string[],
    project: Project,
    size: { cols: number; rows: number } = { cols: 80, rows: 24 },
  ) {
    this.#terminal = spawn(process.execPath, [fixture('shell'), ...args], {
      ...size,
      cwd: project.folder,
      env: project.env,
    });
    this.#terminal.onData((data) => {
      this.#shown += data;
      this.#check();
    });
    onTestFailed(() => console.log(`what the terminal has shown:\n${this.text}`));
    this.exited = new Promise((resolve) => this.#terminal.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** Everything that was shown, without escape sequences. */
  get text(): string {
    return shownText(this.#shown);
  }

  /** Everything that was sent to the terminal. */
  get raw(): string {
    return this.#shown;
  }

  /** Types; what is waited for from now on comes after it. */
  type(keys: string): void {
    this.#from = this.#shown.length;
    this.#terminal.write(keys);
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows);
  }

  /** Waits until something is shown, after what was typed last. */
  shows(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      this.#check = () => {
        const found = findShown(pattern, this.#shown.slice(this.#from));
        if (found) resolve(found);
      };
      void this.exited.then((code) =>
        reject(new Error(`the shell ended (code ${code}) and never showed ${pattern}:\n${this.text}`)),
      );
      this.#check();
    });
  }

  get pid(): number {
    return this.#terminal.pid;
  }

  kill(signal: string): void {
    this.#terminal.kill(signal);
  }
}

/** A project of its own: its folder, its history, its endpoint. */
export class Project {
  readonly folder: string;
  readonly state: string;
  readonly env: Record<string, string>;
  readonly #top: string;
  readonly #servers: ChildProcess[] = [];
  readonly #shells: TerminalShell[] = [];

  constructor(env: Record<string, string> = {}) {
    this.#top = mkdtempSync(join(tmpdir(), 'flacon-term-'));
    this.folder = join(this.#top, 'project');
    this.state = join(this.#top, 'state');
    mkdirSync(this.folder);
    const { PATH = '', HOME = '' } = process.env;
    this.env = {
      PATH,
      HOME,
      TERM: 'xterm-256color',
      XDG_STATE_HOME: this.state,
      XDG_CONFIG_HOME: join(this.#top, 'config'),
      XDG_RUNTIME_DIR: join(this.#top, 'run'),
      ...env,
    };
    mkdirSync(join(this.#top, 'run'), { mode: 0o700 });
  }

  shell(args: readonly string[] = ['--no-attach'], size?: { cols: number; rows: number }): TerminalShell {
    const shell = new TerminalShell(args, this, size);
    this.#shells.push(shell);
    return shell;
  }

  /** Starts a server that shells can attach to. */
  async server(): Promise<ChildProcess> {
    const child = fork(fixture('server'), [], {
      cwd: this.folder,
      env: this.env,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#servers.push(child);
    await once(child, 'message');
    return child;
  }

  /** The processes that were started in this project and still run, by what `/proc` says of their environment. */
  processes(): number[] {
    const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return ids.filter((id) => environmentOf(id).includes(this.env['XDG_RUNTIME_DIR'] ?? '')).map(Number);
  }

  /** The entries of its journal. */
  journal(): string[] {
    const folder = join(this.state, 'flacon');
    const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
    const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
    return lines.flatMap((line) => {
      const { code } = line.trim() === '' ? {} : (JSON.parse(line) as { code?: string });
      return code === undefined ? [] : [code];
    });
  }

  async close(): Promise<void> {
    for (const shell of this.#shells) shell.kill('SIGKILL');
    for (const server of this.#servers) {
      if (server.exitCode !== null || server.signalCode !== null) continue;
      const exit = once(server, 'exit');
      // Its end may be on its way.
      if (server.connected) server.disconnect();
      await exit;
    }
    rmSync(this.#top, { recursive: true, force: true });
  }
}

function environmentOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/environ`, 'utf8');
  } catch {
    // Ended meanwhile, or somebody else's.
    return '';
  }
}
