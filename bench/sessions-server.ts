// The server of bench/sessions.ts: server-side sessions in the Redis of argv[2], in a process of its own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Flacon, flash, getFlashedMessages, session } from 'flacon';
import { Session } from 'flacon/session';
import { Redis } from 'ioredis';

const [, , redisUrl = ''] = process.argv;
const app = new Flacon();
app.config.SECRET_KEY = 'bench';
if (redisUrl !== '') {
  app.config.SESSION_TYPE = 'redis';
  app.config.SESSION_REDIS = new Redis(redisUrl);
  new Session(app);
}
app.logger.handlers.push(({ level, message }) => {
  if (level !== 'WARNING') console.error(`  ${level}: ${message}`);
});

app.get('/login/<name>', ({ name }) => {
  session.set('name', name);
  session.set('visits', 0);
  flash(`welcome ${name}`);
  return { name };
});
// Awaits in between, so that requests of different visitors interleave.
app.get('/visit', async () => {
  const name = session.get<string>('name');
  const messages = getFlashedMessages();
  await new Promise((resolve) => setImmediate(resolve));
  const visits = session.get<number>('visits', 0) + 1;
  session.set('visits', visits);
  flash(`visit ${visits} of ${session.get<string>('name')}`);
  return { name: name ?? null, again: session.get<string>('name') ?? null, visits, messages };
});

const server = createServer(app.listener).listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
