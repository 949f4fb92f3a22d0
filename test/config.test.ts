import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Config } from 'flacon';

let folder: string;
let config: Config;
const before = { ...process.env };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-config-'));
  config = new Config(folder);
});

afterEach(() => {
  process.env = { ...before };
  rmSync(folder, { recursive: true });
});

it('takes UPPER_CASE names of objects, and no others', () => {
  config.fromObject({ A: 1, B_2: 2, lower: 3, Mixed: 4 });
  config.fromMapping({ C: 5 });
  expect({ ...config }).toEqual({ A: 1, B_2: 2, C: 5 });
});

it('loads files, and says which one is missing', () => {
  writeFileSync(join(folder, 'settings.json'), '{"A": 1, "b": 2}');
  expect(config.fromFile('settings.json')).toBe(true);
  expect(config['A']).toBe(1);
  expect(config.fromFile('none.json', { silent: true })).toBe(false);
  expect(() => config.fromFile('none.json')).toThrow(/Unable to load configuration file .*none\.json/);
  expect(() => config.fromEnvvar('FLACON_TEST_SETTINGS')).toThrow(/'FLACON_TEST_SETTINGS' is not set/);
  process.env['FLACON_TEST_SETTINGS'] = join(folder, 'settings.json');
  expect(config.fromEnvvar('FLACON_TEST_SETTINGS')).toBe(true);
});

it('takes prefixed variables as JSON or text, nested at __', () => {
  Object.assign(process.env, { MYAPP_A: '1', MYAPP_TEXT: 'text', MYAPP_DB__HOST: '"h"', MYAPP_DB__PORT: '5' });
  config.fromPrefixedEnv('MYAPP');
  expect({ ...config }).toEqual({ A: 1, TEXT: 'text', DB: { HOST: 'h', PORT: 5 } });
  expect(config.getNamespace('DB', { trimNamespace: false })).toEqual({ db: { HOST: 'h', PORT: 5 } });
});

it('masks secrets where it is printed', () => {
  config.fromMapping({ SECRET_KEY: 'hunter2', MAIL_PASSWORD: 'x', NAME: 'shown' });
  expect(inspect(config)).not.toMatch(/hunter2/);
  expect(inspect(config)).toMatch(/NAME: 'shown'/);
});
