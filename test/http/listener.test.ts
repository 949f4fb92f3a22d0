import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { NotFound } from '../../src/http/exceptions.ts';
import { createListener, makeServer } from '../../src/http/serving.ts';
import type { Handler, ListenerOptions, ResponseInfo } from '../../src/http/serving.ts';
import type { Request } from '../../src/http/request.ts';
import { Response } from '../../src/http/response.ts';
import { RawConnection, startServer } from '../support/raw-http.ts';
import type { TestServer } from '../support/raw-http.ts';

const get = (target = '/', headers = ''): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

interface Served extends TestServer {
  errors: unknown[];
}

async function serve(handler: Handler, options: ListenerOptions = {}): Promise<Served> {
  const errors: unknown[] = [];
  const running = await startServer(makeServer(handler, { onError: (error) => errors.push(error), ...options }));
  return Object.assign(running, { errors });
}

describe('a simple answer', () => {
  it('has type and length, and the connection is used again', async () => {
    await using running = await serve((request) => new Response(`${request.method} ${request.path}`));
    await using connection = await RawConnection.open(running.port);
    for (const path of ['/a', '/b']) {
      connection.write(get(path));
      const answer = await connection.answer();
      expect(answer).toMatchObject({ status: 200, reason: 'OK', body: `GET ${path}` });
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-length': '6',
        connection: 'keep-alive',
      });
    }
  });

  it('comes from a promise as well', async () => {
    await using running = await serve(async () => new Response('later', { status: '201 Made' }));
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    expect(await connection.answer()).toMatchObject({ status: 201, reason: 'Made', body: 'later' });
  });

  it('keeps repeated headers apart', async () => {
    await using running = await serve(() => {
      const response = new Response('x');
      response.setCookie('a', '1');
      response.setCookie('b', '2');
      return response;
    });
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    expect((await connection.answer()).headers['set-cookie']).toBe('a=1; Path=/\nb=2; Path=/');
  });

  it('leaves the body out for HEAD, 204 and 304', async () => {
    const status: Record<string, number> = { '/204': 204, '/304': 304 };
    await using running = await serve((request) => new Response('body', { status: status[request.path] ?? 200 }));
    await using connection = await RawConnection.open(running.port);
    connection.write(get('/').replace('GET', 'HEAD'));
    expect(await connection.answer({ hasBody: false })).toMatchObject({
      status: 200,
      headers: { 'content-length': '4' },
    });
    connection.write(get('/204'));
    expect((await connection.answer()).headers).not.toHaveProperty('content-length');
    connection.write(get('/304'));
    expect((await connection.answer()).headers).not.toHaveProperty('content-type');
    connection.write(get('/'));
    expect(await connection.answer()).toMatchObject({ status: 200, body: 'body' });
  });

  it('sends the true length, whatever the header says', async () => {
    await using running = await serve(() => new Response('four', { headers: { 'Content-Length': 1 } }));
    await using connection = await RawConnection.open(running.port);
    connection.write(get() + get());
    expect((await connection.answer()).body).toBe('four');
    expect((await connection.answer()).body).toBe('four');
  });

  it('sends headers in Latin-1, whatever the body is', async () => {
    await using running = await serve(() => new Response('é', { headers: { 'X-Name': 'é' } }));
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    expect(await connection.answer()).toMatchObject({
      headers: { 'x-name': 'é' },
      body: Buffer.from('é').toString('latin1'),
    });
  });

  it('sends headers beyond Latin-1 as UTF-8', async () => {
    await using running = await serve(() => new Response('', { headers: { 'X-Name': '日本' } }));
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    const { headers } = await connection.answer();
    expect(Buffer.from(headers['x-name'] ?? '', 'latin1').toString('utf8')).toBe('日本');
  });
});

describe('an error', () => {
  it('is a 500 and is told, the server lives on', async () => {
    const failures: Record<string, Handler> = {
      '/throw': () => {
        throw new Error('boom');
      },
      '/reject': () => Promise.reject(new Error('boom')),
      '/header': () => new Response('', { headers: [['X y', 'name with a blank']] }),
      '/status': () => new Response('x', { status: 42 }),
      '/undefined': () => undefined as unknown as Response,
      '/text': () => 'text' as unknown as Response,
    };
    await using running = await serve((request) => (failures[request.path] ?? (() => new Response('fine')))(request));
    await using connection = await RawConnection.open(running.port);
    for (const path of Object.keys(failures)) {
      connection.write(get(path));
      const answer = await connection.answer();
      expect([path, answer.status]).toEqual([path, 500]);
      expect(answer.body).toContain('<h1>Internal Server Error</h1>');
    }
    expect(running.errors).toHaveLength(Object.keys(failures).length);
    connection.write(get('/'));
    expect((await connection.answer()).body).toBe('fine');
  });

  it('that is an HTTP exception is its page, and is not told', async () => {
    await using running = await serve(() => {
      throw new NotFound('no such page');
    });
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    expect(await connection.answer()).toMatchObject({
      status: 404,
      reason: 'NOT FOUND',
      body: expect.stringContaining('no such page'),
    });
    expect(running.errors).toEqual([]);
  });

  it('of the log callback itself does not reach the process', async () => {
    await using running = await serve(() => Promise.reject(new Error('boom')), {
      onError: () => {
        throw new Error('the log is full');
      },
      onResponse: () => {
        throw new Error('so is this one');
      },
    });
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    expect((await connection.answer()).status).toBe(500);
    expect(stderr).toHaveBeenCalledWith(expect.stringContaining('the log is full'));
    stderr.mockRestore();
  });
});

describe('a streamed answer', () => {
  it('is chunked, from generators, async generators, streams and web streams', async () => {
    const bodies: Record<string, () => ConstructorParameters<typeof Response>[0]> = {
      '/sync': function* () {
        yield 'a';
        yield '';
        yield Buffer.from('b');
      },
      '/async': async function* () {
        yield 'a';
        await new Promise((resolve) => setImmediate(resolve));
        yield 'b';
      },
      '/readable': () => Readable.from(['a', 'b']),
      '/web': () => new Blob(['ab']).stream() as unknown as AsyncIterable<Uint8Array>,
    };
    await using running = await serve((request) => new Response(bodies[request.path]?.()));
    await using connection = await RawConnection.open(running.port);
    for (const path of Object.keys(bodies)) {
      connection.write(get(path));
      expect(await connection.answer()).toMatchObject({
        status: 200,
        body: 'ab',
        headers: { 'transfer-encoding': 'chunked' },
      });
    }
  });

  it('sends its head while the first chunk is still to come', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    await using running = await serve(
      () =>
        new Response(
          (async function* () {
            await gate;
            yield 'event';
          })(),
          { mimetype: 'text/event-stream' },
        ),
    );
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    expect(await connection.readUntil('\r\n\r\n')).toContain('text/event-stream');
    release();
    expect(await connection.readUntil('event')).toContain('event');
  });

  it('becomes a 500 if its first chunk fails, and is cut off if a later one does', async () => {
    await using running = await serve(
      (request) =>
        new Response(
          (function* () {
            if (request.path === '/later') yield 'partial';
            throw new Error('boom');
          })(),
        ),
    );
    await using first = await RawConnection.open(running.port);
    first.write(get('/'));
    expect((await first.answer()).status).toBe(500);
    first.write(get('/later'));
    const rest = await first.rest();
    expect(rest).toContain('partial');
    // No last chunk: the client can tell that something is missing.
    expect(rest.endsWith('0\r\n\r\n')).toBe(false);
    expect(running.errors).toHaveLength(2);
  });

  it('that is longer or shorter than its Content-Length cannot become the next answer', async () => {
    await using running = await serve((request) => {
      const response = new Response(Readable.from([request.path === '/long' ? 'longer than said' : 'x']));
      response.contentLength = 6;
      return response;
    });
    for (const path of ['/long', '/short']) {
      await using connection = await RawConnection.open(running.port);
      connection.write(get(path));
      expect(await connection.rest()).not.toContain('said');
    }
    expect(running.errors).toMatchObject([{ code: 'CONTENT_LENGTH' }, { code: 'CONTENT_LENGTH' }]);
  });

  it('ends its generator and aborts the signal when the client goes away', async () => {
    const events: string[] = [];
    let ended = (): void => {};
    const whenEnded = new Promise<void>((resolve) => (ended = resolve));
    await using running = await serve((request) => {
      request.signal.addEventListener('abort', () => events.push('abort'));
      const response = new Response(
        (async function* () {
          try {
            for (;;) {
              yield 'tick\n';
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            events.push('finally');
          }
        })(),
      );
      response.callOnClose(() => {
        events.push('close');
        ended();
      });
      return response;
    });
    const connection = await RawConnection.open(running.port);
    connection.write(get());
    await connection.readUntil('tick');
    await connection[Symbol.asyncDispose]();
    await whenEnded;
    expect(events.toSorted()).toEqual(['abort', 'close', 'finally']);
    expect(running.errors).toEqual([]);
  });

  it('waits for a client that reads slowly', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    await using running = await serve(
      () =>
        new Response(
          (function* () {
            for (let i = 0; i < 512; i++) {
              sent += chunk.length;
              yield chunk;
            }
          })(),
        ),
    );
    await using connection = await RawConnection.open(running.port);
    connection.socket.pause();
    const stalled = new Promise<number>((resolve) => {
      let before = -1;
      const check = (): void => {
        if (sent === before && sent > 0) resolve(sent);
        before = sent;
        setTimeout(check, 50);
      };
      check();
    });
    connection.write(get());
    expect(await stalled).toBeLessThan(512 * chunk.length);
    connection.socket.resume();
    expect((await connection.answer()).body).toHaveLength(512 * chunk.length);
  });
});

describe('callbacks', () => {
  it('tell about every answer, with its bytes', async () => {
    const seen: [string, number, ResponseInfo][] = [];
    await using running = await serve(
      (request) => {
        if (request.path === '/error') throw new Error('boom');
        return new Response(request.path === '/stream' ? ['a', 'b'].values() : 'hello');
      },
      { onResponse: (request, response, info) => seen.push([request.path, response.status, info]) },
    );
    await using connection = await RawConnection.open(running.port);
    for (const path of ['/', '/stream', '/error']) {
      connection.write(get(path));
      await connection.answer();
    }
    expect(seen.map(([path, status, { bytes }]) => [path, status, bytes])).toEqual([
      ['/', 200, 5],
      ['/stream', 200, 2],
      ['/error', 500, 265],
    ]);
    expect(seen.every(([, , { ms }]) => ms >= 0)).toBe(true);
  });

  it('of callOnClose run once, also when the answer fails', async () => {
    let closed = 0;
    await using running = await serve((request) => {
      const response = new Response(request.path === '/bad' ? 'x' : 'fine', {
        status: request.path === '/bad' ? 42 : 200,
      });
      response.callOnClose(() => closed++);
      return response;
    });
    await using connection = await RawConnection.open(running.port);
    connection.write(get('/'));
    await connection.answer();
    connection.write(get('/bad'));
    expect((await connection.answer()).status).toBe(500);
    expect(closed).toBe(2);
  });
});

describe('what a client may send', () => {
  const echo: Handler = (request: Request) =>
    new Response(JSON.stringify({ url: request.url, path: request.path, query: request.queryString }));

  it.each([
    ['/a/b?c=d', { path: '/a/b', query: 'c=d', url: 'http://localhost/a/b?c=d' }],
    ['http://other.test:81/x?y', { path: '/x', query: 'y', url: 'http://other.test:81/x?y' }],
    ['HTTP://u:p@other.test', { path: '/', query: '', url: 'http://other.test/' }],
    ['//evil.test/x', { path: '/evil.test/x', url: 'http://localhost/evil.test/x' }],
    ['/%zz%ff', { path: '/%zz\ufffd' }],
    ['/caf%C3%A9', { path: '/café', url: 'http://localhost/café' }],
  ])('as a target: %s', async (target, expected) => {
    await using running = await serve(echo);
    await using connection = await RawConnection.open(running.port);
    connection.write(get(target));
    const answer = await connection.answer();
    expect(JSON.parse(Buffer.from(answer.body, 'latin1').toString('utf8'))).toMatchObject(expected);
  });

  it('OPTIONS * reaches the handler', async () => {
    await using running = await serve(echo);
    await using connection = await RawConnection.open(running.port);
    connection.write(get('*').replace('GET', 'OPTIONS'));
    expect(JSON.parse((await connection.answer()).body)).toMatchObject({ path: '/*' });
  });

  it.each([
    ['a line that is no request', 'hello\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a control character in the target', 'GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('is refused with 400 for %s, and the server lives on', async (_, bytes) => {
    await using running = await serve(echo);
    await using connection = await RawConnection.open(running.port);
    connection.write(bytes);
    expect((await connection.rest()).startsWith('HTTP/1.1 400 ')).toBe(true);
    await using next = await RawConnection.open(running.port);
    next.write(get());
    expect((await next.answer()).status).toBe(200);
  });

  it('a malformed Host is as good as none', async () => {
    await using running = await serve((request) => new Response(`[${request.host}]`));
    for (const host of ['a b', 'x/y', 'evil@host', '[::1', 'a,b']) {
      await using connection = await RawConnection.open(running.port);
      connection.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect((await connection.answer()).body).toBe('[]');
    }
  });

  it('headers with an underscore do not exist', async () => {
    await using running = await serve((request) => new Response(String(request.headers.get('X-Forwarded-For'))));
    await using connection = await RawConnection.open(running.port);
    connection.write(get('/', 'X_Forwarded_For: 6.6.6.6\r\n'));
    expect((await connection.answer()).body).toBe('undefined');
  });
});

describe('the body of a request', () => {
  const post = (body: string, headers = ''): string =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;

  it('CVE-2022-29361: that nobody reads is not taken for the next request', async () => {
    const seen: string[] = [];
    await using running = await serve((request) => {
      seen.push(request.path);
      return new Response('ok');
    });
    await using connection = await RawConnection.open(running.port);
    connection.write(post('GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n') + get('/next'));
    await connection.answer();
    await connection.answer();
    expect(seen).toEqual(['/', '/next']);
  });

  it('that was read in part only does not block the connection', async () => {
    await using running = await serve(async (request) => {
      if (request.method === 'POST')
        for await (const chunk of request.stream) return new Response(String((chunk as Buffer).length > 0));
      return new Response('next');
    });
    await using connection = await RawConnection.open(running.port);
    connection.write(post('x'.repeat(300_000)));
    expect((await connection.answer()).body).toBe('true');
    connection.write(get());
    expect((await connection.answer()).body).toBe('next');
  });

  it('is asked for with 100 Continue when it is read, and not before', async () => {
    await using running = await serve(async (request) => {
      request.maxContentLength = 10;
      await request.loadBody();
      return new Response(request.text);
    });
    await using connection = await RawConnection.open(running.port);
    connection.write('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    expect((await connection.answer()).status).toBe(100);
    connection.write('hello');
    expect((await connection.answer()).body).toBe('hello');
    connection.write('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n');
    expect(await connection.answer()).toMatchObject({ status: 413, headers: { connection: 'close' } });
  });

  it('is waited for in vain when the client goes away', async () => {
    const outcome = new Promise((resolve) => {
      void serve(async (request) => {
        await request.loadBody();
        try {
          resolve(request.form);
        } catch (error) {
          resolve(error);
        }
        return new Response('');
      }).then(async (running) => {
        const connection = await RawConnection.open(running.port);
        connection.write(
          'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\na=1',
        );
        await once(running.server, 'request');
        await connection[Symbol.asyncDispose]();
        await outcome;
        await running[Symbol.asyncDispose]();
      });
    });
    expect(await outcome).toMatchObject({ code: 400 });
  });
});

describe('createListener', () => {
  it('is a plain listener for any node:http server', async () => {
    await using running = await startServer(createListener((request) => new Response(request.remoteAddr)));
    await using connection = await RawConnection.open(running.port);
    connection.write(get());
    expect((await connection.answer()).body).toBe('127.0.0.1');
  });
});
