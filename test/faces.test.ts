import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Flacon, request, session } from 'flacon';
import { DispatcherMiddleware } from 'flacon/http';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';

/** An app that answers with what only a whole request can tell. */
function makeApp(): Flacon {
  const app = new Flacon();
  app.config.SECRET_KEY = 'faces';
  app.get('/hello/<name>', ({ name }) => ({ name, url: request.url, root: request.rootPath }));
  app.post('/form', () => ({ form: request.form.toObject(), client: request.remoteAddr ?? null }));
  app.post('/upload', async () => {
    const file = request.files.require('file');
    return { name: file.filename, bytes: (await file.bytes()).length };
  });
  app.post('/raw', async () => ({ bytes: (await request.getData()).length }));
  app.get('/visits', () => {
    const visits = session.get('visits', 0) + 1;
    session.set('visits', visits);
    return String(visits);
  });
  app.get('/stream', async function* () {
    yield 'one ';
    yield 'two';
  });
  return app;
}

interface Face extends AsyncDisposable {
  /** Where the app is. */
  url: string;
}

async function listen(server: Server): Promise<Face> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The least of middleware: what comes before the app looks at the request and passes it on. */
function withMiddleware(listener: RequestListener): RequestListener {
  return (req, res) => {
    if (req.url === '/own') res.end('the own page');
    else listener(req, res);
  };
}

const faces: Readonly<Record<string, (app: Flacon) => Promise<Face>>> = {
  'node:http': (app) => listen(createServer(app.listener)),

  'node:http behind a function': (app) => listen(createServer(withMiddleware(app.listener))),

  async express(app) {
    const host = express();
    host.get('/own', (_request, response) => void response.send('the own page'));
    host.use(app.listener);
    return listen(createServer(host));
  },

  async fastify(app) {
    const host = fastify();
    // The body is the app's to read.
    host.removeAllContentTypeParsers();
    host.addContentTypeParser('*', (_request, _payload, done) => done(null));
    host.get('/own', () => 'the own page');
    host.setNotFoundHandler((incoming, reply) => {
      reply.hijack();
      app.listener(incoming.raw, reply.raw);
    });
    await host.ready();
    return listen(host.server);
  },

  '@hono/node-server': (app) => listen(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server),

  async 'a mount in Hono'(app) {
    const host = new Hono();
    host.get('/own', (context) => context.text('the own page'));
    host.mount('/', app.fetch);
    return listen(serve({ fetch: host.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },

  'a dispatcher': (app) => {
    const other = new Flacon();
    const dispatcher = DispatcherMiddleware(other, { '/mounted': app });
    other.fetch = dispatcher;
    return listen(createServer(other.listener)).then((face) => ({ ...face, url: `${face.url}/mounted` }));
  },
};

describe.each(Object.entries(faces))('an app in %s', (_, open) => {
  it('gets the URL and the client', async () => {
    await using face = await open(makeApp());
    const answer = await fetch(`${face.url}/hello/caf%C3%A9?q=1`);
    const path = new URL(face.url).pathname;
    expect(await answer.json()).toEqual({
      name: 'café',
      url: `${face.url}/hello/café?q=1`,
      root: path === '/' ? '' : path,
    });
  });

  it('reads forms, uploads and raw bodies', async () => {
    await using face = await open(makeApp());
    const form = await fetch(`${face.url}/form`, { method: 'POST', body: new URLSearchParams({ a: '1', b: 'ü' }) });
    expect(await form.json()).toMatchObject({ form: { a: '1', b: 'ü' } });
    const upload = new FormData();
    upload.set('file', new File([new Uint8Array(600_000)], 'large.bin'));
    const uploaded = await fetch(`${face.url}/upload`, { method: 'POST', body: upload });
    expect(await uploaded.json()).toEqual({ name: 'large.bin', bytes: 600_000 });
    const raw = await fetch(`${face.url}/raw`, { method: 'POST', body: new Uint8Array(70_000) });
    expect(await raw.json()).toEqual({ bytes: 70_000 });
  });

  it('keeps a session, streams, and answers HEAD and 404', async () => {
    await using face = await open(makeApp());
    const first = await fetch(`${face.url}/visits`);
    const cookie = first.headers.getSetCookie().map((text) => text.split(';', 1)[0]);
    const second = await fetch(`${face.url}/visits`, { headers: { Cookie: cookie.join('; ') } });
    expect([await first.text(), await second.text()]).toEqual(['1', '2']);
    expect(await (await fetch(`${face.url}/stream`)).text()).toBe('one two');
    const head = await fetch(`${face.url}/hello/x`, { method: 'HEAD' });
    expect([head.status, head.headers.get('Content-Type'), await head.text()]).toEqual([200, 'application/json', '']);
    const missing = await fetch(`${face.url}/missing`);
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining('<h1>Not Found</h1>')]);
  });
});

it('leaves other paths to the server that it is mounted in', async () => {
  for (const name of ['node:http behind a function', 'express', 'fastify', 'a mount in Hono']) {
    await using face = await (faces[name] as (app: Flacon) => Promise<Face>)(makeApp());
    expect(await (await fetch(`${face.url}/own`)).text(), name).toBe('the own page');
  }
});

it('answers web requests without a server', async () => {
  const { fetch: ask } = makeApp();
  const answer = await ask(new Request('https://flacon.test/hello/x'));
  expect(await answer.json()).toEqual({ name: 'x', url: 'https://flacon.test/hello/x', root: '' });
});
