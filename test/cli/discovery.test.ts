import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppLoadError, findApp } from '../../src/find-app.ts';
import { locateApp, ScriptInfo, type AppLocation } from '../../src/script-info.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'flacon-discovery-')));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (...files: string[]): void => {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file.endsWith('.json') ? '{}' : '');
  }
};

const failure = (fn: () => unknown): AppLoadError => {
  try {
    fn();
  } catch (error) {
    if (error instanceof AppLoadError) return error;
    throw error;
  }
  throw new Error('did not fail');
};

describe('locateApp', () => {
  const locate = (app?: string, env: Record<string, string> = {}): AppLocation => locateApp({ app, cwd: root, env });

  it.each([
    [['app.ts', 'wsgi.ts'], 'app.ts'],
    [['app.js'], 'app.js'],
    [['app.mjs'], 'app.mjs'],
    [['src/app.ts', 'wsgi.ts'], 'src/app.ts'],
    [['wsgi.ts'], 'wsgi.ts'],
  ])('finds one of %j by itself', (files, found) => {
    write(...files);
    expect(locate()).toMatchObject({ file: join(root, found), origin: 'default', name: undefined });
  });

  it.each([
    ['site', 'site.ts'],
    ['site.ts', 'site.ts'],
    ['./site', 'site.ts'],
    ['site.js', 'site.ts'],
    ['pkg', 'pkg/index.ts'],
    ['pkg/web', 'pkg/web.mts'],
    ['pkg.web', 'pkg/web.mts'],
    ['v1.2', 'v1.2.ts'],
  ])('takes --app %s for %s', (app, file) => {
    write('site.ts', 'pkg/index.ts', 'pkg/web.mts', 'v1.2.ts');
    expect(locate(app)).toMatchObject({ file: join(root, file), module: app, text: app, origin: 'option' });
  });

  it('knows a module of an installed package', () => {
    write('node_modules/shop/app.js');
    expect(locate('shop/app.js').file).toBe(join(root, 'node_modules/shop/app.js'));
    expect(failure(() => locate('fs')).code).toBe('APP_NOT_FOUND');
  });

  it('keeps name and arguments', () => {
    write('site.ts', 'app.ts');
    expect(locate('site:createApp("x", 2)')).toMatchObject({ name: 'createApp', args: ['x', 2], module: 'site' });
    expect(locate(':other')).toMatchObject({ file: join(root, 'app.ts'), name: 'other', module: 'app' });
  });

  it('ranks --app, FLACON_APP, package.json, usual names', () => {
    write('app.ts', 'one.ts', 'two.ts', 'three.ts');
    writeFileSync(join(root, 'package.json'), '{ "flacon": { "app": "./three:site" } }');
    expect(locate('one', { FLACON_APP: 'two' })).toMatchObject({ module: 'one', origin: 'option' });
    expect(locate(undefined, { FLACON_APP: 'two' })).toMatchObject({ module: 'two', origin: 'environment' });
    expect(locate()).toMatchObject({ file: join(root, 'three.ts'), name: 'site', origin: 'package.json' });
  });

  it('reads the path in package.json from where that file is', () => {
    write('lib/app.ts', 'sub/deep/x.ts');
    writeFileSync(join(root, 'package.json'), '{ "flacon": { "app": "lib/app" } }');
    expect(locateApp({ cwd: join(root, 'sub/deep'), env: {} })).toMatchObject({ file: join(root, 'lib/app.ts'), root });
  });

  it('does not look beyond the nearest package.json', () => {
    writeFileSync(join(root, 'package.json'), '{ "flacon": { "app": "lib/app" } }');
    write('lib/app.ts', 'sub/package.json');
    expect(failure(() => locateApp({ cwd: join(root, 'sub'), env: {} })).code).toBe('APP_NOT_FOUND');
  });

  it('says what was looked for, and what to type', () => {
    const error = failure(() => locate());
    expect(error.message).toBe(
      `Could not locate an application: there is no app.ts, src/app.ts, wsgi.ts, src/wsgi.ts (or .js) in ${root}, and none was named.`,
    );
    expect(error.fix).toContain('--app');
    expect(error.exitCode).toBe(2);
  });

  it('suggests a module with a similar name', () => {
    write('stocks.ts');
    const error = failure(() => locate('stock'));
    expect(error.message).toBe(
      `Could not find the module 'stock' that --app names: looked for stock.ts, stock.js, stock/index.ts in ${root}.`,
    );
    expect(error.fix).toBe('did you mean --app stocks?');
    expect(failure(() => locate(undefined, { FLACON_APP: 'x/y' })).message).toContain('that FLACON_APP names');
  });

  it('refuses what package.json cannot mean', () => {
    writeFileSync(join(root, 'package.json'), '{ "flacon": { "app": 1 } }');
    expect(failure(() => locate()).code).toBe('APP_SPEC_INVALID');
    writeFileSync(join(root, 'package.json'), '{ oops');
    expect(() => locate()).toThrow(/package\.json is not valid JSON/);
  });
});

describe('findApp', () => {
  const app = (name: string): object => ({ name, [Symbol.for('flacon.app')]: true });
  const find = async (namespace: object, spec: { name?: string; args?: unknown[] } = {}): Promise<unknown> =>
    findApp(namespace as Record<string, unknown>, {
      file: '/m.ts',
      module: 'm',
      text: 'm',
      origin: 'option',
      root: '/',
      name: spec.name,
      args: spec.args,
    });
  const code = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'no error',
      (error: unknown) => {
        if (!(error instanceof AppLoadError)) throw error;
        return `${error.code} ${error.exitCode}`;
      },
    );
  const [a, b] = [app('a'), app('b')];

  it.each([
    ['app', { application: b, app: a }],
    ['application', { application: a, x: b }],
    ['the default export', { default: a, x: b }],
    ['the only one', { site: a, other: 1, create: () => b }],
    ['the only one under two names', { site: a, same: a }],
    ['createApp', { createApp: () => a, makeApp: () => b }],
    ['makeApp', { makeApp: async () => a }],
    ['a factory as default export', { default: () => a }],
    ['createApp beside an object that is no app', { app: { fetch: () => {} }, createApp: () => a }],
  ])('takes %s', async (_, namespace) => {
    expect(await find(namespace)).toBe(a);
  });

  it('takes what was named', async () => {
    expect(await find({ app: a, other: b }, { name: 'other' })).toBe(b);
    expect(await find({ app: a, make: () => b }, { name: 'make' })).toBe(b);
    const seen: unknown[] = [];
    await find({ make: (...args: unknown[]) => (seen.push(...args), b) }, { name: 'make', args: ['x', 1] });
    expect(seen).toEqual(['x', 1]);
  });

  it('says why there is none', async () => {
    expect(await code(find({ a, b }))).toBe('APP_AMBIGUOUS 2');
    await expect(find({ a, b })).rejects.toThrow("The module 'm' exports several applications: a, b.");
    expect(await code(find({}))).toBe('APP_NOT_IN_MODULE 2');
    await expect(find({ x: 1 })).rejects.toThrow("There is no application in the module 'm' (it exports x).");
    expect(await code(find({ default: class App {} }))).toBe('APP_NOT_IN_MODULE 2');
    expect(await code(find({ x: 1 }, { name: 'y' }))).toBe('APP_EXPORT_NOT_FOUND 2');
    expect(await code(find({ x: 1 }, { name: 'x' }))).toBe('NOT_AN_APP 2');
    expect(await code(find({ app: a }, { name: 'app', args: [] }))).toBe('NOT_AN_APP 2');
    await expect(find({ createApp: () => 5 })).rejects.toThrow(
      "'m' is not an application: createApp() returned a number.",
    );
  });

  it('tells a factory that fails from one that lacks arguments', async () => {
    const fails = () => {
      throw new TypeError('inside');
    };
    expect(await code(find({ createApp: fails }))).toBe('FACTORY_FAILED 1');
    const needs = (config: { debug: boolean }) => (config.debug ? a : b);
    expect(await code(find({ createApp: needs }))).toBe('FACTORY_ARGUMENTS 2');
    await expect(find({ createApp: fails })).rejects.toMatchObject({ cause: { message: 'inside' } });
  });
});

describe('ScriptInfo', () => {
  it('locates without loading, and loads once', async () => {
    write('app.ts');
    const loaded: string[] = [];
    const app = { [Symbol.for('flacon.app')]: true };
    const info = new ScriptInfo({ cwd: root, env: {}, load: async (file) => (loaded.push(file), { app }) });
    expect(info.locate().file).toBe(join(root, 'app.ts'));
    expect(loaded).toEqual([]);
    expect(await Promise.all([info.loadApp(), info.loadApp()])).toEqual([app, app]);
    expect(loaded).toEqual([join(root, 'app.ts')]);
  });

  it('keeps the error of the module', async () => {
    write('app.ts');
    const fail = (cause: unknown): Promise<unknown> =>
      new ScriptInfo({ cwd: root, env: {}, load: () => Promise.reject(cause) })
        .loadApp()
        .catch((error: unknown) => error);
    const broken = new ReferenceError('x is not defined');
    expect(await fail(broken)).toMatchObject({ code: 'APP_IMPORT_FAILED', cause: broken, exitCode: 1 });
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    expect(await fail(missing)).toMatchObject({ code: 'APP_IMPORT_FAILED', cause: missing, exitCode: 2 });
  });
});
