import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { Notes } from './notes-handle.ts';
import { ask, ROWS, Shop } from './shop.ts';

let shop: Shop;

beforeEach(() => {
  shop = new Shop();
});

afterEach(() => shop.close());

describe('.sql', () => {
  const isHeard = (): boolean => channel('flacon.query').hasSubscribers;

  it('shows the statements of entries, and their number and time behind the result', async () => {
    const client = await shop.open();
    expect(await ask(client, ROWS)).toBe('3');
    await client.eval('.sql on');
    expect(isHeard()).toBe(true);
    expect(await ask(client, ROWS)).toMatch(
      /^ {2}⟶ SELECT 1 FROM users {2}\d+\.\d ms {2}3 rows {2}shell#\d:1\n3 {3}\(1 query, \d+\.\d ms\)$/,
    );
    expect(await ask(client, 'const one = database.get("SELECT 1 FROM users WHERE id = ?", 1)')).toMatch(
      /^ {2}⟶ SELECT 1 FROM users WHERE id = \? {2}\[1\] {2}.* ms {2}1 row {2}shell#\d:1\n\(1 query, .* ms\)$/,
    );
    expect(await ask(client, 'database.run("DELETE FROM nowhere")')).toMatch(/failed: no such table: nowhere/);
    expect(await ask(client, '1 + 1')).toBe('2');
    await client.eval('.sql off');
    expect(isHeard()).toBe(false);
    expect(await ask(client, ROWS)).toBe('3');
    expect(await ask(client, '.sql')).toBe('sql is off');
  });

  it('names the place of the code that asked, and shows what a request of the shell asks', async () => {
    const client = await shop.open();
    await client.eval('.sql on');
    const shown = await ask(client, '.request GET /users');
    expect(shown).toMatch(/⟶ SELECT email FROM users ORDER BY email {2}.*3 rows {2}.*shop\.ts:\d+\n/);
    expect(shown).toMatch(/\(1 query, \d+\.\d ms\)$/);
  });

  it('leaves no listener behind when the shell ends', async () => {
    const client = await shop.open();
    await client.eval('.sql on');
    await client.ask({ op: 'close' });
    expect(isHeard()).toBe(false);
  });

  it('is silent about requests of others, and about other shells', async () => {
    const app = shop.app();
    const client = await shop.open(app);
    const other = await shop.open();
    await client.eval('.sql on');
    const before = client.output.length;
    await app.testClient().get('/users');
    await other.eval(ROWS);
    expect(client.output.slice(before)).toBe('');
    expect(await ask(client, '1')).toBe('1');
  });

  it('masks what is secret', async () => {
    const client = await shop.open();
    await client.eval('.sql on');
    const insert = await ask(
      client,
      'database.run("INSERT INTO users (email, password_hash) VALUES (?, ?)", "x@y.z", "scrypt:abc")',
    );
    expect(insert).toContain("['x@y.z', «redacted»]");
    const update = await ask(client, `database.run("UPDATE users SET password_hash = 'scrypt:abc' WHERE id = 1")`);
    expect(update).toContain("SET password_hash = '«redacted»' WHERE id = 1");
    expect(insert + update).not.toContain('scrypt:abc');
  });

  it('explains the last statement, or another', async () => {
    const client = await shop.open();
    expect(await ask(client, '.sql explain')).toBe('nothing was listened to yet: .sql on');
    expect(await ask(client, '.sql explain SELECT * FROM users')).toBe('SCAN users');
    await client.eval('.sql on');
    expect(await ask(client, '.sql explain')).toBe('no statement has run since .sql on');
    await client.eval('database.get("SELECT * FROM users WHERE email = ?", "ann@example.org")');
    expect(await ask(client, '.sql explain')).toMatch(
      /⟶ SELECT \* FROM users WHERE email = \?\nSEARCH users USING INDEX/,
    );
  });

  it('finds the statements that an entry repeats', async () => {
    const client = await shop.open();
    await client.eval('.sql on');
    await client.eval('for (const id of [1, 2]) database.get("SELECT * FROM users WHERE id = ?", id)');
    expect(await ask(client, '.sql n+1')).toBe('no statement of the last entry ran 3 times or more');
    await client.eval('for (const id of [1, 2, 3, 4]) database.get("SELECT * FROM users\\n WHERE id = ?", id)');
    expect(await ask(client, '.sql n+1')).toMatch(
      /^4 × SELECT \* FROM users WHERE id = \? {2}\d+\.\d ms {2}shell#\d:1$/,
    );
  });

  it('shows no more lines than can be read', async () => {
    const client = await shop.open();
    await client.eval('.sql on');
    const shown = await ask(client, 'for (let i = 0; i < 1000; i++) database.get("SELECT 1"); 0');
    expect(shown.split('\n')).toHaveLength(52);
    expect(shown).toMatch(/the others are not shown\n0 {3}\(1000 queries, .* ms\)$/);
  });

  it('hears any handle, also one behind promises', async () => {
    const notes = new Notes();
    const client = await shop.open(shop.app({ notes }));
    await client.eval('.sql on');
    expect(await ask(client, 'await notes.add("hello")')).toMatch(
      /^ {2}⟶ add note {2}\{ note: 'hello' \} {2}\d+\.\d ms {2}.*notes-handle\.ts:\d+\n1 {3}\(1 query, .* ms\)$/,
    );
    expect(await ask(client, '.sql explain')).toMatch(/1.*look at all notes for add note/);
  });
});

describe('.tables and .schema', () => {
  it('show what the handle tells', async () => {
    const client = await shop.open();
    expect((await ask(client, '.tables')).split('\n').map((line) => line.trim().split(/\s+/))).toEqual([
      ['TABLE', 'ROWS'],
      ['journal', '0'],
      ['prices', '0'],
      ['stocks', '0'],
      ['users', '3'],
    ]);
    expect(await ask(client, '.schema stocks')).toMatch(
      /^CREATE TABLE stocks \([^]*;\nCREATE INDEX stocks_of_user .*;$/,
    );
    expect(await ask(client, '.schema nothing')).toBe("no table 'nothing': .tables lists them");
    expect(await ask(client, '.schema')).toBe('which table? .schema TABLE');
    const completed = await client.ask({ op: 'complete', code: '.schema st', cursor: 10 });
    expect(completed.op === 'completions' && completed.items.map(({ text }) => text)).toEqual(['stocks']);
  });

  it('say what is missing', async () => {
    const none = await shop.open(shop.app({}));
    expect(await ask(none, '.tables')).toBe('the application gives the shell no database');
    shop.host?.target.replace(shop.app({ notes: new Notes() }));
    await none.next((frame): frame is HostFrame => frame.op === 'notice');
    expect(await ask(none, '.tables')).toBe('notes does not tell its tables');
  });
});
