import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HistorySnapshot } from '../../src/shell/history-snapshot.ts';
import { History, historyFolder, historyPath } from '../../src/shell/history.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-history-'));
  path = join(folder, 'state', 'flacon', 'project.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const records = (): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the place of a history', () => {
  it('is the state folder of the user', () => {
    expect(historyFolder({ XDG_STATE_HOME: '/state' })).toBe('/state/flacon');
    expect(historyFolder({ XDG_STATE_HOME: 'relative' })).toMatch(/\.local\/state\/flacon$/);
    expect(historyFolder({})).toMatch(/\.local\/state\/flacon$/);
  });

  it('is one file for each project', () => {
    expect(historyPath(folder)).toMatch(/\/[\da-f]{16}\.jsonl$/);
    expect(historyPath(folder)).toBe(historyPath(join(folder, '.')));
    expect(historyPath(folder)).not.toBe(historyPath(join(folder, 'other')));
  });

  it('is readable by its owner alone', () => {
    History.open(path).append('1');
    expect(modeOf(path)).toBe('600');
    expect(modeOf(join(folder, 'state', 'flacon'))).toBe('700');
  });
});

describe('History', () => {
  it('writes an entry before it runs, and how it ended afterwards', () => {
    const history = History.open(path, { session: 'a', cwd: '/project', env: 'development' });
    const id = history.append('f(\n  1)') ?? '';
    expect(records()).toEqual([
      {
        id: 'a-1',
        t: expect.any(Number) as number,
        cwd: '/project',
        session: 'a',
        env: 'development',
        code: 'f(\n  1)',
      },
    ]);
    history.settle(id, { ok: true, ms: 1.26 });
    expect(records()[1]).toEqual({ id: 'a-1', ok: true, ms: 1.3 });
    expect(History.open(path).entries).toEqual([
      expect.objectContaining({ id: 'a-1', number: 1, code: 'f(\n  1)', ok: true, ms: 1.3 }),
    ]);
  });

  it('keeps an entry that killed its shell', () => {
    const script = `import { History } from ${JSON.stringify(new URL('../../src/shell/history.ts', import.meta.url).href)};
      History.open(${JSON.stringify(path)}).append('process.kill(process.pid, 9)'); process.kill(process.pid, 9);`;
    const { signal } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(signal).toBe('SIGKILL');
    expect(History.open(path).lines).toEqual(['process.kill(process.pid, 9)']);
  });

  it('loses nothing when several shells write, and has its own entries last', () => {
    const a = History.open(path, { session: 'a' });
    const b = History.open(path, { session: 'b' });
    a.append('from a 1');
    b.append('from b');
    a.append('from a 2');
    expect(b.entries.map(({ code }) => code)).toEqual(['from a 1', 'from b']);
    b.refresh();
    expect(b.lines).toEqual(['from a 1', 'from a 2', 'from b']);
    expect(a.lines).toEqual(['from b', 'from a 1', 'from a 2']);
    expect(
      History.open(path)
        .search('FROM')
        .map(({ code }) => code),
    ).toEqual(['from a 2', 'from b', 'from a 1']);
  });

  it('offers an entry once, where it was typed last; the journal keeps each', () => {
    const history = History.open(path, { older: ['one', 'zero'] });
    for (const code of ['one', 'two', 'one']) history.append(code);
    expect(history.lines).toEqual(['zero', 'two', 'one']);
    expect(history.entries).toHaveLength(3);
  });

  it('takes older entries only where the journal has none', () => {
    expect(History.open(path, { older: ['copy'] }).lines).toEqual(['copy']);
    History.open(path).append('kept');
    expect(History.open(path, { older: ['copy'] }).lines).toEqual(['kept']);
  });

  it('does not record what begins with a space, or is blank', () => {
    const history = History.open(path);
    expect([history.append(' secret()'), history.append(''), history.append('\n')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(history.lines).toEqual([]);
  });

  it('never lets a secret reach the disk', () => {
    const history = History.open(path);
    history.append('const password = "hunter2"');
    expect(readFileSync(path, 'utf8')).not.toContain('hunter2');
    expect(history.lines).toEqual(['const password = "«redacted»"']);
  });

  it('keeps the last 10,000', () => {
    History.open(path);
    writeFileSync(
      path,
      Array.from(
        { length: 10_050 },
        (_, index) => `${JSON.stringify({ id: `a-${index}`, t: 1, code: `x${index}` })}\n`,
      ).join(''),
    );
    const { entries, lines } = History.open(path);
    expect(entries).toHaveLength(10_000);
    expect(entries[0]).toMatchObject({ number: 51, code: 'x50' });
    expect(lines.at(-1)).toBe('x10049');
  });

  it('passes over damaged lines, and loses nothing else', () => {
    const first = History.open(path);
    first.append('before');
    appendFileSync(path, 'garbage\n\u0000\u0001\n[1]\n"text"\n{"id":7,"code":"x"}\n{"id":"torn","co');
    const second = History.open(path);
    second.append('after');
    expect(second.entries.map(({ code }) => code)).toEqual(['before', 'after']);
    first.append('again');
    expect(History.open(path).entries.map(({ code }) => code)).toEqual(['before', 'after', 'again']);
  });

  it('forgets an entry on the disk and in other shells, while they go on writing', () => {
    const a = History.open(path, { session: 'a' });
    const b = History.open(path, { session: 'b' });
    a.append('keep 1');
    const id = a.append('oops zzz42') ?? '';
    a.settle(id, { ok: true, ms: 1 });
    b.append('keep 2');
    a.refresh();
    expect(a.forget(2)).toBe(true);
    b.append('keep 3');
    expect(readFileSync(path, 'utf8')).not.toContain('zzz42');
    for (const history of [a, b, History.open(path)]) {
      history.refresh();
      expect(history.entries.map(({ code }) => code)).toEqual(['keep 1', 'keep 2', 'keep 3']);
    }
    expect(a.forget(id)).toBe(false);
  });

  it('begins anew when the journal is emptied by hand', () => {
    const history = History.open(path);
    history.append('old');
    writeFileSync(path, '');
    history.append('new');
    expect(history.lines).toEqual(['new']);
  });

  it('goes on without a file that can be written, and says so once', () => {
    writeFileSync(join(folder, 'state'), 'a file where the folder should be');
    const onWarning = vi.fn();
    const history = History.open(path, { onWarning });
    history.settle(history.append('1') ?? '', { ok: true, ms: 1 });
    history.append('2');
    expect(history.lines).toEqual(['1', '2']);
    expect(history.forget(1)).toBe(true);
    expect(history.lines).toEqual(['2']);
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^The history cannot be saved: /));
  });
});

describe('HistorySnapshot, over the defects of repl-history', () => {
  let snapshotPath: string;
  beforeEach(() => {
    snapshotPath = HistorySnapshot.pathFor(path);
  });
  const reload = (): readonly string[] => HistorySnapshot.load(snapshotPath).lines;

  it('1: lies beside the journal, not in the folder of the package', () => {
    expect(snapshotPath).toBe(path.replace('.jsonl', '.history'));
    HistorySnapshot.load(snapshotPath).save(['x']);
    const packageFolder = new URL('../../node_modules/repl-history/', import.meta.url);
    expect(readdirSync(packageFolder)).not.toContain('.repl_history');
    expect(reload()).toEqual(['x']);
  });

  it("2: leaves Node's own history alone, without a warning", () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    vi.stubEnv('HOME', folder);
    HistorySnapshot.load(snapshotPath).save(['x']);
    vi.unstubAllEnvs();
    expect(existsSync(join(folder, '.node_repl_history'))).toBe(false);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('3: keeps the newest entry', () => {
    HistorySnapshot.load(snapshotPath).save(['one', 'two', 'three']);
    expect(readFileSync(snapshotPath, 'utf8')).toBe('three\ntwo\none');
    expect(reload()).toEqual(['one', 'two', 'three']);
  });

  it('4: needs no event: the journal has what a killed shell could not save', () => {
    const history = History.open(path);
    history.append('typed before the kill');
    const next = History.open(path, { older: reload() });
    expect(next.lines).toEqual(['typed before the kill']);
  });

  it('5: does not end the process', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
      throw new Error('the process was ended');
    });
    const before = process.exit;
    HistorySnapshot.load(snapshotPath).save(['x']);
    expect(exit).not.toHaveBeenCalled();
    expect(process.exit).toBe(before);
    exit.mockRestore();
  });

  it('6: two shells that end do not take entries from each other, and the file is never half written', () => {
    const a = History.open(path, { session: 'a' });
    const b = History.open(path, { session: 'b' });
    const [first, second] = [HistorySnapshot.load(snapshotPath), HistorySnapshot.load(snapshotPath)];
    a.append('from a');
    b.append('from b');
    for (const [snapshot, history] of [
      [first, a],
      [second, b],
    ] as const) {
      history.refresh();
      snapshot.save(history.lines);
    }
    expect([...reload()].toSorted()).toEqual(['from a', 'from b']);
    expect(readdirSync(join(folder, 'state', 'flacon')).filter((name) => !/\.(?:jsonl|history)$/.test(name))).toEqual(
      [],
    );
  });

  it('7: makes its folder, also when that has gone before the end', () => {
    const snapshot = HistorySnapshot.load(snapshotPath);
    rmSync(join(folder, 'state'), { recursive: true });
    snapshot.save(['x']);
    expect(reload()).toEqual(['x']);
  });

  it('8: is readable by its owner alone, also when it was not before', () => {
    mkdirSync(join(folder, 'state', 'flacon'), { recursive: true });
    writeFileSync(snapshotPath, 'old', { mode: 0o644 });
    chmodSync(snapshotPath, 0o644);
    const snapshot = HistorySnapshot.load(snapshotPath);
    expect(modeOf(snapshotPath)).toBe('600');
    snapshot.save(['x']);
    expect(modeOf(snapshotPath)).toBe('600');
  });

  it('9: prints nothing when there is no history yet', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    expect(reload()).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('10: keeps entries of several lines whole, and each once', () => {
    HistorySnapshot.load(snapshotPath).save(['f(\n  1\n)', 'x', 'f(\n  1\n)', 'y']);
    expect(reload()).toEqual(['x', 'f(\n  1\n)', 'y']);
  });

  it('11: holds a thousand entries, and not all of them for ever', () => {
    HistorySnapshot.load(snapshotPath).save(Array.from({ length: 1200 }, (_, index) => `x${index}`));
    const lines = reload();
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([1000, 'x200', 'x1199']);
  });

  it('12: holds no secret, as nothing that is written does', () => {
    HistorySnapshot.load(snapshotPath).save(['token = "abc123xyz"']);
    expect(readFileSync(snapshotPath, 'utf8')).toBe('token = "«redacted»"');
  });
});
