import { existsSync, readFileSync, rmSync } from 'node:fs';
import { expect, it } from 'vitest';

import { ModuleRuntime } from '../../src/dev/runtime.ts';
import { Project } from './project.ts';

const COUNT = 12;
const name = (index: number): string => `m${index}.ts`;

/** Numbers that are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function text(index: number, imports: readonly number[], tag: string): string {
  const lines = imports.map((other) => `import { value as v${other} } from './${name(other)}';`);
  const parts = imports.map((other) => `v${other}`);
  return `${lines.join('\n')}\nexport const value: string = ['${tag}', ${parts.join(', ')}].join('.');\n`;
}

/** What `main` must export, read from the files; undefined where it cannot be loaded. */
function model(project: Project, index: number): string | undefined {
  const path = project.path(name(index));
  const content = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (content === undefined) return undefined;
  const tag = /\['([^']+)'/.exec(content)?.[1];
  if (tag === undefined || !content.endsWith(".join('.');\n")) return undefined;
  const values = [...content.matchAll(/from '\.\/m(\d+)\.ts'/g)].map(([, other]) => model(project, Number(other)));
  return values.includes(undefined) ? undefined : [tag, ...values].join('.');
}

it.each([1, 2, 3])(
  '500 random edits (%i): what runs is what the files say, or the last that could run',
  async (seed) => {
    const next = random(seed);
    const pick = (below: number, max: number): number[] => {
      const candidates = Array.from({ length: COUNT - below - 1 }, (_, n) => below + 1 + n);
      return candidates.filter(() => next(3) === 0).slice(0, max);
    };
    const project = new Project({});
    for (let index = COUNT - 1; index >= 0; index--) {
      project.write(name(index), text(index, index === 0 ? [1, 2, 3] : pick(index, 2), `t${index}`));
    }
    const runtime = new ModuleRuntime({ root: project.root });
    const value = async (): Promise<unknown> => (await runtime.import(project.path(name(0))))['value'];
    let good = model(project, 0);
    expect(await value()).toBe(good);
    const outcomes: Record<string, number> = {};
    for (let step = 0; step < 500; step++) {
      const index = next(COUNT);
      const path = project.path(name(index));
      const fine = text(index, pick(index, 2), `s${step}`);
      const edits: Array<() => string[]> = [
        () => [project.write(name(index), fine)],
        () => [project.write(name(index), fine)],
        () => [project.write(name(index), `${fine}}`)],
        () => [project.write(name(index), fine.slice(0, -3 - next(3)))],
        () => [project.write(name(index), `${fine.replace(/\n$/, '')} throw new Error('x');\n`)],
        () => {
          rmSync(path, { force: true });
          return [path];
        },
        () => {
          // Only upwards, as the model knows no cycles.
          const other = next(index);
          if (index === 0 || !existsSync(path)) return [];
          return project.rename(name(index), name(other)).map(String);
        },
        () => [project.write(name(index), existsSync(path) ? `\n${readFileSync(path, 'utf8')}` : fine)],
        // Two files of one save.
        () => [
          project.write(name(index), fine),
          project.write(name((index + 1) % COUNT), text((index + 1) % COUNT, [], `u${step}`)),
        ],
      ];
      const touched = edits[next(edits.length)]?.() ?? [];
      const result = await runtime.update(touched);
      outcomes[result.kind] = (outcomes[result.kind] ?? 0) + 1;
      const wanted = model(project, 0);
      if (wanted !== undefined) good = wanted;
      expect(await value(), `step ${step}`).toBe(good);
      const failed = result.kind === 'failed';
      expect(failed, `step ${step}: ${failed ? String(result.error) : result.kind}`).toBe(wanted === undefined);
    }
    expect(Object.keys(outcomes).sort()).toEqual(['failed', 'unchanged', 'updated']);
    expect(runtime.files().every((file) => runtime.records.has(file))).toBe(true);
  },
);
