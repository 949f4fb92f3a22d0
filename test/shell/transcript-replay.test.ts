import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareLines } from './transcript-match.ts';
import { bytesOfKey, parseTranscript } from './transcript-parse.ts';
import { TranscriptWorkshop } from './transcript-project.ts';
import { replay } from './transcript-replay.ts';

let workshop: TranscriptWorkshop;
let folder: string;
beforeAll(() => {
  workshop = new TranscriptWorkshop();
  folder = mkdtempSync(join(tmpdir(), 'flacon-transcript-'));
});
afterAll(() => {
  workshop.remove();
  rmSync(folder, { recursive: true });
});

function play(text: string, patience = 600): Promise<void> {
  const file = join(folder, 'try.txt');
  writeFileSync(file, text);
  return replay(file, { workshop, patience });
}

function compare(text: string, lines: string[]): unknown {
  const { steps } = parseTranscript(`$ x\n${text}`);
  return compareLines(steps[0]?.expected.get('T1') ?? [], lines);
}

describe('lines and what is expected of them', () => {
  it('match as a whole, in order', () => {
    expect(compare('a\n~ b+\n...\nz', ['a', 'bbb', 'x', 'z', 'z'])).toEqual({ kind: 'match' });
    expect(compare('a\n...', ['a'])).toEqual({ kind: 'match' });
    expect(compare('a\nb', ['a'])).toEqual({ kind: 'partial' });
    expect(compare('a', ['a', 'b'])).toEqual({ kind: 'conflict', at: 1 });
    expect(compare('~ b', ['bb'])).toEqual({ kind: 'conflict', at: 0 });
    expect(compare('\\~ b\n\\', ['~ b', ''])).toEqual({ kind: 'match' });
  });
});

describe('a transcript', () => {
  it('is read line by line', () => {
    const { steps, env, size } = parseTranscript(
      '@ size 40x10\n@ env A=b=c\n$ app shell\n>> a[Tab]b[1, 2]\n[Up][Ctrl-C]\n[ 1, 2 ]\nT2$ x &\nT2 y\n~~ edit a.ts s|a/b|c\\nd|\n~~ write b <<E\n> a\nE\n> ',
      'x',
    );
    expect({ env, size }).toEqual({ env: { A: 'b=c' }, size: { columns: 40, rows: 10 } });
    expect(steps.map(({ action }) => action)).toEqual([
      { kind: 'start', terminal: 'T1', command: 'app shell', isBackground: false },
      { kind: 'keys', terminal: 'T1', text: 'a', bytes: 'a\tb[1, 2]' },
      { kind: 'keys', terminal: 'T1', text: '', bytes: '\u001b[A\u0003' },
      { kind: 'start', terminal: 'T2', command: 'x', isBackground: true },
      { kind: 'edit', file: 'a.ts', old: 'a/b', replacement: 'c\nd' },
      { kind: 'write', file: 'b', text: '> a\n' },
      { kind: 'type', terminal: 'T1', text: '' },
    ]);
    expect(steps[2]?.expected.get('T1')).toEqual([{ kind: 'text', text: '[ 1, 2 ]', line: 6 }]);
    expect(steps[3]?.expected.get('T2')).toEqual([{ kind: 'text', text: 'y', line: 8 }]);
    expect([bytesOfKey('Alt-b'), bytesOfKey('Hyper-b')]).toEqual(['\u001bb', undefined]);
  });

  it.each([
    ['@ sizes 1', 'x:1: no such setting'],
    ['a', 'x:1: nothing was done yet'],
    ['$ a\n~~ fly', 'x:2: no such action'],
    ['$ a\n~~ edit a s/b/', 'x:2: an edit is'],
    ['$ a\n~ (', 'x:2: Invalid regular expression'],
    ['$ a\n~~ write b <<E', 'x:2: there is no line E'],
    ['# nothing', 'there is nothing to do'],
  ])('that is none is refused: %j', (text, message) => {
    expect(() => parseTranscript(text, 'x')).toThrow(message);
  });
});

describe('a replay', () => {
  it.each([
    ['what a program prints', "$ printf 'a\\nb\\n'\na\nb\n"],
    ['its code', '$ exit 3\n[exit 3]\n'],
    ['lines that are broken by the terminal', `$ printf '${'ab'.repeat(60)}'\n${'ab'.repeat(60)}\n`],
    ['what is typed and shown', '$ printf \'p> \'; read x; echo "<$x>"\n> hello\n<hello>\n'],
    ['a full screen', '$ tput smcup; printf "\\e[Htop\\n\\nlast"; read x; tput rmcup &\ntop\n\\\nlast\n[Enter]\n'],
    [
      'lines that come late, where any may',
      "$ printf 'p> '; read x; printf 'p> '; read y; printf 'late\\np> '; read z\n> 1\n...\n> 2\nlate\n",
    ],
    ['a prompt', "$ printf 'a(x)> '; read x; printf 'b(y)> '; read y\n> 1\nb(y)>\n"],
  ])('passes on %s', (_, text) => play(text));

  it.each([
    ['another line', "$ printf 'a\\nb\\n'\na\nc\n", 'this is not what it printed'],
    ['a missing line', "$ printf 'a\\n'\na\nb\n", 'this is not what it printed'],
    ['a line too many', "$ printf 'a\\nb\\n'\na\n", 'this is not what it printed'],
    ['another code', '$ exit 3\n', 'ended with code 3'],
    ['another entry', '$ cat\n> b\nc\n', 'not all of it was printed'],
    ['a silent program', "$ printf 'p> '; read x; printf 'p> '; read y\n> 1\nanswer\n", 'not all of it was printed'],
    ['text at the prompt', "$ printf 'p> abc'; read x &\n= abd\n", 'not all of it was printed'],
    ['rows beneath', "$ printf 'p> abc\\n\\nmenu\\e[2A\\e[3D'; read x &\n= abc\n", 'not all of it was printed'],
    ['output that comes late', "$ printf 'p> '; read x; printf 'p> '; read y; echo 1\n> a\n> b\n", '1'],
    ['another prompt', "$ printf 'a(x)> '; read x; printf 'b(y)> '; read y\n> 1\na(x)>\n", 'not all of it was printed'],
    ['a full screen', '$ tput smcup; printf "\\e[Htop"; read x &\nbottom\n', 'bottom'],
  ])('fails on %s', async (_, text, message) => {
    await expect(play(text)).rejects.toThrow(message);
  });

  it('fails where a shell answers otherwise, and tells what is on the screen', async () => {
    const failure = play('$ app shell --no-attach\n...\n> 1 + 1\n3\n', 8000);
    await expect(failure).rejects.toThrow(/^try\.txt:3: other lines were printed \(T1\)\nexpected:\n3\ngot:\n2\n/);
    await expect(failure).rejects.toThrow(/\|portfolio\(dev\)> 1 \+ 1 +\|\n\|2 +\|/);
  });

  it('fails where a shell prints more than is expected', async () => {
    await expect(play('$ app shell --no-attach\n...\n> console.log(1); 2\n2\n', 8000)).rejects.toThrow('got:\n1\n2');
    await expect(play('$ app shell --no-attach\n...\n> 1 + 1\n> 2\n2\n', 8000)).rejects.toThrow('try.txt:3');
  });
});
