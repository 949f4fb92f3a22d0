import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { MultiDict } from '../../src/http/multidict.ts';
import { Request } from '../../src/http/request.ts';
import type { RequestSource } from '../../src/http/request.ts';
import { buildRequestSource } from '../../src/http/test.ts';

const raw = (source: Partial<RequestSource> = {}): Request =>
  new Request({ method: 'GET', target: '/', rawHeaders: ['Host', 'localhost'], scheme: 'http', ...source });

describe('the URL', () => {
  it.each([
    ['/a%20b/%C3%A9?x=%2F', '/a b/é', '/a%20b/%C3%A9', 'x=%2F', 'http://localhost/a%20b/é?x=/'],
    ['/', '/', '/', '', 'http://localhost/'],
    ['', '/', '', '', 'http://localhost/'],
    ['/\xc3\xa9?\xc3\xa9', '/é', '/\xc3\xa9', '\xc3\xa9', 'http://localhost/é?é'],
    ['//x', '/x', '//x', '', 'http://localhost/x'],
  ])('%j', (target, path, rawPath, queryString, url) => {
    const request = raw({ target });
    expect(request).toMatchObject({ path, rawPath, queryString, url });
  });

  it('knows its parts, and the root path', () => {
    const request = raw({
      target: '/x?y=1',
      rootPath: '/app/',
      scheme: 'https',
      rawHeaders: ['Host', 'example.com:443'],
    });
    expect(request).toMatchObject({
      rootPath: '/app',
      scriptRoot: '/app',
      host: 'example.com',
      isSecure: true,
      url: 'https://example.com/app/x?y=1',
      baseUrl: 'https://example.com/app/x',
      rootUrl: 'https://example.com/app/',
      hostUrl: 'https://example.com/',
      fullPath: '/x?y=1',
    });
    expect(raw().fullPath).toBe('/?');
    expect(inspect(request)).toBe("<Request 'https://example.com/app/x?y=1' [GET]>");
  });

  it('believes the server where there is no Host', () => {
    expect(raw({ rawHeaders: [], server: ['::1', 5000] }).host).toBe('[::1]:5000');
    expect(raw({ rawHeaders: [], server: ['/tmp/socket', null] }).host).toBe('');
  });

  it('checks the host where that is wanted', () => {
    const request = raw({ rawHeaders: ['Host', 'evil.test'] });
    request.trustedHosts = ['.example.com'];
    expect(() => request.host).toThrow(expect.objectContaining({ code: 400 }));
    expect(() => request.checkHost()).toThrow(expect.objectContaining({ code: 400 }));
    request.trustedHosts = ['evil.test'];
    expect(request.host).toBe('evil.test');
    expect(inspect(raw({ rawHeaders: ['Host', 'a b'] }))).toBe("<Request 'http:///' [GET]>");
  });

  it('can be moved by middleware', () => {
    const request = raw({ target: '/a/b?c', remoteAddr: '1.1.1.1' });
    expect(request.url).toBe('http://localhost/a/b?c');
    request.override({
      rootPath: '/a',
      target: '/b?c',
      scheme: 'https',
      remoteAddr: '2.2.2.2',
      rawHeaders: ['Host', 'other.test'],
    });
    expect(request).toMatchObject({
      url: 'https://other.test/a/b?c',
      path: '/b',
      remoteAddr: '2.2.2.2',
      method: 'GET',
    });
  });
});

describe('parameters and cookies', () => {
  it('are multi-dicts that cannot be changed', () => {
    const request = raw({
      target: '/?a=1&a=2&b=&=x&c=%E9',
      rawHeaders: ['Cookie', 'a=1; b="q w"; a=2', 'Cookie', 'c=3'],
    });
    expect(request.args.toObject({ flat: false })).toEqual({ a: ['1', '2'], b: [''], '': ['x'], c: ['%E9'] });
    expect(request.cookies.toObject({ flat: false })).toEqual({ a: ['1', '2'], b: ['q w'], c: ['3'] });
    expect(() => (request.args as MultiDict).add('a', '3')).toThrow(expect.objectContaining({ code: 'IMMUTABLE' }));
    expect(request.args).toBe(request.args);
  });

  it('CVE-2023-23934: a cookie without a name is no cookie', () => {
    const { cookies } = raw({ rawHeaders: ['Cookie', '=__Host-test=bad; a=1'] });
    expect(cookies.toObject()).toEqual({ a: '1' });
  });

  it('values are the query and, but for GET, the form', async () => {
    const request = new Request(buildRequestSource('/?n=url', { method: 'POST', data: { n: 'form', m: 1 } }));
    await request.loadBody();
    expect(request.values.getList('n')).toEqual(['url', 'form']);
    expect(new Request(buildRequestSource('/?n=url', { data: { n: 'form' } })).values.getList('n')).toEqual(['url']);
  });
});

describe('headers', () => {
  const request = raw({
    rawHeaders: Object.entries({
      Host: 'localhost',
      Accept: 'text/html;q=0.5, application/json',
      accept: 'text/plain;q=0.1',
      'Accept-Language': 'de, en;q=0.5',
      'Accept-Encoding': 'gzip',
      'Accept-Charset': 'utf-8',
      Authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
      'Cache-Control': 'max-age=0',
      'If-Match': '"a"',
      'If-None-Match': 'W/"b"',
      'If-Range': '"c"',
      Range: 'bytes=0-1',
      Pragma: 'no-cache, x',
      'If-Modified-Since': 'Sat, 29 Oct 1994 19:43:31 GMT',
      'If-Unmodified-Since': 'bad',
      Date: 'Sat, 29 Oct 1994 19:43:31 GMT',
      'Max-Forwards': '10',
      Referer: 'http://a/b',
      Origin: 'http://o',
      'User-Agent': 'ua',
      'X-Forwarded-For': '1.1.1.1, 2.2.2.2',
      'Content-Type': 'TEXT/HTML; charset=utf-8',
      'Content-Length': '7',
      'Content-Encoding': 'gzip',
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'X-A, X-B',
    }).flat(),
    remoteAddr: '9.9.9.9',
  });

  it('are properties', () => {
    expect(request.acceptMimetypes.best).toBe('application/json');
    expect(request.acceptMimetypes.quality('text/plain')).toBe(0.1);
    expect(request.acceptLanguages.best).toBe('de');
    expect([request.acceptEncodings.best, request.acceptCharsets.best]).toEqual(['gzip', 'utf-8']);
    expect([request.authorization?.type, request.authorization?.username]).toEqual(['basic', 'u']);
    expect(request.cacheControl.maxAge).toBe(0);
    expect([request.ifMatch.contains('a'), request.ifNoneMatch.containsWeak('b'), request.ifRange.etag]).toEqual([
      true,
      true,
      'c',
    ]);
    expect(request.range?.ranges).toEqual([[0, 2]]);
    expect([request.ifModifiedSince, request.ifUnmodifiedSince, request.date]).toEqual([
      new Date('1994-10-29T19:43:31Z'),
      undefined,
      new Date('1994-10-29T19:43:31Z'),
    ]);
    expect([request.maxForwards, request.referrer, request.origin, request.userAgent.string]).toEqual([
      10,
      'http://a/b',
      'http://o',
      'ua',
    ]);
    expect([request.contentType, request.mimetype, request.mimetypeParams, request.isJson]).toEqual([
      'TEXT/HTML; charset=utf-8',
      'text/html',
      { charset: 'utf-8' },
      false,
    ]);
    expect([request.contentLength, request.contentEncoding]).toEqual([7, 'gzip']);
    expect([
      request.pragma.has('No-Cache'),
      request.accessControlRequestMethod,
      [...(request.accessControlRequestHeaders ?? [])],
    ]).toEqual([true, 'PUT', ['X-A', 'X-B']]);
    expect(request.accessRoute).toEqual(['1.1.1.1', '2.2.2.2']);
  });

  it('are undefined, or empty, where they are missing', () => {
    const bare = raw({ remoteAddr: '9.9.9.9' });
    expect([bare.authorization, bare.contentType, bare.contentLength, bare.range, bare.referrer, bare.date]).toEqual(
      Array(6).fill(undefined),
    );
    expect([bare.mimetype, bare.userAgent.string, bare.accessRoute, bare.cookies.size]).toEqual([
      '',
      '',
      ['9.9.9.9'],
      0,
    ]);
  });
});

describe('a request', () => {
  it('can be subclassed', () => {
    class Own extends Request {
      override get path(): string {
        return `/own${super.path}`;
      }
    }
    const request = new Own(buildRequestSource('/x'), { maxContentLength: 5, maxFormParts: 6 });
    expect(request).toMatchObject({ path: '/own/x', maxContentLength: 5, maxFormParts: 6, maxFormMemorySize: 500_000 });
  });

  it('has a signal that is never aborted where nobody can go away', () => {
    expect(raw().signal.aborted).toBe(false);
  });

  it('has its method in capitals', () => {
    expect(raw({ method: 'get' }).method).toBe('GET');
  });
});
