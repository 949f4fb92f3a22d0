import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { WWWAuthenticate } from '../../src/http/auth.ts';
import { NotFound } from '../../src/http/exceptions.ts';
import { Headers } from '../../src/http/headers.ts';
import { redirect, appendSlashRedirect } from '../../src/http/redirect.ts';
import { Request } from '../../src/http/request.ts';
import { Response, responseFromException } from '../../src/http/response.ts';
import { buildRequestSource } from '../../src/http/test.ts';

const request = (method = 'GET', headers: Record<string, string> = {}): Request =>
  new Request(buildRequestSource('/', { method, headers }));

describe('status', () => {
  it.each([
    [200, 200, 'OK'],
    ['201', 201, 'CREATED'],
    ['201 Made', 201, 'Made'],
    [' 404  Not  Here ', 404, ' Not  Here'],
    [418, 418, "I'M A TEAPOT"],
    [299, 299, 'UNKNOWN'],
    ['gone', 0, 'gone'],
  ])('%j is %i %s', (status, code, text) => {
    const response = new Response('', { status });
    expect([response.status, response.statusText]).toEqual([code, text]);
    response.status = 204;
    expect([response.status, response.statusText]).toEqual([204, 'NO CONTENT']);
  });

  it('must not be empty', () => {
    expect(() => new Response('', { status: ' ' })).toThrow(expect.objectContaining({ code: 'EMPTY_STATUS' }));
  });
});

describe('content type', () => {
  it.each([
    [undefined, 'text/html; charset=utf-8', 'text/html'],
    [{ mimetype: 'application/json' }, 'application/json', 'application/json'],
    [{ mimetype: 'image/svg+xml' }, 'image/svg+xml; charset=utf-8', 'image/svg+xml'],
    [{ mimetype: 'application/javascript' }, 'application/javascript; charset=utf-8', 'application/javascript'],
    [{ contentType: 'x/y; a=b', mimetype: 'text/plain' }, 'x/y; a=b', 'x/y'],
    [{ headers: { 'content-type': 'a/b' } }, 'a/b', 'a/b'],
    [{ headers: { 'X-A': '1' } }, 'text/html; charset=utf-8', 'text/html'],
  ])('of %j is %s', (init, contentType, mimetype) => {
    const response = new Response('', init);
    expect([response.contentType, response.headers.get('Content-Type'), response.mimetype]).toEqual([
      contentType,
      contentType,
      mimetype,
    ]);
  });

  it('can be changed, parameters included', () => {
    const response = new Response('');
    response.mimetype = 'text/plain';
    response.mimetypeParams.set('a', 'b c');
    expect(response.contentType).toBe('text/plain; charset=utf-8; a="b c"');
    response.contentType = undefined;
    expect([response.contentType, response.mimetype]).toEqual([undefined, undefined]);
  });

  it('of a subclass is its own default', () => {
    class Plain extends Response {
      static override defaultMimetype = 'text/plain';
      static override defaultStatus = 203;
    }
    expect(new Plain('x')).toMatchObject({ contentType: 'text/plain; charset=utf-8', status: 203 });
    expect(Plain.forceType(new Response('x'))).toBeInstanceOf(Plain);
  });
});

describe('the body', () => {
  it.each([
    ['é', 'é', 2],
    [Buffer.from('é'), 'é', 2],
    [['a', Buffer.from('é')], 'aé', 3],
    [null, '', 0],
    [undefined, '', 0],
  ])('%j is whole: %j, %i bytes', (body, text, length) => {
    const response = new Response(body);
    expect([response.isStreamed, response.text, response.data.length]).toEqual([false, text, length]);
    expect(response.getFinalHeaders(request()).get('Content-Length')).toBe(String(length));
  });

  it('sets its length as soon as there are headers, and again when it is changed', () => {
    const response = new Response('four');
    expect(response.contentLength).toBe(4);
    response.setData('longer');
    expect([response.text, response.contentLength]).toEqual(['longer', 6]);
    response.append('!');
    expect([response.text, response.contentLength]).toEqual(['longer!', undefined]);
    expect(response.getFinalHeaders(request()).get('Content-Length')).toBe('7');
    response.body = ['a'].values();
    expect([response.isStreamed, response.contentLength]).toEqual([true, undefined]);
  });

  it('that is a generator is streamed, until somebody wants it whole', () => {
    const response = new Response(['a', 'b'].values());
    expect(inspect(response)).toBe('<Response streamed [200 OK]>');
    expect([response.isStreamed, response.text, response.isStreamed, response.calculateContentLength()]).toEqual([
      true,
      'ab',
      false,
      2,
    ]);
    expect(inspect(response)).toBe('<Response 2 bytes [200 OK]>');
  });

  it('that is asynchronous is read with makeSequence', async () => {
    const response = new Response(Readable.from(['a', 'b']));
    expect(() => response.data).toThrow(expect.objectContaining({ code: 'ASYNC_BODY' }));
    await response.makeSequence();
    expect(response.text).toBe('ab');
  });

  it('in direct passthrough is not read', () => {
    expect(() => new Response(['a'].values(), { directPassthrough: true }).data).toThrow(
      expect.objectContaining({ code: 'DIRECT_PASSTHROUGH' }),
    );
  });

  it('may only yield text and bytes', () => {
    expect(() => new Response([1].values() as unknown as Iterable<string>).data).toThrow(
      expect.objectContaining({ code: 'BAD_CHUNK' }),
    );
  });

  it('is JSON if it says so', () => {
    expect(new Response('{"a": 1}', { mimetype: 'application/x+json' }).json).toEqual({ a: 1 });
    expect(new Response('{"a": 1}').json).toBeUndefined();
    expect(new Response('{').getJson({ force: true, silent: true })).toBeUndefined();
    expect(() => new Response('{').getJson({ force: true })).toThrow(SyntaxError);
  });

  it('is left out, with the headers about it, where there must be none', () => {
    const response = new Response('x', {
      status: 304,
      headers: { ETag: '"a"', 'Content-Language': 'de', 'Last-Modified': 'x' },
    });
    expect([...response.getFinalHeaders(request())]).toEqual([['ETag', '"a"']]);
    expect(response.getWireBody('GET')).toBeNull();
    for (const status of [100, 204]) {
      const empty = new Response('x', { status });
      expect([empty.getFinalHeaders(request()).has('Content-Length'), empty.getWireBody('GET')]).toEqual([false, null]);
    }
    expect(new Response('x').getWireBody('HEAD')).toBeNull();
  });
});

describe('headers as properties', () => {
  it('are views', () => {
    const response = new Response('');
    response.location = '/x';
    response.age = 90;
    response.contentLanguage = ['en', 'de'];
    response.contentLocation = '/y';
    response.expires = 1700000000;
    response.lastModified = new Date(1600000000000);
    response.date = 0;
    response.retryAfter = 30;
    response.acceptRanges = 'bytes';
    response.accessControlAllowOrigin = '*';
    response.accessControlMaxAge = 5;
    response.accessControlAllowCredentials = true;
    response.accessControlAllowHeaders = ['X-A', 'X-B'];
    expect(Object.fromEntries(response.headers)).toMatchObject({
      Location: '/x',
      Age: '90',
      'Content-Language': 'en, de',
      'Content-Location': '/y',
      Expires: 'Tue, 14 Nov 2023 22:13:20 GMT',
      'Last-Modified': 'Sun, 13 Sep 2020 12:26:40 GMT',
      Date: 'Thu, 01 Jan 1970 00:00:00 GMT',
      'Retry-After': '30',
      'Accept-Ranges': 'bytes',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Max-Age': '5',
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Allow-Headers': 'X-A, X-B',
    });
    expect([response.age, response.expires, response.accessControlMaxAge, response.crossOriginOpenerPolicy]).toEqual([
      90,
      new Date(1700000000000),
      5,
      'unsafe-none',
    ]);
    response.location = undefined;
    response.expires = null;
    expect([response.headers.has('Location'), response.expires]).toEqual([false, undefined]);
    response.headers.set('Age', 'old');
    expect(response.age).toBeUndefined();
  });

  it('write themselves back', () => {
    const response = new Response('');
    response.cacheControl.maxAge = 60;
    response.cacheControl.public = true;
    response.vary.add('Cookie');
    response.vary.add('Accept');
    response.allow = ['GET', 'PUT'];
    response.contentRange.set(0, 5, 10);
    response.wwwAuthenticate.set('realm', 'x y');
    response.contentSecurityPolicy.defaultSrc = "'self'";
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'Cache-Control': 'max-age=60, public',
      Vary: 'Cookie, Accept',
      Allow: 'GET, PUT',
      'Content-Range': 'bytes 0-4/10',
      'WWW-Authenticate': 'Basic realm="x y"',
      'Content-Security-Policy': "default-src 'self'",
    });
    response.cacheControl.clear();
    response.vary.clear();
    response.contentRange.unset();
    response.wwwAuthenticate = undefined;
    response.contentSecurityPolicy = null;
    response.allow = '';
    expect(Array.from(response.headers.keys())).toEqual(['Content-Type', 'Content-Length']);
    response.wwwAuthenticate = [new WWWAuthenticate('basic'), new WWWAuthenticate('bearer')];
    expect(response.headers.getList('WWW-Authenticate')).toEqual(['Basic', 'Bearer']);
  });

  it('are a copy of what the response was made with', () => {
    const headers = new Headers({ 'X-A': '1' });
    const response = new Response('', { headers });
    response.headers.set('X-A', '2');
    expect(headers.get('X-A')).toBe('1');
  });

  it('set and delete cookies', () => {
    const response = new Response('');
    response.setCookie('a', 'x;y', { httponly: true, samesite: 'lax' });
    response.deleteCookie('b', { path: '/p' });
    expect(response.headers.getList('Set-Cookie')).toEqual([
      'a="x\\073y"; HttpOnly; Path=/; SameSite=Lax',
      'b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/p',
    ]);
  });

  it('0.8: refuse line breaks', () => {
    const response = new Response('');
    for (const attempt of [
      () => response.headers.set('X', 'a\r\nSet-Cookie: b'),
      () => response.headers.add('X\n', 'a'),
      () => (response.location = '/\nx'),
      () => redirect('/x\ny'),
      () => new Response('', { headers: { X: 'a\nb' } }),
      () => new Response('', { contentType: 'a/b\r\nX: y' }).headers,
    ]) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'HEADER_LINE_BREAK' }));
    }
  });
});

describe('makeConditional', () => {
  const answer = (headers: Record<string, string>, options = {}, method = 'GET'): Response => {
    const response = new Response('0123456789');
    response.setEtag('abc');
    response.lastModified = 1700000000;
    return response.makeConditional(request(method, headers), options);
  };
  const ranges = { acceptRanges: true, completeLength: 10 };

  it.each([
    [{ 'If-None-Match': '"abc"' }, 304],
    [{ 'If-None-Match': 'W/"abc"' }, 304],
    [{ 'If-None-Match': '*' }, 304],
    [{ 'If-None-Match': '"x"' }, 200],
    [{ 'If-Match': '"x"' }, 412],
    [{ 'If-Match': '"abc"' }, 200],
    [{ 'If-Modified-Since': 'Tue, 14 Nov 2023 22:13:20 GMT' }, 304],
    [{ 'If-Modified-Since': 'Tue, 14 Nov 2023 22:13:19 GMT' }, 200],
    [{ 'If-None-Match': '"x"', 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
  ])('answers %j with %i', (headers, status) => {
    expect(answer(headers).status).toBe(status);
    expect(answer(headers, {}, 'POST').status).toBe(200);
  });

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=5-100', '56789', 'bytes 5-9/10'],
  ])('sends the part %s', (range, text, contentRange) => {
    const response = answer({ Range: range }, ranges);
    expect([response.status, response.text, response.contentRange.toHeader(), response.contentLength]).toEqual([
      206,
      text,
      contentRange,
      text.length,
    ]);
    expect(response.acceptRanges).toBe('bytes');
  });

  it('cuts parts out of streams too', async () => {
    const streams = { sync: () => ['012', '345', '6789'].values(), async: () => Readable.from(['012', '345', '6789']) };
    for (const make of Object.values(streams)) {
      const response = new Response(make());
      response.makeConditional(request('GET', { Range: 'bytes=2-7' }), ranges);
      await response.makeSequence();
      expect(response.text).toBe('234567');
    }
  });

  it.each(['bytes=20-', 'bytes=0-1,3-4', 'bytes=a-b', 'lines=0-1', `bytes=${'0-1,'.repeat(5000)}0-1`])(
    'answers 416 to %.20s',
    (range) => {
      expect(() => answer({ Range: range }, ranges)).toThrow(expect.objectContaining({ code: 416, length: 10 }));
    },
  );

  it('sends the whole when If-Range does not fit, or parts are not offered', () => {
    expect(answer({ Range: 'bytes=0-3', 'If-Range': '"abc"' }, ranges).status).toBe(206);
    expect(answer({ Range: 'bytes=0-3', 'If-Range': '"x"' }, ranges).status).toBe(200);
    expect(answer({ Range: 'bytes=0-3', 'If-Range': 'Tue, 14 Nov 2023 22:13:20 GMT' }, ranges).status).toBe(206);
    expect(answer({ Range: 'bytes=0-3', 'If-Range': 'Tue, 14 Nov 2000 22:13:20 GMT' }, ranges).status).toBe(200);
    expect(answer({ Range: 'bytes=0-3' }).status).toBe(200);
  });
});

describe('freeze and close', () => {
  it('freeze buffers and adds an ETag', () => {
    const response = new Response(['da', 'ta'].values());
    response.freeze();
    expect([response.isStreamed, response.contentLength, response.headers.get('ETag')]).toEqual([
      false,
      4,
      '"a17c9aaa61e80a1bf71d0d850af4e5baa9800bbd"',
    ]);
  });

  it('close ends the body and calls back, once', async () => {
    const events: string[] = [];
    const body = (function* () {
      try {
        yield 'a';
        yield 'b';
      } finally {
        events.push('body');
      }
    })();
    body.next();
    const response = new Response(body);
    response.callOnClose(() => events.push('callback'));
    response.callOnClose(async () => {
      await Promise.resolve();
      events.push('later');
    });
    await response.close();
    await response.close();
    expect(events).toEqual(['body', 'callback', 'later']);
  });
});

describe('redirect', () => {
  it('0.8.3: is a page with an escaped link, and a Location that is sent as a URI', () => {
    const response = redirect('/é"><script>');
    expect(response.status).toBe(302);
    expect(response.text).toContain('<a href="/é&#34;&gt;&lt;script&gt;">/é&#34;&gt;&lt;script&gt;</a>');
    expect(response.location).toBe('/é"><script>');
    expect(response.getFinalHeaders(request()).get('Location')).toBe('/%C3%A9%22%3E%3Cscript%3E');
  });

  it.each([
    ['/x', '/x'],
    ['../x', '../x'],
    ['http://bücher.test/ü', 'http://xn--bcher-kva.test/%C3%BC'],
    ['itms-services://?a=b', 'itms-services://?a=b'],
    ['/a b', '/a%20b'],
    ['', ''],
  ])('to %j has the Location %j', (location, sent) => {
    expect(redirect(location).getFinalHeaders(request()).get('Location')).toBe(sent);
  });

  it.each([
    ['http://a..b/ü', 'http://a..b/%C3%BC'],
    ['http://[::1/x y', 'http://[::1/x%20y'],
    ['http://x:99999/', 'http://x:99999/'],
    ['//\u2100/', '//%E2%84%80/'],
    [`http://${'a'.repeat(70)}.test/`, `http://${'a'.repeat(70)}.test/`],
  ])('to %j, which is no URL, is left to the browser as %j', (location, sent) => {
    expect(redirect(location).getFinalHeaders(request()).get('Location')).toBe(sent);
  });

  it('can be made absolute by the class of the response', () => {
    class Absolute extends Response {
      static override autocorrectLocationHeader = true;
    }
    const response = redirect('x?y', 303, { Response: Absolute });
    expect([
      response.status,
      response.getFinalHeaders(new Request(buildRequestSource('/a/b'))).get('Location'),
    ]).toEqual([303, 'http://localhost/a/x?y']);
  });

  it('appends a slash to the last segment only', () => {
    expect(appendSlashRedirect(new Request(buildRequestSource('/a/b?c=d'))).location).toBe('b/?c=d');
    expect(appendSlashRedirect(new Request(buildRequestSource('/a/'))).location).toBe('./');
  });
});

describe('responseFromException', () => {
  it('is the page, or the response the exception carries', () => {
    const page = responseFromException(new NotFound());
    expect([page.status, page.contentType, page.text.includes('Not Found')]).toEqual([
      404,
      'text/html; charset=utf-8',
      true,
    ]);
    const own = new Response('mine', { status: 299 });
    expect(responseFromException(new NotFound(null, { response: own }))).toBe(own);
    expect(new NotFound().getResponse()).toBeInstanceOf(Response);
  });
});
