import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1FromUtf8, utf8FromLatin1 } from '../../src/http/charset.ts';
import { getCurrentUrl, getHost, hostIsTrusted } from '../../src/http/hosts.ts';
import { domainToAscii, domainToText } from '../../src/http/idna.ts';
import {
  iriToUri,
  parseQsl,
  quotePath,
  splitNetloc,
  unquote,
  unquoteValid,
  uriToIri,
  urlencode,
  urlJoin,
  urlSplit,
  urlUnsplit,
} from '../../src/http/urls.ts';

describe('quoting', () => {
  it('keeps what a path segment may have', () => {
    expect(quotePath("/a b/é%?#[x]:@!$&'()*+,;=~")).toBe("/a%20b/%C3%A9%25%3F%23%5Bx%5D:@!$&'()*+,;=~");
  });

  it('decodes what is UTF-8', () => {
    expect(unquote('%C3%A9%zz%E9+%')).toBe('é%zz\ufffd+%');
    expect(unquoteValid('%C3%A9%e9%zz')).toBe('é%E9%zz');
    expect(unquoteValid('%F0%9F%98%80%ED%A0%80%C0%80')).toBe('😀%ED%A0%80%C0%80');
    expect(unquote('%E9%41', 'latin1')).toBe('éA');
    expect(unquote('%E9%41', 'ascii')).toBe('\ufffdA');
  });

  it('is undone by unquoting', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unquote(quotePath(text))).toBe(text);
      }),
    );
  });
});

describe('query strings', () => {
  it('are parsed in order, blank values included', () => {
    expect(parseQsl('a=1&b=&c&=d&&a=x+y%26&e=%ff;f')).toEqual([
      ['a', '1'],
      ['b', ''],
      ['c', ''],
      ['', 'd'],
      ['a', 'x y&'],
      ['e', '%FF;f'],
    ]);
    expect(parseQsl('')).toEqual([]);
  });

  it('are written', () => {
    expect(urlencode({ a: ['1', 'x y'], b: null, c: undefined, d: '/?&=é' })).toBe('a=1&a=x+y&d=/?%26%3D%C3%A9');
  });

  it('come back as they were', () => {
    const item = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\ufffd'));
    fc.assert(
      fc.property(fc.array(fc.tuple(item, item)), (pairs) => {
        expect(parseQsl(urlencode(pairs))).toEqual(pairs);
      }),
    );
  });
});

describe('splitting', () => {
  it('takes a URL apart and puts it together', () => {
    const url = 'HTTP://u:p@H.test:80/p;x?q#f';
    expect(urlSplit(url)).toEqual({ scheme: 'http', netloc: 'u:p@H.test:80', path: '/p;x', query: 'q', fragment: 'f' });
    expect(urlUnsplit(urlSplit(url))).toBe('http://u:p@H.test:80/p;x?q#f');
    expect(splitNetloc('u:p@H.test:80')).toEqual({ username: 'u', password: 'p', hostname: 'h.test', port: 80 });
    expect(splitNetloc('[::1%Eth0]')).toEqual({
      username: undefined,
      password: undefined,
      hostname: '::1%Eth0',
      port: undefined,
    });
  });

  it.each(['http://[::1/', 'http://a]/', 'http://a\u2100b/'])('refuses %j', (url) =>
    expect(() => urlSplit(url)).toThrow(expect.objectContaining({ code: 'INVALID_URL' })),
  );

  it.each(['h:x', 'h:99999', 'h:-1'])('refuses the port of %j', (netloc) =>
    expect(() => splitNetloc(netloc)).toThrow(expect.objectContaining({ code: 'INVALID_URL' })),
  );

  // RFC 3986 section 5.4
  it.each([
    ['g', 'http://a/b/c/g'],
    ['./g/', 'http://a/b/c/g/'],
    ['/g', 'http://a/g'],
    ['//g', 'http://g'],
    ['?y', 'http://a/b/c/d;p?y'],
    ['g?y#s', 'http://a/b/c/g?y#s'],
    ['#s', 'http://a/b/c/d;p?q#s'],
    [';x', 'http://a/b/c/;x'],
    ['', 'http://a/b/c/d;p?q'],
    ['..', 'http://a/b/'],
    ['../../../g', 'http://a/g'],
    ['./g/../h', 'http://a/b/c/h'],
    ['mailto:x@y', 'mailto:x@y'],
  ])('joins %j', (url, joined) => expect(urlJoin('http://a/b/c/d;p?q', url)).toBe(joined));
});

describe('IRIs', () => {
  it('become URIs', () => {
    expect(iriToUri('http://ü:p@☃.net:5000/påth?q=è&r=a b%20#x y')).toBe(
      'http://%C3%BC:p@xn--n3h.net:5000/p%C3%A5th?q=%C3%A8&r=a%20b%20#x%20y',
    );
    expect(iriToUri('http://[::1]:80/')).toBe('http://[::1]:80/');
  });

  it('come from URIs, what would change their meaning stays encoded', () => {
    expect(uriToIri('http://xn--n3h.net/p%C3%A5th%2F%3F%20%FF?q=%C3%A8%26%23#%23%20')).toBe(
      'http://☃.net/påth%2F%3F%20%FF?q=è%26%23##%20',
    );
  });

  it('have domains', () => {
    expect(domainToAscii('straße.example')).toBe('strasse.example');
    expect(domainToAscii('a.b')).toBe('a.b');
    expect(domainToAscii('bücher。example')).toBe('xn--bcher-kva.example');
    expect(domainToText('xn--bcher-kva.xn--zz')).toBe('bücher.xn--zz');
    expect(() => domainToAscii(`${'a'.repeat(64)}.b`)).toThrow(expect.objectContaining({ code: 'INVALID_DOMAIN' }));
    expect(() => domainToAscii('a..b')).toThrow(expect.objectContaining({ code: 'INVALID_DOMAIN' }));
  });
});

describe('hosts', () => {
  it('come from the header, else from the server, without default ports', () => {
    expect(getHost('http', 'h.test:80')).toBe('h.test');
    expect(getHost('https', 'h.test:80')).toBe('h.test:80');
    expect(getHost('wss', 'h.test:443')).toBe('h.test');
    expect(getHost('http', undefined, ['::1', 5000])).toBe('[::1]:5000');
    expect(getHost('http', undefined, ['/run/x.sock', null])).toBe('');
    expect(getHost('http', undefined)).toBe('');
  });

  it('are trusted by name or by domain', () => {
    expect(hostIsTrusted('example.com:5000', ['example.com'])).toBe(true);
    expect(hostIsTrusted('a.example.com', '.example.com')).toBe(true);
    expect(hostIsTrusted('xn--bcher-kva.example', new Set(['bücher.example']))).toBe(true);
    expect(hostIsTrusted('anything.example', [])).toBe(true);
    expect(hostIsTrusted('', null)).toBe(false);
  });

  it('are part of the URL of a request', () => {
    expect(getCurrentUrl('http', 'h', null)).toBe('http://h/');
    expect(getCurrentUrl('http', 'h', '/app/')).toBe('http://h/app/');
    expect(getCurrentUrl('http', 'h', '', '/é x')).toBe('http://h/é%20x');
    expect(getCurrentUrl('http', 'h', '', '/', Buffer.from('q=é&x=%26'))).toBe('http://h/?q=é&x=%26');
  });
});

describe('bytes on the wire', () => {
  it('are Latin-1 to node:http', () => {
    expect(latin1FromUtf8('é')).toBe('Ã©');
    expect(utf8FromLatin1('Ã©')).toBe('é');
    expect(utf8FromLatin1('\xe9')).toBe('\ufffd');
    expect(() => utf8FromLatin1('\xe9', { fatal: true })).toThrow(TypeError);
    expect(latin1FromUtf8('plain')).toBe('plain');
  });
});
