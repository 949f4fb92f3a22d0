import { renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';

import { NearWatch } from '../../src/dev/near-watch.ts';
import { Project } from './project.ts';

/** A watch of a project, with what it has seen. */
function watchOf(project: Project, loaded: readonly string[], root = project.root, isBusy = () => false) {
  const seen: string[] = [];
  let wake = (): void => undefined;
  const watch = new NearWatch({
    root,
    isBusy,
    isLoaded: (file) => loaded.map((name) => project.path(name)).includes(file),
    onWrite: (file) => {
      seen.push(file);
      wake();
    },
  });
  onTestFinished(() => watch.close());
  watch.add(loaded.map((name) => project.path(name)));
  const next = async (): Promise<string> => {
    while (seen.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return seen.shift() ?? '';
  };
  return { watch, seen, next };
}

it('sees that a loaded module is written, and replaced', async () => {
  const project = new Project({ 'a.ts': '1', 'lib/b.ts': '1' });
  const { next } = watchOf(project, ['a.ts', 'lib/b.ts']);
  writeFileSync(project.path('a.ts'), 'export const a = 2;');
  expect(await next()).toBe(project.path('a.ts'));
  writeFileSync(project.path('lib/b.tmp'), 'export const b = 2;');
  renameSync(project.path('lib/b.tmp'), project.path('lib/b.ts'));
  expect(await next()).toBe(project.path('lib/b.ts'));
});

it('what is written while a save is taken in is looked at afterwards, as it is then', async () => {
  const project = new Project({ 'a.ts': '1', 'b.ts': '1' });
  let asked: () => void = () => undefined;
  const busy = new Promise<void>((resolve) => (asked = resolve));
  const { next, seen } = watchOf(project, ['a.ts', 'b.ts'], project.root, () => {
    asked();
    return true;
  });
  writeFileSync(project.path('a.ts'), '22');
  await busy;
  writeFileSync(project.path('a.ts'), '333');
  expect(seen).toEqual([]);
  expect(await next()).toBe(project.path('a.ts'));
  writeFileSync(project.path('b.ts'), '22');
  expect(await next()).toBe(project.path('b.ts'));
});

it('leaves to the supervisor what is not a loaded module, is empty, gone, JSON, or being changed by git', async () => {
  const project = new Project({ 'a.ts': '1', 'b.ts': '1', 'other.ts': '1', 'data.json': '{}', '.git/HEAD': 'ref' });
  const { next, seen } = watchOf(project, ['a.ts', 'b.ts', 'data.json']);
  writeFileSync(project.path('other.ts'), '22');
  writeFileSync(project.path('data.json'), '{ "a": 1 }');
  truncateSync(project.path('a.ts'));
  project.write('.git/index.lock', '');
  writeFileSync(project.path('b.ts'), 'export const b = 22;');
  // Events of one folder come in order: this one is the last of them. The watch of another project knows no lock.
  const marker = project.write('marker.ts', '1');
  const { next: nextMarker } = watchOf(project, ['marker.ts'], new Project({}).root);
  writeFileSync(marker, 'export const marker = 22;');
  expect(await nextMarker()).toBe(marker);
  expect(seen).toEqual([]);
  renameSync(project.path('.git/index.lock'), project.path('.git/index'));
  // Just after git has finished, too; here it did a while ago.
  writeFileSync(project.path('b.ts'), 'export const b = 2222;');
  writeFileSync(marker, 'export const marker = 2222;');
  expect(await nextMarker()).toBe(marker);
  expect(seen).toEqual([]);
  utimesSync(project.path('.git/index'), 0, 0);
  rmSync(project.path('b.ts'));
  writeFileSync(project.path('a.ts'), 'export const a = 3;');
  expect(await next()).toBe(project.path('a.ts'));
  expect(seen).toEqual([]);
});

it('does not tell of a version twice', async () => {
  const project = new Project({ 'a.ts': '1', 'end.ts': '1' });
  const { next, seen } = watchOf(project, ['a.ts', 'end.ts']);
  // Opened, truncated and written: several events of the system.
  writeFileSync(project.path('a.ts'), 'export const a = 2;');
  expect(await next()).toBe(project.path('a.ts'));
  writeFileSync(project.path('end.ts'), 'export const end = 2;');
  expect(await next()).toBe(project.path('end.ts'));
  expect(seen).toEqual([]);
});
