import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { relocateImports } from '../../src/shell/relocate-imports.ts';
import { userStartUpPath } from '../../src/shell/start-up.ts';
import { StartUpTrust } from '../../src/shell/start-up-trust.ts';
import { changesOf, diffLines } from '../../src/shell/text-diff.ts';

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-trust-'));
  env = { XDG_STATE_HOME: join(folder, 'state') };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('trust in a start-up file', () => {
  it('is for this text in this folder, is kept, and only its owner reads it', () => {
    const trust = new StartUpTrust(join(folder, 'a'), env);
    expect(trust.answer('1')).toBeUndefined();
    trust.remember('1', true);
    trust.remember('2', false);
    const again = new StartUpTrust(join(folder, 'a'), env);
    expect(['1', '2', '3', '1\n'].map((text) => again.answer(text))).toEqual([true, false, undefined, undefined]);
    expect(again.trusted).toBe('1');
    expect(new StartUpTrust(join(folder, 'b'), env).answer('1')).toBeUndefined();
    expect(statSync(trust.path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(trust.path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(trust.path))).toHaveLength(1);
  });

  it('takes an answer back, adds to what another shell has kept, and remembers 50', () => {
    const [one, other] = [new StartUpTrust(folder, env), new StartUpTrust(folder, env)];
    one.remember('1', true);
    other.remember('2', true);
    other.remember('1', false);
    const again = new StartUpTrust(folder, env);
    expect(['1', '2'].map((text) => again.answer(text))).toEqual([false, true]);
    for (let text = 3; text <= 51; text += 1) again.remember(String(text), true);
    const last = new StartUpTrust(folder, env);
    expect(['2', '1', '3', '51'].map((text) => last.answer(text))).toEqual([undefined, false, true, true]);
  });

  it.each(['', 'null', '[]', '{"answers":{"x":"yes"},"trusted":5}', '{"answers":'])(
    'is none where the file holds %j',
    (text) => {
      const { path } = new StartUpTrust(folder, env);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      const trust = new StartUpTrust(folder, env);
      expect(trust.answer('x')).toBeUndefined();
      expect(trust.trusted).toBeUndefined();
    },
  );

  it('holds for the session where it cannot be kept', () => {
    writeFileSync(join(folder, 'state'), 'a file');
    const trust = new StartUpTrust(folder, env);
    expect(() => trust.remember('1', true)).toThrow(/ENOTDIR|EEXIST/);
    expect(trust.answer('1')).toBe(true);
  });
});

describe('the path of the own start-up file', () => {
  it.each([
    [{ XDG_CONFIG_HOME: '/etc/me' }, /^\/etc\/me\/flacon\/shell\.ts$/],
    [{ XDG_CONFIG_HOME: 'relative' }, /\/\.config\/flacon\/shell\.ts$/],
    [{}, /\/\.config\/flacon\/shell\.ts$/],
  ])('of %j', (given, path) => expect(userStartUpPath(given)).toMatch(path));
});

describe('comparing texts', () => {
  const compare = (old: string, next: string): string =>
    diffLines(old.replaceAll(' ', '\n'), next.replaceAll(' ', '\n'))
      .map(([sign, text]) => sign + text)
      .join('|');

  it.each([
    ['a b c', 'a b c', ' a| b| c'],
    ['a b c', 'a c', ' a|-b| c'],
    ['a c', 'a b c', ' a|+b| c'],
    ['a b c d', 'a x c y', ' a|-b|+x| c|-d|+y'],
    ['a a', 'a', ' a|-a'],
    ['a', 'a a', ' a|+a'],
    ['x a b', 'a b y', '-x| a| b|+y'],
    ['1 2 3 4', '3 4 1 2', '-1|-2| 3| 4|+1|+2'],
  ])('%j and %j', (old, next, expected) => expect(compare(old, next)).toBe(expected));

  it('shows three lines around what differs', () => {
    const old = Array.from({ length: 30 }, (_, index) => String(index));
    const next = old.map((line) => (line === '10' ? 'ten' : line));
    const shown = changesOf(diffLines(old.join('\n'), next.join('\n'))).map((line) => line?.join('') ?? '…');
    expect(shown).toEqual(['…', ' 7', ' 8', ' 9', '-10', '+ten', ' 11', ' 12', ' 13', '…']);
  });

  it('gives both texts where too much differs', () => {
    const [old, next] = ['a', 'b'].map((letter) => Array.from({ length: 2001 }, (_, line) => `${letter}${line}`));
    const lines = diffLines((old ?? []).join('\n'), (next ?? []).join('\n'));
    expect(lines).toHaveLength(4002);
    expect(lines[0]).toEqual(['-', 'a0']);
    expect(lines.at(-1)).toEqual(['+', 'b2000']);
  });
});

describe('relative imports of a start-up file', () => {
  it.each([
    ["import a from './a.ts'; import b from 'b'", 'import a from "/home/a.ts"; import b from \'b\''],
    ["const x = async () => import('../x.ts')", 'const x = async () => import("/x.ts")'],
    [
      "import './a.ts'; import { type T } from './t.ts';\n'./no.ts'",
      'import "/home/a.ts"; import { type T } from "/home/t.ts";\n\'./no.ts\'',
    ],
    ["const path = './a.ts'; import(path)", "const path = './a.ts'; import(path)"],
    ["import { from './a.ts'", "import { from './a.ts'"],
    ["const π = '→'; import './π.ts'", 'const π = \'→\'; import "/home/π.ts"'],
  ])('%j', (code, relocated) => expect(relocateImports(code, '/home')).toBe(relocated));
});
