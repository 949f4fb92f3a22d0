import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../sample-app/database.ts';
import { currentApp } from '../../src/index.ts';
import { shellDatabase } from '../../src/shell/index.ts';
import { promptText } from '../../src/shell/prompt-marks.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import type { TestClient } from '../shell/client-support.ts';
import { Notes } from './notes-handle.ts';
import { ask, promptOf, ROWS, Shop } from './shop.ts';

let shop: Shop;

beforeEach(() => {
  shop = new Shop();
});

afterEach(() => shop.close());

const isReload = (frame: HostFrame): frame is HostFrame => frame.op === 'notice' && frame.kind === 'reloaded';

describe('.sandbox', () => {
  it('is seen by its own shell only, and rolled back', async () => {
    const client = await shop.open();
    expect(await ask(client, '.sandbox on')).toBe(
      [
        'sandbox on — rolled back on exit.',
        'Not covered: files, network, cache, other connections',
        'shop.sqlite: once it has changes, other writers wait for 2 s and then fail',
      ].join('\n'),
    );
    expect(promptOf(client)).toBe('shop(dev sandbox)>');
    expect(shop.count()).toBe(3);
    expect(await ask(client, 'database.run("DELETE FROM users").changes')).toBe('3');
    expect([await ask(client, ROWS), shop.count(), shop.database.all('SELECT 1 FROM users').length]).toEqual([
      '0',
      3,
      3,
    ]);
    // A request of the server is none of the shell's.
    expect((await shop.app().testClient().get('/users')).text).toBe('3');
    expect(await ask(client, '(await client.get("/users")).text')).toBe("'0'");
    expect(await ask(client, '.sandbox')).toBe('sandbox is on for shop.sqlite');
    expect(await ask(client, '.sandbox off')).toBe('rolled back: 1 statement, 3 rows');
    expect(promptOf(client)).toBe('shop(dev)>');
    expect([await ask(client, ROWS), shop.count()]).toEqual(['3', 3]);
  });

  it('has no part in another shell', async () => {
    const client = await shop.open();
    const other = await shop.open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    expect([await ask(client, ROWS), await ask(other, ROWS)]).toEqual(['0', '3']);
    expect(promptOf(other)).toBe('shop(dev) #2>');
  });

  it('reads what others write, as long as it has changed nothing', async () => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    expect(await ask(client, ROWS)).toBe('3');
    shop.second.run('DELETE FROM users WHERE email = ?', 'eve@example.org');
    expect(await ask(client, ROWS)).toBe('2');
    expect(await ask(client, '.sandbox off')).toBe('sandbox off: nothing was changed');
  });

  it('turns the transactions of the application into savepoints', async () => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    expect(await ask(client, '(await client.post("/add")).text')).toBe("'added'");
    expect([await ask(client, ROWS), shop.count()]).toEqual(['4', 3]);
    expect(await ask(client, '(await client.post("/fail")).status')).toBe('500');
    // What failed is undone by itself, what went before it stays.
    expect([await ask(client, ROWS), shop.count()]).toEqual(['4', 3]);
    expect(await ask(client, 'database.run("COMMIT")')).toContain('transactions are not ended by statements');
    expect(await ask(client, '.sandbox off')).toMatch(/^rolled back: 2 statements, \d rows$/);
    expect(shop.count()).toBe(3);
  });

  it('keeps what is committed, and goes on', async () => {
    const client = await shop.open();
    expect(await ask(client, '.sandbox commit')).toBe('there is no sandbox to commit: .sandbox on');
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users WHERE email = ?", "eve@example.org")');
    expect(shop.count()).toBe(3);
    expect(await ask(client, '.sandbox commit')).toBe('committed: 1 statement, 1 row — the sandbox goes on');
    expect([shop.count(), promptOf(client)]).toEqual([2, 'shop(dev sandbox)>']);
    await client.eval('database.run("DELETE FROM users")');
    expect(await ask(client, '.sandbox off')).toBe('rolled back: 1 statement, 2 rows');
    expect(shop.count()).toBe(2);
  });

  it.each([
    ['is left', async (client: TestClient) => void (await client.ask({ op: 'close' }))],
    ['is killed', async (client: TestClient) => void client.socket.destroy()],
  ])('is rolled back when the shell %s', async (_, leave) => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    await leave(client);
    await shop.closeHost();
    expect(shop.count()).toBe(3);
    // The lock is gone, too.
    shop.second.run('DELETE FROM users WHERE email = ?', 'eve@example.org');
    expect(shop.count()).toBe(2);
  });

  it('says what was rolled back when the shell is left', async () => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    await client.ask({ op: 'close' });
    expect(client.output).toContain('rolled back: 1 statement, 3 rows\n');
  });

  it('does not let code out that goes on after its end', async () => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    await client.eval('let go; const late = new Promise((r) => go = r).then(() => database.run("DELETE FROM users"))');
    await client.eval('.sandbox off');
    expect(await ask(client, 'go(); await late')).toContain('The sandbox that this code was started in has ended.');
    expect(shop.count()).toBe(3);
  });

  it('goes on with the databases that there are after a reload', async () => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    await client.eval('database.run("DELETE FROM users")');
    const next = shop.connect();
    shop.host?.target.replace(shop.app({ database: next }));
    await client.next(isReload);
    expect(client.output).toContain('rolled back: 1 statement, 3 rows — the reload has replaced shop.sqlite\n');
    expect(promptOf(client)).toBe('shop(dev sandbox)>');
    await client.eval('database.run("DELETE FROM users")');
    expect([await ask(client, ROWS), shop.count()]).toEqual(['0', 3]);
    await client.eval('.sandbox off');
    next.close();
  });

  it('lets nothing run when it cannot go on after a reload', async () => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    const next = shop.connect();
    const busy = {
      name: 'shop.sqlite',
      openSandbox(): never {
        throw new Error('database is locked');
      },
    };
    const database = Object.defineProperty(next, shellDatabase, { value: busy });
    shop.host?.target.replace(shop.app({ database }));
    const notice = await client.next(isReload);
    expect(plainText('printed' in notice ? notice.printed : [])).toContain(
      '! plugin database failed: database is locked',
    );
    expect(promptOf(client)).toBe('shop(dev)>');
    expect(await ask(client, 'database.run("DELETE FROM users")')).toBe(
      'Error: the sandbox could not follow the reload: database is locked (.sandbox off goes on without)',
    );
    expect(shop.count()).toBe(3);
    await client.eval('.sandbox off');
    expect(await ask(client, 'database.run("DELETE FROM users").changes')).toBe('3');
    next.close();
  });

  it('is there again with the database', async () => {
    const client = await shop.open();
    await client.eval('.sandbox on');
    shop.host?.target.replace(shop.app({}));
    await expect
      .poll(() => client.output)
      .toContain('sandbox off, as long as the application gives the shell no database\n');
    expect(promptOf(client)).toBe('shop(dev)>');
    shop.host?.target.replace(shop.app());
    await expect.poll(() => promptOf(client)).toBe('shop(dev sandbox)>');
    await client.eval('database.run("DELETE FROM users")');
    expect(shop.count()).toBe(3);
  });

  it('is for any handle that speaks the protocol, several at once', async () => {
    const notes = new Notes();
    await notes.add('first');
    const client = await shop.open(
      shop.app({ database: shop.database, notes, plain: { [shellDatabase]: { name: 'plain' } } }),
    );
    expect(await ask(client, '.sandbox on')).toMatch(/cache, other connections, plain\n/);
    expect(await ask(client, '.sandbox')).toBe('sandbox is on for shop.sqlite, notes');
    await client.eval('await notes.add("second"); database.run("DELETE FROM users")');
    expect(await ask(client, 'await notes.list()')).toBe("[ 'first', 'second' ]");
    expect([notes.kept, shop.count()]).toEqual([['first'], 3]);
    expect(await ask(client, '.sandbox off')).toBe('rolled back: 2 statements, 4 rows');
    expect(await ask(client, 'await notes.list()')).toBe("[ 'first' ]");
    await client.eval('.sandbox on');
    await client.eval('await notes.add("third")');
    await client.eval('.sandbox commit');
    expect(notes.kept).toEqual(['first', 'third']);
  });

  it('finds handles among the extensions, and behind getters that need the application', async () => {
    const notes = new Notes();
    const app = shop.app({
      get database() {
        expect(currentApp.name).toBe('shop');
        return shop.database;
      },
    });
    app.extensions['notes'] = notes;
    const client = await shop.open(app, true);
    expect(promptText('shop', 'dev', client.welcome.marks)).toBe('shop(dev sandbox)>');
    expect(await ask(client, '.sandbox')).toBe('sandbox is on for shop.sqlite, notes');
  });

  it('lets nothing run where it was asked for and cannot be had', async () => {
    const client = await shop.open(shop.app({}), true);
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
    const client = await shop.open(shop.app({ database: new Database(':memory:') }));
    expect(await ask(client, '.sandbox on')).toBe('A database in memory has one connection only: no sandbox.');
    expect(promptOf(client)).toBe('shop(dev)>');
  });

  it('is on in production, unless --write says otherwise', async () => {
    const environment = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const client = await shop.open();
      expect(client.welcome.environment).toBe('production');
      expect(promptText('shop', 'production', client.welcome.marks)).toBe('shop(production sandbox)>');
      expect(client.welcome.warnings.map(plainText).join()).toContain('sandbox on — rolled back on exit.');
      const writing = await shop.open(undefined, false);
      expect(promptText('shop', 'production', writing.welcome.marks)).toBe('shop(production) #2>');
      await writing.eval('database.run("DELETE FROM users WHERE email = ?", "eve@example.org")');
      expect(shop.count()).toBe(2);
      await shop.closeHost();
      const unprotected = await shop.open(shop.app({ database: new Database(':memory:') }));
      expect(await ask(unprotected, '1 + 1')).toMatch(
        /^Error: in production a shell has a sandbox: A database in memory/,
      );
      await shop.closeHost();
      expect(await ask(await shop.open(shop.app({})), '1 + 1')).toBe('2');
    } finally {
      process.env['NODE_ENV'] = environment;
    }
  });
});
