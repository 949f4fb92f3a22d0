import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

it('urlFor is checked where the endpoints are declared', () => {
  const project = join(root, 'test', 'fixtures', 'typed-urls');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
  });
  // Not what is wrong elsewhere: that is the other test.
  expect(stdout.split('\n').filter((line) => line.startsWith('test/fixtures'))).toEqual([]);
});

it('the whole project type-checks, this folder with its expected errors included', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [compiler, '-p', join(root, 'tsconfig.json'), '--pretty', 'false'],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
