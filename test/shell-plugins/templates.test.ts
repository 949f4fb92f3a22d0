import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Blueprint, Flacon } from '../../src/index.ts';
import { DictLoader } from '../../src/jinja/index.ts';
import { PluginShell } from './support.ts';

let shell: PluginShell | undefined;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-templates-'));
});

afterEach(async () => {
  await shell?.close();
  shell = undefined;
  rmSync(folder, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function makeApp(): Flacon {
  const app = new Flacon(undefined, { name: 'blog', rootPath: folder });
  app.get('/posts/<int:id>', function show() {
    return '';
  });
  app.beforeRequest(() => undefined);
  app.contextProcessor(() => ({ site: 'The Blog' }));
  for (const name of ['admin', 'shop'])
    app.registerBlueprint(
      new Blueprint(name, undefined, { rootPath: join(folder, name), templateFolder: 'templates' }),
    );
  return app;
}

describe('.render', () => {
  it('renders a template with values of the session', async () => {
    write('templates/hi.html', '<p>{{ site }}: {{ user.name }} {{ url_for("show", id=4) }} {{ request.path }}</p>\n');
    shell = await PluginShell.open(makeApp());
    await shell.ask('const user = { name: "<ann>" }');
    expect(await shell.ask('.render hi.html { user }')).toBe('<p>The Blog: &lt;ann&gt; /posts/4 /</p>');
    expect(await shell.ask('.render hi.html { user: await Promise.resolve({ name: "eve" }) }')).toContain('eve');
    await shell.ask('.ctx push /posts/7');
    expect(await shell.ask('.render hi.html { user: {} }')).toBe('<p>The Blog:  /posts/4 /posts/7</p>');
  });

  it('says what is wrong', async () => {
    write('templates/bad.html', 'one\n{{ broken(');
    write('templates/hi.html', '<p>\n{{ user.name }}\n</p>');
    shell = await PluginShell.open(makeApp(), ({ target }) => Object.assign(target, { root: folder }));
    expect(await shell.ask('.render')).toBe('which template? .render NAME { context }');
    expect(await shell.ask('.render nothing.html')).toContain('nothing.html');
    expect(await shell.ask('.render bad.html')).toMatch(
      /^templates\/bad\.html:2: unexpected 'end of template'\n.*one\n.*> *2.*broken/,
    );
    expect(await shell.ask('.render hi.html')).toMatch(/^templates\/hi\.html:2: 'user' is undefined\n/);
    expect(await shell.ask('.render bad.html 5')).toBe("'5' is no object: { name: value }");
    expect(await shell.ask('.render bad.html { a: missing }')).toContain('missing is not defined');
  });
});

describe('.where', () => {
  const rows = (text: string): string[][] => text.split('\n').map((line) => line.trim().split(/ {2,}/));

  it('tells the order of the search, what wins, and what is hidden', async () => {
    write('admin/templates/page.html', 'admin');
    write('shop/templates/page.html', 'shop');
    shell = await PluginShell.open(makeApp(), ({ target }) => Object.assign(target, { root: folder }));
    expect(rows(await shell.ask('.where page.html'))).toEqual([
      ['#', 'LOADER', 'LOOKED AT'],
      ['1', "application 'blog'", 'templates', '–'],
      ['2', "blueprint 'admin'", 'admin/templates/page.html', 'used'],
      ['3', "blueprint 'shop'", 'shop/templates/page.html', 'hidden'],
    ]);
    write('templates/page.html', 'app');
    expect(rows(await shell.ask('.where page.html'))[1]).toEqual([
      '1',
      "application 'blog'",
      'templates/page.html',
      'used',
    ]);
    expect(await shell.ask('.render page.html')).toBe('app');
    const completed = await shell.client.ask({ op: 'complete', code: '.where pa', cursor: 9 });
    expect(completed.op === 'completions' && completed.items.map(({ text }) => text)).toEqual(['page.html']);
  });

  it('names what could have been meant', async () => {
    write('shop/templates/shop/index.html', 'shop');
    shell = await PluginShell.open(makeApp());
    expect(await shell.ask('.where index.html')).toMatch(/No loader has 'index\.html'; there is shop\/index\.html\.$/);
    expect(await shell.ask('.where')).toBe('which template? .where NAME');
  });

  it('knows of a loader that the app has chosen itself', async () => {
    const app = makeApp();
    app.jinjaEnv.loader = new DictLoader({ 'a.html': 'from a dictionary' });
    shell = await PluginShell.open(app);
    expect(rows(await shell.ask('.where a.html'))[1]).toEqual(['1', 'DictLoader', 'used']);
  });
});
