import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dumpCookie, parseCookie } from '../../src/http/cookies.ts';
import { BadRequest } from '../../src/http/exceptions.ts';
import { ImmutableMultiDict } from '../../src/http/multidict.ts';

const parsed = (header: string): unknown => [...parseCookie(header).entries({ multi: true })];

describe('parseCookie', () => {
  it.each([
    ['', []],
    [
      'a=1; b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1; a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['a', [['a', '']]],
    [' a = 1 ;;', [['a', '1']]],
    [
      'a="x;y"; b=2',
      [
        ['a', 'x;y'],
        ['b', '2'],
      ],
    ],
    ['a="x\\"y"', [['a', 'x"y']]],
    [
      'a="x"y; b=1',
      [
        ['a', '"x"y'],
        ['b', '1'],
      ],
    ],
    [
      'a="x; b=1',
      [
        ['a', '"x'],
        ['b', '1'],
      ],
    ],
    ['a="\\303\\251"', [['a', 'é']]],
    ['a="\\377"', [['a', '\ufffd']]],
  ])('%j', (header, cookies) => expect(parsed(header)).toEqual(cookies));

  it('reads what node:http gives as UTF-8, and refuses other bytes', () => {
    expect(parsed(Buffer.from('a=é').toString('latin1'))).toEqual([['a', 'é']]);
    expect(() => parseCookie('a=\xe9')).toThrow(BadRequest);
  });

  it('makes another class', () => {
    expect(parseCookie('a=1', ImmutableMultiDict<string>)).toBeInstanceOf(ImmutableMultiDict);
    expect(parseCookie(undefined).size).toBe(0);
  });

  it('takes linear time for quotes that are never closed', () => {
    const quotes = parseCookie('a="\\"'.repeat(50_000));
    expect(quotes.size).toBe(1);
    expect(parseCookie('a="x;'.repeat(50_000)).getList('a')).toHaveLength(50_000);
  });
});

describe('dumpCookie', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('writes the attributes in their order', () => {
    const options = {
      partitioned: true,
      samesite: 'lax',
      path: '/p;q',
      httponly: true,
      maxAge: 60,
      expires: 0,
      domain: '.Bücher.example:80',
    };
    expect(dumpCookie('a', 'b', options)).toBe(
      'a=b; Domain=xn--bcher-kva.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; Secure; HttpOnly; ' +
        'Path=/p%3Bq; SameSite=Lax; Partitioned',
    );
    expect(dumpCookie('a', 'b', { path: null })).toBe('a=b');
  });

  it('derives the end from the lifetime', () => {
    vi.useFakeTimers({ now: 0 });
    expect(dumpCookie('a', '', { maxAge: 5 })).toBe('a=; Expires=Thu, 01 Jan 1970 00:00:05 GMT; Max-Age=5; Path=/');
    expect(dumpCookie('a', '', { maxAge: 5, syncExpires: false })).toBe('a=; Max-Age=5; Path=/');
    expect(dumpCookie('a', '', { expires: new Date(1000) })).toContain('Expires=Thu, 01 Jan 1970 00:00:01 GMT');
    expect(dumpCookie('a', '', { expires: 'raw' })).toContain('Expires=raw;');
  });

  it('refuses an unknown samesite', () => {
    expect(() => dumpCookie('a', '', { samesite: 'x' })).toThrow(RangeError);
  });

  it('warns about cookies that browsers drop', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    dumpCookie('a', 'x'.repeat(4100));
    dumpCookie('a', 'x'.repeat(4100), { maxSize: 0 });
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain("'a' cookie is too large");
  });

  it('writes values that come back as they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const header = dumpCookie('k', value, { path: null, maxSize: 0 });
        expect(header).toMatch(/^k=[\x20-\x7e]*$/);
        expect(parsed(`x=1; ${header}; y=2`)).toEqual([
          ['x', '1'],
          ['k', value],
          ['y', '2'],
        ]);
      }),
    );
  });
});
