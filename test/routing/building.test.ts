import { describe, expect, it } from 'vitest';
import { MultiDict } from '../../src/http/multidict.ts';
import { BuildError } from '../../src/routing/exceptions.ts';
import { UrlMap } from '../../src/routing/map.ts';
import { Rule } from '../../src/routing/rules.ts';

const map = new UrlMap([
  new Rule('/', { endpoint: 'index' }),
  new Rule('/p/<path:file>', { endpoint: 'file' }),
  new Rule('/n/<int(fixed_digits=3):n>/<float:x>', { endpoint: 'numbers' }),
  new Rule('/get', { endpoint: 'thing', methods: ['GET'] }),
  new Rule('/post', { endpoint: 'thing', methods: ['POST'] }),
  new Rule('/m', { endpoint: 'many' }),
  new Rule('/m/<a>', { endpoint: 'many' }),
  new Rule('/list/', { endpoint: 'list', defaults: { page: 1 } }),
  new Rule('/list/<int:page>', { endpoint: 'list' }),
  new Rule('/socket', { endpoint: 'socket', websocket: true }),
  new Rule('/', { endpoint: 'user', subdomain: '<name>' }),
]);
const urls = map.bind('example.com', { scriptName: '/app' });

function failure(work: () => unknown): BuildError {
  try {
    work();
  } catch (error) {
    if (error instanceof BuildError) return error;
    throw error;
  }
  throw new Error('was built');
}

describe('build', () => {
  it('fills in and percent-encodes values', () => {
    expect(urls.build('index')).toBe('/app/');
    expect(urls.build('file', { file: 'a b/ü?#%.txt' })).toBe('/app/p/a%20b/%C3%BC%3F%23%25.txt');
    expect(urls.build('numbers', { n: 7, x: 2 })).toBe('/app/n/007/2.0');
    expect(urls.build('file', { file: new Date(0) })).toBe('/app/p/1970-01-01T00:00:00.000Z');
  });

  it('puts other values into the query', () => {
    const values = { b: 'x y', a: [1, 2], none: null, undef: undefined, 'k&': '?' };
    expect(urls.build('index', values)).toBe('/app/?b=x+y&a=1&a=2&k%26=?');
    expect(urls.build('index', values, { appendUnknown: false })).toBe('/app/');
    expect(
      urls.build(
        'index',
        new MultiDict([
          ['a', '1'],
          ['b', '2'],
          ['a', '3'],
        ]),
      ),
    ).toBe('/app/?a=1&a=3&b=2');
    expect(urls.build('index', { __proto__x: 1, ['__proto__']: 'p', constructor: 'c' })).toContain('constructor=c');
  });

  it('sorts the query when it is told to', () => {
    const rule = (): Rule => new Rule('/', { endpoint: 'index' });
    const values = { b: [10, 9], a: 1 };
    expect(new UrlMap([rule()], { sortParameters: true }).bind('x.test').build('index', values)).toBe('/?a=1&b=9&b=10');
    const byValue = new UrlMap([rule()], { sortParameters: true, sortKey: ([, value]) => -Number(value) });
    expect(byValue.bind('x.test').build('index', values)).toBe('/?b=10&b=9&a=1');
  });

  it('picks the rule by method, by values and by defaults', () => {
    expect(urls.build('thing')).toBe('/app/get');
    expect(urls.build('thing', {}, { method: 'POST' })).toBe('/app/post');
    expect(map.bind('x.test', { defaultMethod: 'POST' }).build('thing')).toBe('/post');
    expect(urls.build('many')).toBe('/app/m');
    expect(urls.build('many', { a: 1 })).toBe('/app/m/1');
    expect(urls.build('list')).toBe('/app/list/');
    expect(urls.build('list', { page: 1 })).toBe('/app/list/');
    expect(urls.build('list', { page: 2 })).toBe('/app/list/2');
  });

  it('is absolute on another host, for websockets and on demand', () => {
    expect(urls.build('user', { name: 'bob' })).toBe('http://bob.example.com/app/');
    expect(urls.build('socket', {}, { urlScheme: 'https' })).toBe('wss://example.com/app/socket');
    expect(urls.build('index', {}, { forceExternal: true })).toBe('http://example.com/app/');
    expect(urls.build('index', {}, { forceExternal: true, urlScheme: '' })).toBe('//example.com/app/');
  });

  it('prefers the bound host among several', () => {
    const hosts = new UrlMap(
      [new Rule('/a', { endpoint: 'x', host: 'a.test' }), new Rule('/b', { endpoint: 'x', host: 'b.test' })],
      { hostMatching: true },
    );
    expect(hosts.bind('b.test').build('x')).toBe('/b');
    expect(hosts.bind('c.test').build('x')).toBe('http://a.test/a');
  });

  it('says which value cannot be written', () => {
    expect(() => urls.build('numbers', { n: 'x', x: 1 })).toThrow("'x' is not a whole number");
  });
});

describe('BuildError', () => {
  it('names the nearest rule and what is missing', () => {
    expect(failure(() => urls.build('indx')).message).toBe(
      "Could not build url for endpoint 'indx'. Did you mean 'index' instead?",
    );
    expect(failure(() => urls.build('file', { q: 1 })).message).toBe(
      "Could not build url for endpoint 'file' with values ['q']. Did you forget to specify values ['file']?",
    );
    expect(failure(() => urls.build('thing', {}, { method: 'PUT' })).message).toBe(
      "Could not build url for endpoint 'thing' ('PUT'). Did you mean to use methods ['GET', 'HEAD']?",
    );
  });

  it('carries the request, and has nothing to suggest for an empty map', () => {
    const error = failure(() => new UrlMap().bind('x.test').build('x', { a: 1 }));
    expect(error).toMatchObject({ endpoint: 'x', values: { a: 1 }, method: undefined, code: 'URL_BUILD' });
    expect(error.suggested).toBeUndefined();
    expect(error.message).toBe("Could not build url for endpoint 'x' with values ['a'].");
  });
});
