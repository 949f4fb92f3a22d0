import { describe, expect, it, vi } from 'vitest';

import type { UpdateResult } from '../../src/dev/hot.ts';
import { ModuleRuntime } from '../../src/dev/runtime.ts';
import { Project } from './project.ts';

type Exports = Record<string, any>;

async function start(files: Record<string, string>) {
  const project = new Project(files);
  const runtime = new ModuleRuntime({ root: project.root });
  const main = async (): Promise<Exports> => runtime.import(project.path('main.ts'));
  await main();
  const save = async (name: string, text: string): Promise<UpdateResult> => runtime.update([project.write(name, text)]);
  return { project, runtime, main, save };
}

function updated(result: UpdateResult): Extract<UpdateResult, { kind: 'updated' }> {
  if (result.kind === 'failed') throw result.error;
  if (result.kind !== 'updated') throw new Error(`update ended as ${result.kind}`);
  return result;
}

const counting = (name: string, rest = ''): string =>
  `globalThis.__runs = { ...globalThis.__runs, ${name}: (globalThis.__runs?.${name} ?? 0) + 1 };\n${rest}`;

describe('update', () => {
  it('a file that is gone when it is read, and back when it is looked for, is not what it was before', async () => {
    const { project, runtime, main } = await start({
      'main.ts': `import { word } from './word.ts';\nexport const text = 'one ' + word;`,
      'word.ts': `export const word = 'old';`,
    });
    const [mainFile, word] = [project.path('main.ts'), project.path('word.ts')];
    const readText = runtime.readText.bind(runtime);
    let isGone = true;
    runtime.readText = (file) => {
      if (file === word && isGone) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return readText(file);
    };
    project.write('main.ts', `import { word } from './word.ts';\nexport const text = 'two ' + word;`);
    project.write('word.ts', `export const word = 'new';`);
    const result = await runtime.update([mainFile, word]);
    expect(result.kind === 'failed' && String(result.error)).toContain(`Cannot find module '${word}'`);
    expect((await main())['text']).toBe('one old');
    isGone = false;
    updated(await runtime.update([word]));
    expect((await main())['text']).toBe('two new');
  });

  it('runs the changed module and its importers, and nothing else', async () => {
    (globalThis as Exports)['__runs'] = {};
    const { project, save, main } = await start({
      'main.ts': counting('main', `import { a } from './a.ts'; import { b } from './b.ts'; export const text = a + b;`),
      'a.ts': counting('a', `import { base } from './base.ts'; export const a = 'a' + base;`),
      'b.ts': counting('b', `export const b = 'b'; export const identity = {};`),
      'base.ts': counting('base', `export const base = 1;`),
    });
    const result = updated(await save('base.ts', counting('base', `export const base = 2;`)));
    expect(result.files).toEqual([project.path('base.ts')]);
    expect(result.modules).toEqual(['base.ts', 'a.ts', 'main.ts'].map((name) => project.path(name)));
    expect((await main())['text']).toBe('a2b');
    expect((globalThis as Exports)['__runs']).toEqual({ main: 2, a: 2, b: 1, base: 2 });
  });

  it('unchanged content and unchanged code do nothing; a formatter moves the lines of stack traces', async () => {
    const { runtime, main, save, project } = await start({
      'main.ts': `export const n = {}; export function fail() { throw new Error('x'); }`,
    });
    const before = (await main())['n'];
    expect(await runtime.update([project.path('main.ts')])).toEqual({ kind: 'unchanged', recovered: false });
    const formatted = `export const n = {};\n\nexport function fail() {\n  throw new Error("x");\n}\n`;
    expect(await save('main.ts', formatted)).toEqual({ kind: 'unchanged', recovered: false });
    expect((await main())['n']).toBe(before);
    const restore = runtime.mapStackTraces();
    const error = await main().then(({ fail }) => {
      try {
        fail();
      } catch (thrown) {
        return String((thrown as Error).stack);
      } finally {
        restore();
      }
    });
    expect(error).toContain('main.ts:4:');
  });

  it('keeps the old modules when a new one does not parse, throws, or lacks an export; the repair works', async () => {
    const { main, save, project } = await start({
      'main.ts': `import { a } from './a.ts'; export const read = () => a;`,
      'a.ts': `export let a = 1; export const bump = () => a++;`,
    });
    const old = await main();
    for (const broken of [
      `export const a = ;`,
      `export const a = 2; throw new Error('boom');`,
      `export const b = 2;`,
      ``,
    ]) {
      const result = await save('a.ts', broken);
      expect(result).toMatchObject({ kind: 'failed', files: [project.path('a.ts')] });
      expect(await main()).toBe(old);
      expect(old['read']()).toBe(1);
    }
    expect(updated(await save('a.ts', `export const a = 3;`)).modules).toHaveLength(2);
    expect((await main())['read']()).toBe(3);
    expect(old['read']()).toBe(1);
  });

  it('a broken save that is taken back leaves the state alone', async () => {
    const { main, save } = await start({ 'main.ts': `export const state = {};` });
    const { state } = await main();
    expect((await save('main.ts', `export const state = `)).kind).toBe('failed');
    expect(await save('main.ts', `export const state = {};`)).toEqual({ kind: 'unchanged', recovered: true });
    expect((await main())['state']).toBe(state);
  });

  it('a change that waits for another file is tried again with it', async () => {
    const { main, save } = await start({ 'main.ts': `export const x = 1;` });
    expect((await save('main.ts', `import { y } from './new.ts'; export const x = y;`)).kind).toBe('failed');
    updated(await save('new.ts', `export const y = 2;`));
    expect((await main())['x']).toBe(2);
  });

  it('a failing module two imports deep, and the error names it', async () => {
    const { runtime, save, project } = await start({
      'main.ts': `import './a.ts'; export {};`,
      'a.ts': `import './b.ts';`,
      'b.ts': `export const ok = 1;`,
    });
    const restore = runtime.mapStackTraces();
    const result = await save('b.ts', `interface A {\n  x: 1;\n}\nnull.x;`);
    restore();
    expect(result.kind === 'failed' && (result.error as Error).stack).toContain(`${project.path('b.ts')}:4:`);
  });

  it('files that appear, are renamed and go away', async () => {
    const { runtime, main, project, save } = await start({
      'main.ts': `import { a } from './a.ts'; export const x = a;`,
      'a.ts': `export const a = 1;`,
    });
    const renamed = await runtime.update([...project.rename('a.ts', 'b.ts')]);
    expect(renamed).toMatchObject({ kind: 'failed', error: { code: 'ERR_MODULE_NOT_FOUND' } });
    expect((await main())['x']).toBe(1);
    updated(await save('main.ts', `import { a } from './b.ts'; export const x = a + 1;`));
    expect((await main())['x']).toBe(2);
    expect(runtime.files().sort()).toEqual([project.path('b.ts'), project.path('main.ts')]);
    project.write('a.ts', `export const a = 1;`);
    expect((await runtime.update([project.path('a.ts')])).kind).toBe('unchanged');
  });

  it('a file that comes back unchanged ends the failure', async () => {
    const { runtime, main, project } = await start({
      'main.ts': `import { a } from './a.ts'; export const x = a;`,
      'a.ts': `export const a = {};`,
    });
    const { x } = await main();
    expect((await runtime.update([project.remove('a.ts')])).kind).toBe('failed');
    expect(await runtime.update([project.write('a.ts', `export const a = {};`)])).toMatchObject({ recovered: true });
    expect((await main())['x']).toBe(x);
  });

  it('a file that another import means now', async () => {
    const { runtime, main, project } = await start({
      'main.ts': `import { a } from './a'; export const x = a;`,
      'a/index.ts': `export const a = 'directory';`,
    });
    updated(await runtime.update([project.write('a.ts', `export const a = 'file';`)]));
    expect((await main())['x']).toBe('file');
  });

  it('JSON and CommonJS', async () => {
    const { main, save } = await start({
      'main.ts': `import data from './data.json' with { type: 'json' }; import c from './c.cjs'; export const out = [data.v, c.v];`,
      'data.json': `{ "v": 1 }`,
      'c.cjs': `module.exports = { v: require('./d.cjs') };`,
      'd.cjs': `module.exports = 1;`,
    });
    updated(await save('data.json', `{ "v": 2 }`));
    updated(await save('d.cjs', `module.exports = 2;`));
    expect((await main())['out']).toEqual([2, 2]);
    expect(await save('data.json', `{ "v": `)).toMatchObject({ kind: 'failed', error: { line: 1, column: 8 } });
  });

  it('cycles and top-level await', async () => {
    const { main, save } = await start({
      'main.ts': `import { a } from './a.ts'; export const x = a();`,
      'a.ts': `import { b } from './b.ts'; export function a() { return 'a' + b; }`,
      'b.ts': `import { a } from './a.ts'; export const b = await Promise.resolve('b'); export const back = () => a;`,
    });
    expect((await main())['x']).toBe('ab');
    updated(
      await save(
        'b.ts',
        `import { a } from './a.ts'; export const b = await Promise.resolve('B'); export const back = () => a;`,
      ),
    );
    expect((await main())['x']).toBe('aB');
  });

  it('what was imported on demand is fresh at the next demand', async () => {
    const { main, save } = await start({
      'main.ts': `export const ask = async () => (await import('./lazy.ts')).value;`,
      'lazy.ts': `export const value = 1;`,
    });
    expect(await (await main())['ask']()).toBe(1);
    updated(await save('lazy.ts', `export const value = 2;`));
    expect(await (await main())['ask']()).toBe(2);
  });

  it('a change of nothing but the specifier, or the names, of an import', async () => {
    const { main, save } = await start({
      'main.ts': `import { a } from './a.ts'; export const read = () => a;`,
      'a.ts': `export const a = 'a';`,
      'b.ts': `export const a = 'b'; export const other = 1;`,
    });
    updated(await save('main.ts', `import { a } from './b.ts'; export const read = () => a;`));
    expect((await main())['read']()).toBe('b');
    updated(await save('main.ts', `import { a, other } from './b.ts'; export const read = () => a; void other;`));
    expect(
      await save('main.ts', `import { a, gone } from './b.ts'; export const read = () => a; void gone;`),
    ).toMatchObject({
      kind: 'failed',
      error: { message: `The requested module './b.ts' does not provide an export named 'gone'` },
    });
    await save('main.ts', `import { a, other } from './b.ts'; export const read = () => a; void other;`);
    // An importer that did not change itself is checked again.
    expect(await save('b.ts', `export const a = 'b';`)).toMatchObject({
      kind: 'failed',
      error: { message: `The requested module './b.ts' does not provide an export named 'other'` },
    });
  });

  it('tells what took the place of a function or class that an old version exported', async () => {
    const { runtime, main, save } = await start({
      'main.ts': `export { Post } from './post.ts'; export const own = () => 1;`,
      'post.ts': `export class Post { n = 1; }; export function gone() {}`,
    });
    const { Post, own } = await main();
    expect([runtime.successor(Post), runtime.successor(class Post {})]).toEqual([undefined, undefined]);
    updated(await save('post.ts', `export class Post { n = 2; }`));
    updated(await save('post.ts', `export class Post { n = 3; }`));
    const now = await main();
    expect(now['Post']).not.toBe(Post);
    expect([runtime.successor(Post), runtime.successor(own)]).toEqual([now['Post'], now['own']]);
  });

  it('saves are one queue', async () => {
    const { main, runtime, project } = await start({ 'main.ts': `await null; export const n = 0;` });
    const updates = [1, 2, 3].map((n) => {
      project.write('main.ts', `await null; export const n = ${n};`);
      return runtime.update([project.path('main.ts')]);
    });
    await Promise.all(updates);
    expect((await main())['n']).toBe(3);
  });

  it('prepare can refuse the new versions', async () => {
    const { main, runtime, project } = await start({ 'main.ts': `export const createApp = () => 'app';` });
    project.write('main.ts', `export const createApp = () => { throw new Error('no app'); };`);
    const result = await runtime.update([project.path('main.ts')], {
      prepare: async (modules, load) => {
        expect([...modules]).toEqual([project.path('main.ts')]);
        const { createApp } = (await load(project.path('main.ts'))) as Exports;
        createApp();
      },
    });
    expect(result).toMatchObject({ kind: 'failed', error: { message: 'no app' } });
    expect((await main())['createApp']()).toBe('app');
  });

  it('include adds modules that have to run too', async () => {
    const { runtime, project } = await start({
      'main.ts': `import './views.ts'; export { app } from './base.ts';`,
      'views.ts': `import { app } from './base.ts'; app.push(1);`,
      'base.ts': `export const app: number[] = [];`,
    });
    project.write('views.ts', `import { app } from './base.ts'; app.push(2);`);
    updated(await runtime.update([project.path('views.ts')], { include: () => [project.path('base.ts')] }));
    expect((await runtime.import(project.path('main.ts')))['app']).toEqual([2]);
  });

  it('names a top-level await that does not end, and can give it up', async () => {
    const { runtime, project, main } = await start({
      'main.ts': `import './slow.ts'; export const x = 1;`,
      'slow.ts': `export {};`,
    });
    project.write(
      'slow.ts',
      `interface X {}\nexport const f = async () => { await 1; };\nawait new Promise(() => {});`,
    );
    const abort = new AbortController();
    const slow = vi.fn(() => abort.abort());
    const result = await runtime.update([project.path('slow.ts')], {
      onSlow: slow,
      slowAfter: 1,
      signal: abort.signal,
    });
    expect(slow).toHaveBeenCalledWith({ file: project.path('slow.ts'), line: 3 });
    expect(result.kind).toBe('superseded');
    project.write('slow.ts', `export const fine = 1;`);
    updated(await runtime.update([project.path('slow.ts')]));
    expect((await main())['x']).toBe(1);
  });
});

describe('import.meta.hot', () => {
  it('a module that accepts itself is taken without its importers, whose imports follow', async () => {
    const { main, save, project } = await start({
      'main.ts': `import { rate } from './rate.ts'; export const state = {}; export const read = () => rate;`,
      'rate.ts': `export const rate = 1; import.meta.hot?.accept((m) => { globalThis.__accepted = m?.rate; });`,
    });
    const first = await main();
    for (const rate of [2, 3]) {
      const result = updated(
        await save(
          'rate.ts',
          `export const rate = ${rate}; import.meta.hot?.accept((m) => { globalThis.__accepted = m?.rate; });`,
        ),
      );
      expect(result.modules).toEqual([project.path('rate.ts')]);
      expect((globalThis as Exports)['__accepted']).toBe(rate);
      expect(first['read']()).toBe(rate);
    }
    expect(await main()).toBe(first);
    updated(await save('rate.ts', `export const rate = 4;`));
    updated(await save('rate.ts', `export const rate = 5;`));
    expect((await main())['read']()).toBe(5);
    expect(await main()).not.toBe(first);
  });

  it('a failing update of an accepted module changes nothing', async () => {
    const { main, save } = await start({
      'main.ts': `import { rate } from './rate.ts'; export const read = () => rate;`,
      'rate.ts': `export const rate = 1; import.meta.hot?.accept();`,
    });
    expect((await save('rate.ts', `export const rate = 2; throw new Error('x');`)).kind).toBe('failed');
    expect((await main())['read']()).toBe(1);
  });

  it('an importer accepts a dependency', async () => {
    const { main, save, project } = await start({
      'main.ts': `import { v } from './dep.ts'; export const seen: unknown[] = []; export const read = () => v;
        import.meta.hot?.accept('./dep.ts', (m) => seen.push(m?.v));
        import.meta.hot?.accept(['./other.ts', './dep.ts'], ([other, dep]) => seen.push([other, dep?.v]));`,
      'dep.ts': `export const v = 1;`,
      'other.ts': ``,
    });
    const first = await main();
    expect(updated(await save('dep.ts', `export const v = 2;`)).modules).toEqual([project.path('dep.ts')]);
    expect(first['seen']).toEqual([2, [undefined, 2]]);
    expect(first['read']()).toBe(2);
  });

  it('dispose runs when the caller retires the old version; data is handed on', async () => {
    (globalThis as Exports)['__log'] = [];
    const text = (n: number): string => `const log = globalThis.__log; const { hot } = import.meta;
      hot.data.count = (hot.data.count ?? 0) + 1; export const count = hot.data.count;
      hot.dispose((data) => { log.push(['dispose', ${n}, data.count]); }); hot.prune(() => { log.push('prune'); });`;
    const { main, save } = await start({
      'main.ts': `import { count } from './db.ts'; export const n = count;`,
      'db.ts': text(1),
    });
    const log = (globalThis as Exports)['__log'] as unknown[];
    const result = updated(await save('db.ts', text(2)));
    expect(log).toEqual([]);
    expect(await result.retire()).toEqual([]);
    expect(log).toEqual([['dispose', 1, 2]]);
    expect((await main())['n']).toBe(2);
    expect((await save('db.ts', `${text(3)} throw new Error('no');`)).kind).toBe('failed');
    expect(log.slice(1)).toEqual([['dispose', 3, 3]]);
    await updated(await save('main.ts', `export const n = 0;`)).retire();
    expect(log.slice(2)).toEqual([['dispose', 2, 3], 'prune']);
  });

  it('an error of dispose is handed to the caller', async () => {
    const { save } = await start({
      'main.ts': `import.meta.hot.dispose(() => { throw new Error('closing'); }); export const x = 1;`,
    });
    const errors = await updated(await save('main.ts', `export const x = 2;`)).retire();
    expect(errors.map(String)).toEqual(['Error: closing']);
  });

  it('decline asks for a restart', async () => {
    const { save } = await start({ 'main.ts': `import './n.ts'; export {};`, 'n.ts': `import.meta.hot?.decline();` });
    expect(await save('n.ts', `export const x = 1;`)).toEqual({ kind: 'restart', reason: 'n.ts declines hot updates' });
  });

  it('invalidate goes on to the importers', async () => {
    const { save, main, project } = await start({
      'main.ts': `import { v } from './a.ts'; export const x = v;`,
      'a.ts': `export const v = 1; import.meta.hot?.accept((m) => { if (m?.v === 2) import.meta.hot?.invalidate('shape'); });`,
    });
    const result = updated(await save('a.ts', `export const v = 2; import.meta.hot?.accept();`));
    expect(result.modules).toEqual([project.path('main.ts')]);
    expect((await main())['x']).toBe(2);
  });

  it('events: before, after, error; listeners leave with their version', async () => {
    (globalThis as Exports)['__events'] = [];
    const text = (n: number): string => `for (const name of ['beforeUpdate', 'afterUpdate', 'error'])
      import.meta.hot?.on('flacon:' + name, () => { globalThis.__events.push(name + ${n}); }); export const x = ${n};`;
    const { save } = await start({ 'main.ts': text(1) });
    await updated(await save('main.ts', text(2))).retire();
    expect((globalThis as Exports)['__events']).toEqual(['beforeUpdate1', 'afterUpdate1', 'afterUpdate2']);
    await save('main.ts', 'export const = 1');
    expect(((globalThis as Exports)['__events'] as string[]).slice(3)).toEqual(['beforeUpdate2', 'error2']);
  });
});

it('memory stays flat over many updates of a module with importers', async () => {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const files: Record<string, string> = { 'leaf.ts': `export const n = 0;` };
  for (let i = 0; i < 8; i++)
    files[`i${i}.ts`] = `import { n } from './leaf.ts'; export const big${i} = new Array(2000).fill(n);`;
  files['main.ts'] = Array.from({ length: 8 }, (_, i) => `export * from './i${i}.ts';`).join('\n');
  const { save } = await start(files);
  const heap = (): number => {
    gc();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  let before = 0;
  for (let n = 1; n <= 400; n++) {
    await updated(await save('leaf.ts', `export const n = ${n};`)).retire();
    if (n === 50) before = heap();
  }
  expect(heap() - before).toBeLessThan(2);
});
