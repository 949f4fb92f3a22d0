import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findViolations, type SourceFile } from './support/layering.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function sourcesBelow(folder: string): SourceFile[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(root, file), text: readFileSync(file, 'utf8') }));
}

describe('the layering rule', () => {
  it('holds in src/: values point down or stay in their room, without cycles', () => {
    expect(findViolations(sourcesBelow('src'))).toEqual([]);
  });

  it('holds for extensions and shell plugins: they import only what package.json exports', () => {
    const outside = [...sourcesBelow('shell-plugins'), ...sourcesBelow('src/ext')].flatMap(({ path, text }) => {
      const room = path.startsWith('src/ext/') ? path.split('/').slice(0, 3).join('/') : 'shell-plugins';
      const imports = [...text.matchAll(/from '(\.[^']+)'/g)].map((match) => join(dirname(path), match[1] ?? ''));
      return imports.filter((target) => !target.startsWith(`${room}/`)).map((target) => `${path} imports ${target}`);
    });
    expect(outside).toEqual([]);
  });
});

describe('the check of the layering rule', () => {
  const file = (path: string, ...lines: string[]): SourceFile => ({ path, text: lines.join('\n') });

  it('fails on an upward import, and names its path', () => {
    const found = findViolations([
      file('src/http/a.ts', "import { b } from '../routing/b.ts';"),
      file('src/routing/b.ts', 'export const b = 1;'),
    ]);
    expect(found).toEqual(['upward: src/http/a.ts → src/routing/b.ts']);
  });

  it('fails on a sideways import', () => {
    const found = findViolations([
      file('src/http/a.ts', "export * from '../jinja/b.ts';"),
      file('src/jinja/b.ts', 'export const b = 1;'),
    ]);
    expect(found).toEqual(['sideways: src/http/a.ts → src/jinja/b.ts']);
  });

  it('fails on a cycle, also of one room and through a re-export', () => {
    const found = findViolations([
      file('src/util/a.ts', "import { b } from './b.ts';"),
      file('src/util/b.ts', "export { c as b } from './c.ts';"),
      file('src/util/c.ts', "import { a, type D } from './a.ts';"),
    ]);
    expect(found).toEqual(['cycle: src/util/a.ts → src/util/b.ts → src/util/c.ts → src/util/a.ts']);
  });

  it('fails on an upward dynamic import', () => {
    const found = findViolations([
      file('src/util/a.ts', "const b = await import('../http/b.ts');"),
      file('src/http/b.ts', ''),
    ]);
    expect(found).toEqual(['upward: src/util/a.ts → src/http/b.ts']);
  });

  it('fails on a room that nobody placed', () => {
    expect(findViolations([file('src/attic/a.ts', '')])).toEqual(['no layer: src/attic/a.ts']);
  });

  it('lets types point up, and values down', () => {
    const found = findViolations([
      file(
        'src/http/a.ts',
        "import type { B } from '../routing/b.ts';",
        "import { type C } from '../app.ts';",
        "import { d } from '../util/d.ts';",
      ),
      file('src/routing/b.ts', "import { a } from '../http/a.ts';"),
      file('src/app.ts', "export type { B } from './cli/e.ts';"),
      file('src/util/d.ts', ''),
      file('src/cli/e.ts', "import { app } from '../app.ts';"),
    ]);
    expect(found).toEqual([]);
  });
});
