import { describe, expect, it } from 'vitest';
import { redirect } from '../../src/http/redirect.ts';
import { Request } from '../../src/http/request.ts';
import { Response } from '../../src/http/response.ts';
import { buildRequestSource, Client } from '../../src/http/test.ts';

const echo = async (request: Request): Promise<Response> => {
  await request.loadBody();
  const files = await Promise.all(
    [...request.files.entries({ multi: true })].map(async ([name, file]) => [
      name,
      file.filename,
      file.contentType,
      await file.text(),
    ]),
  );
  return new Response(
    JSON.stringify({
      method: request.method,
      url: request.url,
      type: request.mimetype,
      args: request.args.toObject({ flat: false }),
      form: request.form.toObject({ flat: false }),
      files,
      text: request.text,
      auth: request.authorization?.username,
      agent: request.userAgent.string,
      addr: request.remoteAddr,
      cookies: request.cookies.toObject(),
    }),
    { mimetype: 'application/json' },
  );
};

describe('a request of the client', () => {
  const client = new Client(echo);

  it.each(['get', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const)('%s', async (verb) => {
    expect((await client[verb]('/x')).json).toMatchObject({
      method: verb.toUpperCase(),
      url: 'http://localhost/x',
      addr: '127.0.0.1',
      agent: 'Flacon',
    });
  });

  it('has a query', async () => {
    expect((await client.get('/?a=1&b=%20')).json).toMatchObject({ args: { a: ['1'], b: [' '] } });
    expect((await client.get('/', { query: { a: ['1', '2'], é: 'ü', n: null } })).json).toMatchObject({
      args: { a: ['1', '2'], é: ['ü'] },
    });
    expect((await client.get('/', { query: 'x=y' })).json).toMatchObject({ args: { x: ['y'] } });
    await expect(client.get('/?a', { query: 'b' })).rejects.toMatchObject({ code: 'TWO_QUERIES' });
  });

  it('may be given as an IRI or a whole URL', async () => {
    expect((await client.get('/é x?ü#frag')).json).toMatchObject({ url: 'http://localhost/é%20x?ü' });
    expect((await client.get('https://example.com/p?q')).json).toMatchObject({ url: 'https://example.com/p?q' });
    expect((await client.get('x', { baseUrl: 'https://example.com:8443/root/' })).json).toMatchObject({
      url: 'https://example.com:8443/root/x',
    });
  });

  it('has a form', async () => {
    expect((await client.post('/', { data: { a: 'é', b: [1, true] } })).json).toMatchObject({
      type: 'application/x-www-form-urlencoded',
      form: { a: ['é'], b: ['1', 'true'] },
    });
  });

  it('has files', async () => {
    const data = { a: '1', f: { content: 'x', filename: 'x.txt' } };
    const files = { g: [[Buffer.from('y'), 'y.bin'] as const, { content: 'z' }] };
    expect((await client.post('/', { data, files })).json).toMatchObject({
      type: 'multipart/form-data',
      form: { a: ['1'] },
      files: [
        ['f', 'x.txt', 'text/plain', 'x'],
        ['g', 'y.bin', 'application/octet-stream', 'y'],
        ['g', '', 'application/octet-stream', 'z'],
      ],
    });
    const forced = await client.post('/', { data: { a: '1' }, contentType: 'multipart/form-data' });
    expect(forced.json).toMatchObject({ type: 'multipart/form-data', form: { a: ['1'] } });
  });

  it('has JSON, or anything', async () => {
    expect((await client.post('/', { json: { a: 1 } })).json).toMatchObject({
      type: 'application/json',
      text: '{"a":1}',
    });
    expect((await client.post('/', { json: null })).json).toMatchObject({ text: 'null' });
    expect((await client.post('/', { data: 'raw', mimetype: 'text/x' })).json).toMatchObject({
      type: 'text/x',
      text: 'raw',
    });
    expect((await client.post('/', { data: Buffer.from('raw') })).json).toMatchObject({ type: '', text: 'raw' });
    await expect(client.post('/', { json: 1, data: '' })).rejects.toMatchObject({ code: 'TWO_BODIES' });
  });

  it('has headers, credentials and an address', async () => {
    const response = await client.get('/', {
      headers: { 'User-Agent': 'mine' },
      auth: ['u', 'p'],
      remoteAddr: '1.2.3.4',
    });
    expect(response.json).toMatchObject({ agent: 'mine', auth: 'u', addr: '1.2.3.4' });
    const defaults = new Client(echo, {
      headers: { 'User-Agent': 'default' },
      baseUrl: 'http://a.test',
      remoteAddr: '::1',
    });
    expect((await defaults.get('/')).json).toMatchObject({ agent: 'default', url: 'http://a.test/', addr: '::1' });
  });
});

describe('an answer', () => {
  it('is what would be sent', async () => {
    const client = new Client(() => new Response(['a', 'b'].values(), { status: '201 Made', headers: { 'X-A': '1' } }));
    const response = await client.get('/');
    expect([
      response.status,
      response.statusText,
      response.text,
      response.headers.get('X-A'),
      response.history,
    ]).toEqual([201, 'Made', 'ab', '1', []]);
    expect(response.request.path).toBe('/');
    const head = await new Client(() => new Response('four')).head('/');
    expect([head.text, head.contentLength]).toEqual(['', 4]);
  });

  it('closes response and request, also when the body fails', async () => {
    const events: string[] = [];
    class Own extends Request {
      override close(): void {
        events.push('request');
      }
    }
    const client = new Client(
      () => {
        const response = new Response(
          (function* () {
            yield 'a';
            throw new Error('boom');
          })(),
        );
        response.callOnClose(() => events.push('response'));
        return response;
      },
      { makeRequest: (source) => new Own(source) },
    );
    await expect(client.get('/')).rejects.toThrow('boom');
    expect(events).toEqual(['response', 'request']);
  });

  it('is what the handler throws', async () => {
    await expect(new Client(() => Promise.reject(new TypeError('boom'))).get('/')).rejects.toThrow(TypeError);
  });
});

describe('cookies', () => {
  const setter = (request: Request): Response => {
    const response = new Response(JSON.stringify(request.cookies.toObject()), { mimetype: 'application/json' });
    const name = request.args.get('set');
    const domain = request.args.get('domain');
    const path = request.args.get('path') ?? '/';
    if (name !== undefined) response.setCookie(name, 'v ; é', { domain: domain ?? null, path });
    const gone = request.args.get('delete');
    if (gone !== undefined) response.deleteCookie(gone);
    return response;
  };

  it('are kept, sent and deleted', async () => {
    const client = new Client(setter);
    await client.get('/?set=a');
    expect((await client.get('/')).json).toEqual({ a: 'v ; é' });
    expect(client.getCookie('a')).toMatchObject({
      decodedValue: 'v ; é',
      path: '/',
      domain: 'localhost',
      originOnly: true,
    });
    await client.get('/?delete=a');
    expect((await client.get('/')).json).toEqual({});
  });

  it('belong to a domain and a path', async () => {
    const client = new Client(setter);
    await client.get('/?set=a&domain=example.com', { baseUrl: 'http://example.com' });
    await client.get('/?set=p&path=/p', { baseUrl: 'http://example.com' });
    const cookies = async (url: string): Promise<unknown> => (await client.get(url)).json;
    expect(await cookies('http://sub.example.com/')).toEqual({ a: 'v ; é' });
    expect(await cookies('http://notexample.com/')).toEqual({});
    expect(await cookies('http://example.com/p/x')).toEqual({ a: 'v ; é', p: 'v ; é' });
    expect(await cookies('http://example.com/px')).toEqual({ a: 'v ; é' });
  });

  it('can be set and deleted by the test', async () => {
    const client = new Client(setter);
    client.setCookie('a', '1');
    client.setCookie('b', '2', { domain: 'example.com', originOnly: false });
    expect([(await client.get('/')).json, (await client.get('http://x.example.com/')).json]).toEqual([
      { a: '1' },
      { b: '2' },
    ]);
    client.deleteCookie('a');
    expect(client.getCookie('a')).toBeUndefined();
    expect(client.cookieHeaders('http://example.com/').get('Cookie')).toBe('b=2');
  });

  it('can be turned off', async () => {
    const client = new Client(setter, { useCookies: false });
    await client.get('/?set=a');
    expect((await client.get('/')).json).toEqual({});
    expect(() => client.getCookie('a')).toThrow(expect.objectContaining({ code: 'CLIENT_WITHOUT_COOKIES' }));
  });
});

describe('redirects', () => {
  const target = (request: Request): Response | Promise<Response> => {
    const [, status, ...rest] = request.path.split('/');
    if (status === 'loop') return redirect('/loop');
    if (status === 'to') return redirect(request.args.get('url') ?? '');
    if (/^\d+$/.test(status ?? '')) return redirect(`/${rest.join('/')}`, Number(status));
    return echo(request);
  };
  const client = new Client(target);

  it('are followed where that is wanted', async () => {
    expect((await client.get('/302/x')).status).toBe(302);
    const response = await client.get('/302/301/x', { followRedirects: true });
    expect(response.json).toMatchObject({ url: 'http://localhost/x' });
    expect(response.history.map(({ status, location }) => [status, location])).toEqual([
      [302, '/301/x'],
      [301, '/x'],
    ]);
  });

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'PUT', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
  ])('%i turns %s into %s', async (status, method, then, body) => {
    const response = await client.open(`/${status}/x`, {
      method,
      data: 'body',
      contentType: 'text/plain',
      followRedirects: true,
    });
    expect(response.request.method).toBe(then);
    if (then !== 'HEAD')
      expect(response.json).toMatchObject({ method: then, text: body, type: body === '' ? '' : 'text/plain' });
  });

  it('are relative to the request, query and root path included', async () => {
    const open = async (url: string, options = {}): Promise<unknown> =>
      (await client.get(`/to?url=${encodeURIComponent(url)}`, { followRedirects: true, ...options })).json;
    expect(await open('x?y=1')).toMatchObject({ url: 'http://localhost/x?y=1' });
    expect(await open('https://localhost/x')).toMatchObject({ url: 'https://localhost/x' });
    const inner = await client.get('/to?url=/root/x', { followRedirects: true, baseUrl: 'http://localhost/root' });
    expect([inner.request.rootPath, inner.request.path]).toEqual(['/root', '/x']);
    const outer = await client.get('/to?url=/x', { followRedirects: true, baseUrl: 'http://localhost/root' });
    expect([outer.request.rootPath, outer.request.path]).toEqual(['', '/x']);
  });

  it('stop at a loop, and at the border', async () => {
    await expect(client.get('/loop', { followRedirects: true })).rejects.toMatchObject({ code: 'REDIRECT_LOOP' });
    await expect(client.get('/to?url=http://other.test/', { followRedirects: true })).rejects.toMatchObject({
      code: 'EXTERNAL_REDIRECT',
    });
    await expect(client.get('/to?url=http://sub.localhost/', { followRedirects: true })).rejects.toMatchObject({
      code: 'SUBDOMAIN_REDIRECT',
    });
    const open = new Client(target, { allowSubdomainRedirects: true });
    expect((await open.get('/to?url=http://sub.localhost/x', { followRedirects: true })).json).toMatchObject({
      url: 'http://sub.localhost/x',
    });
  });

  it('carry cookies', async () => {
    const login = new Client((request) => {
      if (request.path === '/') return echo(request);
      const response = redirect('/');
      response.setCookie('a', '1');
      return response;
    });
    expect((await login.get('/login', { followRedirects: true })).json).toMatchObject({ cookies: { a: '1' } });
  });
});

describe('buildRequestSource', () => {
  it('leaves a raw target alone', () => {
    expect(buildRequestSource('/%2e%2e/%zz//a?b=%00').target).toBe('/%2e%2e/%zz//a?b=%00');
    expect(buildRequestSource('//evil.test').target).toBe('//evil.test');
    expect(buildRequestSource('').target).toBe('');
  });
});
