import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  FilesystemStore,
  MemoryStore,
  RedisStore,
  SqliteStore,
  type RedisClient,
  type SessionStore,
} from 'flacon/session';
import { redisMissing, RedisServer } from '../../support/redis-server.ts';

let folder: string;
let redis: RedisServer | undefined;
let ioredis: Redis;
let nodeRedis: ReturnType<typeof createClient>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-stores-'));
  if (redisMissing !== undefined) return;
  redis = await RedisServer.open();
  ioredis = new Redis(redis.url);
  nodeRedis = createClient({ url: redis.url });
  await nodeRedis.connect();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (redis === undefined) return;
  ioredis.disconnect();
  nodeRedis.destroy();
  await redis[Symbol.asyncDispose]();
});

const unexpected = (error: Error): void => expect.fail(String(error));

/** A client with the least that is asked for. */
function leastClient(): RedisClient {
  return {
    get: (key) => ioredis.get(key),
    set: (key, value) => ioredis.set(key, value),
    del: (key) => ioredis.del(key),
    expire: (key, seconds) => ioredis.expire(key, seconds),
  };
}

let count = 0;

const local: [string, () => SessionStore][] = [
  ['memory', () => new MemoryStore()],
  ['sqlite', () => new SqliteStore(join(folder, `${(count += 1)}.sqlite`))],
  ['filesystem', () => new FilesystemStore(join(folder, `files-${(count += 1)}`))],
];
const remote: [string, () => SessionStore][] = [
  ['redis by ioredis', () => new RedisStore(ioredis, unexpected)],
  ['redis by redis', () => new RedisStore(nodeRedis, unexpected)],
  ['redis by a client with the least', () => new RedisStore(leastClient(), unexpected)],
];

if (redisMissing !== undefined && process.env['CI']) it('has a redis-server in CI', () => expect.fail(redisMissing));

describe.each(redisMissing === undefined ? [...local, ...remote] : local)('a store: %s', (_, make) => {
  let store: SessionStore;
  beforeEach(async () => {
    store = make();
    if (redisMissing === undefined) await ioredis.flushall();
  });
  afterEach(async () => store.close?.());

  it('keeps texts by name', async () => {
    expect(await store.get('a')).toBeUndefined();
    expect(await store.replace('a', 'text of a, ü and \u{1f511}', undefined, 60)).toBe(true);
    expect(await store.replace('b/../c', 'another', undefined, 60)).toBe(true);
    expect([await store.get('a'), await store.get('b/../c')]).toEqual(['text of a, ü and \u{1f511}', 'another']);
  });

  it('replaces only what the writer knows', async () => {
    await store.replace('a', 'one', undefined, 60);
    expect(await store.replace('a', 'two', undefined, 60)).toBe(false);
    expect(await store.replace('a', 'two', 'zero', 60)).toBe(false);
    expect(await store.get('a')).toBe('one');
    expect(await store.replace('a', 'two', 'one', 60)).toBe(true);
    expect(await store.get('a')).toBe('two');
    expect(await store.replace('none', 'two', 'one', 60)).toBe(false);
    expect(await store.get('none')).toBeUndefined();
  });

  it('forgets what is deleted, and does not mind if nothing is', async () => {
    await store.replace('a', 'one', undefined, 60);
    await store.delete('a');
    await store.delete('a');
    await store.touch('a', 60);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.replace('a', 'new', undefined, 60)).toBe(true);
  });
});

describe.each(local)('the end of a session: %s', (_, make) => {
  let store: SessionStore;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    store = make();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await store.close?.();
  });

  const pass = (seconds: number): unknown => vi.setSystemTime(Date.now() + seconds * 1000);

  it('comes after the lifetime', async () => {
    await store.replace('a', 'one', undefined, 60);
    pass(59);
    expect(await store.get('a')).toBe('one');
    pass(2);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.replace('a', 'two', 'one', 60)).toBe(false);
    expect(await store.replace('a', 'two', undefined, 60)).toBe(true);
  });

  it('is put off by a use, but not once it is over', async () => {
    await store.replace('a', 'one', undefined, 60);
    pass(50);
    await store.touch('a', 60);
    pass(50);
    expect(await store.get('a')).toBe('one');
    pass(11);
    await store.touch('a', 60);
    expect(await store.get('a')).toBeUndefined();
  });
});

describe.skipIf(redisMissing !== undefined).each(remote)(
  `the end of a session: %s${redisMissing === undefined ? '' : ` (${redisMissing})`}`,
  (_, make) => {
    it('is left to Redis', async () => {
      const store = make();
      await ioredis.flushall();
      await store.replace('a', 'one', undefined, 60);
      expect(await ioredis.ttl('a')).toBeGreaterThan(58);
      await store.touch('a', 600);
      expect(await ioredis.ttl('a')).toBeGreaterThan(598);
      await store.replace('a', 'two', 'one', 0.2);
      expect(await ioredis.ttl('a')).toBe(1);
    });
  },
);

describe('stores on disk', () => {
  it('gives files of sessions to nobody else, under names that say nothing', () => {
    const path = join(folder, 'private');
    new FilesystemStore(path).replace('session:secret', 'one', undefined, 60);
    const [file = '', ...others] = readdirSync(path);
    expect(others).toEqual([]);
    expect(file).toMatch(/^[0-9a-f]{64}$/);
    expect([statSync(path).mode & 0o777, statSync(join(path, file)).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it('removes what is over, in time', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const path = join(folder, 'pruned');
    const files = new FilesystemStore(path);
    const memory = new MemoryStore();
    for (let index = 0; index < 300; index += 1) files.replace(`old${index}`, 'x', undefined, 60);
    for (let index = 0; index < 600; index += 1) memory.replace(`old${index}`, 'x', undefined, 60);
    vi.setSystemTime(Date.now() + 61_000);
    for (let index = 0; index < 200; index += 1) files.replace(`new${index}`, 'x', undefined, 60);
    for (let index = 0; index < 400; index += 1) memory.replace(`new${index}`, 'x', undefined, 60);
    vi.useRealTimers();
    expect([readdirSync(path).length, memory.size]).toEqual([200, 400]);
  });

  it('shares a SQLite file between processes: of two writers one is told', () => {
    const path = join(folder, 'shared.sqlite');
    const [one, two] = [new SqliteStore(path), new SqliteStore(path)];
    expect([one.replace('a', 'one', undefined, 60), two.replace('a', 'two', undefined, 60)]).toEqual([true, false]);
    expect(two.get('a')).toBe('one');
    one.close();
    two.close();
  });

  it('refuses a table name that is none', () => {
    expect(() => new SqliteStore(':memory:', { table: 'a; DROP TABLE b' })).toThrow(
      expect.objectContaining({ code: 'SESSION_TABLE' }),
    );
  });
});
