import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog } from '../../src/shell/audit-log.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-audit-'));
  path = join(folder, 'audit.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lines(): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('an audit file', () => {
  it('has who, when and what before it runs, and how it ended', async () => {
    const log = AuditLog.open(path, 'tester');
    log.attachedTo(3, { mode: 'script' });
    await log.around({ code: "login('me', { password: 'p4ss' })", file: 'a.ts' }, async () => {
      expect(lines().at(-1)).toMatchObject({ event: 'entry', entry: 1, file: 'a.ts' });
      log.ended('value');
      await Promise.resolve();
    });
    const [session, entry, end] = lines();
    expect(session).toMatchObject({ event: 'session', session: 3, mode: 'script', user: 'tester', pid: process.pid });
    expect(entry).toMatchObject({ session: 3, code: "login('me', { password: '«redacted»' })" });
    expect(end).toMatchObject({ event: 'end', entry: 1, session: 3, user: 'tester', status: 'value' });
    expect(new Date(String(end?.['time'])).toISOString()).toBe(end?.['time']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is told when an entry has failed without a word, or was the client’s own', async () => {
    const log = AuditLog.open(path, 'tester');
    await expect(log.around({ code: '1' }, () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    await log.around({ code: '.exit' }, () => Promise.resolve(log.done()));
    expect(lines().flatMap(({ status }) => status ?? [])).toEqual(['failed', 'nothing']);
  });

  it('is appended to by several at once', async () => {
    const logs = ['one', 'two'].map((user) => AuditLog.open(path, user));
    for (const code of ['1', '2', '3']) for (const log of logs) await log.around({ code }, () => Promise.resolve());
    expect(lines().map(({ user }) => user)).toEqual(
      Array.from({ length: 3 }, () => ['one', 'one', 'two', 'two']).flat(),
    );
  });

  it('is refused where it cannot be written, or where others may', () => {
    expect(() => AuditLog.open(join(folder, 'no', 'a'), 'tester')).toThrow(/cannot be written \(ENOENT\)/);
    expect(() => AuditLog.open(folder, 'tester')).toThrow(/cannot be written \(EISDIR\)/);
    writeFileSync(path, '');
    chmodSync(path, 0o640);
    expect(() => AuditLog.open(path, 'tester')).toThrow(/is open to other users/);
  });

  it.runIf(process.platform === 'linux')('keeps from running what cannot be written down', async () => {
    const log = AuditLog.open('/dev/full', 'tester');
    let hasRun = false;
    await expect(log.around({ code: '1' }, () => Promise.resolve((hasRun = true)))).rejects.toThrow(/^not run: /);
    expect(hasRun).toBe(false);
  });

  it.runIf(process.platform === 'linux')('has an entry that has killed the shell', () => {
    const audit = new URL('../../dist/shell/audit-log.js', import.meta.url).href;
    const program = `const { AuditLog } = await import(${JSON.stringify(audit)});
await AuditLog.open(${JSON.stringify(path)}, 'tester').around({ code: 'die()' }, () => process.kill(process.pid, 'SIGKILL'));`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    expect(signal).toBe('SIGKILL');
    expect(lines()).toMatchObject([{ event: 'entry', code: 'die()' }]);
  });
});
