// One of the servers that request.ts compares; which one is the argument. Sends its port, and its CPU time when asked.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

const message = { message: 'Hello, World!', count: 3 };

const listeners: Record<string, () => Promise<RequestListener>> = {
  async 'node:http'() {
    return (req, res) => {
      const isJson = req.url === '/json';
      const body = isJson ? JSON.stringify(message) : 'Hello, World!';
      res.writeHead(200, {
        'Content-Type': isJson ? 'application/json' : 'text/html; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
      });
      res.end(body);
    };
  },
  async flacon() {
    const { Flacon, requestFinished } = await import('flacon');
    const app = new Flacon();
    let seen = 0;
    app.beforeRequest(() => void (seen += 1));
    app.afterRequest((response) => response);
    app.teardownRequest(() => void (seen -= 1));
    requestFinished.connect(() => seen);
    app.get('/', () => 'Hello, World!');
    app.get('/json', () => message);
    return app.listener;
  },
  async fastify() {
    const { default: fastify } = await import('fastify');
    const app = fastify();
    app.addHook('onRequest', (_request, _reply, done) => done());
    app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send('Hello, World!'));
    app.get('/json', () => message);
    await app.ready();
    return (req, res) => app.routing(req, res);
  },
  async hono() {
    const { Hono } = await import('hono');
    const { getRequestListener } = await import('@hono/node-server');
    const app = new Hono();
    app.use(async (_context, next) => next());
    app.get('/', (context) => context.html('Hello, World!'));
    app.get('/json', (context) => context.json(message));
    return getRequestListener(app.fetch);
  },
};

const listener = await listeners[process.argv[2] ?? '']?.();
if (listener === undefined) throw new Error(`one of ${Object.keys(listeners).join(', ')}`);
const server = createServer(listener).listen(0, '127.0.0.1', () =>
  process.send?.((server.address() as AddressInfo).port),
);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
