import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDotenv, parseDotenv } from '../../src/cli/dotenv.ts';

describe('parseDotenv', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['export A=1', { A: '1' }],
    ['  A = spaced value  ', { A: 'spaced value' }],
    ["A='q # w'", { A: 'q # w' }],
    ["A='it\\'s \\n'", { A: "it's \\n" }],
    ['A="x\\ny\\t\\"z\\""', { A: 'x\ny\t"z"' }],
    ['A="two\nlines"', { A: 'two\nlines' }],
    ['A="x" # comment', { A: 'x' }],
    ['A=x # comment', { A: 'x' }],
    ['A=x#y', { A: 'x#y' }],
    ['A=#x', { A: '' }],
    ['A=', { A: '' }],
    ['A', {}],
    ['G\nH=a', { H: 'a' }],
    ['=bad\nB=2', { B: '2' }],
    ['# A=1\n\nB=2', { B: '2' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['\ufeffA=1', { A: '1' }],
    ['A=a=b', { A: 'a=b' }],
    ["A=it's", { A: "it's" }],
    ['A=1\nB=${A}2', { A: '1', B: '12' }],
    ['B=${OUTER}-${NONE}-${NONE:-x}', { B: 'o--x' }],
    ['A=1\nA=2', { A: '2' }],
    ['A="unclosed\nB=2', { A: '"unclosed', B: '2' }],
  ])('reads %j', (text, values) => {
    expect(Object.fromEntries(parseDotenv(text, { OUTER: 'o' }))).toEqual(values);
  });
});

describe('loadDotenv', () => {
  let root: string;
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'flacon-dotenv-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('ranks environment, --env-file, .env, .flaconenv', () => {
    write('.flaconenv', 'A=flaconenv\nB=flaconenv\nC=flaconenv\nD=flaconenv');
    write('.env', 'A=env\nB=env\nC=env');
    write('my.env', 'A=mine\nB=mine');
    const env: Record<string, string | undefined> = { A: 'real' };
    const files = loadDotenv({ cwd: root, env, envFile: 'my.env' });
    expect(env).toEqual({ A: 'real', B: 'mine', C: 'env', D: 'flaconenv' });
    expect(files).toEqual(['.flaconenv', '.env', 'my.env'].map((name) => join(root, name)));
  });

  it('searches each file upwards', () => {
    write('.env', 'A=outer\nB=outer');
    write('sub/.flaconenv', 'B=inner\nC=inner');
    mkdirSync(join(root, 'sub/deep'), { recursive: true });
    const env = {};
    loadDotenv({ cwd: join(root, 'sub/deep'), env });
    expect(env).toEqual({ A: 'outer', B: 'outer', C: 'inner' });
  });

  it('passes over folders of the name, and names a file that cannot be read', () => {
    write('.env', 'A=outer');
    mkdirSync(join(root, 'sub/.env'), { recursive: true });
    const env = {};
    expect(loadDotenv({ cwd: join(root, 'sub'), env })).toEqual([join(root, '.env')]);
    expect(env).toEqual({ A: 'outer' });
    expect(() => loadDotenv({ cwd: root, env: {}, envFile: 'sub' })).toThrow(
      `The environment file ${join(root, 'sub')} cannot be read (EISDIR).`,
    );
  });

  it('lets FLACON_SKIP_DOTENV leave out all but --env-file', () => {
    write('.env', 'A=1');
    write('my.env', 'B=2');
    const env: Record<string, string | undefined> = { FLACON_SKIP_DOTENV: '1' };
    loadDotenv({ cwd: root, env, envFile: 'my.env' });
    expect(env).toEqual({ FLACON_SKIP_DOTENV: '1', B: '2' });
  });
});
