import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFailed, onTestFinished } from 'vitest';

import type { DevServerOptions } from '../../src/dev/supervisor.ts';

const SUPERVISOR = new URL('../../dist/dev/supervisor.js', import.meta.url).href;

/** Starts the built server, as `app run` does, and ends with its exit code. */
const PROGRAM = `
import { startDevServer } from ${JSON.stringify(SUPERVISOR)};
const server = await startDevServer(JSON.parse(process.argv[1]));
process.exitCode = await server.closed;
`;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A development server in a child process, ended after the test. */
export class DevProcess {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly exited: Promise<number | null>;
  port = 0;
  #seen = 0;
  #wake: () => void = () => undefined;

  private constructor(cwd: string, options: DevServerOptions, execArgv: readonly string[]) {
    const settings = JSON.stringify({ cwd, port: 0, debug: true, shell: false, ...options });
    this.child = spawn(process.execPath, [...execArgv, '--input-type=module', '-e', PROGRAM, settings], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' },
    });
    this.exited = once(this.child, 'exit').then(([code]) => {
      this.#wake();
      return code as number | null;
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    onTestFailed(() => console.log(`what the server has said:\n${this.lines.join('\n')}`));
    onTestFinished(async () => void (await this.stop()));
  }

  static async start(
    cwd: string,
    options: DevServerOptions = {},
    execArgv: readonly string[] = [],
  ): Promise<DevProcess> {
    const server = new DevProcess(cwd, options, execArgv);
    const [, port] = await server.line(/Running on http:\/\/[^:]*:(\d+)/);
    server.port = Number(port);
    return server;
  }

  /** The next line that matches, after those that were returned before. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      while (this.#seen < this.lines.length) {
        const match = pattern.exec(this.lines[this.#seen++] ?? '');
        if (match) return match;
      }
      if (this.child.exitCode !== null) throw new Error(`ended without ${String(pattern)}:\n${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until the changes of a file are in. */
  reloaded(file = ''): Promise<RegExpExecArray> {
    return this.line(new RegExp(`${file.replaceAll('.', '\\.')}.* → .*generation \\d+`));
  }

  async get(path: string, headers: Record<string, string> = {}, agent?: Agent): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, path, headers, agent: agent ?? new Agent() };
      get(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      }).on('error', reject);
    });
  }

  async text(path: string): Promise<string> {
    return (await this.get(path)).text;
  }

  /** The event stream of a page: each call gives the next event. */
  async events(): Promise<() => Promise<{ event: string; data: Record<string, any> }>> {
    const queue: string[] = [];
    let wake = (): void => undefined;
    const request = get({ host: '127.0.0.1', port: this.port, path: '/__flacon__/events', agent: new Agent() });
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    onTestFinished(() => void request.destroy());
    let buffer = '';
    response.on('error', () => undefined);
    response.on('data', (chunk: Buffer) => {
      buffer += chunk.toString();
      const parts = buffer.split('\n\n');
      buffer = parts.pop() ?? '';
      queue.push(...parts);
      wake();
    });
    return async () => {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const text = queue.shift() ?? '';
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
      return { event: field('event'), data: JSON.parse(field('data')) as Record<string, any> };
    };
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.exited;
  }
}

/** Whether a process lives: one that has ended and was not asked for yet does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export const sampleFiles: Record<string, string> = {
  'app.ts': `import { Flacon, renderTemplate } from 'flacon';
import { greet } from './greet.ts';

export const app = new Flacon(import.meta);
app.get('/', () => greet());
app.get('/page', () => '<html><body>' + greet() + '</body></html>');
app.get('/template', () => renderTemplate('t.html'));
app.get('/json', () => ({ word: greet() }));
app.get('/boom', () => { throw new Error('boom <script>'); });
app.get('/pid', () => String(process.pid));
`,
  'greet.ts': `import { word } from './word.ts';\nexport const state = { calls: 0 };\nexport const greet = (): string => 'Hello ' + word;\n`,
  'word.ts': `export const word: string = 'one';\n`,
  'templates/t.html': 'T1',
  'static/a.css': 'a { color: red }',
};

export const flaconRoot = fileURLToPath(new URL('../..', import.meta.url));
