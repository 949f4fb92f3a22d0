import { createRequire } from 'node:module';
import type { Redis } from 'ioredis';
import type { Flacon } from 'flacon';
import { Session } from 'flacon/session';

declare module 'flacon' {
  interface ConfigData {
    /** Where sessions are kept; without it, in signed cookies. */
    REDIS_URL?: string;
  }
}

const clients = new WeakMap<Flacon, Redis>();

/** Keeps the sessions in Redis if there is a REDIS_URL. */
export function registerSessions(app: Flacon): void {
  const { REDIS_URL } = app.config;
  if (!REDIS_URL) return;
  // Who does without Redis need not have the client.
  const { Redis: Client } = createRequire(import.meta.url)('ioredis') as typeof import('ioredis');
  // Connects for the first session: most commands use none.
  const client = new Client(REDIS_URL, { lazyConnect: true });
  clients.set(app, client);
  app.config.SESSION_TYPE = 'redis';
  app.config.SESSION_REDIS = client;
  app.config.SESSION_USE_SIGNER = true;
  // A session ends with the browser; who wants to be remembered has a cookie of its own for that.
  app.config.SESSION_PERMANENT = false;
  new Session(app);
}

/** Gives up the connection of an application that has been replaced. */
export function closeSessions(app: Flacon): void {
  clients.get(app)?.disconnect();
}
