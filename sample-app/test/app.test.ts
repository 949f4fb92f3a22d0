import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flacon } from 'flacon';
import type { FlaconClient } from 'flacon/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

// The module makes an application of its own, which must not make a key in the installation.
vi.hoisted(() => {
  process.env['FLACON_SECRET_KEY'] = 'test';
  delete process.env['REDIS_URL'];
});
const { createApp } = await import('../app.ts');
const { closeDatabases } = await import('../database.ts');

let folder: string;
let app: Flacon;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portfolio-'));
  app = createApp({ DATABASE: join(folder, 'test.sqlite'), UPLOAD_FOLDER: join(folder, 'uploads'), TESTING: true });
  app.logger.level = 'ERROR';
  expect((await app.testCliRunner().invoke(['seed'])).stdout).toContain('Imported 560 monthly prices');
});

afterEach(() => {
  closeDatabases();
  rmSync(folder, { recursive: true });
});

async function registered(email = 'ann@example.org'): Promise<FlaconClient> {
  const client = app.testClient();
  const response = await client.post('/users/register', { data: { email, password: 'long enough' } });
  expect([response.status, response.headers.get('Location')]).toEqual([302, '/stocks/']);
  return client;
}

const addStock = (client: FlaconClient, symbol = 'aapl') =>
  client.post('/stocks/add', { data: { symbol, shares: '10', purchase_price: '100.50' }, followRedirects: true });

describe('the portfolio', () => {
  it('goes from register to logout, showing each message once', async () => {
    const client = await registered();
    expect((await client.get('/stocks/')).text).toContain('Thanks for registering, ann@example.org!');
    const added = (await addStock(client)).text;
    expect(added).toContain('<p class="flash success">Added new stock (AAPL)!</p>');
    expect(added).toMatch(/<td>10<\/td>\s*<td>\$100\.50<\/td>\s*<td>\$223\.02<\/td>\s*<td>\$2,230\.20<\/td>/);
    const again = (await client.get('/stocks/')).text;
    expect(again).not.toContain('Added new stock');
    const [, details = ''] = /<a href="(\/stocks\/\d+)">AAPL</.exec(again) ?? [];
    expect((await client.get(details)).text).toMatch(/10 shares, bought at \$100\.50 on \w+day, \w+ \d\d, \d{4}\./);
    expect((await client.get(details)).text).toContain('<td>Mar 2010</td>');
    const deleted = await client.post(`${details}/delete`, { followRedirects: true });
    expect(deleted.text).toContain('<p class="flash info">Deleted stock (AAPL)!</p>');
    expect((await client.get(details)).status).toBe(404);
    expect((await client.post('/users/logout', { followRedirects: true })).text).toContain('You are logged out.');
    expect((await client.get('/stocks/add')).headers.get('Location')).toBe('/users/login?next=%2Fstocks%2Fadd');
  });

  it('shows the real prices to everybody', async () => {
    const { text } = await app.testClient().get('/stocks/');
    expect(text).toMatch(/<td>GOOG<\/td><td>March 2010<\/td><td>\$560\.19<\/td>/);
    expect(text).toMatch(/<td>IBM<\/td><td>March 2010<\/td><td>\$125\.55<\/td>/);
  });

  it('keeps what was typed into a form that it refuses', async () => {
    const client = await registered();
    const response = await client.post('/stocks/add', { data: { symbol: 'AAPL', shares: '1.5', purchase_price: '3' } });
    expect(response.status).toBe(400);
    expect(response.text).toContain('The number of shares is a whole number above zero.');
    expect(response.text).toContain('value="1.5"');
  });

  it('escapes what users type', async () => {
    const client = await registered();
    const response = await client.post('/users/login', { data: { email: '"><script>', password: 'x' } });
    expect(response.status).toBe(401);
    expect(response.text).not.toContain('<script>');
  });

  it("refuses somebody else's stocks, with a page of its own", async () => {
    const ann = await registered();
    const [, details = ''] = /href="(\/stocks\/\d+)"/.exec((await addStock(ann)).text) ?? [];
    const bob = await registered('bob@example.org');
    const response = await bob.get(details);
    expect([response.status, response.text.includes('<h1>Not yours</h1>')]).toEqual([403, true]);
    expect((await bob.post(`${details}/delete`)).status).toBe(403);
  });

  it('has a page for what is not there', async () => {
    const response = await app.testClient().get('/nowhere');
    expect([response.status, response.text.includes('<h1>Not found</h1>')]).toEqual([404, true]);
  });

  it('loads the style of each page', async () => {
    const client = app.testClient();
    expect((await client.get('/stocks/')).text).toContain('href="/static/css/stocks.css"');
    expect((await client.get('/users/login')).text).toContain('href="/static/css/forms.css"');
    expect((await client.get('/static/css/base.css')).mimetype).toBe('text/css');
  });
});

describe('users', () => {
  it('log in with the right password', async () => {
    await registered();
    const client = app.testClient();
    expect((await client.post('/users/login', { data: { email: 'ann@example.org', password: 'wrong' } })).status).toBe(
      401,
    );
    const response = await client.post('/users/login', { data: { email: 'ANN@example.org', password: 'long enough' } });
    expect(response.headers.get('Location')).toBe('/stocks/');
  });

  it('cannot register twice, or with a short password', async () => {
    await registered();
    const register = (data: Record<string, string>) => app.testClient().post('/users/register', { data });
    expect((await register({ email: 'ann@example.org', password: 'long enough' })).text).toContain(
      'is already registered',
    );
    expect((await register({ email: 'bob@example.org', password: 'short' })).status).toBe(400);
    expect((await register({ email: 'nobody', password: 'long enough' })).status).toBe(400);
  });

  it.each([
    ['/stocks/add', '/stocks/add'],
    ['//evil.example', '/stocks/'],
    ['/\\evil.example', '/stocks/'],
    ['https://evil.example', '/stocks/'],
    [undefined, '/stocks/'],
  ])('go on to %s as %s', async (next, target) => {
    await registered();
    const response = await app.testClient().post('/users/login', {
      ...(next !== undefined && { query: { next } }),
      data: { email: 'ann@example.org', password: 'long enough' },
    });
    expect([response.status, response.headers.get('Location')]).toEqual([302, target]);
  });

  it('stay logged in after the browser was closed, if they want to, until they log out', async () => {
    await registered();
    const login = async (data: Record<string, string>): Promise<FlaconClient> => {
      const client = app.testClient();
      await client.post('/users/login', { data: { email: 'ann@example.org', password: 'long enough', ...data } });
      client.deleteCookie('session');
      return client;
    };
    const forgotten = await login({});
    expect(forgotten.getCookie('remember_token')).toBeUndefined();
    expect((await forgotten.get('/stocks/add')).status).toBe(302);

    const client = await login({ remember: 'yes' });
    const remembered = client.getCookie('remember_token');
    expect(remembered).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
    expect(remembered?.expires?.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect((await client.get('/stocks/add')).text).toContain('Log out ann@example.org');
    await client.post('/users/logout');
    expect(client.getCookie('remember_token')).toBeUndefined();
    expect((await client.get('/stocks/add')).status).toBe(302);
  });

  it('are created on the command line, with a password that is asked for', async () => {
    const runner = app.testCliRunner();
    const created = await runner.invoke(['users', 'create', 'eve@example.org', '--admin'], {
      input: 'long enough\nlong enough\n',
    });
    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    expect(created.stdout).toContain('Added new user (email: eve@example.org)!');
    expect(await runner.invoke(['users', 'create', 'eve@example.org', '--password', 'x'])).toMatchObject({
      exitCode: 1,
    });

    const admin = app.testClient();
    await admin.post('/users/login', { data: { email: 'eve@example.org', password: 'long enough' } });
    expect((await admin.get('/admin/')).text).toContain('<td>eve@example.org</td>');
    const ann = await registered();
    expect((await ann.get('/admin/')).status).toBe(403);
    expect((await app.testClient().get('/admin/')).headers.get('Location')).toBe('/users/login?next=%2Fadmin%2F');
  });
});

describe('the journal', () => {
  it('is a JSON API', async () => {
    const client = await registered();
    const created = await client.post('/journal/', { json: { entry: 'Bought.' } });
    expect(created.status).toBe(201);
    expect(created.headers.get('Location')).toBe('/journal/1');
    expect(created.json).toMatchObject({ index: 1, entry: 'Bought.', url: '/journal/1' });
    expect((await client.put('/journal/1', { json: { entry: 'Sold.' } })).json).toMatchObject({ entry: 'Sold.' });
    expect((await client.get('/journal/')).json).toMatchObject([{ index: 1, entry: 'Sold.' }]);
    expect((await client.delete('/journal/1')).status).toBe(204);
    expect((await client.get('/journal/1')).status).toBe(404);
  });

  it('answers errors in JSON', async () => {
    const client = await registered();
    await client.post('/journal/', { json: { entry: 'Mine.' } });
    const bad = await client.post('/journal/', { json: { entry: 1 } });
    expect([bad.status, bad.json]).toEqual([
      400,
      { error: 'Bad Request', description: "The body is an object with a text 'entry'." },
    ]);
    expect((await client.post('/journal/', { data: 'x' })).status).toBe(415);
    expect((await app.testClient().get('/journal/')).json).toMatchObject({ error: 'Unauthorized' });
    const bob = await registered('bob@example.org');
    expect((await bob.get('/journal/1')).json).toMatchObject({ error: 'Forbidden' });
  });
});

describe('documents', () => {
  it('are kept under a safe name, apart for each user', async () => {
    const client = await registered();
    const file = { filename: '../../my notes.txt', content: 'text', contentType: 'text/plain' };
    const response = await client.post('/users/documents', { files: { file }, followRedirects: true });
    expect(response.text).toContain('Uploaded my_notes.txt.');
    const [user] = (await client.get('/users/documents/my_notes.txt')).text;
    expect(user).toBe('t');
    expect(existsSync(join(folder, 'my notes.txt'))).toBe(false);
    const bob = await registered('bob@example.org');
    expect((await bob.get('/users/documents/my_notes.txt')).status).toBe(404);
  });

  it('are refused if they are of another type, or too large', async () => {
    const client = await registered();
    const upload = (filename: string, data: string) =>
      client.post('/users/documents', { files: { file: { filename, content: data } }, followRedirects: true });
    expect((await upload('run.sh', 'x')).text).toContain('A document may be of the types');
    const large = await upload('large.txt', 'x'.repeat(5_100_000));
    expect([large.status, large.text.includes('<h1>Too large</h1>')]).toEqual([413, true]);
  });
});

describe('commands', () => {
  it('seed once with --if-empty, and after init_db again', async () => {
    const runner = app.testCliRunner();
    expect(await runner.invoke(['seed', '--if-empty'])).toMatchObject({ exitCode: 0, output: '' });
    expect((await runner.invoke(['init_db'])).output).toBe('Initialized the SQLite database!\n');
    expect((await runner.invoke(['seed', '--if-empty'])).output).toContain('Imported 560 monthly prices');
  });

  it('leave the data as it was published', () => {
    const csv = readFileSync(new URL('../data/stocks.csv', import.meta.url), 'utf8');
    expect(csv.split('\n')).toHaveLength(561);
  });
});
