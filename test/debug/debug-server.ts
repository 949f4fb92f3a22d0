import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { onTestFinished } from 'vitest';

import { Debugger } from '../../src/debug/debugger.ts';
import type { PinSettings } from '../../src/debug/pin.ts';
import { HTTPException } from '../../src/http/exceptions.ts';
import { createListener } from '../../src/http/listener.ts';
import * as flacon from '../../src/index.ts';
import type { Flacon } from '../../src/index.ts';
import { RawConnection, startServer } from '../support/raw-http.ts';
import type { RawAnswer } from '../support/raw-http.ts';

/** What the tests' application does: `app` and the exports of Flacon are at hand. */
export const APP = `
  const { abort, redirect, request, session } = flacon;
  app.secretKey = 'the-key-of-the-app';
  let visits = 0;
  app.get('/posts/<int:id>', ({ id }) => {
    visits += 1;
    const password = 'hunter2-long';
    const words = ['a', '<b>'];
    return title(undefined, words);
  });
  function title(post, words) {
    return post.title;
  }
  app.route('/boom', { methods: ['GET', 'POST'] }, () => { throw new Error(request.args.get('message') ?? 'boom'); });
  app.get('/gone', () => abort(404));
  app.get('/session', () => { session.update({ user: 'ann', token: 'very-secret' }); throw new Error('with session'); });
`;

/** How a test asks. */
export interface Asking {
  headers?: Record<string, string>;
  body?: string;
}

/** A server whose application is debugged, in this process. */
export class DebugServer {
  readonly root: string;
  readonly app: Flacon;
  readonly debugger: Debugger;
  /** What the supervisor would hear. */
  readonly failures: number[] = [];
  #port = 0;

  private constructor(code: string, pin: PinSettings) {
    this.root = realpathSync.native(mkdtempSync(join(tmpdir(), 'flacon-debug-')));
    const file = join(this.root, 'app.js');
    writeFileSync(file, code);
    this.app = new flacon.Flacon();
    this.app.debug = true;
    this.app.logger.level = 'CRITICAL';
    compileFunction(code, ['app', 'flacon'], { filename: file })(this.app, flacon);
    this.debugger = new Debugger({
      pin,
      host: '127.0.0.1',
      port: 5000,
      root: this.root,
      app: () => this.app,
      isUserFile: (path) => path.startsWith(this.root),
      sourceText: () => undefined,
      importsOf: async () => new Map([['imported', () => 'from a module']]),
      importModule: (specifier) => import(specifier) as Promise<Record<string, unknown>>,
      refreshScriptUrl: () => undefined,
      onPinFailures: (failures) => void this.failures.push(failures),
    });
    this.debugger.open();
    onTestFinished(() => {
      this.debugger.close();
      rmSync(this.root, { recursive: true });
    });
  }

  static async start({
    code = APP,
    pin = { pin: '123-456-789', key: 'k', failures: 0 },
  }: { code?: string; pin?: PinSettings } = {}): Promise<DebugServer> {
    const server = new DebugServer(code, pin);
    const listener = createListener(
      async (request) => {
        try {
          return await server.app.fetch(request);
        } catch (error) {
          if (error instanceof HTTPException) throw error;
          return server.debugger.answer(error, request);
        }
      },
      { makeRequest: (source) => server.app.makeRequest(source) },
    );
    const running = await startServer(
      createServer((req, res) => {
        if (!server.debugger.handle(req, res)) listener(req, res);
      }),
    );
    onTestFinished(() => running[Symbol.asyncDispose]());
    server.#port = running.port;
    return server;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Sends a request with exactly these headers, and `Host` and `Accept` of a browser unless told otherwise. */
  async ask(line: string, { headers = {}, body = '' }: Asking = {}): Promise<RawAnswer> {
    await using connection = await RawConnection.open(this.#port);
    const all = { Host: this.host, Accept: 'text/html', ...headers };
    const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    connection.write(`${line} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`);
    return await connection.answer();
  }

  /** An error page, with what its script reads from it. */
  async page(
    path = '/posts/99',
    headers: Record<string, string> = {},
  ): Promise<{ html: string; secret: string; error: string }> {
    const { body } = await this.ask(`GET ${path}`, { headers });
    const data = (name: string): string => new RegExp(` data-${name}="([^"]*)"`).exec(body)?.[1] ?? '';
    return { html: body.replace(/<style.*<\/style>/s, ''), secret: data('secret'), error: data('error') };
  }

  /** Sends a command as the page does; `headers` on top of its own, empty ones are left out. */
  async command(
    name: string,
    body: object,
    { secret, headers = {} }: { secret: string; headers?: Record<string, string> },
  ): Promise<RawAnswer & { json: Record<string, unknown> }> {
    const own = { 'Content-Type': 'application/json', 'X-Flacon-Secret': secret, Origin: `http://${this.host}` };
    const all = Object.entries({ ...own, ...headers }).filter(([, value]) => value !== '');
    const answer = await this.ask(`POST /__flacon__/debug/${name}`, {
      headers: Object.fromEntries(all),
      body: JSON.stringify(body),
    });
    return { ...answer, json: JSON.parse(answer.body) as Record<string, unknown> };
  }

  /** Types the PIN and gives the Cookie header. */
  async unlock(secret: string, pin = '123-456-789'): Promise<string> {
    const { headers } = await this.command('pin', { pin }, { secret });
    return headers['set-cookie']?.split(';')[0] ?? '';
  }
}
