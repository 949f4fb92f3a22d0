import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { readProjectConfig } from '../../src/dev/project-config.ts';
import { ModuleRuntime } from '../../src/dev/runtime.ts';
import { flaconRoot } from './dev-process.ts';
import { Project } from './project.ts';

const page = readFileSync(join(flaconRoot, 'docs', 'reload.md'), 'utf8');

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text ?? '');
}

it('the example of import.meta.hot keeps its prices, closes its timer, and leaves its importer alone', async () => {
  const [example = ''] = blocks('ts').filter((text) => text.startsWith('// prices.ts'));
  const project = new Project({
    'main.ts': `import { prices } from './prices.ts'; export const first = prices; export const now = () => prices;`,
    'prices.ts': example,
  });
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const runtime = new ModuleRuntime({ root: project.root });
  const main = await runtime.import(project.path('main.ts'));
  const first = main['first'] as Map<string, number>;
  first.set('kept', 1);
  for (const n of [1, 2]) {
    const result = await runtime.update([project.write('prices.ts', `${example}export const version = ${n};\n`)]);
    expect(result).toMatchObject({ kind: 'updated', modules: [project.path('prices.ts')] });
    if (result.kind === 'updated') expect(await result.retire()).toEqual([]);
    expect(await runtime.import(project.path('main.ts'))).toBe(main);
    const now = (main['now'] as () => Map<string, number>)();
    expect(timers()).toBe(before + 1);
    expect(now).toBe(first);
  }
  expect(runtime.hotData.get(project.path('prices.ts'))).toEqual({ prices: first });
  for (const record of runtime.records.values()) await record.hot?.retire();
  expect(timers()).toBe(before);
});

it('the examples of package.json are read as the page says', () => {
  const configs = blocks('json').map((text) => readProjectConfig(new Project({ 'package.json': text }).root));
  expect(configs.map(({ companions, transpiler }) => [[...companions.keys()], transpiler])).toEqual([
    [['vite', 'css'], 'oxc'],
    [[], 'ts-node'],
  ]);
});
