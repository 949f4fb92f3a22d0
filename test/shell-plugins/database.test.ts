import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../sample-app/database.ts';
import { currentApp, Flacon } from '../../src/index.ts';
import { shellDatabase } from '../../src/shell/index.ts';
import { promptText } from '../../src/shell/prompt-marks.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import { stripAnsi } from '../../src/util/terminal.ts';
import { TestHost, type TestClient } from '../shell/client-support.ts';
import { Notes } from './notes-handle.ts';

let host: TestHost | undefined;
let folder: string;
let database: Database;
/** Sees what anybody else sees. */
let second: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-data-'));
  database = new Database(join(folder, 'shop.sqlite'));
  second = new Database(join(folder, 'shop.sqlite'));
  for (const name of ['ann', 'bob', 'eve'])
    database.run('INSERT INTO users (email, password_hash) VALUES (?, ?)', `${name}@example.org`, 'hash');
});

afterEach(async () => {
  await host?.close();
  host = undefined;
  database.close();
  second.close();
  rmSync(folder, { recursive: true });
});

function makeApp(context: object = { database }): Flacon {
  const app = new Flacon(undefined, { name: 'shop' });
  app.config.PROPAGATE_EXCEPTIONS = false;
  app.get('/users', () => database.all('SELECT email FROM users ORDER BY email').length.toString());
  app.post('/add', function add() {
    database.transaction(() => {
      database.run('INSERT INTO users (email, password_hash) VALUES (?, ?)', 'new@example.org', 'secret');
    });
    return 'added';
  });
  app.post('/fail', function fail() {
    database.transaction(() => {
      database.run('DELETE FROM users');
      throw new Error('changed my mind');
    });
    return 'never';
  });
  app.shellContextProcessor(() => context);
  app.logger.handlers.push(() => {});
  return app;
}

async function open(app = makeApp(), sandbox?: boolean): Promise<TestClient> {
  host ??= await TestHost.start(app);
  const client = host.connect();
  const info = { pid: 1, user: 'tester', mode: 'terminal' as const, columns: 80, color: false };
  const answer = await client.ask({
    op: 'hello',
    protocol: 1,
    token: host.host.record.token,
    client: { ...info, ...(sandbox === undefined ? {} : { sandbox }) },
  });
  if (answer.op !== 'welcome') throw new Error(JSON.stringify(answer));
  client.welcome = answer;
  return client;
}

/** What an entry writes and prints. */
async function ask(client: TestClient, code: string): Promise<string> {
  const before = client.output.length;
  const printed = await client.show(code);
  return stripAnsi(client.output.slice(before) + printed).trimEnd();
}

const count = (): number => second.all('SELECT 1 FROM users').length;
const promptOf = (client: TestClient): string => {
  const frames = client.frames.filter((frame) => frame.op === 'prompt');
  return promptText('shop', 'dev', frames.at(-1)?.marks ?? client.welcome.marks);
};
const rows = 'database.all("SELECT 1 FROM users").length';

describe('.sandbox', () => {
  it('is seen by its own shell only, and rolled back', async () => {
    const client = await open();
    expect(await ask(client, '.sandbox on')).toBe(
      [
        'sandbox on — rolled back on exit.',
        'Not covered: files, network, cache, other connections',
        'shop.sqlite: once it has changes, other writers wait for 2 s and then fail',
      ].join('\n'),
    );
    expect(promptOf(client)).toBe('shop(dev sandbox)>');
    expect(count()).toBe(3);
    expect(await ask(client, 'database.run("DELETE FROM users").changes')).toBe('3');
    expect([await ask(client, rows), count(), database.all('SELECT 1 FROM users').length]).toEqual(['0', 3, 3]);
    // A request of the server is none of the shell's.
    expect((await makeApp().testClient().get('/users')).text).toBe('3');
    expect(await ask(client, '(await client.get("/users")).text')).toBe("'0'");
    expect(await ask(client, '.sandbox')).toBe('sandbox is on for shop.sqlite');
    expect(await ask(client, '.sandbox off')).toBe('rolled back: 1 statement, 3 rows');
    expect(promptOf(client)).toBe('shop(dev)>');
    expect([await ask(client, rows), count()]).toEqual(['3', 3]);
  });

  it('has no part in another shell', async () => {
    const client = await open();
    const other = await open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    expect([await ask(client, rows), await ask(other, rows)]).toEqual(['0', '3']);
    expect(promptOf(other)).toBe('shop(dev)>');
  });

  it('reads what others write, as long as it has changed nothing', async () => {
    const client = await open();
    await client.eval('.sandbox on');
    expect(await ask(client, rows)).toBe('3');
    second.run('DELETE FROM users WHERE email = ?', 'eve@example.org');
    expect(await ask(client, rows)).toBe('2');
    expect(await ask(client, '.sandbox off')).toBe('sandbox off: nothing was changed');
  });

  it('turns the transactions of the application into savepoints', async () => {
    const client = await open();
    await client.eval('.sandbox on');
    expect(await ask(client, '(await client.post("/add")).text')).toBe("'added'");
    expect([await ask(client, rows), count()]).toEqual(['4', 3]);
    expect(await ask(client, '(await client.post("/fail")).status')).toBe('500');
    // What failed is undone by itself, what went before it stays.
    expect([await ask(client, rows), count()]).toEqual(['4', 3]);
    expect(await ask(client, 'database.run("COMMIT")')).toContain('transactions are not ended by statements');
    expect(await ask(client, '.sandbox off')).toMatch(/^rolled back: 2 statements, \d rows$/);
    expect(count()).toBe(3);
  });

  it('keeps what is committed, and goes on', async () => {
    const client = await open();
    expect(await ask(client, '.sandbox commit')).toBe('there is no sandbox to commit: .sandbox on');
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users WHERE email = ?", "eve@example.org")');
    expect(count()).toBe(3);
    expect(await ask(client, '.sandbox commit')).toBe('committed: 1 statement, 1 row — the sandbox goes on');
    expect([count(), promptOf(client)]).toEqual([2, 'shop(dev sandbox)>']);
    await client.eval('database.run("DELETE FROM users")');
    expect(await ask(client, '.sandbox off')).toBe('rolled back: 1 statement, 2 rows');
    expect(count()).toBe(2);
  });

  it.each([
    ['is left', async (client: TestClient) => void (await client.ask({ op: 'close' }))],
    ['is killed', async (client: TestClient) => void client.socket.destroy()],
  ])('is rolled back when the shell %s', async (_, leave) => {
    const client = await open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    await leave(client);
    await host?.close();
    host = undefined;
    expect(count()).toBe(3);
    // The lock is gone, too.
    second.run('DELETE FROM users WHERE email = ?', 'eve@example.org');
    expect(count()).toBe(2);
  });

  it('says what was rolled back when the shell is left', async () => {
    const client = await open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    await client.ask({ op: 'close' });
    expect(client.output).toContain('rolled back: 1 statement, 3 rows\n');
  });

  it('does not let code out that goes on after its end', async () => {
    const client = await open();
    await client.eval('.sandbox on');
    await client.eval('let go; const late = new Promise((r) => go = r).then(() => database.run("DELETE FROM users"))');
    await client.eval('.sandbox off');
    expect(await ask(client, 'go(); await late')).toContain('The sandbox that this code was started in has ended.');
    expect(count()).toBe(3);
  });

  it('goes on with the databases that there are after a reload', async () => {
    const client = await open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    const next = new Database(join(folder, 'shop.sqlite'));
    host?.target.replace(makeApp({ database: next }));
    await client.next((frame): frame is HostFrame => frame.op === 'notice' && frame.kind === 'reloaded');
    expect(client.output).toContain('rolled back: 1 statement, 3 rows — the reload has replaced shop.sqlite\n');
    expect(promptOf(client)).toBe('shop(dev sandbox)>');
    await client.eval('database.run("DELETE FROM users")');
    expect([await ask(client, rows), count()]).toEqual(['0', 3]);
    await client.eval('.sandbox off');
    next.close();
  });

  it('is for any handle that speaks the protocol, several at once', async () => {
    const notes = new Notes();
    await notes.add('first');
    const client = await open(makeApp({ database, notes, plain: { [shellDatabase]: { name: 'plain' } } }));
    expect(await ask(client, '.sandbox on')).toMatch(/cache, other connections, plain\n/);
    expect(await ask(client, '.sandbox')).toBe('sandbox is on for shop.sqlite, notes');
    await client.eval('await notes.add("second"); database.run("DELETE FROM users")');
    expect(await ask(client, 'await notes.list()')).toBe("[ 'first', 'second' ]");
    expect([notes.kept, count()]).toEqual([['first'], 3]);
    expect(await ask(client, '.sandbox off')).toBe('rolled back: 2 statements, 4 rows');
    expect(await ask(client, 'await notes.list()')).toBe("[ 'first' ]");
    await client.eval('.sandbox on');
    await client.eval('await notes.add("third")');
    await client.eval('.sandbox commit');
    expect(notes.kept).toEqual(['first', 'third']);
  });

  it('finds handles among the extensions, and behind getters that need the application', async () => {
    const notes = new Notes();
    const app = makeApp({
      get database() {
        expect(currentApp.name).toBe('shop');
        return database;
      },
    });
    app.extensions['notes'] = notes;
    const client = await open(app, true);
    expect(promptText('shop', 'dev', client.welcome.marks)).toBe('shop(dev sandbox)>');
    expect(await ask(client, '.sandbox')).toBe('sandbox is on for shop.sqlite, notes');
  });

  it('lets nothing run where it was asked for and cannot be had', async () => {
    const client = await open(makeApp({}), true);
    expect(client.welcome.warnings.map(plainText).join()).toContain(
      'no sandbox: no database that the application gives to the shell offers one',
    );
    expect(await ask(client, 'globalThis.escaped = 1')).toMatch(/a sandbox was asked for: .*\(\.sandbox off goes on/);
    expect(await ask(client, '.request POST /add')).toMatch(/a sandbox was asked for/);
    expect('escaped' in globalThis).toBe(false);
    expect(await ask(client, '.sandbox off')).toBe('sandbox is off');
    expect(await ask(client, '1 + 1')).toBe('2');
  });

  it('says why a handle can have none', async () => {
    const client = await open(makeApp({ database: new Database(':memory:') }));
    expect(await ask(client, '.sandbox on')).toBe('A database in memory has one connection only: no sandbox.');
    expect(promptOf(client)).toBe('shop(dev)>');
  });

  it('is on in production, unless --write says otherwise', async () => {
    const environment = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const client = await open();
      expect(client.welcome.environment).toBe('production');
      expect(promptText('shop', 'production', client.welcome.marks)).toBe('shop(production sandbox)>');
      expect(client.welcome.warnings.map(plainText).join()).toContain('sandbox on — rolled back on exit.');
      const writing = await open(undefined, false);
      expect(writing.welcome.marks).toEqual([]);
      await writing.eval('database.run("DELETE FROM users WHERE email = ?", "eve@example.org")');
      expect(count()).toBe(2);
    } finally {
      process.env['NODE_ENV'] = environment;
    }
  });
});

describe('.sql', () => {
  const isHeard = (): boolean => channel('flacon.query').hasSubscribers;

  it('shows the statements of entries, and their number and time behind the result', async () => {
    const client = await open();
    expect(await ask(client, rows)).toBe('3');
    await client.eval('.sql on');
    expect(isHeard()).toBe(true);
    expect(await ask(client, rows)).toMatch(
      /^ {2}⟶ SELECT 1 FROM users {2}\d+\.\d ms {2}3 rows {2}shell#\d:1\n3 {3}\(1 query, \d+\.\d ms\)$/,
    );
    expect(await ask(client, 'const one = database.get("SELECT 1 FROM users WHERE id = ?", 1)')).toMatch(
      /^ {2}⟶ SELECT 1 FROM users WHERE id = \? {2}\[1\] {2}.* ms {2}1 row {2}shell#\d:1\n\(1 query, .* ms\)$/,
    );
    expect(await ask(client, 'database.run("DELETE FROM nowhere")')).toMatch(/failed: no such table: nowhere/);
    expect(await ask(client, '1 + 1')).toBe('2');
    await client.eval('.sql off');
    expect(isHeard()).toBe(false);
    expect(await ask(client, rows)).toBe('3');
    expect(await ask(client, '.sql')).toBe('sql is off');
  });

  it('names the place of the code that asked, and shows what a request of the shell asks', async () => {
    const client = await open();
    await client.eval('.sql on');
    const shown = await ask(client, '.request GET /users');
    expect(shown).toMatch(/⟶ SELECT email FROM users ORDER BY email {2}.*3 rows {2}.*database\.test\.ts:\d+\n/);
    expect(shown).toMatch(/\(1 query, \d+\.\d ms\)$/);
  });

  it('leaves no listener behind when the shell ends', async () => {
    const client = await open();
    await client.eval('.sql on');
    await client.ask({ op: 'close' });
    expect(isHeard()).toBe(false);
  });

  it('is silent about requests of others, and about other shells', async () => {
    const app = makeApp();
    const client = await open(app);
    const other = await open();
    await client.eval('.sql on');
    const before = client.output.length;
    await app.testClient().get('/users');
    await other.eval(rows);
    expect(client.output.slice(before)).toBe('');
    expect(await ask(client, '1')).toBe('1');
  });

  it('masks what is secret', async () => {
    const client = await open();
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
    const client = await open();
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
    const client = await open();
    await client.eval('.sql on');
    await client.eval('for (const id of [1, 2]) database.get("SELECT * FROM users WHERE id = ?", id)');
    expect(await ask(client, '.sql n+1')).toBe('no statement of the last entry ran 3 times or more');
    await client.eval('for (const id of [1, 2, 3, 4]) database.get("SELECT * FROM users\\n WHERE id = ?", id)');
    expect(await ask(client, '.sql n+1')).toMatch(
      /^4 × SELECT \* FROM users WHERE id = \? {2}\d+\.\d ms {2}shell#\d:1$/,
    );
  });

  it('shows no more lines than can be read', async () => {
    const client = await open();
    await client.eval('.sql on');
    const shown = await ask(client, 'for (let i = 0; i < 1000; i++) database.get("SELECT 1"); 0');
    expect(shown.split('\n')).toHaveLength(52);
    expect(shown).toMatch(/the others are not shown\n0 {3}\(1000 queries, .* ms\)$/);
  });

  it('hears any handle, also one behind promises', async () => {
    const notes = new Notes();
    const client = await open(makeApp({ notes }));
    await client.eval('.sql on');
    expect(await ask(client, 'await notes.add("hello")')).toMatch(
      /^ {2}⟶ add note {2}\{ note: 'hello' \} {2}\d+\.\d ms {2}.*notes-handle\.ts:\d+\n1 {3}\(1 query, .* ms\)$/,
    );
    expect(await ask(client, '.sql explain')).toMatch(/1.*look at all notes for add note/);
  });
});

describe('.tables and .schema', () => {
  it('show what the handle tells', async () => {
    const client = await open();
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
    const none = await open(makeApp({}));
    expect(await ask(none, '.tables')).toBe('the application gives the shell no database');
    host?.target.replace(makeApp({ notes: new Notes() }));
    await none.next((frame): frame is HostFrame => frame.op === 'notice');
    expect(await ask(none, '.tables')).toBe('notes does not tell its tables');
  });
});
