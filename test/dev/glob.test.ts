import { expect, it } from 'vitest';

import { createMatcher, globBase } from '../../src/dev/glob.ts';

const CWD = '/project';

function matches(pattern: string, path: string): boolean {
  return createMatcher([pattern], CWD)(path);
}

it.each([
  ['data/a.yml', '/project/data/a.yml', true],
  ['./data/a.yml', '/project/data/a.yml', true],
  ['data/a.yml', '/project/other/data/a.yml', false],
  ['data', '/project/data/deep/a.yml', true],
  ['data/', '/project/data/deep/a.yml', true],
  ['data', '/project/src/data/x', true],
  ['src/data', '/project/lib/src/data/x', false],
  ['*.yml', '/project/deep/a.yml', true],
  ['*.yml', '/project/a.yml.bak', false],
  ['data/*.yml', '/project/data/a.yml', true],
  ['data/*.yml', '/project/data/deep/a.yml', false],
  ['data/**/*.yml', '/project/data/a.yml', true],
  ['data/**/*.yml', '/project/data/deep/er/a.yml', true],
  ['**/test/*.ts', '/project/src/test/a.ts', true],
  ['/etc/app.conf', '/etc/app.conf', true],
  ['file?.ts', '/project/file1.ts', true],
  ['file[0-9].ts', '/project/filex.ts', false],
  ['file[!0-9].ts', '/project/filex.ts', true],
  ['*.{yml,yaml}', '/project/a.yaml', true],
  ['a.b', '/project/axb', false],
  ['', '/project/a', false],
])('%s and %s: %s', (pattern, path, expected) => {
  expect(matches(pattern, path)).toBe(expected);
});

it('starts to look where the pattern has no wildcard', () => {
  expect(globBase('data/*.yml', CWD)).toBe('/project/data');
  expect(globBase('data/a.yml', CWD)).toBe('/project/data/a.yml');
  expect(globBase('*.yml', CWD)).toBe('/project');
  expect(globBase('/etc/*.conf', CWD)).toBe('/etc');
});
