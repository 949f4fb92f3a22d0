import { describe, expect, it } from 'vitest';

import { DebugServer } from './debug-server.ts';

const CODE = `
  let visits = 0;
  const ceiling = 10;
  class Shop {
    name = 'shop';
    sell(item, count = 2) {
      const basket = [item];
      let total = 1;
      if (total) { let inside = 'block'; total += 1; throw new TypeError('sold out'); }
    }
  }
  app.get('/ceiling', () => ceiling);
  app.get('/posts/<int:id>', ({ id }) => { visits += 0; return new Shop().sell({ id }); });
`;

/** A console in the innermost frame: gives the text that a line prints, and how it ended. */
async function open(code = CODE): Promise<(line: string, frame?: number) => Promise<string>> {
  const server = await DebugServer.start({ code });
  const { secret, error } = await server.page();
  const headers = { Cookie: await server.unlock(secret) };
  return async (line, frame = 0) => {
    const { status, json } = await server.command('eval', { error, frame, code: line }, { secret, headers });
    expect(status).toBe(200);
    const text = String(json['html'])
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&#39;', "'")
      .replaceAll('&gt;', '>');
    return json['status'] === 'value' ? text : `${json['status'] as string}: ${text}`.replace(/: $/, '');
  };
}

describe('a console in a frame', () => {
  it('knows the variables of the call, of its block and of the module, and `this`', async () => {
    const type = await open();
    expect(await type('[item.id, count, basket.length, total, inside]')).toBe("[ 99, 2, 1, 2, 'block' ]");
    expect(await type('this.name')).toBe("'shop'");
    expect(await type('ceiling - visits')).toBe('10');
    expect(await type('locals')).toMatch(/inside: 'block'/);
    expect(await type('id', 1)).toBe('99');
    expect(await type('typeof basket', 1)).toBe("'undefined'");
  });

  it('takes TypeScript, several lines, await and declarations of its own', async () => {
    const type = await open();
    expect(await type('const n: number = (count as any) * 3')).toBe('nothing');
    expect(
      await type('interface A { a: string }\nenum Color { Red, Green }\n[n, Color.Green] satisfies number[]'),
    ).toBe('[ 6, 1 ]');
    expect(await type('function twice(x: number) {')).toBe('incomplete');
    expect(await type('function twice(x: number) {\nreturn x * 2 }')).toBe('nothing');
    expect(await type('twice(await Promise.resolve(n))')).toBe('12');
    expect(await type('_ + 1')).toBe('13');
    expect(await type('import { basename } from "node:path"; basename("/a/b")')).toBe("'b'");
    expect(await type('imported')).toBe("'from a module'");
  });

  it('assigns to what there is, and leaves the server its globals', async () => {
    const type = await open();
    expect(await type('total = 40; visits += 2')).toBe('2');
    expect(await type('[total, visits]')).toBe('[ 40, 2 ]');
    expect(await type('visits', 1)).toBe('2');
    expect(await type('ceiling = 11')).toMatch(/threw: TypeError: Assignment to constant variable/);
    expect(await type('leaked = 1; leaked')).toBe('1');
    expect('leaked' in globalThis).toBe(false);
    expect(await type('const total = 5; total')).toBe('5');
  });

  it('is in the context of the request', async () => {
    const type = await open();
    expect(await type('[request.path, request.endpoint, app === request.app, typeof session.get]')).toMatch(
      /^\[ '\/posts\/99'/,
    );
    expect(await type('g.note = "kept"')).toBe("'kept'");
    expect(await type('g.note', 1)).toBe("'kept'");
    expect(await type('urlFor("static", { filename: "a.css" })')).toBe("'/static/a.css'");
  });

  it('shows what is written meanwhile, and errors with the place in what was typed', async () => {
    const type = await open();
    expect(await type('console.log("one"); process.stdout.write("two\\n"); 3')).toBe('one\ntwo\n3');
    expect(await type('1 +\n  nothing')).toBe('threw: ReferenceError: nothing is not defined\n    at console:2:3');
    expect(await type('item.x.y')).toMatch(
      /threw: TypeError: Cannot read properties of undefined \(reading 'y'\)\n {4}at console:1:8/,
    );
    expect(await type('let = 5 5')).toMatch(/threw: SyntaxError/);
    expect(await type('process.exit(1)')).toMatch(/threw: .*would stop the server/);
  });

  it('does not hang the server on an endless loop', async () => {
    const type = await open();
    expect(await type('while (true) {}')).toBe('threw: Interrupted.');
    expect(await type('count')).toBe('2');
  });

  it('has a scope of its own in each frame and for each error', async () => {
    const server = await DebugServer.start({ code: CODE });
    const pages = [await server.page(), await server.page('/posts/7')];
    const [first, second] = pages as [(typeof pages)[0], (typeof pages)[0]];
    const headers = { Cookie: await server.unlock(first.secret) };
    const type = async (error: string, frame: number, code: string): Promise<unknown> =>
      (await server.command('eval', { error, frame, code }, { secret: first.secret, headers })).json['html'];
    await type(first.error, 0, 'const mine = 1');
    expect(await type(first.error, 0, 'item.id + mine')).toContain('>100<');
    expect(await type(first.error, 1, 'typeof mine')).toContain('undefined');
    expect(await type(second.error, 0, '[item.id, typeof mine]')).toContain('>7<');
  });

  it('is closed when its error is no longer kept', async () => {
    const server = await DebugServer.start({ code: CODE });
    const { error, secret } = await server.page();
    const headers = { Cookie: await server.unlock(secret) };
    for (let i = 0; i < 10; i++) await server.page();
    const { status, json } = await server.command('eval', { error, frame: 0, code: '1' }, { secret, headers });
    expect([status, json['message']]).toEqual([410, expect.stringContaining('no longer kept')]);
    expect((await server.command('eval', { error: 'x', frame: 0, code: '1' }, { secret, headers })).status).toBe(410);
  });
});

describe('what an error is told as', () => {
  it.each([
    ['text/html,application/xhtml+xml,*/*;q=0.8', {}, 'text/html'],
    ['text/html', { 'Sec-Fetch-Dest': 'document' }, 'text/html'],
    ['text/html', { 'Sec-Fetch-Dest': 'empty' }, 'text/plain'],
    ['application/json', {}, 'application/json'],
    ['application/json, text/plain, */*', {}, 'application/json'],
    ['application/json;q=0.9,text/html', {}, 'text/html'],
    ['*/*', {}, 'text/plain'],
    ['*/*', { 'Content-Type': 'application/json' }, 'application/json'],
    ['*/*', { 'Content-Type': 'application/vnd.api+json; charset=utf-8' }, 'application/json'],
  ])('Accept: %s %j: %s', async (accept, headers, expected) => {
    const server = await DebugServer.start();
    const answer = await server.ask('POST /boom', { headers: { Accept: accept, ...headers }, body: '{}' });
    expect([answer.status, answer.headers['content-type']?.split(';')[0]]).toEqual([500, expected]);
    expect(answer.body).toContain('boom');
    if (expected !== 'text/html') expect(answer.body).not.toMatch(/<\w|secret|console/);
  });

  it('JSON has the traceback as data, text has the lines of source', async () => {
    const server = await DebugServer.start();
    const { body } = await server.ask('GET /posts/1', { headers: { Accept: 'application/json' } });
    expect(JSON.parse(body)).toMatchObject({
      code: 500,
      name: 'TypeError',
      message: "Cannot read properties of undefined (reading 'title')",
      traceback: expect.arrayContaining([expect.objectContaining({ function: 'title', line: 12 })]),
    });
    const { body: text } = await server.ask('GET /posts/1', { headers: { Accept: '*/*' } });
    expect(text).toMatch(/^TypeError: .*\n {4}at title \(.*app\.js:12:\d+\)\n {8}return post\.title;\n/);
  });

  it('answers of abort are not errors', async () => {
    const server = await DebugServer.start();
    const { status, body } = await server.ask('GET /gone');
    expect([status, body.includes('data-secret')]).toEqual([404, false]);
    expect(server.debugger.errors.list()).toEqual([]);
  });

  it('the page allows its own scripts and styles alone', async () => {
    const server = await DebugServer.start();
    const { headers, body } = await server.ask('GET /boom');
    const nonce = /script-src 'nonce-([^']+)'/.exec(headers['content-security-policy'] ?? '')?.[1] ?? 'none';
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; /);
    const tags = body.match(/<(?:script|style)\b[^>]*>/g) ?? [];
    expect(tags.length).toBeGreaterThan(1);
    for (const tag of tags) expect(tag).toContain(`nonce="${nonce}"`);
    expect(body).not.toMatch(/ on\w+=| style=/);
    expect((await server.ask('GET /boom')).headers['content-security-policy']).not.toContain(nonce);
  });

  it('an error without frames, or with a source that is gone, is shown all the same', async () => {
    const server = await DebugServer.start({
      code: `app.get('/a', () => { const error = new Error('x'); error.stack = 'x'; throw error; });
        app.get('/b', () => { throw Object.create(null); });
        app.get('/c', () => { throw { get message() { throw 1; } }; });
        app.get('/d', () => { const error = new Error('x'); error.stack += '\\n    at gone (/nowhere/a.ts:1:1)'; throw error; });`,
    });
    for (const path of ['/a', '/b', '/c', '/d']) expect((await server.ask(`GET ${path}`)).status).toBe(500);
  });
});
