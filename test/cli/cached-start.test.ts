import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let top: string;
let installed: string;

beforeAll(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'flacon-start-')));
  installed = join(top, 'node_modules', 'flacon');
  mkdirSync(installed, { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((each) => !each.startsWith('.')))
    symlinkSync(join(root, 'node_modules', name), join(top, 'node_modules', name));
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(root, name), join(installed, name), { recursive: true });
  writeFileSync(join(top, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(top, 'app.ts'),
    `import { Flacon } from 'flacon';
export const app = new Flacon(import.meta);
app.shellContextProcessor(() => ({ latest: () => 42 as number }));
`,
  );
});
afterAll(() => rmSync(top, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of ['cache', 'node_modules/flacon/.cache']) rmSync(join(top, name), { recursive: true, force: true });
});

function run(...args: string[]): string {
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: top, XDG_CACHE_HOME: join(top, 'cache'), XDG_RUNTIME_DIR: join(top, 'run') };
  return execFileSync(process.execPath, [join(installed, 'bin', 'app.js'), ...args], {
    cwd: top,
    env,
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

const beside = (): string => join(installed, '.cache');

function contents(folder: string): Map<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

describe('the program of an installed package', () => {
  it('keeps what was compiled, and runs from it', () => {
    expect(run('shell', '-e', 'latest() + 1')).toBe('43\n');
    const kept = contents(beside());
    expect([...kept.keys()].map((name) => name.split('-')[0]).sort()).toEqual([
      'base.cjs',
      'client',
      'core.cjs',
      'program',
    ]);
    expect(run('shell', '-e', 'latest() + 2')).toBe('44\n');
    expect(contents(beside())).toEqual(kept);
  });

  it.each([
    ['nothing but zeros', (content: Buffer) => Buffer.alloc(content.length)],
    [
      'a changed byte',
      (content: Buffer) => Buffer.concat([content.subarray(0, 5000), Buffer.from([1]), content.subarray(5001)]),
    ],
  ])('compiles again where that is damaged: %s', (_, damage) => {
    run('shell', '-e', '1');
    const kept = contents(beside());
    for (const name of kept.keys()) {
      const file = join(beside(), name);
      writeFileSync(file, damage(readFileSync(file)));
    }
    expect(run('shell', '-e', 'latest() + 3')).toBe('45\n');
    expect([...contents(beside()).values()].map((text) => text.length > 10_000)).toEqual([true, true, true, true]);
  });

  it('runs the code that is there, also where it has the same size', () => {
    expect(run('--version')).toContain('\nFlacon ');
    expect(run('--version')).toContain('\nFlacon ');
    const file = join(installed, 'dist', 'client', 'index.cjs');
    const code = readFileSync(file, 'latin1');
    expect(code).toContain('\nFlacon ${version}');
    writeFileSync(file, code.replace('\nFlacon ${version}', '\nFLACON ${version}'), 'latin1');
    expect(run('--version')).toContain('\nFLACON ');
    writeFileSync(file, code, 'latin1');
  });

  it('keeps it with the user where the package takes no files', () => {
    writeFileSync(beside(), 'no folder');
    expect(run('shell', '-e', 'latest()')).toBe('42\n');
    expect(readdirSync(join(top, 'cache', 'flacon'))).toHaveLength(1);
    expect(run('shell', '-e', 'latest()')).toBe('42\n');
  });

  it('runs where nothing can be kept', () => {
    writeFileSync(beside(), 'no folder');
    writeFileSync(join(top, 'cache'), 'no folder');
    expect(run('shell', '-e', 'latest()')).toBe('42\n');
    expect(existsSync(join(top, 'cache', 'flacon'))).toBe(false);
  });

  it('has one copy of everything: for the application, its program and Node', () => {
    writeFileSync(
      join(top, 'same.ts'),
      `import { Flacon, FlaconError } from 'flacon';
import { app } from './app.ts';
const native = await import('flacon');
console.log(app instanceof Flacon, native.Flacon === Flacon, native.FlaconError === FlaconError);
`,
    );
    expect(run('shell', 'same.ts')).toBe('true true true\n');
  });
});
