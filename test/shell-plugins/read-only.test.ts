import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../sample-app/database.ts';
import { promptText } from '../../src/shell/prompt-marks.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import { Notes } from './notes-handle.ts';
import { ask, promptOf, ROWS, Shop } from './shop.ts';

let shop: Shop;

beforeEach(() => {
  shop = new Shop();
});

afterEach(() => shop.close());

const REFUSED = /^Error: attempt to write a readonly database/;

describe('--read-only', () => {
  it('has the database refuse changes of this shell, its requests and its late code, and of nobody else', async () => {
    const client = await shop.open(undefined, 'read-only');
    expect(promptText('shop', 'dev', client.welcome.marks)).toBe('shop(dev read-only)>');
    expect(await ask(client, ROWS)).toBe('3');
    expect(await ask(client, 'database.run("DELETE FROM users")')).toMatch(REFUSED);
    expect(await ask(client, 'database.transaction(() => database.run("DELETE FROM users"))')).toMatch(REFUSED);
    expect(await ask(client, 'database.connection.exec("DROP TABLE users")')).toMatch(REFUSED);
    await client.eval(
      'let late; setTimeout(() => { try { database.run("DELETE FROM users") } catch (e) { late = e } })',
    );
    await client.eval('await new Promise((resolve) => setTimeout(resolve, 5))');
    expect(await ask(client, 'String(late)')).toBe("'Error: attempt to write a readonly database'");
    expect(await ask(client, '(await client.get("/users")).text')).toBe("'3'");
    expect(await ask(client, '(await client.get("/forget")).status')).toBe('500');
    expect(shop.count()).toBe(3);

    const other = await shop.open();
    expect((await shop.app().testClient().post('/add')).text).toBe('added');
    await other.eval('database.run("DELETE FROM users WHERE email = ?", "ann@example.org")');
    // What others write is seen.
    expect([shop.count(), await ask(client, ROWS)]).toEqual([3, '3']);
    expect(await ask(client, 'database.all("SELECT 1 FROM users WHERE email = ?", "new@example.org").length')).toBe(
      '1',
    );
  });

  it('sends no request that is not there to read, also not again', async () => {
    const client = await shop.open(undefined, 'read-only');
    for (const method of ['post', 'put', 'patch', 'delete'])
      expect(await ask(client, `await client.${method}("/add")`)).toMatch(
        `this shell is read-only: ${method.toUpperCase()} is not sent`,
      );
    expect(await ask(client, 'await client.open("/add", { method: "post" })')).toMatch('POST is not sent');
    expect(await ask(client, '.request POST /add')).toMatch('POST is not sent');
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      expect(await ask(client, `(await client.open("/users", { method: "${method}" })).status`)).toBe('200');
    expect(shop.count()).toBe(3);
  });

  it('says what it does not protect, and leaves no other way', async () => {
    const notes = new Notes();
    const app = shop.app({ database: shop.database, notes });
    const client = await shop.open(app, 'read-only');
    expect(client.welcome.warnings.map(plainText).join()).toBe(
      'read-only — shop.sqlite refuses changes\nclient sends GET, HEAD and OPTIONS only\n' +
        'Not protected: memory of the server, files, network, cache, other connections, notes',
    );
    expect(await ask(client, '.sandbox on')).toBe('this shell is read-only: there is nothing to undo');
    expect(await ask(client, 'await notes.add("first")')).toBe('1');
  });

  it('lets nothing run where no database can be protected', async () => {
    for (const context of [{}, { notes: new Notes() }, { database: new Database(':memory:') }]) {
      const client = await shop.open(shop.app(context), 'read-only');
      expect(client.welcome.warnings.map(plainText).join()).toMatch(/^not read-only, so nothing runs here: /);
      expect(await ask(client, 'globalThis.escaped = 1')).toMatch(/^Error: --read-only was asked for: /);
      expect(await ask(client, '.request POST /add')).toMatch(/--read-only was asked for: /);
      await shop.closeHost();
    }
    expect('escaped' in globalThis).toBe(false);
  });

  it('goes on with the database of another application after a reload', async () => {
    const client = await shop.open(undefined, 'read-only');
    const next = shop.connect();
    shop.host?.target.replace(shop.app({ database: next }));
    await client.next((frame): frame is Extract<HostFrame, { op: 'notice' }> => frame.op === 'notice');
    expect(await ask(client, 'database.run("DELETE FROM users")')).toMatch(REFUSED);
    shop.host?.target.replace(shop.app({}));
    await expect.poll(() => promptOf(client)).toBe('shop(dev)>');
    expect(await ask(client, '1 + 1')).toMatch(/^Error: --read-only was asked for: /);
    next.close();
  });
});
