import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Accept, CharsetAccept, LanguageAccept, MIMEAccept, parseAcceptHeader } from '../../src/http/accept.ts';
import { getContentLength, getContentType } from '../../src/http/content.ts';

describe('MIMEAccept', () => {
  const browser = parseAcceptHeader('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', MIMEAccept);

  it('sorts by how specific and how good a type is', () => {
    expect([...browser.values()]).toEqual(['text/html', 'application/xhtml+xml', 'application/xml', '*/*']);
    expect(browser.best).toBe('text/html');
    expect(browser.toHeader()).toBe('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8');
    const params = parseAcceptHeader('text/*;q=0.3, text/html;q=0.7, text/html;level=1, */*;q=0.5', MIMEAccept);
    expect([...params.values()]).toEqual(['text/html; level=1', 'text/html', 'text/*', '*/*']);
  });

  it('finds the best match', () => {
    expect(browser.bestMatch(['application/json', 'text/html'])).toBe('text/html');
    expect(browser.bestMatch(['image/png', 'application/json'])).toBe('image/png');
    expect(parseAcceptHeader('a/b', MIMEAccept).bestMatch(['c/d'], 'none')).toBe('none');
    expect(parseAcceptHeader('a/b;q=0', MIMEAccept).bestMatch(['a/b'])).toBeUndefined();
    expect(parseAcceptHeader('text/html;level=1', MIMEAccept).bestMatch(['text/html; Level=1'])).toBe(
      'text/html; Level=1',
    );
  });

  it('has qualities and positions', () => {
    expect(browser.quality('text/html')).toBe(1);
    expect(browser.quality('x/y')).toBe(0.8);
    expect(browser.has('x/y')).toBe(true);
    expect(browser.find('application/xml')).toBe(2);
    expect(browser.at(3)).toEqual(['*/*', 0.8]);
    expect(browser.length).toBe(4);
    expect([browser.acceptHtml, browser.acceptXhtml, browser.acceptJson]).toEqual([true, true, true]);
    expect(inspect(parseAcceptHeader('a/b', MIMEAccept))).toBe("MIMEAccept([['a/b', 1]])");
  });

  it('ignores what the client got wrong and tells the developer', () => {
    expect(parseAcceptHeader('*/html, text, x/y;q=2, z/z;q=x', MIMEAccept).quality('text/html')).toBe(0);
    expect(() => browser.quality('html')).toThrow(RangeError);
    expect(() => browser.quality('*/html')).toThrow(RangeError);
  });

  it('knows whether the header was there', () => {
    expect(parseAcceptHeader(undefined).provided).toBe(false);
    expect(parseAcceptHeader('', MIMEAccept).provided).toBe(false);
    expect(parseAcceptHeader(',').provided).toBe(true);
    expect(new Accept(parseAcceptHeader(null)).provided).toBe(false);
  });
});

describe('the other Accept headers', () => {
  it('languages fall back to their first part, on either side', () => {
    const accept = parseAcceptHeader('da, en-gb;q=0.8', LanguageAccept);
    expect(accept.bestMatch(['en_GB', 'da'])).toBe('da');
    expect(accept.bestMatch(['EN_gb'])).toBe('EN_gb');
    expect(accept.bestMatch(['en', 'fr'])).toBe('en');
    expect(parseAcceptHeader('en', LanguageAccept).bestMatch(['fr', 'en-US'])).toBe('en-US');
    expect(accept.bestMatch(['fr'], 'x')).toBe('x');
  });

  it('charsets have other names', () => {
    const accept = parseAcceptHeader('ISO-8859-1, utf8;q=0.7', CharsetAccept);
    expect(accept.quality('latin1')).toBe(1);
    expect(accept.quality('UTF-8')).toBe(0.7);
    expect(accept.quality('ascii')).toBe(0);
    expect(accept.quality('made-up')).toBe(0);
  });

  it('encodings have a wildcard', () => {
    const accept = parseAcceptHeader('gzip;q=0.5, *;q=0.1, br');
    expect([accept.quality('GZIP'), accept.quality('zstd'), accept.best]).toEqual([0.5, 0.1, 'br']);
  });
});

describe('content', () => {
  it.each([
    ['5', undefined, 5],
    ['-5', undefined, 0],
    ['+5', undefined, 0],
    ['x', undefined, 0],
    ['5', 'chunked', undefined],
    ['5', 'gzip, Chunked', undefined],
    ['5', 'gzip', 5],
    [undefined, 'chunked', undefined],
  ])('length %j with encoding %j is %j', (length, encoding, expected) => {
    expect(getContentLength(length, encoding)).toBe(expected);
  });

  it('types of text get a charset', () => {
    expect(getContentType('text/html')).toBe('text/html; charset=utf-8');
    expect(getContentType('image/svg+xml', 'latin1')).toBe('image/svg+xml; charset=latin1');
    expect(getContentType('application/sql')).toBe('application/sql; charset=utf-8');
    expect(getContentType('application/json')).toBe('application/json');
  });
});
