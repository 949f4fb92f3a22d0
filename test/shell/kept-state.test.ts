import { afterEach, describe, expect, it } from 'vitest';
import { packValues, unpackValues } from '../../src/shell/plain-data.ts';
import type { KeptState } from '../../src/shell/kept-state.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { TestHost, type TestClient } from './client-support.ts';

class Post {
  readonly title = 'Hello';
}

describe('values that outlive their process', () => {
  const again = (value: unknown): unknown => {
    const { data, left } = packValues([['value', value]]);
    expect(left).toEqual([]);
    return unpackValues(data).get('value');
  };

  it.each([
    ['numbers', [1, -0, Number.NaN, 10n, Infinity]],
    ['text', ['', 'é😀\ud800', null, undefined, true]],
    ['objects', { a: { b: [1, { c: 2 }] } }],
    ['maps and sets', new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 'x'])]])],
    ['dates and patterns', [new Date(5), /a+/giu]],
    ['bytes', [new Uint8Array([1, 2]), new Float64Array([0.5]), new ArrayBuffer(4)]],
    ['wrapped values', [Object(1), Object('text'), Object(false)]],
  ])('are %s', (_, value) => {
    expect(again(value)).toStrictEqual(value);
  });

  it('keep what V8 alone forgets: buffers, properties of errors, objects without prototype, holes', () => {
    expect(again(Buffer.from('hi'))).toStrictEqual(Buffer.from('hi'));
    const error = Object.assign(new TypeError('no', { cause: { why: 1 } }), { code: 'E_NO' });
    const copy = again(error) as typeof error;
    expect(copy).toBeInstanceOf(TypeError);
    expect([copy.message, copy.stack, copy.code, copy.cause]).toEqual(['no', error.stack, 'E_NO', { why: 1 }]);
    expect(Object.keys(copy)).toEqual(['code']);
    expect(Object.getPrototypeOf(again(Object.create(null)))).toBe(null);
    // eslint-disable-next-line no-sparse-arrays
    expect(1 in (again([1, , 3]) as number[])).toBe(false);
  });

  it('keep what is shared, and cycles', () => {
    const shared: Record<string, unknown> = {};
    shared['self'] = shared;
    const { data } = packValues([
      ['a', shared],
      ['b', [shared]],
    ]);
    const values = unpackValues(data);
    const a = values.get('a') as typeof shared;
    expect(a['self']).toBe(a);
    expect((values.get('b') as unknown[])[0]).toBe(a);
  });

  it('are named when they cannot be kept, and nothing of them runs', () => {
    let ran = 0;
    const values: Record<string, unknown> = {
      f: () => 1,
      Post,
      p: new Post(),
      list: [{ deep: new Post() }],
      lazy: {
        get now() {
          return (ran += 1);
        },
      },
      proxy: new Proxy({}, { ownKeys: () => [String((ran += 1))] }),
      promise: Promise.resolve(1),
      url: new URL('http://localhost'),
      symbol: Symbol('s'),
      named: { [Symbol('s')]: 1 },
      many: new AggregateError([new Error('x')]),
      weak: new WeakMap(),
      large: 'x'.repeat(2_000_000),
      rows: Array.from({ length: 200_000 }, (_, id) => ({ id })),
      fine: { a: 1 },
    };
    const { left, packed } = packValues(Object.entries(values));
    expect(Object.fromEntries(left.map(({ name, why }) => [name, why]))).toEqual({
      f: 'function',
      Post: 'class',
      p: 'Post',
      list: 'holds a Post',
      lazy: 'holds a getter',
      proxy: 'proxy',
      promise: 'Promise',
      url: 'URL',
      symbol: 'symbol',
      named: 'holds a symbol',
      many: 'AggregateError',
      weak: 'WeakMap',
      large: 'too large',
      rows: 'too large',
    });
    expect(packed).toEqual(['fine']);
    expect(ran).toBe(0);
  });
});

describe('a session that is built again', () => {
  let open: TestHost[] = [];

  afterEach(async () => {
    for (const host of open.toReversed()) await host.close();
    open = [];
  });

  async function startHost(): Promise<TestHost> {
    const host = await TestHost.start();
    host.target.modules['./models.ts'] = { Post, version: 1 };
    open.push(host);
    return host;
  }

  async function keptBy(client: TestClient, wanted: (state: KeptState) => boolean): Promise<KeptState> {
    const frame = await client.next(
      (frame: HostFrame): frame is Extract<HostFrame, { op: 'kept' }> => frame.op === 'kept' && wanted(frame.state),
    );
    return frame.state;
  }

  it('has its data, its imports and its constants; what is lost can be made by its entries', async () => {
    const first = await (await startHost()).open();
    await first.eval('import { Post, version as v } from "./models.ts"');
    await first.eval('let n = 1; const rows = [{ id: 1 }]');
    await first.eval('n += 1; let title = "draft", p = Object.assign(new Post(), { title })');
    await first.eval('title = "changed"');
    await first.eval('const f = () => p.title');
    const state = await keptBy(first, ({ entry }) => entry === 5);

    const second = await (await startHost()).open();
    const restored = await second.ask({ op: 'restore', state });
    expect(restored).toMatchObject({
      kept: ['Post', 'v', 'n', 'rows', 'title'],
      lost: [
        { name: 'p', why: 'Post' },
        { name: 'f', why: 'function' },
      ],
    });
    expect(await second.show('[n, rows, title, v, new Post().title, typeof f]')).toBe(
      "[ 2, [ { id: 1 } ], 'changed', 1, 'Hello', 'undefined' ]",
    );
    expect(await second.show('rows = 1')).toMatch(/Assignment to constant variable 'rows'/);
    expect(await second.show('.rebuild nothing')).toBe('nothing: not lost');
    await second.eval('.rebuild');
    expect(second.output).toBe(
      'n += 1; let title = "draft", p = Object.assign(new Post(), { title })\nconst f = () => p.title\n',
    );
    // The entry of `p` declares `title`, too, and counts `n`: both keep what they had.
    expect(await second.show('[f(), title, n]')).toBe("[ 'draft', 'changed', 2 ]");
    await second.eval('.rebuild');
    expect(second.output).toMatch(/Nothing is lost\.\n$/);
  });

  it('stays rebuildable over two restarts, and counts its entries on', async () => {
    const first = await (await startHost()).open();
    await first.eval('const f = () => "f"');
    const state = await keptBy(first, ({ lost }) => lost.length === 1);
    const second = await (await startHost()).open();
    await second.ask({ op: 'restore', state });
    expect((await second.eval('let n = 1')).entry).toBe(2);
    const later = await keptBy(second, ({ kinds }) => 'n' in kinds);
    const third = await (await startHost()).open();
    expect(await third.ask({ op: 'restore', state: later })).toMatchObject({ kept: ['n'], lost: [{ name: 'f' }] });
    await third.eval('.rebuild f');
    expect(await third.show('f()')).toBe("'f'");
  });

  it('names imports whose module is gone', async () => {
    const first = await (await startHost()).open();
    await first.eval('import * as models from "./models.ts"');
    const state = await keptBy(first, ({ imports }) => imports.length === 1);
    const host = await startHost();
    delete host.target.modules['./models.ts'];
    const second = await host.open();
    expect(await second.ask({ op: 'restore', state })).toMatchObject({
      kept: [],
      lost: [{ name: 'models', why: "import of './models.ts'" }],
    });
    host.target.modules['./models.ts'] = { version: 2 };
    await second.eval('.rebuild');
    expect(await second.show('models.version')).toBe('2');
  });

  it('hears of what was kept before the next entry runs, and before the process ends', async () => {
    const host = await startHost();
    const client = await host.open();
    await client.eval('let n = 1');
    await client.eval('n = 2');
    // The first entry's state came before the answer of the second.
    const ops = client.frames.map(({ op }) => op);
    expect(ops.indexOf('kept')).toBeLessThan(ops.lastIndexOf('result'));
    await client.eval('setTimeout(() => (n = 3), 1), await new Promise((resolve) => setTimeout(resolve, 5))');
    await host.host.close('restart');
    await client.closed();
    const kept = client.frames.findLast((frame) => frame.op === 'kept');
    expect(kept?.op === 'kept' && unpackValues(kept.state.data).get('n')).toBe(3);
    expect(client.frames.find((frame) => frame.op === 'ending')).toEqual({ op: 'ending', how: 'restart' });
  });

  it('has its log: each entry goes to the client once, and comes back with the variables', async () => {
    const texts = (client: TestClient): string[] =>
      client.frames.flatMap((frame) => (frame.op === 'logged' ? frame.entries.map(({ text }) => text) : []));
    const first = await (await startHost()).open();
    for (const code of ['const n = 1', 'n + 1', 'nothing']) await first.eval(code);
    const state = await keptBy(first, ({ entry }) => entry === 3);
    expect(texts(first)).toEqual(['const n = 1', 'n + 1', 'nothing']);
    const log = first.frames.flatMap((frame) => (frame.op === 'logged' ? frame.entries : []));

    const second = await (await startHost()).open();
    await second.ask({ op: 'restore', state, log });
    await second.eval('n + 2');
    await keptBy(second, ({ entry }) => entry === 4);
    expect(texts(second)).toEqual(['n + 2']);
    await second.eval('.save');
    expect(second.output).toBe('  1  const n = 1\n  2  n + 1\n  4  n + 2\n');
  });
});
