import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyToClipboard } from '../../src/shell/clipboard.ts';

let folder: string;
let written: string;
const write = (text: string): void => void (written += text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-clip-'));
  written = '';
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A program that keeps its input and its arguments. */
function program(name: string, code = 0): void {
  const file = join(folder, name);
  writeFileSync(
    file,
    `#!/bin/sh\ncat > "${join(folder, 'copied')}"\necho "$@" > "${join(folder, 'args')}"\nexit ${code}\n`,
  );
  chmodSync(file, 0o755);
}

const env = (more: Record<string, string>): NodeJS.ProcessEnv => ({
  PATH: `${folder}${delimiter}/usr/bin${delimiter}/bin`,
  ...more,
});
const copied = (): string => readFileSync(join(folder, 'copied'), 'utf8');

describe('copying', () => {
  it.each<[string, Record<string, string>, NodeJS.Platform, string]>([
    ['wl-copy', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', ''],
    ['xclip', { DISPLAY: ':0' }, 'linux', '-selection clipboard'],
    ['xsel', { DISPLAY: ':0' }, 'linux', '--clipboard --input'],
    ['pbcopy', {}, 'darwin', ''],
    ['clip', {}, 'win32', ''],
  ])('uses %s', async (name, variables, platform, args) => {
    program(name);
    const text = 'it is $(not) a command; "é"\n';
    // xclip and xsel may be installed: without them in the folder nothing else is found.
    const only = { ...variables, PATH: `${folder}${delimiter}/bin` };
    expect(await copyToClipboard(text, { write, env: env(only), platform })).toBe(name);
    expect(copied()).toBe(text);
    expect(readFileSync(join(folder, 'args'), 'utf8').trim()).toBe(args);
    expect(written).toBe('');
  });

  it('asks the terminal where there is no program, or one that fails', async () => {
    program('wl-copy', 1);
    const options = { write, env: env({ WAYLAND_DISPLAY: 'x' }), platform: 'linux' } as const;
    expect(await copyToClipboard('hello', options)).toBe('the terminal');
    expect(written).toBe('\u001b]52;c;aGVsbG8=\u0007');
  });

  it('asks the terminal over ssh: the programs there are of another screen', async () => {
    program('xclip');
    const options = { write, env: env({ DISPLAY: ':0', SSH_CONNECTION: 'x' }), platform: 'linux' } as const;
    expect(await copyToClipboard('hello', options)).toBe('the terminal');
    expect(existsSync(join(folder, 'copied'))).toBe(false);
  });

  it('says so when there is no way', async () => {
    const options = { env: env({}), platform: 'linux' } as const;
    await expect(copyToClipboard('x', options)).rejects.toThrow('a plain terminal has no clipboard: install wl-copy');
    await expect(copyToClipboard('x'.repeat(200_000), { ...options, write })).rejects.toThrow(
      'too long for the terminal',
    );
  });
});
