import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { Flacon } from '../../src/index.ts';
import { definePlugin } from '../../src/shell/index.ts';
import { TestHost, type TestClient } from './client-support.ts';

let open: TestHost[] = [];

async function start(app?: Flacon, mode: 'terminal' | 'script' = 'terminal'): Promise<TestClient> {
  const host = await TestHost.start(app);
  open.push(host);
  return host.open(mode);
}

afterEach(async () => {
  for (const host of open) await host.close();
  open = [];
});

describe('results', () => {
  it('are tables, unless that is switched off', async () => {
    const client = await start();
    const code = '[{ id: 1, title: "Hello" }, { id: 2, title: "x" }]';
    expect((await client.show(code)).split('\n')).toEqual([
      '┌────┬─────────┐',
      '│ id │ title   │',
      '├────┼─────────┤',
      "│  1 │ 'Hello' │",
      "│  2 │ 'x'     │",
      '└────┴─────────┘',
      '2 rows',
    ]);
    expect(await client.run('.table off')).toBe('table is off\n');
    expect(await client.show(code)).toBe("[ { id: 1, title: 'Hello' }, { id: 2, title: 'x' } ]");
    await client.eval('.set table on');
    expect(await client.show(code)).toContain('2 rows');
  });

  it('that are rows of a database are shown as objects are, without a word about their prototype', async () => {
    const client = await start();
    const code = 'Object.assign(Object.create(null), { id: 1, tags: ["a"] })';
    expect(await client.show(code)).toBe("{ id: 1, tags: [ 'a' ] }");
    expect(await client.show(`Object.defineProperty(${code}, "late", { get() { throw 1 }, enumerable: true })`)).toBe(
      "{ id: 1, tags: [ 'a' ], late: [Getter] }",
    );
    expect(await client.show('await import("node:path/posix")')).toMatch(/^\[Module: null prototype\]/);
  });

  it('are no tables for scripts', async () => {
    const client = await start(undefined, 'script');
    expect(await client.show('[{ id: 1 }]')).toBe('[ { id: 1 } ]');
  });

  it('are hidden by a semicolon, which is explained once', async () => {
    const client = await start();
    expect(await client.show('6 * 7;')).toBe('(not printed because of the semicolon; _ is the value)');
    expect(await client.eval('6 * 8 ; // why')).toMatchObject({ status: 'nothing', printed: [] });
    expect(await client.show('_')).toBe('48');
    expect(await client.show('const a = 1; a')).toBe('1');
    expect(await client.show('const b: number = 1; b as number;')).toBe('');
    expect(await client.show('"a;"')).toBe("'a;'");
    expect(await client.show('throw new Error("no");')).toMatch(/^Error: no/);
    const script = await start(undefined, 'script');
    expect(await script.show('6 * 7;')).toBe('42');
  });

  it('that are long are shortened, and say by how much', async () => {
    const client = await start();
    const shown = await client.show(
      'Array.from({ length: 100 }, () => Array.from({ length: 40 }, () => "a text of some length"))',
    );
    expect(shown.split('\n')).toHaveLength(2001);
    expect(shown).toMatch(/\n… 202 more lines$/);
    expect(await client.show('Array.from({ length: 150 }, (_, i) => i)')).toContain('... 50 more items');
    expect((await client.show('"x".repeat(10_050)')).slice(-30)).toContain('50 more characters');
    expect(await client.show('Buffer.alloc(60)')).toContain('... 10 more bytes');
  });

  it('that are streams take one line', async () => {
    const app = new Flacon(undefined, { name: 'blog' });
    const stream = createReadStream(import.meta.filename);
    app.shellContextProcessor(() => ({ stream }));
    const client = await start(app);
    expect(await client.show('stream')).toMatch(/^ReadStream \{ path: '.*', readable: true, toRead: '0 bytes' \}$/);
    stream.destroy();
    await once(stream, 'close');
    expect(await client.show('stream')).toMatch(/readable: 'destroyed'/);
    expect(await client.show('new (require("node:stream").PassThrough)()')).toBe(
      "PassThrough { readable: true, toRead: '0 bytes', writable: true, toWrite: '0 bytes' }",
    );
  });
});

describe('models', () => {
  class Post {
    readonly #id: number;
    constructor(id: number) {
      this.#id = id;
    }
    get id(): number {
      return this.#id;
    }
  }

  async function withPrinter(row: boolean): Promise<TestClient> {
    const app = new Flacon(undefined, { name: 'blog' });
    app.shellContextProcessor(() => ({ posts: [new Post(1), new Post(2)] }));
    const rowOf = row ? { row: ({ id }: Post) => ({ id, shown: `post ${id}` }) } : {};
    app.shellPlugin(
      definePlugin({
        name: 'models',
        printers: [{ matches: (value) => value instanceof Post, print: ({ id }: Post) => `<Post ${id}>`, ...rowOf }],
      }),
    );
    return start(app);
  }

  it('print as their printer says, also in an array', async () => {
    const client = await withPrinter(false);
    expect(await client.show('posts[0]')).toBe('<Post 1>');
    expect(await client.show('posts')).toBe('[\n  <Post 1>,\n  <Post 2>,\n]');
  });

  it('are rows as their printer says', async () => {
    const client = await withPrinter(true);
    expect((await client.show('posts')).split('\n')[3]).toBe("│  1 │ 'post 1' │");
  });
});

describe('.set', () => {
  it('lists what can be set', async () => {
    const client = await start();
    expect(await client.run('.set')).toMatch(/^await {5}off {4}Wait .*\ndepth {5}3 {6}How .*\ntable {5}on/);
  });

  it('changes one, and refuses what it cannot be', async () => {
    const client = await start();
    expect(await client.run('.set depth 0')).toBe('depth is 0\n');
    expect(await client.show('({ a: { b: 1 } })')).toBe('{ a: [Object] }');
    expect(await client.run('.depth 2')).toBe('depth is 2\n');
    expect(await client.run('.set depth')).toBe('depth is 2\n');
    expect(await client.run('.set depth two')).toBe("'two' is not a depth");
    expect(await client.run('.set table maybe')).toBe("'maybe' is neither on nor off");
    expect(await client.run('.set dept 1')).toBe("no setting 'dept' (did you mean depth?)");
  });

  it('is completed', async () => {
    const client = await start();
    const complete = async (code: string): Promise<string[]> => {
      const answer = await client.ask({ op: 'complete', code, cursor: code.length });
      return answer.op === 'completions' ? answer.items.map(({ text }) => text) : [];
    };
    expect(await complete('.set ta')).toEqual(['table']);
    expect(await complete('.set table ')).toEqual(['on', 'off']);
    expect(await complete('.table o')).toEqual(['on', 'off']);
  });
});
