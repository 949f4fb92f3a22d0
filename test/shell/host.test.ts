import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Blueprint, currentApp, Flacon, g, request } from '../../src/index.ts';
import type { InterruptReply } from '../../src/shell/interrupt-worker.ts';
import type { HostFrame, NoticeFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import { createProxy } from '../../src/util/local.ts';
import { SideThread } from '../../src/util/side-thread.ts';
import { TestHost, type TestClient } from './client-support.ts';

let open: TestHost[] = [];

async function startHost(...args: Parameters<typeof TestHost.start>): Promise<TestHost> {
  const host = await TestHost.start(...args);
  open.push(host);
  return host;
}

afterEach(async () => {
  for (const host of open) await host.close();
  open = [];
});

function blog(name = 'blog'): Flacon {
  const app = new Flacon(undefined, { name });
  app.get('/', () => `hello from ${currentApp.name}`);
  app.get('/posts/<int:id>', function show({ id }) {
    return { id };
  });
  const admin = new Blueprint('admin', undefined, { urlPrefix: '/admin' });
  admin.get('/', function home() {
    return 'admin';
  });
  app.registerBlueprint(admin);
  return app;
}

const isNotice = (frame: HostFrame): frame is NoticeFrame => frame.op === 'notice';

describe('a session', () => {
  it('has the application in hand', async () => {
    const host = await startHost(blog());
    const client = await host.open();
    expect(client.welcome).toMatchObject({
      app: 'blog',
      pid: process.pid,
      address: '127.0.0.1:5000',
      attached: true,
      warnings: [],
    });
    expect(await client.show('app.name')).toBe("'blog'");
    expect(await client.show('Object.keys(blueprints)')).toBe("[ 'admin' ]");
    expect(await client.show('urlMap')).toContain("<Rule '/posts/<id>' (GET, HEAD, OPTIONS) -> show>");
    expect(await client.show('urlFor("show", { id: 4 })')).toBe("'/posts/4'");
    expect(await client.show('(await client.get("/")).text')).toBe("'hello from blog'");
    expect(await client.show('(await client.get("/posts/7")).json')).toBe('{ id: 7 }');
    expect(await client.show('app instanceof Object')).toBe('true');
  });

  it('keeps g from entry to entry', async () => {
    const host = await startHost(blog());
    const client = await host.open();
    await client.eval('g.user = "ann"');
    expect(await client.show('g.user')).toBe("'ann'");
    expect(() => g.get('user')).toThrow(/application context/);
  });

  it('remembers results and errors', async () => {
    const host = await startHost();
    const client = await host.open();
    await client.eval('5 * 8');
    expect(await client.show('_ + 2')).toBe('42');
    await client.eval('throw new Error("no")');
    expect(await client.show('_error.message')).toBe("'no'");
    expect(await client.show('Out[1]')).toBe('40');
    expect(await client.show('const _ = "mine"; _')).toBe("'mine'");
  });

  it('shows errors with the place in what was typed', async () => {
    const host = await startHost();
    const client = await host.open();
    const code = 'const y = (() => { throw new Error("no") })()';
    expect(await client.show(code)).toMatch(/^Error: no\n    at shell#1:1:26\n    at shell#1:1:44$/);
    expect(await client.show('y')).toMatch(/^ReferenceError: y is not defined\n    at shell#2:1:1$/);
    expect(await client.show('undefinedFunction()')).toMatch(/^ReferenceError: undefinedFunction is not defined/);
    expect(await client.show('const n = 1; n()')).toMatch(/^TypeError: n is not a function/);
    expect(await client.show('1 +* 2')).toBe('SyntaxError: Unexpected token\n    at shell#5:1:4\n1 | 1 +* 2\n  |    ^');
    expect(await client.show('throw 5')).toBe('Uncaught 5');
    expect(await client.show('throw new Error("outer", { cause: new TypeError("inner") })')).toMatch(
      /caused by TypeError: inner/,
    );
  });

  it('prints nothing for declarations and for calls without a value', async () => {
    const host = await startHost();
    const client = await host.open();
    expect(await client.eval('const a = 1')).toMatchObject({ status: 'nothing', printed: [] });
    expect(await client.eval('[].forEach(() => {})')).toMatchObject({ status: 'nothing' });
    expect(await client.show('undefined')).toBe('undefined');
    expect(await client.show('({}).missing')).toBe('undefined');
  });

  it('hints once at await, and waits with .await on', async () => {
    const host = await startHost();
    const client = await host.open();
    expect(await client.show('Promise.resolve(1)')).toBe('Promise { 1 }  (await it, or .await on)');
    expect(await client.show('Promise.resolve(1)')).toBe('Promise { 1 }');
    await client.eval('.await on');
    expect(await client.show('Promise.resolve(1)')).toBe('1');
  });

  it('gives JSON', async () => {
    const host = await startHost();
    const client = await host.open('script');
    expect((await client.eval('[{ id: 1n, at: new Map([["a", 1]]) }]', { json: true })).json).toBe(
      '[{"id":"1","at":{"a":1}}]',
    );
    expect((await client.eval('undefined', { json: true })).json).toBe('null');
    expect((await client.eval('const o = {}; o.o = o; o', { json: true })).json).toBe('{"o":null}');
    expect((await client.eval('const m = new Map(); m.set("m", m)', { json: true })).json).toBe('{"m":null}');
    expect((await client.eval('const s = new Set([1]); s.add([s, s])', { json: true })).json).toBe('[1,[null,null]]');
    const error = 'const e = new Error("no"); Object.assign(e, { e, twice: [o, o] })';
    expect(JSON.parse((await client.eval(error, { json: true })).json ?? '')).toEqual({
      e: null,
      twice: [{ o: null }, { o: null }],
      name: 'Error',
      message: 'no',
    });
  });

  it('reports each expression statement when asked to', async () => {
    const host = await startHost();
    const client = await host.open('script');
    await client.eval('const a = 1\na + 1\nawait (a + 2)\nundefined', { echo: true });
    const echoes = client.frames.flatMap((frame) => (frame.op === 'echo' ? [plainText(frame.printed)] : []));
    expect(echoes).toEqual(['2', '3']);
  });
});

describe('isolation', () => {
  it('keeps names of the server and of other sessions apart', async () => {
    const app = blog();
    app.get('/uses-url', () => new URL('/x', 'http://localhost').pathname);
    const host = await startHost(app);
    const [one, two] = [await host.open(), await host.open()];
    await one.eval('const URL = "x"');
    await one.eval('process = 1; fetch = 2; var Array = 3; function setTimeout() {}');
    expect(await one.show('URL')).toBe("'x'");
    expect(
      await two.show('[typeof URL, typeof process, typeof fetch, typeof Array, setTimeout === globalThis.setTimeout]'),
    ).toBe("[ 'function', 'object', 'function', 'function', true ]");
    expect(await one.show('(await client.get("/uses-url")).text')).toBe("'/x'");
    expect(await two.show('[1] instanceof Array && (await client.get("/posts/1")).json instanceof Object')).toBe(
      'true',
    );
  });

  it('sends output to the client whose code wrote it', async () => {
    const host = await startHost();
    const [one, two] = [await host.open(), await host.open()];
    await Promise.all([
      one.eval('for (let i = 0; i < 3; i++) { console.log("one", i); await null }'),
      two.eval('for (let i = 0; i < 3; i++) { process.stdout.write(`two ${i}\\n`); await null }'),
    ]);
    await one.eval('await new Promise((resolve) => setTimeout(() => { console.error("late"); resolve() }, 5))');
    expect(one.output).toBe('one 0\none 1\none 2\nlate\n');
    expect(two.output).toBe('two 0\ntwo 1\ntwo 2\n');
  });

  it('survives errors that nobody handles, and says them once', async () => {
    const host = await startHost();
    const client = await host.open();
    await client.eval('setTimeout(() => { throw new Error("later") }, 1); 0');
    const notice = await client.next(isNotice);
    expect(plainText(notice.printed)).toMatch(/^Uncaught Error: later\n    at .*shell#1:1:26/);
    await client.eval('void Promise.reject(new Error("rejected"))');
    const second = await client.next((frame): frame is NoticeFrame => isNotice(frame) && frame !== notice);
    expect(plainText(second.printed)).toContain('Uncaught Error: rejected');
    expect(await client.show('1 + 1')).toBe('2');
  });

  it('does not let a person end the server, but a script its run', async () => {
    const host = await startHost();
    const person = await host.open();
    expect(await person.eval('process.exit(4)')).toMatchObject({ status: 'exit', exitCode: 4, mustAsk: true });
    await person.eval('setTimeout(() => process.exit(4), 1); 0');
    const refused = await person.next(isNotice);
    expect(plainText(refused.printed)).toMatch(/would stop the server/);
    const script = await host.open('script');
    expect(await script.eval('process.exit(3)')).toMatchObject({ status: 'exit', exitCode: 3 });
  });
});

describe('interrupts', () => {
  function control(client: TestClient, token: string, force = false): Promise<InterruptReply> {
    const { control: paths } = client.welcome;
    return new Promise((resolve, reject) => {
      const socket = connect(paths?.path ?? '');
      let text = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => (text += chunk));
      socket.on('end', () => resolve(JSON.parse(text) as InterruptReply));
      socket.on('error', reject);
      socket.write(`${JSON.stringify({ token, slot: paths?.slot, target: 1, force })}\n`);
    });
  }

  /** The host blocks this very process: another one has to press Ctrl-C. */
  async function interruptFromOutside(client: TestClient, token: string, target: number): Promise<void> {
    const { control: paths } = client.welcome;
    const request = JSON.stringify(JSON.stringify({ token, slot: paths?.slot, target }) + '\n');
    const program = `setTimeout(() => { const s = require('node:net').connect(${JSON.stringify(paths?.path)}); s.write(${request}); s.on('data', () => {}); s.on('error', (e) => { throw e }) }, 100)`;
    spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
  }

  it.each([
    ['a loop', 'while (true) {}', false],
    ['a loop that swallows errors', 'for (;;) { try { for (;;); } catch {} }', false],
    ['a loop of microtasks', 'for (;;) await 0', false],
    ['a loop after an await', 'await null; while (true);', false],
    ['a loop in code that was not typed', 'app.spin()', false],
    ['a promise that never settles', 'await new Promise(() => {})', true],
  ])('stop %s, and the server goes on', async (_, code, isPending) => {
    const app = Object.assign(blog(), {
      spin: () => {
        for (;;);
      },
    });
    const host = await startHost(app);
    const client = await host.open();
    // The thread is there before anything blocks.
    await expect.poll(() => existsSync(client.welcome.control?.path ?? '')).toBe(true);
    for (let time = 0; time < 2; time += 1) {
      await interruptFromOutside(client, host.host.record.token, client.nextId);
      const result = await client.eval(code);
      expect(result.status).toBe('interrupted');
      expect(plainText(result.printed)).toBe(isPending ? 'promise left pending' : '');
    }
    expect(await client.show('1 + 1')).toBe('2');
    expect(await client.show('(await client.get("/")).status')).toBe('200');
  });

  it('are refused without the token', async () => {
    const host = await startHost();
    const client = await host.open();
    await expect.poll(() => existsSync(client.welcome.control?.path ?? '')).toBe(true);
    expect(await control(client, 'wrong')).toEqual({ state: 'denied' });
    expect(await control(client, host.host.record.token)).toEqual({ state: 'stopped' });
  });
});

describe('reloads', () => {
  it('keep variables and rebind what the application offers', async () => {
    const first = blog('first');
    first.shellContextProcessor(() => ({ version: 1, gone: true }));
    const host = await startHost(first);
    const client = await host.open();
    await client.eval('const kept = { n: 1 }; const find = () => app.name');
    expect(await client.show('[version, app.name, find()]')).toBe("[ 1, 'first', 'first' ]");

    const second = blog('second');
    second.shellContextProcessor(async () => ({ version: 2 }));
    host.target.replace(second);
    const notice = await client.next(isNotice);
    expect(plainText(notice.printed)).toBe('↻ reloaded app.ts (1 module, 4 ms)');
    expect(notice.names).toContain('version');
    expect(await client.show('[version, app.name, find(), kept.n, typeof gone]')).toBe(
      "[ 2, 'second', 'second', 1, 'undefined' ]",
    );
    expect(await client.show('(await client.get("/")).text')).toBe("'hello from second'");
  });

  it('rebind imports, and keep those that fail', async () => {
    const host = await startHost();
    host.target.modules['./models.ts'] = { Post: 'old' };
    const client = await host.open();
    await client.eval('import { Post } from "./models.ts"');
    host.target.modules['./models.ts'] = { Post: 'new' };
    host.target.replace(blog());
    await client.next(isNotice);
    expect(await client.show('Post')).toBe("'new'");
  });

  it('turn instances into those of the new classes, and name what is stale', async () => {
    const host = await startHost();
    const load = (body: string): Record<string, unknown> =>
      new Function(`class Post { title = 'Draft'; ${body} }; function slug() {}; return { Post, slug }`)() as Record<
        string,
        unknown
      >;
    host.target.modules['/project/app.ts'] = load('');
    host.target.modules['./models.ts'] = host.target.modules['/project/app.ts'];
    const client = await host.open();
    await client.eval('import { Post } from "./models.ts"; const p = new Post(), list = [new Post()]');
    await client.eval(
      'const deep = { map: new Map([["a", { list: [new Post()] }]]), set: new Set([new Post()]), touched: 0, get trap() { return (this.touched += 1) } }',
    );
    await client.eval('const { slug: old } = await import("./models.ts"); const f = () => p.slug()');
    expect(await client.show('f()')).toMatch(/^TypeError: p.slug is not a function/);
    const lower = load('slug() { return this.title.toLowerCase() }');
    for (const file of ['/project/app.ts', './models.ts']) host.target.evaluate(file, lower);
    host.target.replace(blog());
    const notice = await client.next(isNotice);
    expect(plainText(notice.printed)).toBe('↻ reloaded app.ts (1 module, 4 ms) · upgraded: p, list, deep · stale: old');
    expect(await client.show('[f(), p instanceof Post, list[0] instanceof Post]')).toBe("[ 'draft', true, true ]");
    expect(await client.show('[deep.map.get("a").list[0].slug(), [...deep.set][0].slug(), deep.touched]')).toBe(
      "[ 'draft', 'draft', 0 ]",
    );
  });

  it('leave classes of others alone that are called the same, and look at none but by data', async () => {
    const host = await startHost();
    host.target.modules['/project/app.ts'] = { Post: class Post {} };
    host.target.modules['library'] = { made: new (class Post {})() };
    const client = await host.open();
    await client.eval('import { made } from "library"; const theirs = [made], Theirs = made.constructor');
    await client.eval('class Post { title = "mine" }; const p = new Post()');
    const strange = class {
      static get name(): string {
        throw new Error('asked for its name');
      }
    };
    const unbound = createProxy<{ name: string }>(
      () => undefined,
      () => new Error('unbound'),
      'unbound',
    );
    host.target.evaluate('/project/app.ts', { Post: class Post {}, strange, unbound });
    host.target.replace(blog());
    const notice = await client.next(isNotice);
    expect(plainText(notice.printed)).toBe('↻ reloaded app.ts (1 module, 4 ms)');
    expect(await client.show('[p instanceof Post, theirs[0] instanceof Theirs]')).toBe('[ true, true ]');
  });

  it('are taken over after one that could not be', async () => {
    const host = await startHost();
    const client = await host.open();
    const { target } = host;
    target.app = () => {
      throw new Error('just now');
    };
    target.replace(blog());
    await expect.poll(() => host.audit).toContain('shell: Error: just now');
    Reflect.deleteProperty(target, 'app');
    target.replace(blog('second'));
    await client.next(isNotice);
    expect(await client.show('app.name')).toBe("'second'");
  });

  it('tell what is broken', async () => {
    const host = await startHost();
    const client = await host.open();
    host.target.tell({ kind: 'failed', message: "';' expected", file: 'src/models.ts', line: 7, column: 3 });
    const notice = await client.next(isNotice);
    expect(plainText(notice.printed)).toBe("✗ src/models.ts:7:3  ';' expected — still running the previous version");
  });
});

describe('the context of the shell', () => {
  it('takes processors that wait, are lazy, clash and fail', async () => {
    const app = blog();
    const closed: string[] = [];
    let asked = 0;
    app.shellContextProcessor(() => ({
      get lazy() {
        return (asked += 1);
      },
      user: 'one',
    }));
    app.shellContextProcessor(async () => ({ user: 'two' }), { dispose: () => void closed.push('second') });
    app.shellContextProcessor(() => ({ db: 1 }), {
      dispose: () => {
        closed.push('third');
        throw new Error('stuck');
      },
    });
    app.shellContextProcessor(() => {
      throw new Error('boom');
    });
    app.shellContextProcessor(() => request);
    const host = await startHost(app);
    const client = await host.open();
    expect(client.welcome.warnings.map(plainText)).toEqual([
      expect.stringMatching(/^! context of .*host\.test\.ts:\d+ failed: Error: boom$/),
      expect.stringMatching(/^! context of .*host\.test\.ts:\d+ failed: \w*Error: .*outside of request context/),
      expect.stringMatching(
        /^! user: defined by \S*host\.test\.ts:\d+ and (\S*host\.test\.ts:\d+) — using \1, other is hostTest\.user$/,
      ),
    ]);
    expect(asked).toBe(0);
    expect(await client.show('[user, db, lazy, lazy]')).toBe("[ 'two', 1, 1, 2 ]");
    await client.eval('.context');
    expect(client.output).toMatch(/^app +Flacon +core$/m);
    expect(client.output).toMatch(/^lazy +\S*host\.test\.ts:\d+ \(lazy\)$/m);
    expect(await client.show('hostTest.user')).toBe("'one'");
    await client.ask({ op: 'close' });
    expect(closed).toEqual(['third', 'second']);
    expect(client.output).toMatch(/closing the context of .*host\.test\.ts:\d+ failed: stuck/);
  });
});

describe('commands', () => {
  it('answer a mistyped name with the nearest', async () => {
    const host = await startHost(blog());
    const client = await host.open();
    expect(await client.show('.route')).toBe('no command .route (did you mean .routes?)');
    expect(await client.show('.xyzzy')).toBe('no command .xyzzy (.help lists them)');
  });

  it('list routes and blueprints', async () => {
    const host = await startHost(blog());
    const client = await host.open();
    await client.eval('.routes posts');
    expect(client.output).toMatch(/^GET {2}\/posts\/<int:id> {2}show {2}.*host\.test\.ts:\d+\n$/);
    await client.eval('.blueprints');
    expect(client.output).toMatch(/^ {2}admin +\/admin +1 /m);
  });

  it('mask secrets of the configuration', async () => {
    const app = blog();
    Object.assign(app.config, { SECRET_KEY: 'hunter2', STRIPE_TOKEN: 'hunter2', PAGE_SIZE: 20 });
    const host = await startHost(app);
    const client = await host.open();
    await client.eval('.config');
    expect(client.output).not.toContain('hunter2');
    expect(client.output).toMatch(/^SECRET_KEY +«redacted»$/m);
    expect(client.output).toMatch(/^PAGE_SIZE +20$/m);
  });

  it('send requests', async () => {
    const host = await startHost(blog());
    const client = await host.open();
    await client.eval('.request GET /posts/4 -H "accept: application/json"');
    expect(client.output).toMatch(/^200 OK {2}application\/json {2}[\d.]+ ms\n\{ id: 4 \}\n$/);
  });

  it('are all in .help, on one screen', async () => {
    const host = await startHost(blog());
    const client = await host.open();
    await client.eval('.help');
    for (const name of ['exit', 'history', 'routes', 'context', 'request']) expect(client.output).toContain(`.${name}`);
    expect(client.output.split('\n').length).toBeLessThanOrEqual(24);
    for (const line of client.output.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    client.frames.length = 0;
    await client.eval('.help session');
    expect(client.output).toMatch(/^ {2}\.ls +\S.*$/m);
    client.frames.length = 0;
    await client.eval('.help .rebuild');
    expect(client.output).toMatch(/^\.rebuild \[NAME\.\.\.\]\n/);
  });
});

describe('plugins', () => {
  it('bring commands, helpers and printers; one that throws is named and left out', async () => {
    const app = blog();
    class Money {
      readonly amount = 3;
    }
    const closed: string[] = [];
    app.shellPlugin({
      name: 'money',
      helpers: { Money },
      commands: [
        {
          name: 'pay',
          description: 'Pay.',
          run: async (shell, args) => shell.print(`paid ${args}`, await shell.evaluate('1 + 1')),
        },
      ],
      printers: [{ matches: (value) => value instanceof Money, print: (value: Money) => `$${value.amount}` }],
      dispose: () => void closed.push('money'),
    });
    app.shellPlugin({
      name: 'broken',
      setup: () => {
        throw new Error('no license');
      },
      commands: [{ name: 'never', description: '', run() {} }],
    });
    const host = await startHost(app);
    const client = await host.open();
    expect(client.welcome.warnings.map(plainText)).toEqual(['! plugin broken is left out: no license']);
    expect(await client.show('new Money()')).toBe('$3');
    await client.eval('.pay ann');
    expect(client.output).toBe('paid ann 2\n');
    expect(await client.show('.never')).toMatch(/^no command \.never/);
    await client.ask({ op: 'close' });
    expect(closed).toEqual(['money']);
  });
});

describe('completion', () => {
  it('knows names, members and routes, and runs nothing', async () => {
    const app = blog();
    let asked = 0;
    app.shellContextProcessor(() => ({
      get lazy() {
        return { touched: (asked += 1) };
      },
    }));
    const host = await startHost(app);
    const client = await host.open();
    await client.eval(
      'let calls = 0; const f = () => { calls += 1; return {} }; const o = { alpha: { beta: 1 }, get trap() { calls += 1; return {} } }',
    );
    const complete = async (code: string): Promise<string[]> => {
      const answer = await client.ask({ op: 'complete', code, cursor: code.length });
      return answer.op === 'completions' ? answer.items.map(({ text }) => text) : [];
    };
    expect(await complete('blue')).toEqual(['blueprints']);
    expect(await complete('app.urlM')).toEqual(['urlMap']);
    expect(await complete('o.alpha.')).toContain('beta');
    expect(await complete('o.')).toEqual(expect.arrayContaining(['alpha', 'trap']));
    expect(await complete('o.trap.')).toEqual([]);
    expect(await complete('f().')).toEqual([]);
    expect(await complete('lazy.')).toEqual([]);
    expect(await complete('"abc".toUpp')).toEqual(['toUpperCase']);
    expect(await complete('client.get("/po')).toEqual(['/posts/<int:id>']);
    expect(await complete('urlFor("ad')).toEqual(['admin.home']);
    expect(await complete('.rou')).toEqual(['routes']);
    expect(await complete('.routes adm')).toEqual(['admin.home']);
    expect(await client.show('calls')).toBe('0');
    expect(asked).toBe(0);
  });
});

describe('the door', () => {
  it('opens to the token only, and its files are closed to others', async () => {
    const host = await startHost();
    const stranger = host.connect();
    expect(await stranger.hello('wrong')).toMatchObject({ op: 'failed', message: 'denied: wrong token' });
    stranger.socket.destroy();
    const { socket } = host.host.record;
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(`${dirname(socket)}/shell.json`).mode & 0o777).toBe(0o600);
  });

  it('is shut to what is no frame, and to requests before hello', async () => {
    const host = await startHost();
    const noise = host.connect();
    noise.socket.write('GET / HTTP/1.1\r\n\r\n');
    await noise.closed();
    const rude = host.connect();
    rude.send({ op: 'eval', code: '1' });
    await rude.closed();
    expect(host.audit).toEqual([]);
  });

  it('is gone when the host is closed', async () => {
    const host = await startHost();
    const client = await host.open();
    expect(host.audit).toEqual(['shell 1 attached: pid 1, tester']);
    await host.host.close();
    await client.closed();
    expect(existsSync(dirname(host.host.record.socket))).toBe(false);
  });

  it('is shut after the clean-up of those who are just leaving', async () => {
    const app = blog();
    let cleanedUp = false;
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const dispose = async (): Promise<void> => {
      begin();
      await delay(50);
      cleanedUp = true;
    };
    app.shellContextProcessor(() => ({}), { dispose });
    const host = await startHost(app);
    (await host.open()).socket.destroy();
    await begun;
    await host.host.close();
    expect(cleanedUp).toBe(true);
  });
});

describe('a server that is blocked by something else', () => {
  it('names it instead of stopping it, until it is forced', async () => {
    const app = blog();
    app.get('/slow', () => {
      for (const end = Date.now() + 2500; Date.now() < end;);
      return 'done';
    });
    const host = await startHost(app);
    const client = await host.open();
    await client.eval('1');
    const target = client.nextId;
    const waiting = client.eval('await new Promise(() => {})');
    const request = `${JSON.stringify({ token: host.host.record.token, slot: client.welcome.control?.slot, target })}\n`;
    const program = `setTimeout(() => { const s = require('node:net').connect(${JSON.stringify(client.welcome.control?.path)}); s.write(${JSON.stringify(request)}); s.pipe(process.stdout) }, 300)`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let reply = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (reply += text));
    const ended = new Promise((resolve) => child.on('close', resolve));
    await client.ask({ op: 'check', code: '1' });
    // Not the shell's: a request of the server.
    expect((await app.testClient().get('/slow')).text).toBe('done');
    await ended;
    expect(JSON.parse(reply)).toEqual({ state: 'busy', where: expect.stringMatching(/host\.test\.ts:\d+$/) as string });
    expect(plainText((await waiting).printed)).toBe('promise left pending');
    expect(await client.show('1 + 1')).toBe('2');
  });
});

describe('a thread that is there already', () => {
  it('serves the host too, and goes on when that is closed', async () => {
    const thread = new SideThread('test');
    const pulse = thread.run((_, port) => {
      port.on('message', (message) => port.postMessage(message));
    }, undefined);
    const host = await startHost(blog(), { thread });
    const client = await host.open();
    await expect.poll(() => existsSync(client.welcome.control?.path ?? '')).toBe(true);
    const request = JSON.stringify({
      token: host.host.record.token,
      slot: client.welcome.control?.slot,
      target: client.nextId,
    });
    const program = `setTimeout(() => require('node:net').connect(${JSON.stringify(client.welcome.control?.path)}).end(${JSON.stringify(`${request}\n`)}).resume(), 100)`;
    spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
    expect((await client.eval('[1].forEach(() => { while (true); })')).status).toBe('interrupted');
    await host.host.close();
    expect(existsSync(client.welcome.control?.path ?? '')).toBe(false);
    pulse.postMessage('still here');
    expect(await once(pulse, 'message')).toEqual(['still here']);
    await thread.close();
  });
});

describe('what a shell may be given', () => {
  it('is every name of the global object, in two sessions, and nobody else sees them', async () => {
    const app = blog();
    const host = await startHost(app);
    const [one, two] = [await host.open(), await host.open()];
    const names = Object.getOwnPropertyNames(globalThis).filter(
      (name) =>
        /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) &&
        !['undefined', 'NaN', 'Infinity', 'eval', 'globalThis'].includes(name),
    );
    const before = names.map((name) => (globalThis as Record<string, unknown>)[name]);
    for (const [index, name] of names.entries()) {
      const code =
        [
          `const ${name} = "one"`,
          `let ${name} = "one"`,
          `var ${name} = "one"`,
          `${name} = "one"`,
          `function ${name}() {}`,
          `class ${name} {}`,
        ][index % 6] ?? '';
      expect((await one.eval(code)).status, code).not.toBe('threw');
    }
    expect(names.map((name) => (globalThis as Record<string, unknown>)[name])).toEqual(before);
    expect(await two.show('[typeof URL, typeof fetch, typeof Array, typeof JSON, typeof console.log]')).toBe(
      "[ 'function', 'function', 'function', 'object', 'function' ]",
    );
    expect((await app.testClient().get('/')).text).toBe('hello from blog');
  });

  it('is a connection that is cut in the middle of anything', async () => {
    const host = await startHost(blog());
    for (const code of [
      'await new Promise(() => {})',
      'for (let i = 0; i < 1e6; i++) console.log("x".repeat(1000))',
      '1',
    ]) {
      const client = await host.open();
      client.send({ op: 'eval', code });
      await new Promise<void>((resolve) => client.socket.write('', () => resolve()));
      client.socket.destroy();
    }
    await expect.poll(() => host.host.clients).toBe(0);
    const client = await host.open();
    expect(await client.show('1 + 1')).toBe('2');
  });
});

describe('commands of an application', () => {
  it('are added with a function', async () => {
    const app = blog();
    app.shellCommand(
      'seed',
      { help: 'Make posts.', args: 'COUNT', complete: () => ['5', '10'] },
      async (shell, args) => {
        await Promise.resolve();
        shell.print(`made ${Number(args)} posts in ${shell.app.name}`);
      },
    );
    const host = await startHost(app);
    const client = await host.open();
    await client.eval('.seed 5');
    expect(client.output).toBe('made 5 posts in blog\n');
    await client.eval('.help seed');
    expect(client.output).toContain('.seed COUNT\nMake posts.\n');
    await client.eval('.help');
    expect(client.output).toMatch(/^blog .*\.seed/m);
    const answer = await client.ask({ op: 'complete', code: '.seed 1', cursor: 7 });
    expect(answer.op === 'completions' && answer.items.map(({ text }) => text)).toEqual(['10']);
  });
});
