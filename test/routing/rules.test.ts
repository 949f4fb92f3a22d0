import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { NotFound } from '../../src/http/exceptions.ts';
import { BaseConverter, ValidationError } from '../../src/routing/converters.ts';
import { EndpointPrefix, RuleTemplate, Subdomain, Submount } from '../../src/routing/factories.ts';
import { UrlMap } from '../../src/routing/map.ts';
import { Rule } from '../../src/routing/rules.ts';
import type { RuleOptions } from '../../src/routing/rules.ts';
import { similarity } from '../../src/routing/similarity.ts';

function matchOne(rule: string, path: string): unknown {
  return new UrlMap([new Rule(rule)]).bind('x.test').match(path).viewArgs;
}

function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}

describe('a rule', () => {
  it.each([
    ['x', 'RULE_WITHOUT_SLASH'],
    ['/<1a>', 'MALFORMED_RULE'],
    ['/<a', 'MALFORMED_RULE'],
    ['/<nope:a>', 'UNKNOWN_CONVERTER'],
    ['/<toString:a>', 'UNKNOWN_CONVERTER'],
    ['/<a>/<a>', 'DUPLICATE_VARIABLE'],
    ['/<__proto__>', 'DUPLICATE_VARIABLE'],
    ['/<int(foo=1):a>', 'CONVERTER_ARGUMENTS'],
    ['/<int(min=-5):a>', 'CONVERTER_ARGUMENTS'],
    ['/<string(2,4):a>', 'CONVERTER_ARGUMENTS'],
    ['/<any(1, 2):a>', 'CONVERTER_ARGUMENTS'],
    ['/<path(1):a>', 'CONVERTER_ARGUMENTS'],
    ['/<int(1, fixed_digits=2):a>', 'CONVERTER_ARGUMENTS'],
  ])('refuses %s', (rule, code) => {
    expect(codeOf(() => matchOne(rule, '/'))).toBe(code);
  });

  it('refuses methods that are a text, or impossible for websockets', () => {
    expect(codeOf(() => new Rule('/', { methods: 'GET' }))).toBe('METHODS_NOT_A_LIST');
    expect(codeOf(() => new Rule('/', { methods: ['POST'], websocket: true }))).toBe('WEBSOCKET_METHODS');
  });

  it('belongs to one map; a copy may go into another', () => {
    const options: RuleOptions = { endpoint: 'x', methods: ['GET'], mergeSlashes: false, websocket: true, alias: true };
    const rule = new Rule('/x/', options);
    const map = new UrlMap([rule]);
    expect(rule.map).toBe(map);
    expect(codeOf(() => new UrlMap([rule]))).toBe('RULE_BOUND');
    const copy = rule.empty({ endpoint: 'y' });
    expect(copy).toMatchObject({
      rule: '/x/',
      endpoint: 'y',
      mergeSlashes: false,
      websocket: true,
      alias: true,
      isBranch: true,
    });
    expect([...(copy.methods ?? [])]).toEqual(['GET', 'HEAD']);
  });
});

describe('converters', () => {
  it('take their arguments by position or by name', () => {
    expect(matchOne('/<string(2, 4):x>', '/abc')).toEqual({ x: 'abc' });
    expect(() => matchOne('/<string(2, maxlength=4):x>', '/abcde')).toThrow(NotFound);
    expect(matchOne('/<int(fixed_digits=4):x>', '/0012')).toEqual({ x: 12 });
    expect(matchOne('/<int(fixedDigits=4):x>', '/0012')).toEqual({ x: 12 });
    expect(matchOne('/<int(signed=True):x>', '/-5')).toEqual({ x: -5 });
    expect(matchOne('/<float(min=0.5):x>', '/0.75')).toEqual({ x: 0.75 });
    expect(matchOne(`/<any(a, "b,c", 'd.e'):x>`, '/b,c')).toEqual({ x: 'b,c' });
    expect(matchOne('/<uuid:x>', '/6BA7B810-9DAD-11D1-80B4-00C04FD430C8')).toEqual({
      x: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
    });
  });

  it('do not take what they cannot give back', () => {
    for (const path of ['/-1', '/1.0', '/', '/x', '/١٢']) expect(() => matchOne('/<int:x>', path)).toThrow(NotFound);
    for (const path of ['/5', '/.5', '/1e5']) expect(() => matchOne('/<float:x>', path)).toThrow(NotFound);
    expect(() => matchOne('/<any("d.e"):x>', '/dxe')).toThrow(NotFound);
  });

  class ListConverter extends BaseConverter {
    readonly separator: string;
    readonly max: number;

    constructor(map: UrlMap, separator = '+', { max = 9 }: { max?: number } = {}) {
      super(map);
      this.separator = separator;
      this.max = max;
    }

    override toValue(value: string): string[] {
      const items = value.split(this.separator);
      if (items.length > this.max) throw new ValidationError('too many');
      return items;
    }

    override toUrl(value: string[]): string {
      return value.map((item) => super.toUrl(item)).join(this.separator);
    }
  }

  it('can be written by the user', () => {
    const map = new UrlMap([], { converters: { list: ListConverter } });
    map.add(new Rule('/<list:tags>', { endpoint: 'x' }));
    map.add(new Rule('/y/<list("-", max=2):tags>', { endpoint: 'y' }));
    const urls = map.bind('x.test');
    expect(urls.match('/a+b').viewArgs).toEqual({ tags: ['a', 'b'] });
    expect(urls.match('/y/a-b').viewArgs).toEqual({ tags: ['a', 'b'] });
    expect(() => urls.match('/y/a-b-c')).toThrow(NotFound);
    expect(urls.build('y', { tags: ['a b', 'c'] })).toBe('/y/a%20b-c');
  });

  it('reach over slashes if their expression does, and may have groups', () => {
    class Pair extends BaseConverter {
      override regex = '(\\w+)/(\\w+)';
    }
    class Sloppy extends BaseConverter {
      // Valid only without the u flag.
      override regex = '[a-z\\-]+\\_';
    }
    class Plain extends BaseConverter {
      override regex = '[^/]{2}';
      override weight = 10;
    }
    const converters = { pair: Pair, sloppy: Sloppy, plain: Plain };
    const map = new UrlMap(
      ['/<pair:a>-<pair:b>', '/<sloppy:s>', '/<plain:p>', '/<other>'].map((rule) => new Rule(rule)),
      { converters },
    );
    const urls = map.bind('x.test');
    expect(urls.match('/a/b-c/d').viewArgs).toEqual({ a: 'a/b', b: 'c/d' });
    expect(urls.match('/a-b_').viewArgs).toEqual({ s: 'a-b_' });
    expect(urls.match('/ab').viewArgs).toEqual({ p: 'ab' });
    expect(urls.match('/abc').viewArgs).toEqual({ other: 'abc' });
  });

  it('report an expression that is none', () => {
    class Broken extends BaseConverter {
      override regex = '(';
    }
    const map = new UrlMap([], { converters: { broken: Broken } });
    expect(codeOf(() => map.add(new Rule('/<broken:x>')))).toBe('CONVERTER_REGEX');
  });
});

describe('printing', () => {
  it('shows a rule with its methods, and a map one rule a line', () => {
    const map = new UrlMap([
      new Rule('/users/<int:id>', { endpoint: 'user', methods: ['OPTIONS', 'GET'] }),
      new Rule("/it's", { endpoint: 'x', subdomain: 'www' }),
    ]);
    expect(inspect(map)).toBe(`UrlMap([<Rule '/users/<id>' (GET, HEAD, OPTIONS) -> user>,\n <Rule "www|/it's" -> x>])`);
    expect(inspect(new UrlMap())).toBe('UrlMap([])');
    expect(inspect(new Rule('/'))).toBe('<Rule (unbound)>');
    expect(String(new Rule('/<a>'))).toBe('/<a>');
  });
});

describe('a map', () => {
  const map = new UrlMap([
    new Rule('/<lang>/', { endpoint: 'home' }),
    new Rule('/x', { endpoint: 'x', methods: ['GET', 'POST'] }),
    new Rule('/', { endpoint: 'home' }),
    new Rule('/x', { endpoint: 'again', methods: ['POST', 'PUT'] }),
    new Rule('/x', { endpoint: 'dead', methods: ['POST'] }),
    new Rule('/y', { endpoint: 'y', buildOnly: true }),
    new Rule('/n/<int(max=5):n>', { endpoint: 'n' }),
    new Rule('/s/', { endpoint: 's' }),
  ]);

  it('lists its rules by endpoint', () => {
    expect([...map].map(String)).toEqual(['/<lang>/', '/', '/x', '/x', '/x', '/y', '/n/<int(max=5):n>', '/s/']);
    expect([...map.iterRules('home')].map(String)).toEqual(['/<lang>/', '/']);
    expect([...map.iterRules('nope')]).toEqual([]);
    expect(map.isEndpointExpecting('home', 'lang')).toBe(true);
    expect(map.isEndpointExpecting('x', 'lang')).toBe(false);
    expect(map.isEndpointExpecting('nope', 'lang')).toBe(false);
  });

  it('explains a match rule by rule', () => {
    const explain = (path: string, method?: string): Record<string, string> =>
      Object.fromEntries(
        map.explain(path, method).map(({ rule, outcome, reason }) => [rule.endpoint, `${outcome}: ${reason}`]),
      );
    expect(explain('/x')).toMatchObject({
      x: 'match: matches',
      again: 'method: answers POST, PUT only',
      home: 'path: the path differs',
      y: 'build-only: only builds URLs',
    });
    expect(explain('/x', 'POST')).toMatchObject({ dead: 'shadowed: /x comes first' });
    expect(explain('/n/6')).toMatchObject({ n: 'refused: a converter refuses its value, so the answer is 404' });
    expect(explain('/s')).toMatchObject({ s: 'redirect: redirects to /s/' });
  });

  it('finds rules that an earlier one shadows', () => {
    const found = map
      .findShadowed()
      .map(({ rule, by, methods, isDead }) => [by.endpoint, rule.endpoint, methods, isDead]);
    expect(found).toEqual([
      ['x', 'again', ['POST'], false],
      ['x', 'dead', ['POST'], true],
      ['again', 'dead', ['POST'], true],
    ]);
    const rules = [
      new Rule('/a/<int:x>', { endpoint: 'a' }),
      new Rule('/a/<int:y>', { endpoint: 'b' }),
      new Rule('/a/<z>'),
    ];
    expect(new UrlMap(rules).findShadowed()).toMatchObject([
      { methods: undefined, isDead: true, by: rules[0], rule: rules[1] },
    ]);
  });
});

describe('rule factories', () => {
  it('put rules on a subdomain, below a path and under a prefix', () => {
    const map = new UrlMap([
      new Subdomain('<lang>', [
        new Submount('/blog/', [new EndpointPrefix('blog.', [new Rule('/<int:id>', { endpoint: 'show' })])]),
      ]),
    ]);
    const { rule, viewArgs } = map.bind('x.test', { subdomain: 'de' }).match('/blog/3');
    expect([rule.endpoint, rule.rule, viewArgs]).toEqual(['blog.show', '/blog/<int:id>', { lang: 'de', id: 3 }]);
  });

  it('fill in templates again and again', () => {
    const resource = new RuleTemplate([
      new Rule('/$name/', { endpoint: '${name}.list', defaults: { kind: '$name', page: 1 }, subdomain: '$name' }),
      new Rule('/$$/${name}/<int:id>', { endpoint: '$name.show' }),
    ]);
    const map = new UrlMap([resource.fill({ name: 'user' }), resource.fill({ name: 'page' })]);
    expect([...map].map((rule) => [rule.rule, rule.endpoint, rule.subdomain])).toEqual([
      ['/user/', 'user.list', 'user'],
      ['/$/user/<int:id>', 'user.show', ''],
      ['/page/', 'page.list', 'page'],
      ['/$/page/<int:id>', 'page.show', ''],
    ]);
    expect([...map][0]?.defaults).toEqual({ kind: 'user', page: 1 });
    expect(codeOf(() => map.add(resource.fill({})))).toBe('TEMPLATE_VARIABLE');
    expect(codeOf(() => map.add(new RuleTemplate([new Rule('/$1')]).fill({})))).toBe('TEMPLATE_VARIABLE');
  });
});

describe('similarity', () => {
  // Answers of Python's difflib.SequenceMatcher(None, a, b).ratio().
  it.each([
    ['index', 'indx', 0.8888888888888888],
    ['abcd', 'bcda', 0.75],
    ['blog.show', 'show.blog', 0.4444444444444444],
    ['a', 'b', 0],
    ['', '', 1],
  ])('of %s and %s', (a, b, ratio) => {
    expect(similarity(a, b)).toBe(ratio);
  });
});
