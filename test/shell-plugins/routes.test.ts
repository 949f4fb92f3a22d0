import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Blueprint, Flacon } from '../../src/index.ts';
import { PluginShell } from './support.ts';

let shell: PluginShell | undefined;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-routes-'));
});

afterEach(async () => {
  await shell?.close();
  shell = undefined;
  rmSync(folder, { recursive: true });
});

function makeApp(): Flacon {
  const app = new Flacon(undefined, { name: 'blog', rootPath: folder, staticFolder: null });
  app.get('/', () => 'home');
  app.errorHandler(404, () => 'gone');
  app.beforeRequest(() => undefined);
  const admin = new Blueprint('admin', undefined, { rootPath: folder, templateFolder: 'views' });
  admin.get('/', function home() {
    return 'admin';
  });
  admin.beforeRequest(() => undefined);
  admin.teardownRequest(() => undefined);
  const users = new Blueprint('users', undefined, { urlPrefix: '/users' });
  users.route('/<int:id>', { methods: ['GET', 'POST'] }, function edit() {
    return 'edit';
  });
  users.get('/', function list() {
    return 'list';
  });
  admin.registerBlueprint(users);
  app.registerBlueprint(admin, { urlPrefix: '/admin' });
  return app;
}

const rows = (text: string): string[][] => text.split('\n').map((line) => line.trimEnd().split(/(?<=\S) {2,}/));

describe('.routes', () => {
  it.each([80, 60, 40, 20])('breaks no line of its own in %i columns, if a word fits into one', async (columns) => {
    const app = new Flacon(undefined, { name: 'blog', staticFolder: null });
    for (const name of ['a', 'documents', 'of_all_the_documents_that_there_are'])
      app.get(`/${name.replaceAll('_', '/')}/<path:file>`, { endpoint: `blog.${name.slice(0, 20)}` }, () => name);
    shell = await PluginShell.open(app, ({ target }) => Object.assign(target, { root: import.meta.dirname }));
    await shell.client.ask({ op: 'resize', columns });
    const text = await shell.ask('.routes');
    const longest = Math.max(...text.split(/\s+/).map(({ length }) => length)) + 4;
    expect(text.split('\n').filter((line) => line.length > Math.max(columns, longest))).toEqual([]);
    const words = [...app.urlMap.iterRules()].flatMap(({ rule, endpoint }) => ['GET', rule, String(endpoint)]);
    expect(text.split(/\s+/).filter((word) => !word.startsWith('routes.test.ts:'))).toEqual(words);
  });

  it('shows methods, rule, endpoint and place, of those that have a text in them', async () => {
    shell = await PluginShell.open(makeApp(), ({ target }) => Object.assign(target, { root: import.meta.dirname }));
    const place = expect.stringMatching(/^routes\.test\.ts:\d+$/) as string;
    expect(rows(await shell.ask('.routes users'))).toEqual([
      ['GET,POST', '/admin/users/<int:id>', 'admin.users.edit', place],
      ['GET', '/admin/users/', 'admin.users.list', place],
    ]);
    expect(rows(await shell.ask('.routes'))).toHaveLength(4);
    expect(await shell.ask('.routes nowhere')).toBe("No route has 'nowhere' in it.");
    const next = new Flacon(undefined, { name: 'blog', staticFolder: null });
    next.get('/new', function added() {
      return 'new';
    });
    await shell.reload(next);
    expect(rows(await shell.ask('.routes'))).toEqual([['GET', '/new', 'added', place]]);
    expect(await shell.ask('app.urlMap')).toBe("UrlMap([<Rule '/new' (GET, HEAD, OPTIONS) -> added>])");
    expect(await shell.ask('app.blueprints')).toBe('{}');
  });
});

describe('.blueprints', () => {
  it('leaves the files out where there is no room for them', async () => {
    shell = await PluginShell.open(makeApp());
    await shell.client.ask({ op: 'resize', columns: 40 });
    expect(rows(await shell.ask('.blueprints'))[0]).toEqual(['BLUEPRINT', 'PREFIX', 'ROUTES', 'HOOKS']);
  });

  it('shows the tree with prefix, routes, hooks and files', async () => {
    mkdirSync(join(folder, 'views', 'parts'), { recursive: true });
    writeFileSync(join(folder, 'views', 'a.html'), '');
    writeFileSync(join(folder, 'views', 'parts', 'b.html'), '');
    shell = await PluginShell.open(makeApp());
    expect(rows(await shell.ask('.blueprints'))).toEqual([
      ['BLUEPRINT', 'PREFIX', 'ROUTES', 'HOOKS', 'TEMPLATES', 'STATIC'],
      ['blog', '/', '1', '2', '0', '–'],
      ['  admin', '/admin', '1', '2', '2', '–'],
      ['    users', '/admin/users', '2', '0', '–', '–'],
    ]);
    await shell.reload(new Flacon(undefined, { name: 'blog' }));
    expect(await shell.ask('.blueprints')).toBe('No blueprints were registered.');
  });
});
