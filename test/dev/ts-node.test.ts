import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ModuleRuntime } from '../../src/dev/runtime.ts';
import { flaconRoot } from './dev-process.ts';
import { Project } from './project.ts';

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: [],
    skipLibCheck: true,
  },
});

const FILES = {
  'package.json': JSON.stringify({
    type: 'module',
    flacon: { transpiler: 'ts-node' },
    devDependencies: { 'typescript-5': 'npm:typescript@5.9.3' },
  }),
  'tsconfig.json': TSCONFIG,
  'main.ts': `import { Service } from './service.ts';
import { Store } from './store.ts';

export const seen: unknown[] = [];
Object.assign(Reflect, {
  metadata: (key: string, value: unknown) => (_target: object, name?: string) => void seen.push([key, value, name]),
});
const injectable = (target: unknown): void => void seen.push(target);

@injectable
class Controller {
  constructor(readonly store: Store, readonly service: Service) {}
}
export { Controller, Store };
export const text: string = new Service().name;
export const fail = (): never => {
  throw new Error('from main');
};
`,
  'service.ts': `export class Service {\n  readonly name: string = 'v1';\n}\n`,
  'store.ts': `export class Store {}\n`,
};

function create(files: Record<string, string> = {}, { installed = true } = {}) {
  const project = new Project({ ...FILES, ...files });
  if (installed) {
    mkdirSync(project.path('node_modules'));
    for (const name of ['ts-node', 'typescript-5']) {
      symlinkSync(join(flaconRoot, 'node_modules', name), project.path(`node_modules/${name}`));
    }
  }
  const runtime = new ModuleRuntime({ root: project.root });
  return { project, runtime, load: () => runtime.import(project.path('main.ts')) as Promise<Record<string, any>> };
}

describe('a project that asks for ts-node', () => {
  it('has decorators with metadata of imported classes, hot updates, and its own lines in stack traces', async () => {
    const { project, runtime, load } = create();
    const main = await load();
    expect(main.text).toBe('v1');
    const parameters = main.seen.find(([key]: unknown[]) => key === 'design:paramtypes');
    expect(parameters[1].map(({ name }: { name: string }) => name)).toEqual(['Store', 'Service']);
    expect(parameters[1][0]).toBe(main.Store);
    const result = await runtime.update([project.write('service.ts', FILES['service.ts'].replace('v1', 'v2'))]);
    expect(result).toMatchObject({ kind: 'updated' });
    const next = await load();
    expect(next.text).toBe('v2');
    expect(next.Store).toBe(main.Store);
    const restore = runtime.mapStackTraces();
    expect(() => next.fail()).toThrow(
      expect.objectContaining({ stack: expect.stringMatching(/main\.ts:17:9/) as string }) as Error,
    );
    restore();
  });

  it('is told of a type error at its place, and goes on with the version before', async () => {
    const { project, runtime, load } = create();
    await load();
    const result = await runtime.update([
      project.write('service.ts', `export class Service {\n  readonly name: string = 42;\n}\n`),
    ]);
    expect(result).toMatchObject({
      kind: 'failed',
      error: {
        name: 'TSError',
        line: 2,
        column: 12,
        message: "Type 'number' is not assignable to type 'string'. (TS2322)",
      },
    });
    expect((await load()).text).toBe('v1');
  });

  it('is told what to install where there is none', async () => {
    const { load } = create({}, { installed: false });
    await expect(load()).rejects.toMatchObject({
      code: 'TS_NODE_MISSING',
      fix: expect.stringContaining('npm install --save-dev ts-node'),
    });
  });
});
