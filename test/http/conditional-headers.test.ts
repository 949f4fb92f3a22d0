import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { httpDate, parseAge, parseDate } from '../../src/http/dates.ts';
import { ETags, generateEtag, parseEtags, quoteEtag, unquoteEtag } from '../../src/http/etags.ts';
import {
  ContentRange,
  IfRange,
  isByteRangeValid,
  parseContentRangeHeader,
  parseIfRangeHeader,
  parseRangeHeader,
  Range,
} from '../../src/http/range.ts';
import { isResourceModified } from '../../src/http/resource-modified.ts';

describe('entity tags', () => {
  it('are quoted and unquoted', () => {
    expect(quoteEtag('a')).toBe('"a"');
    expect(quoteEtag('a', true)).toBe('W/"a"');
    expect(() => quoteEtag('a"b')).toThrow(RangeError);
    expect(unquoteEtag(' w/"a" ')).toEqual(['a', true]);
    expect(unquoteEtag('a')).toEqual(['a', false]);
    expect(unquoteEtag('')).toEqual([undefined, undefined]);
    expect(generateEtag('hello world')).toBe('2aae6c35c94fcfb415dbe95f408b9ce91ee846ed');
  });

  it('are compared weakly or strongly', () => {
    const etags = parseEtags('"a", W/"b" , c');
    expect([...etags]).toEqual(['a', 'c']);
    expect([etags.contains('a'), etags.contains('b'), etags.containsWeak('b'), etags.isWeak('b')]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect([etags.containsRaw('W/"b"'), etags.containsRaw('"b"'), etags.isStrong('c')]).toEqual([true, false, true]);
    expect(etags.asSet(true)).toEqual(new Set(['a', 'c', 'b']));
    expect(etags.toHeader()).toBe('"a", "c", W/"b"');
    expect(inspect(new ETags(['a']))).toBe(`<ETags '"a"'>`);
  });

  it('a star is every tag', () => {
    const star = parseEtags('"a", *');
    expect([star.starTag, star.contains('x'), star.isStrong('a'), star.size, String(star)]).toEqual([
      true,
      true,
      false,
      0,
      '*',
    ]);
    expect(parseEtags(undefined).isEmpty).toBe(true);
  });

  it('are parsed in linear time', () => {
    expect(parseEtags(`"${'" '.repeat(50_000)}`).isEmpty).toBe(false);
    expect(parseEtags(`a${' '.repeat(100_000)}b`).size).toBe(1);
  });
});

describe('ranges', () => {
  it('are parsed and applied', () => {
    const range = parseRangeHeader('Bytes = 0-499');
    expect([range?.units, range?.ranges, String(range)]).toEqual(['bytes', [[0, 500]], 'bytes=0-499']);
    expect(range?.rangeForLength(100)).toEqual([0, 100]);
    expect(range?.toContentRangeHeader(1000)).toBe('bytes 0-499/1000');
    expect(parseRangeHeader('bytes=-5')?.rangeForLength(10)).toEqual([5, 10]);
    expect(parseRangeHeader('bytes=-50')?.rangeForLength(10)).toBeUndefined();
    expect(parseRangeHeader('bytes=5-')?.makeContentRange(10)?.toHeader()).toBe('bytes 5-9/10');
    expect(parseRangeHeader('bytes=5-')?.rangeForLength(null)).toBeUndefined();
    expect(parseRangeHeader('items=0-1')?.rangeForLength(10)).toBeUndefined();
    expect(inspect(parseRangeHeader('bytes=-5'))).toBe("<Range 'bytes=-5'>");
  });

  it.each([
    '',
    'bytes',
    'bytes=',
    'bytes=5-2',
    'bytes=a-b',
    'bytes=+1-2',
    'bytes=0-4-5',
    'bytes=10-,5-6',
    'bytes=-5,0-1',
  ])('%j is none', (header) => expect(parseRangeHeader(header)).toBeUndefined());

  it('may be several, which are not served', () => {
    const range = parseRangeHeader('bytes=0-0,-1');
    expect(range?.toHeader()).toBe('bytes=0-0,-1');
    expect(range?.rangeForLength(10)).toBeUndefined();
  });

  it('keep numbers beyond 2^53', () => {
    expect(parseRangeHeader('bytes=0999999999999999999999-')?.toHeader()).toBe('bytes=999999999999999999999-');
  });

  it('must make sense', () => {
    expect(() => new Range('bytes', [[5, 5]])).toThrow(expect.objectContaining({ code: 'INVALID_RANGE' }));
    expect(() => new ContentRange('bytes', 0, 5, 0)).toThrow(expect.objectContaining({ code: 'INVALID_RANGE' }));
    expect([isByteRangeValid(0, null, 5), isByteRangeValid(null, null, -1), isByteRangeValid(0, 9, 5)]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('ContentRange', () => {
  it('is parsed and written', () => {
    const range = parseContentRangeHeader('bytes 0-98/*');
    expect(range).toMatchObject({ units: 'bytes', start: 0, stop: 99, length: null });
    expect(String(range)).toBe('bytes 0-98/*');
    expect(String(parseContentRangeHeader('bytes */100'))).toBe('bytes */100');
    expect(parseContentRangeHeader('bytes 5-2/10')).toBeUndefined();
    expect(parseContentRangeHeader(undefined)).toBeUndefined();
  });

  it('tells when it was changed', () => {
    const seen: string[] = [];
    const range = new ContentRange('bytes', 0, 5, 10, (changed) => seen.push(changed.toHeader()));
    range.set(1, 2, 3);
    range.length = null;
    range.start = 0;
    range.stop = 4;
    range.units = 'x';
    range.unset();
    expect(seen).toEqual(['bytes 1-1/3', 'bytes 1-1/*', 'bytes 0-1/*', 'bytes 0-3/*', 'x 0-3/*', '']);
  });
});

describe('dates', () => {
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
    ['6 Nov 1994 08:49 EST', '1994-11-06T13:49:00Z'],
    ['Sun, 06 Nov 1994 08:49:37 +0230', '1994-11-06T06:19:37Z'],
    ['Sun, 06 Nov 68 08:49:37 -0000', '2068-11-06T08:49:37Z'],
  ])('reads %j', (text, iso) => expect(parseDate(text)).toEqual(new Date(iso)));

  it.each([
    undefined,
    '',
    ' ',
    'x',
    'Sun, 30 Feb 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:49:60 GMT',
    'Sun, 06 Nov 10000 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 +2400',
  ])('%j is none', (text) => expect(parseDate(text)).toBeUndefined());

  it('are written as HTTP wants them', () => {
    expect(httpDate(0)).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
    expect(httpDate(-0.5)).toBe('Wed, 31 Dec 1969 23:59:59 GMT');
    expect(httpDate(new Date('9999-12-31T23:59:59Z'))).toBe('Fri, 31 Dec 9999 23:59:59 GMT');
    expect(() => httpDate(Number.NaN)).toThrow(RangeError);
    expect(parseDate(httpDate())?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('ages are seconds', () => {
    expect([parseAge(' 7 '), parseAge('-1'), parseAge('x'), parseAge(null)]).toEqual([
      7,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('If-Range is a date or a tag', () => {
    expect(parseIfRangeHeader('W/"a"')).toMatchObject({ etag: 'a', date: undefined });
    expect(parseIfRangeHeader('Thu, 01 Jan 1970 00:00:00 GMT').date).toEqual(new Date(0));
    expect([
      String(new IfRange()),
      String(new IfRange({ etag: 'a' })),
      String(new IfRange({ date: new Date(0) })),
    ]).toEqual(['', '"a"', 'Thu, 01 Jan 1970 00:00:00 GMT']);
  });
});

describe('isResourceModified', () => {
  const day = 'Thu, 01 Jan 1970 00:00:00 GMT';
  const modified = (headers: Record<string, string>, state: Parameters<typeof isResourceModified>[1]): boolean =>
    isResourceModified(new Map(Object.entries(headers)), state);

  it('asks the tags first, If-None-Match weakly and If-Match strongly', () => {
    expect(modified({ 'If-None-Match': 'W/"a"' }, { etag: 'a' })).toBe(false);
    expect(modified({ 'If-None-Match': '"b"', 'If-Modified-Since': day }, { etag: 'a', lastModified: day })).toBe(true);
    expect(modified({ 'If-Match': '"b"' }, { etag: 'a' })).toBe(false);
    expect(modified({ 'If-Match': '"a"' }, { etag: 'a' })).toBe(true);
    expect(modified({ 'If-None-Match': `"${generateEtag('x')}"` }, { data: 'x' })).toBe(false);
  });

  it('then the date, to the second', () => {
    expect(modified({ 'If-Modified-Since': day }, { lastModified: new Date(999) })).toBe(false);
    expect(modified({ 'If-Modified-Since': day }, { lastModified: new Date(1000) })).toBe(true);
    expect(modified({}, { lastModified: new Date(0) })).toBe(true);
  });

  it('heeds If-Range only together with Range, and if asked to', () => {
    const state = { etag: 'a', ignoreIfRange: false };
    expect(modified({ Range: 'bytes=0-1', 'If-Range': '"a"' }, state)).toBe(false);
    expect(modified({ Range: 'bytes=0-1', 'If-Range': '"b"' }, state)).toBe(true);
    expect(modified({ 'If-Range': '"a"' }, state)).toBe(true);
    expect(modified({ Range: 'bytes=0-1', 'If-Range': '"a"' }, { etag: 'a' })).toBe(true);
    expect(modified({ Range: 'x', 'If-Range': day }, { lastModified: day, ignoreIfRange: false })).toBe(false);
  });
});
