import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flacon } from 'flacon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { closeDatabases } from '../database.ts';

let folder: string;
let app: Flacon;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portfolio-'));
  app = createApp({ DATABASE: join(folder, 'test.sqlite'), UPLOAD_FOLDER: join(folder, 'uploads'), SECRET_KEY: 'test', TESTING: true });
  const { exitCode, output } = await app.testCliRunner().invoke(['seed']);
  expect([exitCode, output]).toEqual([0, 'Imported 559 prices.\n']);
});

afterEach(() => {
  closeDatabases();
  rmSync(folder, { recursive: true });
});

async function loggedIn(email = 'ann@example.org'): Promise<ReturnType<Flacon['testClient']>> {
  const client = app.testClient();
  const response = await client.post('/users/register', { data: { email, password: 'long enough' } });
  expect([response.status, response.headers.get('Location')]).toEqual([302, '/stocks/']);
  return client;
}

describe('the portfolio', () => {
  it('walks from register to logout, flashing each message once', async () => {
    const client = await loggedIn();
    expect((await client.get('/stocks/')).text).toContain('<p class="flash flash-success">Welcome, ann@example.org!</p>');
    const added = await client.post('/stocks/add', { data: { symbol: 'aapl', shares: '10', price: '100.5' }, followRedirects: true });
    expect(added.text).toContain('<p class="flash flash-success">Added new stock (AAPL)!</p>');
    expect(added.text).toMatch(/<td>223\.02<\/td>\s*<td>2230\.20<\/td>\s*<td class="gain">\+1225\.20<\/td>/);
    const again = await client.get('/stocks/');
    expect(again.text).not.toContain('Added new stock');
    expect((await client.get('/stocks/1')).text).toContain('10 shares, bought at 100.50, now at 223.02.');
    const missing = await client.get('/stocks/99');
    expect([missing.status, missing.text.includes('There is nothing at /stocks/99.')]).toEqual([404, true]);
    const deleted = await client.post('/stocks/1/delete', { followRedirects: true });
    expect(deleted.text).toContain('Deleted stock (AAPL).');
    expect((await client.get('/users/logout', { followRedirects: true })).text).toContain('Good bye.');
    expect((await client.get('/stocks/1')).headers.get('Location')).toBe('/users/login?next=/stocks/1');
  });

  it('shows the real prices to everybody', async () => {
    const { text } = await app.testClient().get('/stocks/');
    expect(text).toMatch(/<td>GOOG<\/td><td>2010-03<\/td><td>560\.19<\/td>/);
    expect(text).toMatch(/<td>IBM<\/td><td>2010-03<\/td><td>125\.55<\/td>/);
  });

  it('keeps what it was told in a form it refuses', async () => {
    const client = await loggedIn();
    const response = await client.post('/stocks/add', { data: { symbol: 'AAPL', shares: '1.5', price: '3' } });
    expect(response.status).toBe(400);
    expect(response.text).toContain('value="1.5"');
    expect(response.text).toContain('flash-error');
  });

  it("does not show somebody else's stocks", async () => {
    const ann = await loggedIn();
    await ann.post('/stocks/add', { data: { symbol: 'IBM', shares: '1', price: '1' } });
    const bob = await loggedIn('bob@example.org');
    const response = await bob.get('/stocks/1');
    expect([response.status, response.text.includes('Not yours')]).toEqual([403, true]);
  });
});

describe('users', () => {
  it('log in with the right password, and go on to a page of this site only', async () => {
    await loggedIn();
    const client = app.testClient();
    const data = { email: 'ANN@example.org', password: 'wrong password' };
    expect((await client.post('/users/login', { data })).status).toBe(401);
    data.password = 'long enough';
    expect((await client.post('/users/login?next=/users/profile', { data })).headers.get('Location')).toBe('/users/profile');
    expect((await client.post('/users/login?next=//evil.example', { data })).headers.get('Location')).toBe('/stocks/');
    expect((await client.get('/users/profile')).text).toMatch(/Joined on [A-Z][a-z]+day, [A-Z][a-z]+ \d\d, \d{4}/);
  });

  it('are created on the command line', async () => {
    const runner = app.testCliRunner();
    const created = await runner.invoke(['users', 'create', 'eve@example.org', '--password', 'long enough', '--admin']);
    expect([created.exitCode, created.output]).toEqual([0, 'Added new user (email: eve@example.org)!\n']);
    const client = app.testClient();
    await client.post('/users/login', { data: { email: 'eve@example.org', password: 'long enough' } });
    expect((await client.get('/admin/')).text).toContain('eve@example.org (admin): 0 stocks');
    expect((await runner.invoke(['users', 'create', 'nobody'])).exitCode).not.toBe(0);
  });
});

describe('the journal', () => {
  it('is a JSON API', async () => {
    const client = await loggedIn();
    const entry = { title: 'First', content: 'Bought.' };
    const created = await client.post('/journal/', { json: entry });
    expect([created.status, created.json]).toEqual([201, { id: 1, userId: 1, ...entry }]);
    expect((await client.put('/journal/1', { json: { ...entry, content: 'Sold.' } })).json).toMatchObject({ content: 'Sold.' });
    expect((await client.get('/journal/1')).json).toMatchObject({ content: 'Sold.' });
    const bad = await client.put('/journal/1', { json: { title: 1 } });
    expect([bad.status, bad.json]).toEqual([400, { error: 'An entry has a title and a content, both text.' }]);
    expect((await client.get('/journal/2')).status).toBe(404);
    expect((await app.testClient().get('/journal/1')).status).toBe(403);
  });
});

describe('uploads', () => {
  it('are stored under a safe name', async () => {
    const client = await loggedIn();
    const files = { file: { filename: '../../my notes.txt', data: 'text', contentType: 'text/plain' } };
    const response = await client.post('/upload', { files, followRedirects: true });
    expect(response.text).toContain('Uploaded my_notes.txt.');
    expect(readFileSync(join(folder, 'uploads', 'my_notes.txt'), 'utf8')).toBe('text');
    expect(existsSync(join(folder, 'my notes.txt'))).toBe(false);
  });
});
