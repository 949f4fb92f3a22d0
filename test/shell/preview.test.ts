import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { Flacon } from '../../src/index.ts';
import { plainText } from '../../src/shell/spans.ts';
import { TestHost, type TestClient } from './client-support.ts';

let open: TestHost[] = [];

/** What the previewed code could do, and whether it did. */
const effects = { count: 0, rows: [1, 2, 3], lazy: 0, shown: 0, titles: 0 };

function blog(): Flacon {
  class Post {
    id = 1;
    slug(): string {
      return `post-${this.id}`;
    }
    get title(): string {
      effects.titles += 1;
      return 'Hello';
    }
    get url(): string {
      return `/posts/${this.id}`;
    }
    async save(): Promise<void> {
      await Promise.resolve();
      effects.count += 1;
    }
  }
  class Shy {
    [inspect.custom](): string {
      effects.shown += 1;
      return 'shy';
    }
  }
  class Tagged {
    get [Symbol.toStringTag](): string {
      effects.shown += 1;
      return 'tag';
    }
  }
  const app = new Flacon(undefined, { name: 'blog' });
  app.shellContextProcessor(() => ({
    post: new Post(),
    shy: new Shy(),
    tagged: new Tagged(),
    rows: effects.rows,
    bump: () => (effects.count += 1),
    get lazy() {
      effects.lazy += 1;
      return 1;
    },
  }));
  return app;
}

async function start(): Promise<TestClient> {
  Object.assign(effects, { count: 0, rows: [1, 2, 3], lazy: 0, shown: 0, titles: 0 });
  const host = await TestHost.start(blog());
  open.push(host);
  return host.open();
}

async function preview(client: TestClient, code: string): Promise<string> {
  const answer = await client.ask({ op: 'preview', code });
  if (answer.op !== 'preview') throw new Error(`no preview: ${JSON.stringify(answer)}`);
  return plainText(answer.printed);
}

afterEach(async () => {
  for (const host of open) await host.close();
  open = [];
});

describe('a preview', () => {
  it('is the value of a pure expression', async () => {
    const client = await start();
    await client.eval('const list = [3, 1, 2]; let n = 2; function twice(x: number) { return x * 2 }');
    const cases: Record<string, string> = {
      '[1,2,3].map(x => x*2)': '[ 2, 4, 6 ]',
      'list.map((x: number) => x * n)': '[ 6, 2, 4 ]',
      'twice(21)': '42',
      '[...list].sort()': '[ 1, 2, 3 ]',
      '{ a: 1, b: list }': '{ a: 1, b: [ 3, 1, 2 ] }',
      'post.slug()': "'post-1'",
      'post.url': "'/posts/1'",
      post: 'Post { id: 1 }',
      'JSON.stringify({ n })': `'{"n":2}'`,
      'typeof nothing': "'undefined'",
      '10n * 2n': '20n',
      '0 / 0': 'NaN',
      '1 > 2': 'false',
      'list.length > 2 ? "many" : "few"': "'many'",
      'urlMap === app.urlMap': 'true',
    };
    for (const [code, expected] of Object.entries(cases))
      expect([code, await preview(client, code)]).toEqual([code, expected]);
  });

  it('knows the last value', async () => {
    const client = await start();
    await client.eval('6 * 7');
    expect(await preview(client, '_ + 1')).toBe('43');
  });

  it('runs nothing that has an effect', async () => {
    const client = await start();
    await client.eval('let n = 0; const list = [2, 1]; const o = { get x() { return bump() } }');
    const before = await client.show('[n, list]');
    for (const code of [
      'bump()',
      'rows.push(4)',
      'rows.length = 0',
      'rows.splice(0)',
      'n++',
      'n = 5',
      'list.sort()',
      'o.x',
      'post.title',
      'post.save()',
      'lazy',
      'lazy + 1',
      'console.log("printed")',
      'require("node:fs").writeFileSync("x", "y")',
      'fetch("http://localhost:1")',
      'setTimeout(bump)',
      'queueMicrotask(bump)',
      'Promise.resolve().then(bump)',
      '(async () => { await null; bump() })()',
      'new Promise(bump)',
      'globalThis.leaked = 1',
      'process.exit()',
      'eval("bump()")',
      'Function("return 1")()',
      'import("node:fs")',
      'g.user = 1',
      'app.config.DEBUG = true',
      'client.get("/")',
      'urlFor("index")',
      'undefinedFunction()',
      'throw new Error("no")',
      'JSON.parse("{")',
    ])
      expect([code, await preview(client, code)]).toEqual([code, '']);
    expect(effects).toEqual({ count: 0, rows: [1, 2, 3], lazy: 0, shown: 0, titles: 0 });
    expect(await client.show('[n, list]')).toBe(before);
    expect(client.output).toBe('');
    expect(Object.keys(globalThis).filter((name) => /flacon_preview|leaked/.test(name))).toEqual([]);
    expect(Object.getOwnPropertyNames(globalThis).filter((name) => name.includes('preview'))).toEqual([]);
  });

  it('runs nothing when it is shown', async () => {
    const client = await start();
    expect(await preview(client, 'shy')).toBe('');
    expect(await preview(client, '[shy]')).toBe('');
    expect(await preview(client, 'tagged')).toBe('');
    expect(await preview(client, '({ tagged })')).toBe('');
    expect(effects.shown).toBe(0);
  });

  it('is not made of what is no whole expression, or no news', async () => {
    const client = await start();
    for (const code of [
      '[1, 2',
      'const a = 1',
      'if (true) 1;let x',
      '1 +',
      'import x from "y"',
      'class A {}',
      '42',
      "'text'",
      'undefined',
      'bump',
      '.ls',
      '',
    ])
      expect([code, await preview(client, code)]).toEqual([code, '']);
  });

  it('is given up after a tenth of a second, and not tried again', async () => {
    const client = await start();
    const code = '(() => { while (true); })()';
    const begin = performance.now();
    expect(await preview(client, code)).toBe('');
    const once = performance.now() - begin;
    expect(await preview(client, `${code};`)).toBe('');
    expect(performance.now() - begin).toBeLessThan(once + 50);
    expect(await preview(client, '1 + 1')).toBe('2');
  });

  it('makes nothing large', async () => {
    const client = await start();
    for (const code of ['Array(100000000).fill(0)', '"x".repeat(1e8)', 'Array(2 ** 27)', '"x".repeat(100_000_000)'])
      expect([code, await preview(client, code)]).toEqual([code, '']);
  });

  it('waits while an entry runs', async () => {
    const client = await start();
    const id = client.send({ op: 'eval', code: 'console.log("runs"); await new Promise(() => {})' });
    await client.next((frame): frame is Extract<typeof frame, { op: 'out' }> => frame.op === 'out');
    expect(await preview(client, '1 + 1')).toBe('');
    await client.ask({ op: 'interrupt', target: id });
    await client.next((frame): frame is Extract<typeof frame, { op: 'result' }> => frame.op === 'result');
    expect(await preview(client, '1 + 1')).toBe('2');
  });
});
