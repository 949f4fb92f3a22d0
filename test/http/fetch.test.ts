import { describe, expect, it } from 'vitest';
import { fetchFace, fromWebRequest, fromWebResponse } from '../../src/http/fetch.ts';
import { Request } from '../../src/http/request.ts';
import { Response } from '../../src/http/response.ts';
import { buildRequestSource } from '../../src/http/test.ts';

const web = (path: string, init?: RequestInit): globalThis.Request =>
  new globalThis.Request(`http://example.com:8080${path}`, init);

describe('fetchFace', () => {
  it('answers our requests as the handler does, at once', () => {
    const response = new Response('x');
    expect(fetchFace(() => response)(new Request(buildRequestSource('/')))).toBe(response);
  });

  it('answers web requests with web responses', async () => {
    const face = fetchFace((request) => {
      const response = new Response(`${request.method} ${request.url}`, { status: '201 Made' });
      response.setCookie('a', '1');
      response.setCookie('b', '2');
      return response;
    });
    const answer = await face(web('/caf%C3%A9?x=1'));
    expect([answer.status, answer.statusText, await answer.text()]).toEqual([
      201,
      'Made',
      'GET http://example.com:8080/café?x=1',
    ]);
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Path=/']);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('reads forms, JSON and streams of web requests', async () => {
    const face = fetchFace(async (request) => {
      await request.loadBody();
      if (request.isJson) return new Response(JSON.stringify(request.json));
      return new Response([request.form.get('a'), await request.files.get('f')?.text(), request.text].join('|'));
    });
    const form = new FormData();
    form.set('a', 'é');
    form.set('f', new File(['content'], 'x.txt'));
    expect(await (await face(web('/', { method: 'POST', body: form }))).text()).toBe('é|content|');
    expect(
      await (
        await face(web('/', { method: 'POST', body: '{"a":1}', headers: { 'Content-Type': 'application/json' } }))
      ).text(),
    ).toBe('{"a":1}');
    const body = new Blob(['streamed']).stream();
    expect(await (await face(web('/', { method: 'POST', body, duplex: 'half' } as RequestInit))).text()).toBe(
      '||streamed',
    );
  });

  it('streams as fast as the reader asks, and ends when it stops', async () => {
    const events: string[] = [];
    const face = fetchFace(() => {
      const response = new Response(
        (function* () {
          try {
            for (let i = 0; ; i++) {
              events.push(`chunk ${i}`);
              yield `${i};`;
            }
          } finally {
            events.push('finally');
          }
        })(),
      );
      response.callOnClose(() => events.push('close'));
      return response;
    });
    const reader = ((await face(web('/'))).body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('0;');
    expect(events).toEqual(['chunk 0']);
    await reader.cancel();
    expect(events).toEqual(['chunk 0', 'finally', 'close']);
  });

  it('passes on what the handler throws, and what a stream throws', async () => {
    await expect(fetchFace(() => Promise.reject(new Error('boom')))(web('/'))).rejects.toThrow('boom');
    const face = fetchFace(
      () =>
        new Response(
          (function* () {
            yield 'a';
            throw new Error('boom');
          })(),
        ),
    );
    await expect((await face(web('/'))).text()).rejects.toThrow('boom');
  });

  it('has no body for HEAD and statuses without one', async () => {
    const face = fetchFace((request) => new Response('x', { status: request.path === '/304' ? 304 : 205 }));
    expect((await face(web('/304'))).body).toBeNull();
    expect((await face(web('/205'))).body).toBeNull();
    const head = await fetchFace(() => new Response('four'))(web('/', { method: 'HEAD' }));
    expect([head.body, head.headers.get('content-length')]).toEqual([null, '4']);
  });

  it('knows the client where the server tells', async () => {
    const face = fetchFace((request) => new Response(String(request.remoteAddr)));
    const bun = { requestIP: () => ({ address: '1.1.1.1' }) };
    const contexts = [{ remoteAddr: { hostname: '2.2.2.2' } }, bun, {}, undefined, 'env'];
    const seen = await Promise.all(contexts.map(async (context) => (await face(web('/'), context)).text()));
    expect(seen).toEqual(['2.2.2.2', '1.1.1.1', 'undefined', 'undefined', 'undefined']);
  });

  it('hands the abort of the web request on', async () => {
    const controller = new AbortController();
    let signal: AbortSignal | undefined;
    await fetchFace((request) => {
      ({ signal } = request);
      return new Response('');
    })(web('/', { signal: controller.signal }));
    controller.abort();
    expect(signal?.aborted).toBe(true);
  });
});

describe('fromWebRequest', () => {
  it('keeps a Host header that is there', () => {
    const source = fromWebRequest(web('/x'));
    expect(new Request(source)).toMatchObject({ host: 'example.com:8080', scheme: 'http', path: '/x' });
  });
});

describe('fromWebResponse', () => {
  it('keeps status, headers and body', async () => {
    const headers = new globalThis.Headers([
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-A', '1'],
    ]);
    const response = fromWebResponse(new globalThis.Response('text', { status: 201, statusText: 'Made', headers }));
    expect([response.status, response.statusText, response.headers.getList('Set-Cookie')]).toEqual([
      201,
      'Made',
      ['a=1', 'b=2'],
    ]);
    await response.makeSequence();
    expect([response.text, response.mimetype]).toEqual(['text', 'text/plain']);
  });

  it('does not make up a content type', () => {
    expect(fromWebResponse(new globalThis.Response(new Uint8Array(1))).contentType).toBeUndefined();
    expect(fromWebResponse(new globalThis.Response(null, { status: 204 })).body).toBeNull();
  });
});
