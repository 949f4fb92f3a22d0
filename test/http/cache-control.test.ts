import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseCacheControlHeader, ResponseCacheControl } from '../../src/http/cache-control.ts';
import { ContentSecurityPolicy, parseCspHeader } from '../../src/http/csp.ts';

describe('the Cache-Control of a request', () => {
  it('has its directives as properties', () => {
    const control = parseCacheControlHeader('max-age=5, no-cache, max-stale, min-fresh=x, only-if-cached');
    expect(control).toMatchObject({
      maxAge: 5,
      noCache: true,
      maxStale: true,
      minFresh: undefined,
      onlyIfCached: true,
      noStore: false,
      noTransform: false,
      staleIfError: undefined,
    });
    expect(parseCacheControlHeader('max-stale=9').maxStale).toBe(9);
    expect(parseCacheControlHeader(undefined).size).toBe(0);
  });

  it('cannot be changed', () => {
    const control = parseCacheControlHeader('max-age=5');
    const change = (): void => {
      control.maxAge = 6;
    };
    for (const refused of [change, () => control.delete(), () => control.clear()]) {
      expect(refused).toThrow(expect.objectContaining({ code: 'IMMUTABLE' }));
    }
  });
});

describe('the Cache-Control of a response', () => {
  it('reads and writes properties', () => {
    const seen: string[] = [];
    const control: ResponseCacheControl = parseCacheControlHeader(
      'private="X-A, X-B", s-maxage=1, x=y',
      ResponseCacheControl,
      () => seen.push(control.toHeader()),
    );
    expect([control.private, control.sMaxage, control.get('x')]).toEqual(['X-A, X-B', 1, 'y']);
    control.private = undefined;
    control.sMaxage = 7.9;
    control.noCache = true;
    control.public = true;
    control.public = false;
    control.delete('x');
    control.maxAge = 0;
    expect(seen).toEqual([
      's-maxage=1, x=y',
      's-maxage=7, x=y',
      's-maxage=7, x=y, no-cache',
      's-maxage=7, x=y, no-cache, public',
      's-maxage=7, x=y, no-cache',
      's-maxage=7, no-cache',
      's-maxage=7, no-cache, max-age=0',
    ]);
    expect(control.noCache).toBe(true);
    expect(String(control)).toBe(control.toHeader());
    expect(inspect(control)).toBe('<ResponseCacheControl s-maxage=7, no-cache, max-age=0>');
    control.clear();
    expect(seen.at(-1)).toBe('');
  });

  it('refuses seconds that are no number', () => {
    const control = new ResponseCacheControl();
    expect(() => {
      control.maxAge = Number.NaN;
    }).toThrow(RangeError);
  });
});

describe('ContentSecurityPolicy', () => {
  it('has its directives as properties', () => {
    const seen: string[] = [];
    const policy: ContentSecurityPolicy = parseCspHeader("default-src 'self';  script-src  'none' x ; bad", () =>
      seen.push(policy.toHeader()),
    );
    expect([policy.defaultSrc, policy.scriptSrc, policy.size]).toEqual(["'self'", "'none' x", 2]);
    policy.scriptSrcElem = 'https:';
    policy.defaultSrc = undefined;
    policy.set('x-y', 'z');
    expect(seen.at(-1)).toBe("script-src 'none' x; script-src-elem https:; x-y z");
    expect(String(new ContentSecurityPolicy({ 'base-uri': "'none'" }))).toBe("base-uri 'none'");
  });
});
