import { describe, expect, it } from 'vitest';
import { MIMEAccept, parseAcceptHeader } from '../../src/http/accept.ts';
import { Authorization } from '../../src/http/auth.ts';
import { dumpCookie, parseCookie } from '../../src/http/cookies.ts';
import { parseDate } from '../../src/http/dates.ts';
import { parseEtags } from '../../src/http/etags.ts';
import { NotFound, SecurityError } from '../../src/http/exceptions.ts';
import { Headers } from '../../src/http/headers.ts';
import { getCurrentUrl, getHost } from '../../src/http/hosts.ts';
import { parseListHeader } from '../../src/http/parse.ts';
import { parseContentRangeHeader, parseRangeHeader } from '../../src/http/range.ts';
import { safeJoin, safeJoinOn } from '../../src/http/safe-join.ts';
import { secureFilename, secureFilenameOn } from '../../src/http/secure-filename.ts';
import { iriToUri, parseQsl, unquote, urlJoin, urlSplit } from '../../src/http/urls.ts';

// One test for each hole that Flask's and Werkzeug's change logs tell of and that these files could have.
describe('security history', () => {
  const lineBreak = expect.objectContaining({ code: 'HEADER_LINE_BREAK' });

  it.each(['\r', '\n', '\r\nSet-Cookie: x=1'])('Werkzeug 0.8: header values with %j are refused', (injected) => {
    const headers = new Headers({ A: '1' });
    const value = `x${injected}`;
    expect(() => headers.set('A', value)).toThrow(lineBreak);
    expect(() => headers.add('A', value)).toThrow(lineBreak);
    expect(() => headers.add('A', 'x', { filename: value })).toThrow(lineBreak);
    expect(() => headers.setList('B', [value])).toThrow(lineBreak);
    expect(() => headers.setDefault('B', value)).toThrow(lineBreak);
    expect(() => headers.extend([['B', value]])).toThrow(lineBreak);
    expect(() => headers.update({ B: [value] })).toThrow(lineBreak);
    expect(() => new Headers({ B: value })).toThrow(lineBreak);
    expect(() => headers.set('Location', value)).toThrow(lineBreak);
    expect(headers.toFlat()).toEqual(['A', '1']);
  });

  it('Werkzeug 0.8: header names with line breaks are refused', () => {
    const headers = new Headers();
    expect(() => headers.set('A\r\nB', '1')).toThrow(lineBreak);
    expect(() => headers.add('A\nB', '1')).toThrow(lineBreak);
    expect(headers.size).toBe(0);
  });

  it('Werkzeug 0.8: cookies escape line breaks, or cannot become a header', () => {
    expect(dumpCookie('a', 'x\r\ny')).toBe('a="x\\015\\012y"; Path=/');
    expect(dumpCookie('a', '', { path: '/x\r\ny' })).toBe('a=; Path=/x%0D%0Ay');
    const headers = new Headers();
    expect(() => headers.add('Set-Cookie', dumpCookie('a\r\nb', ''))).toThrow(lineBreak);
    expect(() => headers.add('Set-Cookie', dumpCookie('a', '', { expires: 'x\r\ny' }))).toThrow(lineBreak);
  });

  it('CVE-2023-23934: a cookie without a name does not become one with a name', () => {
    expect([...parseCookie('=__Host-test=bad; a=1').entries()]).toEqual([['a', '1']]);
    expect([...parseCookie('=__Secure-x; =a=b').entries()]).toEqual([]);
  });

  it('CVE-2020-28724: a path with two slashes is not taken for a host', () => {
    expect(urlSplit('/%2Fevil.example/foo').netloc).toBe('');
    expect(iriToUri('////evil.example/foo')).toBe('////evil.example/foo');
    expect(urlJoin('http://this.host/', '/./evil.example/foo')).toBe('http://this.host/evil.example/foo');
  });

  it('CVE-2024-49766: Windows UNC paths and drives are refused', () => {
    for (const part of ['//server/share', '/x', '\\\\server\\share', '\\x', 'C:/windows/win.ini', 'C:x', 'a/../C:/x']) {
      expect(safeJoinOn(true, '/base', part), part).toBeUndefined();
    }
  });

  it('Flask 0.6.1: backslashes and encoded dots do not leave a folder', () => {
    expect(safeJoinOn(true, '/base', '..\\secret.py')).toBeUndefined();
    expect(safeJoin('/base', '..\\secret.py')).toBe('/base/..\\secret.py');
    expect(safeJoin('/base', '%2e%2e/app.py')).toBe('/base/%2e%2e/app.py');
  });

  it('CVE-2025-66221: Windows devices are refused', () => {
    for (const name of ['NUL', 'con', 'COM1', 'LPT9', 'AUX', 'PRN']) {
      expect(safeJoinOn(true, '/base', name), name).toBeUndefined();
    }
    expect(safeJoinOn(true, '/base', 'console')).toBe('/base/console');
    expect(safeJoinOn(false, '/base', 'NUL')).toBe('/base/NUL');
    expect(secureFilenameOn(true, 'NUL.txt')).toBe('_NUL.txt');
    expect(secureFilenameOn(true, 'a\\con')).toBe('a_con');
  });

  it('CVE-2026-21860: Windows devices with an extension or blanks are refused', () => {
    for (const name of ['NUL.txt', 'CON .html', 'COM¹', 'lpt².x', 'CONIN$', 'CONOUT$.a.b']) {
      expect(safeJoinOn(true, '/base', name), name).toBeUndefined();
    }
  });

  it('CVE-2026-27199: Windows devices are refused in any segment', () => {
    for (const path of ['example/NUL', 'a/CON/b', 'a/./nul.x/b']) {
      expect(safeJoinOn(true, '/base', path), path).toBeUndefined();
    }
  });

  it.each(['a b', 'x/y', 'evil@host', '[::1', 'a\r\nb', 'x?y', 'a,b', 'h:x', 'h:1:2', '_x', 'bücher.example'])(
    'Werkzeug 3.1.8: the host %j is none',
    (host) => {
      expect(getHost('http', host)).toBe('');
      expect(() => getHost('http', host, null, ['localhost'])).toThrow(SecurityError);
    },
  );

  it.each(['evil.test', 'example.com.evil.test', 'evilexample.com', 'EXAMPLE.COM', 'example.com.'])(
    'trusted hosts: %j is not example.com',
    (host) => {
      expect(() => getHost('http', host, null, ['example.com'])).toThrow(SecurityError);
      expect(() => getHost('http', host, null, ['.example.com'])).toThrow(SecurityError);
    },
  );

  it('Werkzeug 2.3: a name with an underscore cannot shadow one with a dash', () => {
    const headers = Headers.fromRaw(['X_Forwarded_For', 'spoofed', 'X-Forwarded-For', '10.0.0.1']);
    expect(headers.get('X-Forwarded-For')).toBe('10.0.0.1');
    expect(headers.get('X_Forwarded_For')).toBeUndefined();
    expect(headers.getList('X_Forwarded_For')).toEqual([]);
    expect([...headers.keys()]).toEqual(['X-Forwarded-For']);
    expect(headers.size).toBe(1);
    headers.add('X-B', '1');
    expect(headers.has('X_Forwarded_For')).toBe(false);
  });

  it('ranges: overlapping and multiple ones are not served', () => {
    expect(parseRangeHeader('bytes=0-,0-,0-')).toBeUndefined();
    expect(parseRangeHeader('bytes=5-10,0-3')).toBeUndefined();
    const many = Array.from({ length: 1000 }, (_, i) => `${2 * i}-${2 * i}`).join(',');
    expect(parseRangeHeader(`bytes=${many}`)?.rangeForLength(1e6)).toBeUndefined();
  });

  it('Werkzeug 0.8.3: the page of an error shows its description as text', () => {
    expect(new NotFound('"><script>alert(1)</script>').getBody()).not.toContain('<script>');
  });

  // Quadratic time for these would outlast the time limit of the test run.
  it('long runs of one character are read in linear time', () => {
    const run = (char: string): string => char.repeat(300_000);
    expect(Authorization.fromHeader(`x ${run('=')}x`)?.type).toBe('x');
    expect(secureFilename(`a${run('.')}b${run('_')}`)).toMatch(/^a\.+b$/);
    expect(parseAcceptHeader(`a/b${run(' ')}c;q=0.5`, MIMEAccept).length).toBe(1);
    expect(parseContentRangeHeader(`bytes ${run(' ')}`)).toBeUndefined();
    expect(parseRangeHeader(`bytes=${run(' ')}`)).toBeUndefined();
    expect(parseEtags(`"a"${run(' ')}b`).size).toBe(1);
    expect(parseDate(`Sun,${run(' ')}06`)).toBeUndefined();
    expect(parseListHeader(run('"')).length).toBe(1);
    expect(parseQsl(run('&')).length).toBe(0);
    expect(unquote(run('%e9%')).length).toBeGreaterThan(0);
    expect(getCurrentUrl('http', 'h', `${run('/')}a`, `${run('/')}b`)).toMatch(/a\/b$/);
    expect(new Headers([['A', run('a')]]).size).toBe(1);
  });
});
