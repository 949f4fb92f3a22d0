import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ChoiceLoader,
  DictLoader,
  Environment,
  FileSystemLoader,
  FunctionLoader,
  PackageLoader,
  PrefixLoader,
  TemplateNotFound,
} from '../../src/jinja/index.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flacon-loaders-'));
  for (const folder of ['one/users', 'two', 'package/templates']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'one/a.html'), 'one a');
  writeFileSync(join(root, 'one/users/list.html'), 'users');
  writeFileSync(join(root, 'two/a.html'), 'two a');
  writeFileSync(join(root, 'two/b.html'), 'two b');
  writeFileSync(join(root, 'secret.txt'), 'secret');
  writeFileSync(join(root, 'package/templates/p.html'), 'package');
});

afterEach(() => rmSync(root, { recursive: true }));

const render = (loader: Environment['loader'], name: string) => new Environment({ loader }).getTemplate(name).render();

describe('FileSystemLoader', () => {
  it('searches its directories in order', () => {
    const loader = new FileSystemLoader([join(root, 'one'), pathToFileURL(join(root, 'two'))]);
    expect(render(loader, 'a.html')).toBe('one a');
    expect(render(loader, 'b.html')).toBe('two b');
    expect(render(loader, 'users/list.html')).toBe('users');
    expect(new Environment({ loader }).getTemplate('a.html').filename).toBe(join(root, 'one/a.html'));
    expect(loader.listTemplates()).toEqual(['a.html', 'b.html', 'users/list.html']);
  });

  it('says where it has looked', () => {
    const loader = new FileSystemLoader([join(root, 'one'), join(root, 'two')]);
    const searched = [join(root, 'one/x.html'), join(root, 'two/x.html')];
    expect(() => render(loader, 'x.html')).toThrow(
      expect.objectContaining({ templateName: 'x.html', searched }) as Error,
    );
    expect(() => render(loader, 'x.html')).toThrow(searched[1]);
  });

  it.each(['../secret.txt', 'users/../../secret.txt', '/../secret.txt', 'a\0.html', 'users', ''])(
    'does not find %j',
    (name) => {
      expect(() => render(new FileSystemLoader(join(root, 'one')), name)).toThrow(TemplateNotFound);
    },
  );

  it('notices changed and removed files', () => {
    const file = join(root, 'one/a.html');
    const env = new Environment({ loader: new FileSystemLoader([join(root, 'one'), join(root, 'two')]) });
    const first = env.getTemplate('a.html');
    expect(first.isUpToDate()).toBe(true);
    writeFileSync(file, 'changed');
    utimesSync(file, new Date(), new Date(Date.now() + 5000));
    expect(first.isUpToDate()).toBe(false);
    expect(env.getTemplate('a.html').render()).toBe('changed');
    rmSync(file);
    expect(env.getTemplate('a.html').render()).toBe('two a');
  });

  it('lists what links lead to', () => {
    symlinkSync(join(root, 'two'), join(root, 'one/linked'));
    expect(new FileSystemLoader(join(root, 'one')).listTemplates()).toContain('linked/b.html');
    expect(new FileSystemLoader(join(root, 'nowhere')).listTemplates()).toEqual([]);
  });
});

describe('the other loaders', () => {
  it('load from the package of a module', () => {
    const meta = { url: pathToFileURL(join(root, 'package/index.ts')).href };
    expect(render(new PackageLoader(meta), 'p.html')).toBe('package');
    expect(new PackageLoader(meta).listTemplates()).toEqual(['p.html']);
    expect(() => new PackageLoader(meta, 'nowhere')).toThrow(/nowhere/);
    expect(() => new PackageLoader('no-such-package-anywhere')).toThrow(/no-such-package-anywhere/);
    expect(new PackageLoader('nunjucks', 'src').templateRoot).toMatch(/nunjucks.src$/);
  });

  it('load from functions', () => {
    const loader = new FunctionLoader((name) =>
      name === 'a' ? { source: 'A', upToDate: () => false } : name === 'b' ? 'B' : null,
    );
    expect([render(loader, 'a'), render(loader, 'b')]).toEqual(['A', 'B']);
    expect(() => render(loader, 'c')).toThrow(TemplateNotFound);
    expect(() => loader.listTemplates()).toThrow(/cannot list/);
  });

  it('load by prefix and by choice', () => {
    const prefix = new PrefixLoader({ app: new DictLoader({ a: 'A' }), lib: new DictLoader({ a: 'L' }) });
    expect([render(prefix, 'app/a'), render(prefix, 'lib/a')]).toEqual(['A', 'L']);
    for (const name of ['app/b', 'a', 'x/a', 'constructor/a']) {
      expect(() => render(prefix, name)).toThrow(expect.objectContaining({ templateName: name }) as Error);
    }
    const choice = new ChoiceLoader([new DictLoader({ a: '1' }), new FileSystemLoader(join(root, 'one')), prefix]);
    expect([render(choice, 'a'), render(choice, 'a.html'), render(choice, 'app/a')]).toEqual(['1', 'one a', 'A']);
    expect(choice.listTemplates()).toEqual(['a', 'a.html', 'app/a', 'lib/a', 'users/list.html']);
    expect(() => render(choice, 'x')).toThrow(join(root, 'one/x'));
  });

  it('load from objects and Maps, own names only', () => {
    expect(render(new DictLoader(new Map([['a', 'M']])), 'a')).toBe('M');
    expect(() => render(new DictLoader({}), 'constructor')).toThrow(TemplateNotFound);
  });
});
