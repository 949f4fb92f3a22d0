import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Generation } from '../../src/dev/generation.ts';
import { Flacon, request, Response } from '../../src/index.ts';
import { MAX_BODY, RequestLog } from '../../src/shell/request-log.ts';
import { Notes } from './notes-handle.ts';
import { PluginShell } from './support.ts';

let shell: PluginShell | undefined;
let log: RequestLog;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  log = new RequestLog();
});

afterEach(async () => {
  await shell?.close();
  shell = undefined;
  log.close();
  for (const close of closing.splice(0)) await close();
});

const notes = new Notes();

function makeApp(): Flacon {
  const app = new Flacon(undefined, { name: 'blog' });
  app.config.SECRET_KEY = 'key';
  app.config.PROPAGATE_EXCEPTIONS = false;
  app.logger.handlers.push(() => {});
  app.get('/', () => 'home');
  app.get('/posts', async () => {
    await Promise.all([notes.list(), notes.list(), notes.list()]);
    return 'posts';
  });
  app.post('/echo', () => ({ json: request.isJson ? request.json : null, form: request.form.toObject() }));
  app.post('/upload', () => String(request.data.length));
  app.get('/me', () => `${request.cookies.get('who')} ${request.headers.get('X-Api-Key')} ${request.host}`);
  app.get('/fail', () => {
    throw new Error('no');
  });
  return app;
}

/** A server as the development server has it, and a shell attached to it. */
async function serve(app = makeApp()): Promise<string> {
  const generation = new Generation(app, {
    onRequest: (received, message) => log.received(received, message),
    onThrow(error) {
      throw error;
    },
    beforeResponse: () => undefined,
    onResponse: (received, response, { ms }) => log.answered(received, response.status, ms),
    onError: () => undefined,
  });
  const server = createServer((req, res) => generation.handle(req, res, false));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  shell = await PluginShell.open(app, ({ target }) => Object.assign(target, { requests: log }));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const rowsOf = (text: string): string[][] => text.split('\n').map((line) => line.trim().split(/ {2,}/));

/** What would change the title, fill the clipboard and clear the screen. */
const NASTY = '\u001b]0;title\u0007\u001b]52;c;eA==\u0007\u009b2J';
const SHOWN = String.raw`\x1b]0;title\x07\x1b]52;c;eA==\x07\x9b2J`;

/** Numbers that a test cannot know. */
const settled = (text: string): string => text.replace(/\d+(?:\.\d)? ms/g, '5 ms');

describe('.requests', () => {
  it('shows what clients have sent without what a terminal would obey', async () => {
    const app = makeApp();
    app.post('/back', () => new Response(request.data, { mimetype: 'text/plain' }));
    const base = await serve(app);
    await (await fetch(`${base}/back`, { method: 'POST', body: `a\r\n\tb ${NASTY}` })).text();
    const { client } = shell as PluginShell;
    await client.eval('.requests 1');
    expect(client.output).toContain(`a\n\tb ${SHOWN}\n`);
    await client.eval('.replay 1');
    expect(client.output.split(`a\n\tb ${SHOWN}\n`)).toHaveLength(3);
    expect(client.output).not.toMatch(/[\u0007\u001b\u009b]/);
  });

  it('lists the requests of the server, with their queries', async () => {
    const base = await serve();
    expect(await shell?.ask('.requests')).toBe('No requests yet.');
    for (const path of ['/', '/posts', '/fail', '/nowhere?token=abc']) await (await fetch(base + path)).text();
    expect(rowsOf(settled((await shell?.ask('.requests')) ?? ''))).toEqual([
      ['#', 'METHOD', 'PATH', 'STATUS', 'TIME', 'QUERIES'],
      ['1', 'GET', '/', '200', '5 ms', '0'],
      ['2', 'GET', '/posts', '200', '5 ms', '3'],
      ['3', 'GET', '/fail', '500', '5 ms', '0'],
      ['4', 'GET', '/nowhere?token=«redacted»', '404', '5 ms', '0'],
    ]);
    expect(rowsOf((await shell?.ask('.requests /fail')) ?? '')).toHaveLength(2);
    expect(await shell?.ask('.requests nothing')).toBe("No request has 'nothing' in it.");
    expect(await shell?.ask('.requests 9')).toBe('no request 9: there are 1 to 4');
  });

  it('keeps the last fifty', async () => {
    const base = await serve();
    for (let count = 0; count < 55; count += 1) await (await fetch(base)).text();
    expect(log.list().map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, index) => index + 6));
  });

  it('shows one with headers and body, without its secrets', async () => {
    const base = await serve();
    await fetch(`${base}/echo`, {
      method: 'POST',
      headers: { authorization: 'Bearer abc123', cookie: 'session=xyz; a=b', 'x-api-key': 'k3y', 'x-plain': 'visible' },
      body: new URLSearchParams({ email: 'ann@example.org', password: 'hunter2' }),
    });
    const shown = settled((await shell?.ask('.requests 1')) ?? '');
    expect(shown).toMatch(/^POST \/echo {2}→ {2}200 {2}5 ms {2}0 queries\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n/);
    expect(shown).toContain('authorization: Bearer «redacted»');
    expect(shown).toContain('cookie: session=«redacted»; a=«redacted»');
    expect(shown).toContain('x-api-key: «redacted»');
    expect(shown).toContain('x-plain: visible');
    expect(shown).toMatch(/\n\nemail=ann%40example\.org&password=«redacted»$/);
    for (const secret of ['abc123', 'xyz', 'k3y', 'hunter2']) expect(shown).not.toContain(secret);
    await (await fetch(`${base}/upload`, { method: 'POST', body: new Uint8Array([0, 255, 1]) })).text();
    expect(await shell?.ask('.requests 2')).toMatch(/\n\n3 bytes that are no text$/);
    await fetch(`${base}/echo`, { method: 'POST', body: '{"password": "hunter2", "a": 1}' });
    expect(await shell?.ask('.requests 3')).toMatch(/\n\n\{"password": "«redacted»", "a": 1\}$/);
  });
});

describe('.replay', () => {
  it('sends a request again, with headers, cookies and body of its own', async () => {
    const base = await serve();
    await fetch(`${base}/me`, { headers: { cookie: 'who=ann', 'x-api-key': 'k3y' } });
    const host = new URL(base).host;
    expect(settled((await shell?.ask('.replay 1')) ?? '')).toBe(`GET /me\n200 OK  text/html  5 ms\nann k3y ${host}`);
    await fetch(`${base}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"title":"New","n":1}',
    });
    expect(settled((await shell?.ask('.replay 2')) ?? '')).toMatch(
      /^POST \/echo\n200 OK {2}application\/json {2}5 ms\n\{ form: \{\}, json: \{ n: 1, title: 'New' \} \}$/,
    );
    expect(await shell?.ask('_response.status')).toBe('200');
    await fetch(`${base}/posts`);
    expect(settled((await shell?.ask('.replay 3')) ?? '')).toContain('200 OK  text/html  5 ms  3 queries');
    // What was sent again is no request of the server.
    expect(log.list()).toHaveLength(3);
    expect(await shell?.ask('.replay 12')).toBe('no request 12: there are 1 to 3');
    expect(await shell?.ask('.replay')).toBe('which one? .requests lists them');
  });

  it('does not send half a body', async () => {
    const base = await serve();
    const size = MAX_BODY + 10;
    const answer = await fetch(`${base}/upload`, { method: 'POST', body: new Uint8Array(size) });
    // The view got it whole.
    expect(await answer.text()).toBe(String(size));
    expect(await shell?.ask('.replay 1')).toBe(
      `the body of request 1 has ${size} bytes, and only ${MAX_BODY} were kept`,
    );
  });
});

describe('without a server', () => {
  it('the requests of client are recorded', async () => {
    log.close();
    log = new RequestLog({ isOfClient: true });
    shell = await PluginShell.open(makeApp(), ({ target }) => Object.assign(target, { requests: log }));
    await shell.ask('await client.get("/posts"); await client.post("/echo", { json: { a: 1 } })');
    await shell.ask('.request /nowhere');
    await shell.ask('app.config.PROPAGATE_EXCEPTIONS = true; await client.get("/fail")');
    expect(rowsOf(settled(await shell.ask('.requests')))).toEqual([
      ['#', 'METHOD', 'PATH', 'STATUS', 'TIME', 'QUERIES'],
      ['1', 'GET', '/posts', '200', '5 ms', '3'],
      ['2', 'POST', '/echo', '200', '5 ms', '0'],
      ['3', 'GET', '/nowhere', '404', '5 ms', '0'],
      ['4', 'GET', '/fail', '500', '5 ms', '0'],
    ]);
    expect(settled(await shell.ask('.replay 2'))).toContain('{ form: {}, json: { a: 1 } }');
    expect(await shell.ask('client.constructor.name')).toBe("'FlaconClient'");
  });
});

describe('.request', () => {
  it('shows status, type, time, queries and body', async () => {
    shell = await PluginShell.open(makeApp());
    expect(settled(await shell.ask('.request GET /posts'))).toBe('200 OK  text/html  5 ms  3 queries\nposts');
    expect(settled(await shell.ask('.r /echo --json {"a": "b c"}'))).toBe(
      "200 OK  application/json  5 ms\n{ form: {}, json: { a: 'b c' } }",
    );
    expect(await shell.ask(`.request POST /echo -d 'a=1&b=x y'`)).toContain("form: { a: '1', b: 'x y' }");
    expect(await shell.ask('.request /me -H "x-api-key: one two"')).toContain('undefined one two localhost');
  });

  it('says what is wrong with what was typed', async () => {
    shell = await PluginShell.open(makeApp());
    expect(await shell.ask('.request')).toBe('which path? .request GET /');
    expect(await shell.ask('.request GET / /too')).toMatch(/^'\/too' is too much: \.request \[METHOD\]/);
    expect(await shell.ask('.request / -H nonsense')).toMatch(/^'nonsense' is no header/);
    expect(await shell.ask('.request / --json {a}')).toMatch(/^'\{a\}' is not JSON/);
    expect(await shell.ask('.request / -d a --json {}')).toBe('-d and --json exclude each other');
  });
});
