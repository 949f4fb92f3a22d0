import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';

import type { Flacon } from '../../src/app.ts';
import { DevApp } from '../../src/dev/dev-app.ts';
import type { ModuleRecord } from '../../src/dev/module-record.ts';
import { ModuleRuntime } from '../../src/dev/runtime.ts';
import { locateApp } from '../../src/script-info.ts';
import { Project } from './project.ts';

const SAVES = 40;

/** Collects what nobody holds. A weak reference that was read in this turn holds until the next one. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc');
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    (runInNewContext('gc') as () => void)();
  }
}

function alive(refs: readonly WeakRef<object>[]): number {
  return refs.filter((ref) => ref.deref() !== undefined).length;
}

it('many saves of a module with eight importers leave no app, map, rule or module behind but the newest', async () => {
  const parts = Array.from({ length: 10 }, (_, index) => index);
  const files: Record<string, string> = {
    'shared.ts': `export const shared = 'save 0';`,
    'app.ts': `import { Flacon } from 'flacon';
${parts.map((index) => `import { part${index} } from './part${index}.ts';`).join('\n')}
export const app = new Flacon(import.meta);
for (const part of [${parts.map((index) => `part${index}`).join(', ')}]) app.registerBlueprint(part);`,
  };
  for (const index of parts) {
    files[`part${index}.ts`] = `import { Blueprint } from 'flacon';
${index < 8 ? "import { shared } from './shared.ts';" : "const shared = 'never changes';"}
export const part${index} = new Blueprint('part${index}', import.meta, { urlPrefix: '/part${index}' });
part${index}.get('/', () => shared);
part${index}.get('/<int:id>', function item({ id }) { return shared + id; });`;
  }
  const project = new Project(files);
  const runtime = new ModuleRuntime({ root: project.root });
  const fail = (error: unknown): never => {
    throw error;
  };
  const hooks = { onThrow: fail, beforeResponse: () => undefined, onResponse: () => undefined, onError: fail };
  const location = locateApp({ app: project.path('app.ts'), cwd: project.root });
  const app = location.text;
  const devApp = new DevApp(runtime, location, {
    app,
    cwd: project.root,
    hooks,
    onSlow: () => undefined,
    onRetireError: fail,
  });
  await devApp.load();

  const old = { apps: [] as WeakRef<Flacon>[], rules: [] as WeakRef<object>[], modules: [] as WeakRef<ModuleRecord>[] };
  const ask = async (path: string): Promise<string> => (await (devApp.app as Flacon).testClient().get(path)).text;
  const note = (): void => {
    const current = devApp.app as Flacon;
    old.apps.push(new WeakRef(current));
    old.rules.push(new WeakRef(current.urlMap), ...[...current.urlMap].map((rule) => new WeakRef(rule)));
    old.modules.push(...[...runtime.records.values()].map((record) => new WeakRef(record)));
  };
  const interruption = new AbortController();
  for (let save = 1; save <= SAVES; save++) {
    note();
    project.write('shared.ts', `export const shared = 'save ${save}';`);
    const result = await devApp.change([project.path('shared.ts')], performance.now(), interruption);
    expect(result).toMatchObject({ kind: 'reloaded', generation: save + 1 });
    expect([await ask('/part3/7'), await ask('/part9/7')]).toEqual([`save ${save}7`, 'never changes7']);
  }
  await collect();
  expect(old.apps).toHaveLength(SAVES);
  // The frame that awaited it last may still hold the one before.
  expect(alive(old.apps)).toBeLessThanOrEqual(1);
  expect(alive(old.rules)).toBeLessThanOrEqual(old.rules.length / SAVES);
  // The two parts that did not change are the same as ever.
  const modules = new Set(old.modules.map((ref) => ref.deref()).filter((record) => record !== undefined));
  expect(modules.size).toBeLessThanOrEqual(2 + runtime.records.size);
});
