import { symlinkSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';

import { ModuleRuntime } from '../../src/dev/runtime.ts';
import { SourceSyntaxError } from '../../src/util/transpile.ts';
import { Project } from './project.ts';

async function load(files: Record<string, string>, entry = 'main.ts', type: string | null = 'module') {
  const project = new Project(files, { type });
  const runtime = new ModuleRuntime({ root: project.root });
  return { project, runtime, main: (await runtime.import(project.path(entry))) as Record<string, any> };
}

describe('ESM semantics', () => {
  it('imports are live bindings', async () => {
    const { main } = await load({
      'main.ts': `import { count, add } from './count.ts'; export const read = () => count; export { add, count };`,
      'count.ts': `export let count: number = 0; export function add() { count++; }`,
    });
    main.add();
    expect(main.read()).toBe(1);
    expect(main.count).toBe(1);
  });

  it('what cannot change is a value once its module has run; what can is none, however it looks', async () => {
    const { main } = await load({
      'main.ts': `import * as a from './a.ts'; import * as b from './b.ts'; import * as c from './c.ts';
        export const kinds = [a, b, c].map((each) => Object.entries(Object.getOwnPropertyDescriptors(each))
          .map(([name, { get }]) => name + (get ? ' live' : ' value')));
        b.count(); c.count();
        export const seen = [a.one, b.two, c.one];
        try { (a as any).one = 5 } catch (error) { seen.push((error as Error).name) }`,
      'a.ts': 'export const one: number = 1;\nexport function f() {}',
      'b.ts': 'export let two = 2;\nexport function count() { two++ }',
      // The line that looks like it is part of a text.
      'c.ts':
        'const text = `\nexport const one = 1;\n`;\nlet one = text.length;\nexport const count = () => { one = 7 };\nexport { one };',
    });
    expect(main.kinds).toEqual([
      ['one value', 'f live'],
      ['two live', 'count live'],
      ['count live', 'one live'],
    ]);
    expect(main.seen).toEqual([1, 3, 7, 'TypeError']);
  });

  it('a cycle sees hoisted functions, and uninitialised variables throw', async () => {
    const { main } = await load({
      'main.ts': `import { b, early } from './b.ts'; export function a() { return 'a' + b; } export const late = 1; export { early };`,
      'b.ts': `import { a, late } from './main.ts';
        export const b = 'b';
        export let early: string;
        try { early = String(late); } catch (error) { early = error.constructor.name; }
        export const viaA = a();`,
    });
    expect(main.a()).toBe('ab');
    expect(main.early).toBe('ReferenceError');
  });

  it('imports of many names, and of names and files with any characters; the lines after them keep their numbers', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `someRatherLongName${index}`);
    const { main, runtime } = await load({
      'main.ts': `import { ${names.join(', ')} } from './many.ts';
import { "a-b" as c, 'q"]);[' as d } from './o[d"d.ts';
import * as all from "./many.ts";
export const sum = [${names.join(', ')}].length + c + d + Object.keys(all).length;
export function fail() { throw new Error('x'); }`,
      'many.ts': names.map((name) => `export const ${name} = 1;`).join('\n'),
      'o[d"d.ts': `const c = 'c', d = 'd'; export { c as 'a-b', d as 'q"]);[' };`,
    });
    expect(main.sum).toBe('30cd30');
    const restore = runtime.mapStackTraces();
    try {
      main.fail();
      expect.unreachable();
    } catch (error) {
      expect((error as Error).stack).toContain('main.ts:5:');
    } finally {
      restore();
    }
  });

  it('evaluates depth first in the order of the imports, packages included', async () => {
    const { main } = await load({
      'log.ts': `export const log: string[] = []; globalThis.__order = log;`,
      'main.ts': `import { log } from './log.ts'; import './a.ts'; import 'pkg'; import './b.ts'; export { log };`,
      'a.ts': `import { log } from './log.ts'; log.push('a');`,
      'b.ts': `import './c.ts'; import { log } from './log.ts'; log.push('b');`,
      'c.ts': `import { log } from './log.ts'; log.push('c');`,
      'node_modules/pkg/package.json': `{"name":"pkg","type":"module","exports":"./index.js"}`,
      'node_modules/pkg/index.js': `globalThis.__order.push('pkg');`,
    });
    expect(main.log).toEqual(['a', 'pkg', 'c', 'b']);
  });

  it('top-level await holds importers back, and only them', async () => {
    const { main } = await load({
      'main.ts': `import { value } from './slow.ts'; export const seen = value; export async function f() { return await 1; }`,
      'slow.ts': `export const value = await new Promise<number>((resolve) => setImmediate(resolve, 42));
        for await (const x of []) void x;`,
    });
    expect(main.seen).toBe(42);
  });

  it('re-exports: names, stars, namespaces, default', async () => {
    const { main } = await load({
      'main.ts': `export * from './one.ts'; export * as two from './two.ts'; export { default, x as y } from './two.ts'; export const own = 1;`,
      'one.ts': `export const own = 'hidden'; export const fromOne = 1; export default 'not by star';`,
      'two.ts': `export const x = 'x'; export default class Two {}`,
    });
    expect(Object.keys(main).sort()).toEqual(['default', 'fromOne', 'own', 'two', 'y']);
    expect(main.own).toBe(1);
    expect(main.two.x).toBe('x');
    expect(main.default.name).toBe('Two');
  });

  it('export * in a cycle is completed', async () => {
    const { main } = await load({
      'main.ts': `export * from './a.ts'; export const m = 1;`,
      'a.ts': `export * from './main.ts'; export const a = 1; import * as all from './main.ts'; export const keys = () => Object.keys(all).sort();`,
    });
    expect(main.keys()).toEqual(['a', 'keys', 'm']);
  });

  it('names an anonymous default export as ESM does', async () => {
    const { main } = await load({ 'main.ts': `export default () => 1;` });
    expect(main.default.name).toBe('default');
  });

  it('import.meta', async () => {
    const { main, project } = await load({
      'main.ts': `export const { url, filename, dirname } = import.meta; export const other = import.meta.resolve('./other.ts'); export const hot = typeof import.meta.hot;`,
      'other.ts': ``,
    });
    expect(main).toMatchObject({ filename: project.path('main.ts'), dirname: project.root, hot: 'object' });
    expect(main.url).toBe(`file://${project.path('main.ts')}`);
    expect(main.other).toBe(`file://${project.path('other.ts')}`);
  });

  it('dynamic import shares the module, also when two ask at once', async () => {
    const { main, runtime, project } = await load({
      'main.ts': `export const both = () => Promise.all([import('./lazy.ts'), import('./lazy.ts')]);`,
      'lazy.ts': `globalThis.__lazy = (globalThis.__lazy ?? 0) + 1; await null; export const n = globalThis.__lazy;`,
    });
    const [a, b] = await main.both();
    expect(a).toBe(b);
    expect(a.n).toBe(1);
    expect(runtime.graph.importers(project.path('lazy.ts'))).toEqual(new Set([project.path('main.ts')]));
  });

  it('a missing export is an error at the import', async () => {
    const loading = load({
      'main.ts': `\nimport { nope } from './a.ts';\nexport const x = nope;`,
      'a.ts': `export const yes = 1;`,
    });
    await expect(loading).rejects.toThrow(
      new SyntaxError(`The requested module './a.ts' does not provide an export named 'nope'`),
    );
  });

  it('a missing export has the place of its import among others', async () => {
    const project = new Project({
      'main.ts': `import { yes } from './a.ts';\nimport { join } from 'node:path';\n\nimport { nope } from './b.ts';\nexport const x = [yes, join, nope];`,
      'a.ts': `export const yes = 1;`,
      'b.ts': `export const yes = 1;`,
    });
    const runtime = new ModuleRuntime({ root: project.root });
    onTestFinished(runtime.mapStackTraces());
    const error = (await runtime.import(project.path('main.ts')).catch((thrown: unknown) => thrown)) as Error;
    expect(error.stack).toContain(`${project.path('main.ts')}:4:`);
  });

  it('this is undefined, and code is strict', async () => {
    const { main } = await load({
      'main.ts': `export const that = this; export const strict = (function () { return !this; })();`,
    });
    expect(main).toMatchObject({ that: undefined, strict: true });
  });

  it('runs in the main realm: classes and errors keep their identity', async () => {
    const { main } = await load({ 'main.ts': `export const list = []; export const error = new TypeError('x');` });
    expect(main.list instanceof Array).toBe(true);
    expect(main.error instanceof TypeError).toBe(true);
  });
});

describe('languages', () => {
  it('TypeScript that is more than types', async () => {
    const { main } = await load({
      'main.ts': `enum Colour { Red = 1, Green } namespace N { export const q = 1; }
        class P { constructor(readonly a: number, private b = 2) {} sum() { return this.a + this.b; } }
        abstract class Q<T> { abstract x: T; declare y: string; }
        export const green = Colour[2], n = N.q, sum = new P(1).sum(), keys = Object.keys(new (Q as any)());
        export type { Q }; let z = <T,>(x: T) => x; export const s = z('s') satisfies string;`,
    });
    expect(main).toMatchObject({ green: 'Green', n: 1, sum: 3, s: 's' });
  });

  it('types that are imported without saying so', async () => {
    const { main } = await load({
      'main.ts': `import { Shape, make } from './shape.ts'; const s: Shape = make(); export const side = s.side;`,
      'shape.ts': `export interface Shape { side: number } export const make = (): Shape => ({ side: 3 });`,
    });
    expect(main.side).toBe(3);
  });

  it('.mts .cts .tsx .jsx .mjs .js .cjs .json', async () => {
    const { main } = await load({
      'main.ts': `import { m } from './m.mts'; import c from './c.cts'; import { x } from './x.tsx'; import { j } from './j.jsx';
        import { e } from './e.mjs'; import { s } from './s.js'; import old, { named } from './old.cjs'; import data from './data.json' with { type: 'json' };
        export default { m, c: c.c, x, j, e, s, old: old.named, named, data };`,
      'm.mts': `export const m: string = 'm';`,
      'c.cts': `const local: string = 'c'; export = { c: local };`,
      'x.tsx': `const h = (tag: string, props: object) => tag; export const x = <b id="1" /> as unknown; `,
      'j.jsx': `const h = (tag) => tag; export const j = <i />;`,
      'tsconfig.json': `{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }`,
      'e.mjs': `export const e = 'e';`,
      's.js': `export const s = 's';`,
      'old.cjs': `exports.named = __filename.endsWith('old.cjs') && typeof require === 'function';`,
      'data.json': `{ "k": [1] }`,
    });
    expect(main.default).toEqual({
      m: 'm',
      c: 'c',
      x: 'b',
      j: 'i',
      e: 'e',
      s: 's',
      old: true,
      named: true,
      data: { k: [1] },
    });
  });

  it('in a package without a type the syntax decides', async () => {
    const { main } = await load(
      {
        'main.ts': `import { a } from './a.js'; import * as b from './b.js'; export const out = [a, b.b, typeof __dirname, typeof require];`,
        'a.js': `export const a = 'esm';`,
        'b.js': `const { join } = require('node:path'); const dep = require('./dep'); module.exports = { b: join(dep, 'cjs') };`,
        'dep.js': `with ({ x: 'dep' }) module.exports = x;`,
      },
      'main.ts',
      null,
    );
    expect(main.out).toEqual(['esm', 'dep/cjs', 'string', 'function']);
  });

  it('CommonJS: cycles, JSON, ESM by require, import()', async () => {
    const { main } = await load({
      'main.ts': `import a from './a.cjs'; export const result = a; export const later = a.later();`,
      'a.cjs': `exports.first = 1; exports.b = require('./b.cjs'); exports.json = require('./d.json'); exports.esm = require('./e.mjs').x;
        exports.later = async () => (await import('./e.mjs')).x;`,
      'b.cjs': `module.exports = { sawFirst: require('./a.cjs').first, sawB: 'b' in require('./a.cjs') };`,
      'd.json': `[1]`,
      'e.mjs': `export const x = 'esm';`,
    });
    expect(main.result).toMatchObject({ first: 1, b: { sawFirst: 1, sawB: false }, json: [1], esm: 'esm' });
    await expect(main.later).resolves.toBe('esm');
  });

  it('legacy decorators with metadata', async () => {
    const { main } = await load({
      'tsconfig.json': `{ // comment\n "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true, }, }`,
      'main.ts': `export const seen: unknown[] = [];
        (Reflect as any).metadata = (key: string, value: any) => (target: any, name?: string) => { seen.push([key, value?.name, name]); };
        const log = (what: string) => (...args: any[]) => { seen.push([what, args.length, String(args[1]), typeof args[2]]); };
        @log('class') class A { @log('field') name: string = ''; @log('method') run(@log('param') n: number) { return n; } }
        export { A };`,
    });
    expect(main.seen).toEqual(
      [
        ['design:type', 'String', 'name'],
        ['field', 3, 'name', 'undefined'],
        ['design:returntype', undefined, 'run'],
        ['design:paramtypes', 'Array', 'run'],
        ['design:type', 'Function', 'run'],
        ['param', 3, 'run', 'number'],
        ['method', 3, 'run', 'object'],
        ['class', 1, 'undefined', 'undefined'],
      ].map((row) => (row[0] === 'design:paramtypes' ? ['design:paramtypes', undefined, 'run'] : row)),
    );
  });

  it('using and await using', async () => {
    const { main } = await load({
      'main.ts': `export const log: string[] = [];
        const d = (name: string) => ({ [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { log.push(name); } });
        { using a = d('a'); using b = d('b'); log.push('body'); }
        try { using c = d('c'); throw new Error('x'); } catch (error) { log.push(error.message); }
        { await using e = d('e') as any; log.push('async'); }`,
    });
    expect(main.log).toEqual(['body', 'b', 'a', 'c', 'x', 'async', 'e']);
  });
});

describe('resolution', () => {
  it('./x.js written for x.ts, no extension, a directory, tsconfig paths, subpath imports', async () => {
    const { main } = await load({
      'package.json': `{"type":"module","imports":{"#sub":"./src/sub.js"}}`,
      'tsconfig.json': `{ "extends": "./base.json" }`,
      'base.json': `{ "compilerOptions": { "paths": { "@/*": ["./src/*"], "exact": ["./src/exact.ts"] } } }`,
      'main.ts': `import { a } from './src/a.js'; import { b } from './src/b'; import { c } from './src/c'; import { d } from '@/d'; import { e } from 'exact'; import { f } from '#sub';
        export const all = [a, b, c, d, e, f];`,
      'src/a.ts': `export const a = 'a';`,
      'src/b.ts': `export const b = 'b';`,
      'src/c/index.ts': `export const c = 'c';`,
      'src/d.ts': `export const d = 'd';`,
      'src/exact.ts': `export const e = 'e';`,
      'src/sub.ts': `export const f = 'f';`,
    });
    expect(main.all).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it.each(['./shared/base', './shared/base.json'])(
    'says what a tsconfig.json extends that is not there: %s',
    async (base) => {
      const project = new Project({ 'main.ts': 'export {}', 'tsconfig.json': JSON.stringify({ extends: base }) });
      const loading = new ModuleRuntime({ root: project.root }).import(project.path('main.ts'));
      await expect(loading).rejects.toMatchObject({
        code: 'TSCONFIG',
        message: `${project.path('tsconfig.json')} extends ${base}, and there is no such file.`,
        fix: `Make ${project.path('shared/base.json')}, or correct "extends".`,
      });
    },
  );

  it("a package in node_modules is imported by Node, a linked workspace is the user's own", async () => {
    const project = new Project({
      'app/package.json': `{"type":"module"}`,
      'app/main.ts': `import { lib } from '@acme/lib'; export { lib };`,
      'app/node_modules/@acme/.keep': '',
      'lib/package.json': `{"name":"@acme/lib","type":"module","exports":{"import":"./index.ts"}}`,
      'lib/index.ts': `export const lib: string = 'v1';`,
    });
    symlinkSync(project.path('lib'), project.path('app/node_modules/@acme/lib'));
    const runtime = new ModuleRuntime({ root: project.path('app') });
    const main = await runtime.import(project.path('app/main.ts'));
    expect(main['lib']).toBe('v1');
    await runtime.update([project.write('lib/index.ts', `export const lib: string = 'v2';`)]);
    expect((await runtime.import(project.path('app/main.ts')))['lib']).toBe('v2');
  });

  it('says what is missing and from where', async () => {
    await expect(load({ 'main.ts': `import './nope.ts';` })).rejects.toThrow(
      /Cannot find module '\.\/nope\.ts' imported from .*main\.ts/,
    );
    await expect(load({ 'main.ts': `import 'nope-pkg';` })).rejects.toThrow(
      /Cannot find package 'nope-pkg' imported from .*main\.ts/,
    );
  });
});

describe('errors', () => {
  it('a syntax error has file, line and column of the text, counted in characters', async () => {
    const error = await load({ 'main.ts': `const x = 'é😀';\nconst a = ;` }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SourceSyntaxError);
    expect(error).toMatchObject({ line: 2, column: 11, message: 'Unexpected token' });
  });

  it('standard decorators are explained', async () => {
    await expect(load({ 'main.ts': `const d = () => {};\n\n@d class A {}` })).rejects.toMatchObject({
      line: 3,
      message: expect.stringContaining('experimentalDecorators'),
    });
  });

  it('stacks show the lines of the text, without the machinery', async () => {
    const { main, runtime, project } = await load({
      'main.ts': `import { fail } from './fail.ts';\n\ninterface Long {\n  a: string;\n}\n\nexport function outer(): Long {\n  return fail('x');\n}`,
      'fail.ts': `type T = string;\nenum E { A }\n\nexport function fail(text: T): never {\n  if (E.A) return null as never;\n  throw new Error(text);\n}`,
    });
    const restore = runtime.mapStackTraces();
    try {
      main.outer();
      expect.unreachable();
    } catch (error) {
      const [head, first, second] = (error as Error).stack!.split('\n');
      expect(head).toBe('Error: x');
      expect(first).toBe(`    at fail (${project.path('fail.ts')}:6:9)`);
      expect(second).toMatch(`    at Module.outer (${project.path('main.ts')}:8:`);
    } finally {
      restore();
    }
  });

  it('a module that throws is evaluated again at the next import', async () => {
    const project = new Project({
      'main.ts': `import './a.ts'; throw new Error('first');`,
      'a.ts': `globalThis.__a = (globalThis.__a ?? 0) + 1;`,
    });
    const runtime = new ModuleRuntime({ root: project.root });
    await expect(runtime.import(project.path('main.ts'))).rejects.toThrow('first');
    project.write('main.ts', `import './a.ts'; export const a = globalThis.__a;`);
    expect((await runtime.import(project.path('main.ts')))['a']).toBe(1);
  });
});
