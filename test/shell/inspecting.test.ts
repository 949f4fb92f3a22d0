import { afterEach, describe, expect, it } from 'vitest';
import { Flacon } from '../../src/index.ts';
import { InspectView } from '../../src/shell/inspect-view.ts';
import type { Typed } from '../../src/shell/keys.ts';
import type { HostFrame, InspectedFrame } from '../../src/shell/protocol.ts';
import { TestHost, type TestClient } from './client-support.ts';

let open: TestHost[] = [];
let runs = 0;

function blog(): Flacon {
  class Model {
    save(): void {}
  }
  class Post extends Model {
    readonly id = 1;
    readonly #secret = 2;
    tags = ['a', 'b'];
    get title(): string {
      runs += 1;
      return `title ${this.#secret}`;
    }
    rename(title: string, { force = false } = {}): string {
      return force ? title : '';
    }
    static published(): void {}
  }
  const app = new Flacon(undefined, { name: 'blog' });
  app.shellContextProcessor(() => ({ post: new Post(), Post }));
  return app;
}

async function start(mode: 'terminal' | 'script' = 'terminal'): Promise<TestClient> {
  runs = 0;
  const host = await TestHost.start(blog());
  open.push(host);
  return host.open(mode);
}

afterEach(async () => {
  for (const host of open) await host.close();
  open = [];
});

describe('.ls', () => {
  it('lists variables with their types', async () => {
    const client = await start();
    expect(await client.run('.ls')).toBe('No variables yet.\n');
    await client.eval('const n = 1; let list = [1, 2]; class A {}; function f() {}');
    expect(
      (await client.run('.ls'))
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll(/ +/g, ' ')),
    ).toEqual([
      'function f function [Function: f]',
      'const n number 1',
      'let list Array [ 1, 2 ]',
      'class A class [class A]',
    ]);
  });

  it('lists members by where they come from, and runs no getter', async () => {
    const client = await start();
    const shown = await client.run('.ls post');
    expect(shown.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | ').trim())).toEqual([
      'own',
      '| id | number | 1',
      "| tags | Array | [ 'a', 'b' ]",
      'Post',
      '| title | getter',
      '| rename(title, { force = false } = {}) | method',
      'Model (inherited)',
      '| save() | method',
      '',
    ]);
    expect(runs).toBe(0);
    expect(await client.run('.ls Post')).toContain('published()');
  });

  it('filters', async () => {
    const client = await start();
    await client.eval('const post2 = 1, other = 2');
    expect(await client.run('.ls -g ^post')).toMatch(/post2(?![^]*other)[^]*context +post /);
    expect(await client.run('.ls -g TIT post')).toMatch(/^Post\n +title +getter\n$/);
    expect(await client.run('.ls -g nothing post')).toBe('Nothing matches nothing.\n');
    expect(await client.run('.ls -g ( post')).toBe("'(' is no regular expression");
    expect(await client.run('.ls -g')).toBe('what to look for? .ls -g REGEX [VALUE]');
    expect(await client.run('.ls null')).toBe('It has no members.\n');
  });

  it('lists what a text can do', async () => {
    const client = await start();
    expect(await client.run('.ls "abc"')).toMatch(/^String\n(?! +0 )[^]*toUpperCase\(\) +method/);
  });
});

describe('.json and .copy', () => {
  it('gives a value as JSON', async () => {
    const client = await start();
    expect(await client.run('.json ({ a: [1, new Map([["b", 2n]])] })')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": "2"\n    }\n  ]\n}\n',
    );
    await client.eval('6 * 7');
    expect(await client.run('.json')).toBe('42\n');
    expect(await client.run('.json Promise.resolve([1])')).toBe('[\n  1\n]\n');
    expect(await client.run('.json [1,')).toBe('SyntaxError: the code ends too early');
    expect(await client.run('.json // nothing')).toBe('null\n');
  });

  it('gives the client a text to copy', async () => {
    const client = await start();
    await client.eval('"a text"');
    await client.eval('.copy');
    await client.eval('.copy ({ deep: { deep: { deep: { deep: { deep: 1 } } } } })');
    const texts = client.frames.flatMap((frame) =>
      frame.op === 'act' && frame.action.kind === 'copy' ? [frame.action.text.replaceAll(/\s+/g, ' ')] : [],
    );
    expect(texts).toEqual(['a text', '{ deep: { deep: { deep: { deep: { deep: 1 } } } } }']);
    const script = await start('script');
    expect(await script.run('.copy 1')).toMatch(/no clipboard here/);
  });
});

type Inspected = InspectedFrame;

async function inspect(client: TestClient, code: string): Promise<number> {
  await client.eval(`.inspect ${code}`);
  const acts = client.frames.flatMap((frame) =>
    frame.op === 'act' && frame.action.kind === 'inspect' ? [frame.action] : [],
  );
  return acts.at(-1)?.handle ?? -1;
}

async function ask(client: TestClient, handle: number, more: object = {}): Promise<Inspected> {
  const answer: HostFrame = await client.ask({ op: 'inspect', handle, node: 0, offset: 0, limit: 50, ...more });
  if (answer.op !== 'inspected') throw new Error(answer.op === 'failed' ? answer.message : answer.op);
  return answer;
}

describe('inspecting', () => {
  it('lists what is inside, and opens it', async () => {
    const client = await start();
    const handle = await inspect(client, 'post');
    const root = await ask(client, handle);
    expect(root.text).toBe('Post { id: 1, tags: [Array] }');
    expect(root.items.map(({ label, kind, text }) => [label, kind, text])).toEqual([
      ['id', 'property', '1'],
      ['tags', 'property', "[ 'a', 'b' ]"],
      ['class Post', 'prototype', expect.any(String)],
    ]);
    const tags = await ask(client, handle, { child: root.items.find(({ label }) => label === 'tags')?.index });
    expect(tags.items.map(({ text }) => text)).toEqual(["'a'", "'b'", expect.any(String)]);
    expect(runs).toBe(0);
  });

  it('runs a getter only when it is opened, on the object that it belongs to', async () => {
    const client = await start();
    const handle = await inspect(client, 'post');
    const root = await ask(client, handle);
    const type = await ask(client, handle, { child: root.items.at(-1)?.index });
    const title = type.items.find(({ label }) => label === 'title');
    expect(title).toMatchObject({ kind: 'getter', text: '' });
    expect(runs).toBe(0);
    expect((await ask(client, handle, { node: type.node, child: title?.index })).text).toBe("'title 2'");
    expect(runs).toBe(1);
  });

  it('defines a variable of what is found: the very value', async () => {
    const client = await start();
    const handle = await inspect(client, 'post');
    const root = await ask(client, handle);
    const child = root.items.find(({ label }) => label === 'tags')?.index;
    await ask(client, handle, { child, define: 'found' });
    expect(await client.show('found === post.tags')).toBe('true');
    await expect(ask(client, handle, { child, define: 'no name' })).rejects.toThrow(
      "'no name' is no name of a variable",
    );
  });

  it('sends no more than what is asked for', async () => {
    const client = await start();
    const handle = await inspect(client, 'Array.from({ length: 5000 }, (_, i) => i)');
    const part = await ask(client, handle, { offset: 4990, limit: 5 });
    expect([part.total, part.items.map(({ label }) => label)]).toEqual([
      5001,
      ['4990', '4991', '4992', '4993', '4994'],
    ]);
  });

  it('knows maps, sets, symbols and bytes', async () => {
    const client = await start();
    const handle = await inspect(client, '[new Map([["a", 1]]), new Set([2]), { [Symbol("s")]: 3 }, Buffer.from([7])]');
    const first = async (child: number): Promise<unknown[]> => {
      const { label, text } = (await ask(client, handle, { child })).items[0] ?? {};
      return [label, text];
    };
    await ask(client, handle);
    expect(await first(0)).toEqual(["'a' =>", '1']);
    expect(await first(1)).toEqual(['0', '2']);
    expect(await first(2)).toEqual(['[Symbol(s)]', '3']);
    expect(await first(3)).toEqual(['0', '7']);
  });

  it('shows no secret in lists: neither here nor in .ls', async () => {
    const client = await start();
    await client.eval(`
      app.config.SECRET_KEY = 'hunter2';
      const settings = { apiKey: Buffer.from('hunter2'), url: 'redis://me:hunter2@localhost/0', checkToken() {}, tokens: 3 };
      const password = 'hunter2';`);
    for (const code of ['app.config', 'settings']) {
      const root = await ask(client, await inspect(client, code));
      expect(JSON.stringify(root)).not.toContain('hunter2');
      expect(await client.run(`.ls ${code}`)).not.toContain('hunter2');
    }
    expect(await client.run('.ls settings')).toMatch(/apiKey.*«redacted»[^]*tokens +number +3/);
    expect(await client.run('.ls')).toMatch(/password +string +«redacted»/);
  });

  it('lets go', async () => {
    const client = await start();
    const handle = await inspect(client, 'post');
    await client.ask({ op: 'inspect-end', handle });
    await expect(ask(client, handle)).rejects.toThrow('not held any more');
    const script = await start('script');
    expect(await script.run('.inspect post')).toMatch(/no screen to fill here: .ls post/);
  });
});

describe('the inspector', () => {
  const SIZE = { columns: 50, rows: 8 };

  async function view(code: string): Promise<(...keys: string[]) => Promise<string[]>> {
    const client = await start();
    const handle = await inspect(client, code);
    const inspector = await InspectView.open({
      name: code,
      color: false,
      ask: ({ node, ...more }) => ask(client, handle, { node, ...more }),
    });
    return async (...keys) => {
      for (const key of keys) {
        const [, action] = /^\[(.+)\]$/.exec(key) ?? [];
        const typed = (action === undefined ? { text: key } : { action }) as Typed;
        if ((await inspector.key(typed, SIZE)) === 'end') return ['the end'];
      }
      return inspector.rows(SIZE).map((row) => row.trimEnd());
    };
  }

  it('goes down and back', async () => {
    const press = await view('({ one: 1, list: [{ deep: true }] })');
    expect(await press()).toEqual(
      [
        '({ one: 1, list: [{ deep: true }] })',
        '{ one: 1, list: [Array] }',
        '› one   1',
        '  list  [ [Object] ]',
        '',
        '',
        '',
        ' 1 of 2  Enter: open  ←: back  d: define a variable',
      ].map((row) => row.slice(0, 50)),
    );
    expect((await press('j', '[accept]', '[accept]')).slice(0, 3)).toEqual([
      '({ one: 1, list: [{ deep: true }] }) › list › 0',
      '{ deep: true }',
      '› deep  true',
    ]);
    expect((await press('[left]', '[escape]'))[3]).toBe('› list  [ [Object] ]');
    expect(await press('q')).toEqual(['the end']);
  });

  it('pages through what is long', async () => {
    const press = await view('Array.from({ length: 1000 }, (_, i) => i)');
    expect((await press(' ', ' '))[6]).toBe('› 10  10');
    expect((await press('G'))[6]).toMatch(/^› class Array/);
    expect((await press('k'))[5]).toBe('› 999          999');
    expect((await press('g'))[2]).toBe('› 0  0');
    expect((await press('b', '[up]'))[2]).toBe('› 0  0');
  });

  it('defines a variable', async () => {
    const press = await view('({ one: [1] })');
    expect((await press('d', 'x', 'y', '[backspace]')).at(-1)).toBe('name of the variable: x');
    expect((await press('[accept]')).at(-1)).toBe(' 1 of 1  x is a variable now');
    expect((await press('d', '1', '[accept]')).at(-1)).toBe(" 1 of 1  '1' is no name of a variable");
    expect((await press('d', '[escape]')).at(-1)).toContain('Enter: open');
  });
});
