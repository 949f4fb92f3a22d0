import type { SessionStore } from './store.ts';

/** What sessions need of a client of Redis: those of `ioredis` and `redis` have it. */
export interface RedisClient {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  expire(key: string, seconds: number): Promise<unknown>;
}

/** What the two well-known clients have besides. */
interface FullClient extends RedisClient {
  /** Only `redis` has it in this spelling. */
  setEx?: unknown;
  /** Only `ioredis` has it in this spelling. */
  setex?: unknown;
  eval?: (script: string, ...rest: unknown[]) => Promise<unknown>;
  on?: (event: 'error', listener: (error: Error) => void) => unknown;
  listenerCount?: (event: 'error') => number;
}

// Compares and stores in one step, whatever other processes do. '' stands for nothing: no session is an empty text.
const REPLACE = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
return 1`;

/**
 * Keeps sessions in Redis. With a client of `ioredis` or `redis`, a write is one step on the server; another client's
 * writes are safe within this process.
 */
export class RedisStore implements SessionStore {
  readonly isAsync = true;
  readonly #client: FullClient;

  /** `onError` hears of lost connections, unless the client has listeners of its own. */
  constructor(client: RedisClient, onError: (error: Error) => void) {
    this.#client = client;
    // Without a listener the `redis` client ends the process when the server goes away.
    if (this.#client.listenerCount?.('error') === 0) this.#client.on?.('error', onError);
  }

  async get(name: string): Promise<string | undefined> {
    const text = await this.#client.get(name);
    return text === null || text === undefined ? undefined : String(text);
  }

  async replace(name: string, text: string, expected: string | undefined, seconds: number): Promise<boolean> {
    const client = this.#client;
    const values = [text, expected ?? '', String(Math.max(1, Math.ceil(seconds)))];
    if (client.eval && client.setEx)
      return Number(await client.eval(REPLACE, { keys: [name], arguments: values })) === 1;
    if (client.eval && client.setex) return Number(await client.eval(REPLACE, 1, name, ...values)) === 1;
    // Writers of one session take turns in this process; those of other processes are not seen here.
    if ((await this.get(name)) !== expected) return false;
    await client.set(name, text);
    await client.expire(name, Math.max(1, Math.ceil(seconds)));
    return true;
  }

  touch(name: string, seconds: number): Promise<unknown> {
    return this.#client.expire(name, Math.max(1, Math.ceil(seconds)));
  }

  delete(name: string): Promise<unknown> {
    return this.#client.del(name);
  }
}
