import { describe, expect, it, vi } from 'vitest';
import { MethodNotAllowed, NotFound } from '../../src/http/exceptions.ts';
import { Headers } from '../../src/http/headers.ts';
import { RequestRedirect, WebsocketMismatch } from '../../src/routing/exceptions.ts';
import { UrlMap } from '../../src/routing/map.ts';
import type { UrlMapOptions } from '../../src/routing/map.ts';
import { Rule } from '../../src/routing/rules.ts';
import type { RuleOptions } from '../../src/routing/rules.ts';

/** A map whose endpoints are the rules themselves. */
function mapOf(rules: (string | [string, RuleOptions])[], options?: UrlMapOptions): UrlMap {
  return new UrlMap(
    rules.map((entry) => {
      const [rule, more] = typeof entry === 'string' ? [entry, {}] : entry;
      return new Rule(rule, { endpoint: rule, ...more });
    }),
    options,
  );
}

function match(map: UrlMap, path: string, method?: string): [string, Record<string, unknown>] {
  const { rule, viewArgs } = map.bind('example.com').match(path, method);
  return [rule.endpoint, viewArgs];
}

function redirectOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RequestRedirect) return error.newUrl;
    throw error;
  }
  throw new Error('no redirect');
}

describe('priority', () => {
  const map = mapOf(['/<path:p>', '/<a>/<b>', '/<int:a>/<b>', '/x/<b>', '/<a>/y', '/x/y', '/pre-<a>/b']);

  it('prefers the literal at each part, then the more specific variable', () => {
    expect(match(map, '/x/y')[0]).toBe('/x/y');
    expect(match(map, '/x/z')).toEqual(['/x/<b>', { b: 'z' }]);
    expect(match(map, '/1/y')).toEqual(['/<int:a>/<b>', { a: 1, b: 'y' }]);
    expect(match(map, '/q/y')).toEqual(['/<a>/y', { a: 'q' }]);
    expect(match(map, '/pre-q/b')).toEqual(['/pre-<a>/b', { a: 'q' }]);
  });

  it('leaves a branch that leads nowhere', () => {
    expect(match(map, '/x/y/z')).toEqual(['/<path:p>', { p: 'x/y/z' }]);
    expect(match(mapOf(['/a/<x>/c', '/<z>/b/d']), '/a/b/d')).toEqual(['/<z>/b/d', { z: 'a' }]);
  });

  it('does not fall through when a converter refuses what matched', () => {
    const refusing = mapOf(['/<int(max=5):n>', '/<n>']);
    expect(match(refusing, '/5')[0]).toBe('/<int(max=5):n>');
    expect(() => match(refusing, '/6')).toThrow(NotFound);
    expect(match(refusing, '/six')[0]).toBe('/<n>');
  });

  it('takes the first of two equal rules', () => {
    expect(match(mapOf(['/<x>', '/<y>']), '/1')).toEqual(['/<x>', { x: '1' }]);
  });
});

describe('several variables in one part', () => {
  it('is greedy from the left', () => {
    const map = mapOf(['/<a>-<b>', '/<int:y>-<int:m>-<int:d>', '/<path:p>/edit']);
    expect(match(map, '/x-y-z')[1]).toEqual({ a: 'x-y', b: 'z' });
    expect(match(map, '/2024-02-29')[1]).toEqual({ y: 2024, m: 2, d: 29 });
    expect(match(map, '/a/edit/edit')[1]).toEqual({ p: 'a/edit' });
  });

  it('keeps the order of more than ten variables', () => {
    const names = Array.from({ length: 12 }, (_, i) => `v${i}`);
    const map = mapOf([`/${names.map((name) => `<${name}>`).join('-')}`]);
    expect(match(map, `/${names.join('-')}`)[1]).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });

  it('never cuts a character in half', () => {
    expect(match(mapOf(['/<string(length=1):a><b>']), '/😀x')[1]).toEqual({ a: '😀', b: 'x' });
  });
});

describe('slashes', () => {
  it('redirects to the rule with a slash and keeps the query as it was sent', () => {
    const adapter = mapOf(['/foo/']).bind('example.com', { queryArgs: 'a=%20&b' });
    expect(redirectOf(() => adapter.match('/foo'))).toBe('http://example.com/foo/?a=%20&b');
    expect(redirectOf(() => adapter.match('/foo', 'GET', { queryArgs: { x: [1, 2] } }))).toBe(
      'http://example.com/foo/?x=1&x=2',
    );
    expect(() => adapter.match('/foo/bar')).toThrow(NotFound);
  });

  it('does not redirect for a method that the rule does not answer', () => {
    const map = mapOf([['/foo/', { methods: ['GET'] }]]);
    expect(() => match(map, '/foo', 'POST')).toThrow(NotFound);
    expect(() => match(map, '/foo/', 'POST')).toThrow(MethodNotAllowed);
  });

  it('matches both ways without strictSlashes', () => {
    const map = mapOf(['/a', '/b/'], { strictSlashes: false });
    for (const path of ['/a', '/a/', '/b', '/b/']) expect(match(map, path)[0]).toBe(path.includes('a') ? '/a' : '/b/');
  });

  it('merges slashes by a redirect, but not inside of a path value', () => {
    const map = mapOf(['/foo/bar', '/p/<path:p>']);
    const adapter = map.bind('example.com');
    expect(redirectOf(() => adapter.match('/foo///bar'))).toBe('http://example.com/foo/bar');
    expect(match(map, '/p/a//b')[1]).toEqual({ p: 'a//b' });
    expect(() => mapOf(['/foo/bar'], { mergeSlashes: false }).bind('x.test').match('/foo//bar')).toThrow(NotFound);
  });

  it('never takes the beginning of a path for a host', () => {
    const adapter = mapOf(['/<a>/']).bind('example.com');
    expect(redirectOf(() => adapter.match('//evil.test'))).toBe('http://example.com/evil.test/');
  });

  it('percent-encodes the path of a redirect', () => {
    expect(redirectOf(() => mapOf(['/<x>/']).bind('example.com').match('/ü b?'))).toBe(
      'http://example.com/%C3%BC%20b%3F/',
    );
  });
});

describe('methods', () => {
  const map = mapOf([
    ['/', { methods: ['get'] }],
    ['/', { methods: ['POST'], endpoint: 'post' }],
  ]);

  it('adds HEAD to GET and says what is allowed', () => {
    expect(match(map, '/', 'HEAD')[0]).toBe('/');
    expect(match(map, '/', 'post')[0]).toBe('post');
    expect(() => match(map, '/', 'PUT')).toThrow(
      expect.objectContaining({ code: 405, validMethods: ['GET', 'HEAD', 'POST'] }) as Error,
    );
    expect(map.bind('x.test').allowedMethods('/')).toEqual(['GET', 'HEAD', 'POST']);
    expect(map.bind('x.test').allowedMethods('/nope')).toEqual([]);
  });

  it('tells websockets apart', () => {
    const both = mapOf(['/', ['/ws', { websocket: true }]]);
    expect(both.bind('x.test', { urlScheme: 'wss' }).match('/ws').rule.websocket).toBe(true);
    expect(() => both.bind('x.test').match('/ws')).toThrow(WebsocketMismatch);
    expect(() => both.bind('x.test').match('/', 'GET', { websocket: true })).toThrow(WebsocketMismatch);
  });
});

describe('canonical URLs', () => {
  it('redirects to the rule whose defaults the values are', () => {
    const rules: [string, RuleOptions][] = [
      ['/all/', { endpoint: 'all', defaults: { page: 1 } }],
      ['/all/<int:page>', { endpoint: 'all' }],
    ];
    const adapter = mapOf(rules).bind('example.com', { scriptName: '/app' });
    expect(adapter.match('/all/').viewArgs).toEqual({ page: 1 });
    expect(adapter.match('/all/2').viewArgs).toEqual({ page: 2 });
    expect(redirectOf(() => adapter.match('/all/1'))).toBe('http://example.com/app/all/');
    expect(match(mapOf(rules, { redirectDefaults: false }), '/all/1')[1]).toEqual({ page: 1 });
  });

  it('redirects an alias', () => {
    const adapter = mapOf([
      ['/users/<int:id>', { endpoint: 'user' }],
      ['/user-<int:id>.html', { endpoint: 'user', alias: true }],
    ]).bind('example.com', { queryArgs: 'x=1' });
    expect(redirectOf(() => adapter.match('/user-3.html'))).toBe('http://example.com/users/3?x=1');
  });

  it('redirects to redirectTo, a pattern or what a function says', () => {
    const adapter = mapOf([
      ['/old/<slug>', { redirectTo: 'new/<slug>' }],
      ['/root/<slug>', { redirectTo: '/<slug>' }],
      ['/fn/<int:n>', { redirectTo: (bound, { n }) => `${bound.urlScheme}://other.test/${Number(n) + 1}` }],
    ]).bind('example.com', { scriptName: '/app' });
    expect(redirectOf(() => adapter.match('/old/a b'))).toBe('http://example.com/app/new/a%20b');
    expect(redirectOf(() => adapter.match('/root/x'))).toBe('http://example.com/x');
    expect(redirectOf(() => adapter.match('/fn/1'))).toBe('http://other.test/2');
  });

  it('answers a redirect with a page that links to it', () => {
    const parts = new RequestRedirect('http://x.test/?a=1&b=<').getResponseParts();
    expect(parts.status).toBe(308);
    expect(parts.headers).toContainEqual(['Location', 'http://x.test/?a=1&b=<']);
    expect(parts.body).toContain('<a href="http://x.test/?a=1&amp;b=&lt;">');
  });

  it('never matches a rule that only builds', () => {
    expect(() => match(mapOf([['/cdn/<f>', { buildOnly: true }]]), '/cdn/x')).toThrow(NotFound);
  });
});

describe('hosts', () => {
  const request = {
    method: 'GET',
    host: 'www.example.com',
    scheme: 'http',
    path: '/',
    rootPath: '',
    queryString: 'q=1',
  };

  it('matches subdomains with variables', () => {
    const map = mapOf([
      ['/', { subdomain: '<user>' }],
      ['/', { endpoint: 'root' }],
      ['/d/', { subdomain: 'www' }],
    ]);
    expect(map.bind('example.com', { subdomain: 'bob' }).match('/').viewArgs).toEqual({ user: 'bob' });
    expect(map.bindToRequest(request, { serverName: 'example.com:80' }).subdomain).toBe('www');
    expect(redirectOf(() => map.bindToRequest(request, { serverName: 'example.com' }).match('/d'))).toBe(
      'http://www.example.com/d/?q=1',
    );
    expect(map.bindToRequest(request).match().rule.endpoint).toBe('root');
  });

  it('warns once of hosts that are not under the server name', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const map = mapOf([['/', { subdomain: 'www' }]]);
    for (const host of ['a.test', 'b.test']) {
      expect(() => map.bindToRequest({ ...request, host }, { serverName: 'example.com' }).match()).toThrow(NotFound);
    }
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });

  it('matches whole hosts', () => {
    const map = mapOf([['/', { host: '<sub>.test:<int:port>' }]], { hostMatching: true });
    const adapter = map.bindToRequest({ ...request, host: 'A.test:81' });
    expect(adapter.match().viewArgs).toEqual({ sub: 'a', port: 81 });
    expect(() => map.bind('a.test', { subdomain: 'b' })).toThrow(
      expect.objectContaining({ code: 'SUBDOMAIN_WITH_HOST_MATCHING' }) as Error,
    );
  });

  it('refuses a host that can be none, and takes an international one in its ASCII form', () => {
    expect(() => mapOf([]).bind('a..b')).toThrow(expect.objectContaining({ code: 400 }) as Error);
    expect(mapOf([]).bind('Bücher.test:80').serverName).toBe('xn--bcher-kva.test:80');
  });
});

describe('matchRequest', () => {
  const map = mapOf(['/', '/u/<int:id>', '/d/', ['/old', { redirectTo: '/' }], ['/ws', { websocket: true }]]);
  const get = { method: 'GET', host: 'localhost:5000', scheme: 'http', rootPath: '', queryString: '' };
  const upgrade = new Headers([
    ['Connection', 'keep-alive, Upgrade'],
    ['Upgrade', 'WebSocket'],
  ]);

  it('gives what the adapter gives, or leaves it to the adapter', () => {
    expect(map.matchRequest({ ...get, path: '/u/3' })).toMatchObject({
      rule: { rule: '/u/<int:id>' },
      viewArgs: { id: 3 },
    });
    expect(map.matchRequest({ ...get, path: '/', method: 'POST' })?.viewArgs).toEqual({});
    for (const path of ['/d', '/old', '/ws', '/nope', '//u/3', '/u//3'])
      expect(map.matchRequest({ ...get, path })).toBeUndefined();
    for (const host of ['a..b', '', '[::1]']) expect(map.matchRequest({ ...get, host, path: '/' })).toBeUndefined();
  });

  it('sees from the headers that a websocket is asked for', () => {
    expect(map.matchRequest({ ...get, path: '/ws', headers: upgrade })?.rule.rule).toBe('/ws');
    expect(map.matchRequest({ ...get, path: '/', headers: upgrade })).toBeUndefined();
    expect(map.bindToRequest({ ...get, path: '/ws', headers: upgrade }).urlScheme).toBe('ws');
    expect(map.bindToRequest({ ...get, path: '/ws', headers: upgrade, isWebsocket: false }).urlScheme).toBe('http');
  });

  it('makes a new object of arguments for every match', () => {
    const withDefaults = mapOf([['/', { defaults: { a: 1 } }]]);
    const first = withDefaults.matchRequest({ ...get, path: '/' });
    if (first !== undefined) first.viewArgs.a = 2;
    expect(withDefaults.matchRequest({ ...get, path: '/' })?.viewArgs).toEqual({ a: 1 });
  });
});

describe('dispatch', () => {
  it('calls the view, returns redirects, and catches what it is asked to', () => {
    const adapter = mapOf(['/d/<x>/']).bind('example.com');
    expect(adapter.dispatch((endpoint, args) => [endpoint, args], { pathInfo: '/d/1/' })).toEqual([
      '/d/<x>/',
      { x: '1' },
    ]);
    expect(adapter.dispatch(() => 'view', { pathInfo: '/d/1' })).toBeInstanceOf(RequestRedirect);
    expect(() => adapter.dispatch(() => 'view', { pathInfo: '/' })).toThrow(NotFound);
    expect(adapter.dispatch(() => 'view', { pathInfo: '/', catchHttpExceptions: true })).toBeInstanceOf(NotFound);
    expect(adapter.test('/d/1')).toBe(true);
    expect(adapter.test('/')).toBe(false);
  });
});
