import { once } from 'node:events';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderTemplateString, session, type Flacon } from 'flacon';
import type { RedisClient, SessionStore } from 'flacon/session';
import { redisMissing, RedisServer } from '../../support/redis-server.ts';
import { cookieOf, makeApp } from './support.ts';

if (redisMissing !== undefined && process.env['CI']) it('has a redis-server in CI', () => expect.fail(redisMissing));

interface Connection {
  client: RedisClient;
  close: () => void;
}

const clients: [string, (url: string) => Promise<Connection>][] = [
  [
    'ioredis',
    (url) => {
      const client = new Redis(url);
      return Promise.resolve({ client, close: () => client.disconnect() });
    },
  ],
  [
    'redis',
    async (url) => {
      const client = createClient({ url });
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  ],
];

const reason = redisMissing === undefined ? '' : ` (${redisMissing})`;

describe.skipIf(redisMissing !== undefined).each(clients)(
  `sessions in Redis by the client %s${reason}`,
  (_, connect) => {
    let redis: RedisServer;
    let connection: Connection;
    let observer: Redis;
    let app: Flacon;
    const lines: string[] = [];
    beforeAll(async () => {
      redis = await RedisServer.open();
      connection = await connect(redis.url);
      observer = new Redis(redis.url, { lazyConnect: true });
      await observer.connect();
      observer.on('error', () => undefined);
      ({ app } = makeApp({
        SESSION_TYPE: 'redis',
        SESSION_REDIS: connection.client,
        SESSION_STORE_TIMEOUT: 300,
        PERMANENT_SESSION_LIFETIME: { hours: 1 },
      }));
      app.logger.handlers.push(({ message }) => lines.push(message));
      app.errorHandler(503, () => [renderTemplateString('sorry, {{ session.a }}'), 503]);
    });
    afterAll(async () => {
      connection.close();
      observer.disconnect();
      await redis[Symbol.asyncDispose]();
    });

    it('have the names, the JSON and the lifetime that are set', async () => {
      const id = cookieOf(await app.testClient().get('/set/a/1'));
      expect(await observer.keys('*')).toEqual([`session:${id}`]);
      expect(JSON.parse((await observer.get(`session:${id}`)) ?? '')).toEqual({ a: '1', _permanent: true });
      expect(await observer.ttl(`session:${id}`)).toBeGreaterThan(3590);
    });

    it('are prolonged by each use', async () => {
      const client = app.testClient();
      const id = cookieOf(await client.get('/set/a/1'));
      await observer.expire(`session:${id}`, 10);
      await client.get('/plain');
      expect(await observer.ttl(`session:${id}`)).toBeGreaterThan(3590);
    });

    it('keep concurrent writes, those of other processes too', async () => {
      const client = app.testClient();
      const id = cookieOf(await client.get('/set/a/1'));
      const other = await connect(redis.url);
      const { app: sameApp } = makeApp({ SESSION_TYPE: 'redis', SESSION_REDIS: other.client });
      const paths = Array.from({ length: 40 }, (_item, index) => `/set/key${index}/${index}`);
      await Promise.all(
        paths.map((path, index) =>
          (index % 2 === 0 ? app : sameApp)
            .testClient({ useCookies: false })
            .get(path, { headers: { Cookie: `session=${id}` } }),
        ),
      );
      other.close();
      expect((await client.get('/get')).json).toEqual({
        a: '1',
        ...Object.fromEntries(paths.map((_item, index) => [`key${index}`, String(index)])),
      });
    });

    it('are a 503 within the time limit while the server is gone, and go on when it is back', async () => {
      const client = app.testClient();
      await client.get('/set/a/1');
      await redis.kill();
      lines.length = 0;
      const began = performance.now();
      const [known, stranger, writer] = await Promise.all([
        client.get('/get'),
        app.testClient().get('/get'),
        app.testClient().get('/set/b/2'),
      ]);
      // A request waits once, to read or to write.
      expect(performance.now() - began).toBeLessThan(2000);
      expect([known.status, known.text]).toEqual([503, 'sorry, ']);
      expect([stranger.status, stranger.json]).toEqual([200, {}]);
      expect([writer.status, cookieOf(writer), writer.headers.get('Retry-After')]).toEqual([503, undefined, '1']);
      expect(writer.text).toContain('Service Unavailable');
      expect(lines.filter((line) => line.startsWith('The session store failed'))).toHaveLength(1);

      await redis.start();
      let answer = await client.get('/get');
      while (answer.status === 503) answer = await client.get('/get');
      expect(answer.json).toEqual({ a: '1' });
      expect(lines.at(-1)).toBe('The session store answers again.');
    });
  },
);

describe('a store that does not answer', () => {
  class Silent implements SessionStore {
    readonly isAsync = true;
    calls = 0;
    get = (): Promise<never> => this.#nothing();
    replace = (): Promise<never> => this.#nothing();
    touch = (): Promise<never> => this.#nothing();
    delete = (): Promise<never> => this.#nothing();
    #nothing(): Promise<never> {
      this.calls += 1;
      return new Promise(() => undefined);
    }
  }

  it('is asked by one request, not by each that comes meanwhile', async () => {
    const store = new Silent();
    const { app } = makeApp({ SESSION_STORE_TIMEOUT: 10 }, store);
    app.logger.handlers.push(() => undefined);
    const visit = async (): Promise<number> =>
      (await app.testClient().get('/get', { headers: { Cookie: `session=${'x'.repeat(43)}` } })).status;
    expect(await visit()).toBe(503);
    expect(await Promise.all(Array.from({ length: 20 }, visit))).toEqual(Array.from({ length: 20 }, () => 503));
    expect(store.calls).toBe(1);
  });

  it('leaves no answer that looks as if the session was saved', async () => {
    const { app } = makeApp({ SESSION_STORE_TIMEOUT: 10 }, new Silent());
    app.logger.handlers.push(() => undefined);
    app.get('/stream', () => {
      session.set('a', 1);
      return ['se', 'cret'].values();
    });
    app.afterRequest((response) => {
      response.headers.set('X-Done', 'yes');
    });
    const answer = await app.testClient().get('/stream');
    expect([answer.status, answer.headers.has('X-Done'), answer.text.includes('secret')]).toEqual([503, false, false]);
  });
});

it('listens to a client that nobody listens to, or the process would end', async () => {
  const client = createClient({ url: 'redis://127.0.0.1:1', socket: { reconnectStrategy: false } });
  const { app } = makeApp({ SESSION_TYPE: 'redis', SESSION_REDIS: client });
  const lines: string[] = [];
  app.logger.handlers.push(({ message }) => lines.push(message));
  const failed = once(client, 'error');
  await expect(client.connect()).rejects.toThrow();
  await failed.catch(() => undefined);
  expect(lines).toEqual([expect.stringMatching(/^Redis: /)]);
});
