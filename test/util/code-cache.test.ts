import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCodeCache, type CodeCache } from '../../src/util/code-cache.ts';

let top: string;
let packageFolder: string;
const uid = process.getuid?.() ?? -1;
const data = Buffer.from('compiled code');

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'flacon-code-')));
  packageFolder = join(top, 'package');
  mkdirSync(packageFolder);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function open(owner = uid): CodeCache {
  return openCodeCache({ packageFolder, owner, env: { XDG_CACHE_HOME: join(top, 'cache') } });
}

const beside = (): string => join(packageFolder, '.cache');
const ofUser = (): string => join(top, 'cache', 'flacon', readdirSync(join(top, 'cache', 'flacon'))[0] ?? '');

describe('a code cache', () => {
  it.runIf(process.platform === 'linux')('does without a folder where none can be made', () => {
    const cache = openCodeCache({ packageFolder, owner: uid + 1, env: { XDG_CACHE_HOME: '/proc/none' } });
    expect(cache.write('core', 'v1', data)).toBe(false);
    expect(cache.read('core', 'v1')).toBeUndefined();
  });

  it('gives what was kept for the same identity, and nothing else', () => {
    expect(open().read('core', 'v1')).toBeUndefined();
    expect(open().write('core', 'v1', data)).toBe(true);
    expect(open().read('core', 'v1')).toEqual(data);
    expect(open().read('core', 'v2')).toBeUndefined();
    expect(open().read('base', 'v1')).toBeUndefined();
    expect(readdirSync(beside())).toEqual(['core']);
  });

  it('replaces what was kept', () => {
    open().write('core', 'v1', data);
    open().write('core', 'v2', Buffer.from('newer'));
    expect(open().read('core', 'v2')?.toString()).toBe('newer');
    expect(open().read('core', 'v1')).toBeUndefined();
  });

  it.each([
    ['a changed byte', (content: Buffer) => Buffer.concat([content.subarray(0, -1), Buffer.from('X')])],
    ['a cut file', (content: Buffer) => content.subarray(0, content.length - 3)],
    ['a file of nothing but a hash', (content: Buffer) => content.subarray(0, 32)],
    ['an empty file', () => Buffer.alloc(0)],
  ])('sees %s', (_, damage) => {
    open().write('core', 'v1', data);
    const file = join(beside(), 'core');
    writeFileSync(file, damage(readFileSync(file)));
    expect(open().read('core', 'v1')).toBeUndefined();
  });

  it('is in the folder of the user where the package belongs to somebody else', () => {
    expect(open(uid + 1).write('core', 'v1', data)).toBe(true);
    expect(readdirSync(packageFolder)).toEqual([]);
    expect(readdirSync(ofUser())).toEqual(['core']);
    expect(open(uid + 1).read('core', 'v1')).toEqual(data);
  });

  it('is in the folder of the user where the package takes no files', () => {
    writeFileSync(beside(), 'no folder');
    expect(open().write('core', 'v1', data)).toBe(true);
    expect(readdirSync(ofUser())).toEqual(['core']);
    expect(open().read('core', 'v1')).toEqual(data);
  });

  it('is nowhere where no folder takes files', () => {
    writeFileSync(beside(), 'no folder');
    writeFileSync(join(top, 'cache'), 'no folder');
    expect(open().write('core', 'v1', data)).toBe(false);
    expect(open().read('core', 'v1')).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('reads nothing that others can write, and no links', () => {
    open().write('core', 'v1', data);
    const file = join(beside(), 'core');
    for (const mode of [0o620, 0o602]) {
      chmodSync(file, mode);
      expect(open().read('core', 'v1')).toBeUndefined();
    }
    chmodSync(file, 0o600);
    expect(open().read('core', 'v1')).toEqual(data);
    chmodSync(beside(), 0o777);
    expect(open().read('core', 'v1')).toBeUndefined();
    expect(open().write('core', 'v1', data)).toBe(true);
    expect(readdirSync(ofUser())).toEqual(['core']);
    rmSync(join(top, 'cache'), { recursive: true });
    chmodSync(beside(), 0o700);
    renameSync(file, join(top, 'elsewhere'));
    symlinkSync(join(top, 'elsewhere'), file);
    expect(open().read('core', 'v1')).toBeUndefined();
  });
});
