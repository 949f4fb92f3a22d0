import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';

import { freePort } from '../../test/support/free-port.ts';
import { writeProject } from './project.ts';
import type { Files } from './project.ts';

/** How a server is started. */
export interface Command {
  program: string;
  args: (port: number) => string[];
  env?: (port: number) => Record<string, string>;
}

/** How long a server may take to its first answer. */
const START_MS = 30_000;

/** A server that runs in a project of its own. */
export class Server {
  readonly root: string;
  port = 0;
  readonly #command: Command;
  #child: ChildProcess | undefined;
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #output = '';

  /** `modules` is a folder that the project sees as its `node_modules`. */
  constructor(files: Files, command: Command, modules?: string) {
    this.root = writeProject(files);
    this.#command = command;
    if (modules !== undefined) symlinkSync(modules, join(this.root, 'node_modules'));
    else mkdirSync(join(this.root, 'node_modules'));
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it and waits for the first answer. */
  async start(path: string): Promise<void> {
    this.port = await freePort();
    const { program, args, env } = this.#command;
    const child = spawn(program, args(this.port), {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, NO_COLOR: '1', PORT: String(this.port), ...env?.(this.port) },
    });
    this.#child = child;
    this.#output = '';
    child.on('error', (error) => (this.#output += String(error)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output = (this.#output + text).slice(-4000)));
    }
    const end = Date.now() + START_MS;
    for (;;) {
      try {
        await this.ask(path);
        break;
      } catch (error) {
        if (Date.now() > end || child.exitCode !== null)
          throw new Error(`it does not answer: ${this.#output.trim()}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    // Watches are often set beside the first answer.
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }

  ask(path: string, headers: Record<string, string> = {}, agent = this.#agent): Promise<string> {
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: this.port, path, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(`status ${response.statusCode}`)),
        );
      }).on('error', reject);
    });
  }

  /** Ends it with all that it has started; the project stays. */
  async kill(): Promise<void> {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined) return;
    const isOver = child.exitCode !== null || child.signalCode !== null;
    const exited = isOver ? undefined : once(child, 'exit');
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      // Nobody is left of the group.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await exited;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
