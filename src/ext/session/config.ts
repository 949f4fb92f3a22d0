import { join } from 'node:path';
import { FlaconError, milliseconds, type Duration, type Flacon } from 'flacon';
import { FilesystemStore } from './filesystem-store.ts';
import { MemoryStore } from './memory-store.ts';
import { RedisStore, type RedisClient } from './redis-store.ts';
import { SqliteStore, type SqliteDatabase } from './sqlite-store.ts';
import type { SessionStore } from './store.ts';

declare module 'flacon' {
  interface ConfigData {
    /** Where `flacon/session` keeps sessions. Required. */
    SESSION_TYPE?: SessionType;
    /** A client of Redis: of `ioredis`, of `redis`, or anything with get, set, del and expire. */
    SESSION_REDIS?: RedisClient;
    /** Path of a SQLite file, or an open connection. Default: `sessions.sqlite` in the instance folder. */
    SESSION_SQLITE?: string | SqliteDatabase;
    /** Default: 'sessions'. */
    SESSION_SQLITE_TABLE?: string;
    /** Folder of the session files. Default: `sessions` in the instance folder. */
    SESSION_FILE_DIR?: string;
    /** Goes before the names in the store. Default: 'session:'. */
    SESSION_KEY_PREFIX?: string;
    /** Sign the id in the cookie with SECRET_KEY. Default: false. */
    SESSION_USE_SIGNER?: boolean;
    /** Whether new sessions are permanent: outlive the browser, for PERMANENT_SESSION_LIFETIME. Default: true. */
    SESSION_PERMANENT?: boolean;
    /** Key of the session that says whose it is, for ending all of a user. Default: '_user_id', which `flacon/login` sets. */
    SESSION_USER_KEY?: string;
    /** How long a request waits for the store, each to read and to write, before it gets 503. Default: 800 ms. */
    SESSION_STORE_TIMEOUT?: Duration;
  }
}

/** The kinds of stores that SESSION_TYPE knows. */
export type SessionType = 'redis' | 'sqlite' | 'filesystem' | 'memory';

/** The store that the settings of an app name. */
export function makeStore(app: Flacon): SessionStore {
  const { SESSION_TYPE, SESSION_REDIS, SESSION_SQLITE, SESSION_SQLITE_TABLE, SESSION_FILE_DIR } = app.config;
  switch (SESSION_TYPE) {
    case 'redis':
      if (SESSION_REDIS === undefined) throw noClient();
      return new RedisStore(SESSION_REDIS, (error) => app.logger.warning(`Redis: ${error.message || error.name}`));
    case 'sqlite':
      return new SqliteStore(SESSION_SQLITE ?? join(app.instancePath, 'sessions.sqlite'), {
        ...(SESSION_SQLITE_TABLE !== undefined && { table: SESSION_SQLITE_TABLE }),
      });
    case 'filesystem':
      return new FilesystemStore(SESSION_FILE_DIR ?? join(app.instancePath, 'sessions'));
    case 'memory':
      return new MemoryStore();
    default:
      throw new FlaconError(
        `SESSION_TYPE is ${SESSION_TYPE === undefined ? 'not set' : `'${String(SESSION_TYPE)}'`}.`,
        {
          code: 'SESSION_TYPE',
          fix: "app.config.SESSION_TYPE = 'redis', 'sqlite', 'filesystem' or 'memory'; before new Session(app)",
        },
      );
  }
}

/** Milliseconds to wait for the store of an app. */
export function storeTimeout(app: Flacon): number {
  return milliseconds(app.config.SESSION_STORE_TIMEOUT ?? 800);
}

function noClient(): FlaconError {
  return new FlaconError("SESSION_TYPE is 'redis', and SESSION_REDIS is not set.", {
    code: 'NO_REDIS_CLIENT',
    fix: "import { Redis } from 'ioredis'; app.config.SESSION_REDIS = new Redis(process.env.REDIS_URL)",
  });
}
