import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Flacon } from 'flacon';
import type { FlaconClient } from 'flacon/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { redisMissing, RedisServer } from '../../test/support/redis-server.ts';

// The module makes an application of its own, which must not make a key in the installation.
vi.hoisted(() => {
  process.env['FLACON_SECRET_KEY'] = 'test';
  delete process.env['REDIS_URL'];
});
const { createApp } = await import('../app.ts');
const { closeDatabases } = await import('../database.ts');
const { closeSessions } = await import('../sessions.ts');

if (redisMissing !== undefined && process.env['CI']) it('has a redis-server in CI', () => expect.fail(redisMissing));

const reason = redisMissing === undefined ? '' : ` (${redisMissing})`;

describe.skipIf(redisMissing !== undefined)(`the portfolio with REDIS_URL${reason}`, () => {
  let redis: RedisServer;
  let observer: Redis;
  let folder: string;
  let app: Flacon;

  const makeApp = (): Flacon =>
    createApp({ DATABASE: join(folder, 'test.sqlite'), REDIS_URL: redis.url, TESTING: true });

  beforeAll(async () => {
    redis = await RedisServer.open();
    observer = new Redis(redis.url);
    folder = mkdtempSync(join(tmpdir(), 'portfolio-'));
    app = makeApp();
    app.logger.level = 'ERROR';
  });

  afterAll(async () => {
    closeSessions(app);
    observer.disconnect();
    closeDatabases();
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function registered(email: string): Promise<FlaconClient> {
    const client = app.testClient();
    await client.post('/users/register', { data: { email, password: 'long enough' } });
    return client;
  }

  const connections = async (): Promise<number> =>
    String(await observer.client('LIST'))
      .trim()
      .split('\n').length;

  it('connects for the first session, and gives the connection up with the application', async () => {
    const before = await connections();
    const other = makeApp();
    other.logger.level = 'ERROR';
    await other.testClient().get('/stocks/');
    expect(await connections()).toBe(before);
    await other.testClient().post('/users/login', { data: { email: 'x', password: 'y' } });
    expect(await connections()).toBe(before + 1);
    closeSessions(other);
    await vi.waitFor(async () => expect(await connections()).toBe(before));
  });

  it('keeps login and messages there, and nothing but a signed id in the cookie', async () => {
    const client = await registered('ann@example.org');
    const { value: cookie = '', expires } = client.getCookie('session') ?? {};
    expect(expires).toBeUndefined();
    const [id = ''] = cookie.split('.');
    expect(cookie).toMatch(/^[\w-]{43}\.[\w-]{27}$/);
    expect(JSON.parse((await observer.get(`session:${id}`)) ?? '')).toMatchObject({ _user_id: '1', _fresh: true });
    const page = await client.get('/stocks/');
    expect(page.text).toContain('<p class="flash success">Thanks for registering, ann@example.org!</p>');
    expect((await client.get('/stocks/')).text).not.toContain('Thanks for registering');
  });

  it('serves the sessions to the application that a hot reload makes', async () => {
    const client = await registered('bob@example.org');
    const next = makeApp();
    const after = next.testClient();
    after.setCookie('session', client.getCookie('session')?.value);
    expect((await after.get('/stocks/add')).text).toContain('Log out bob@example.org');
    closeSessions(next);
  });

  it('ends a session that is gone from there, but remembers who wanted that', async () => {
    await registered('eve@example.org');
    const login = async (data: Record<string, string>): Promise<FlaconClient> => {
      const client = app.testClient();
      await client.post('/users/login', { data: { email: 'eve@example.org', password: 'long enough', ...data } });
      return client;
    };
    const [once, remembered] = [await login({}), await login({ remember: 'yes' })];
    await observer.flushall();
    expect((await once.get('/stocks/add')).status).toBe(302);
    expect((await remembered.get('/stocks/add')).text).toContain('Log out eve@example.org');
  });
});
