import { describe, expect, it } from 'vitest';
import { DateTime, Environment, Markup, Tuple } from '../../src/jinja/index.ts';
import { createProxy } from '../../src/util/local.ts';

const render = (source: string, variables: object = {}) => new Environment().fromString(source).render(variables);

class Base {
  inherited = 'field';
  get declared(): string {
    return 'getter';
  }
  method(): string {
    return 'method';
  }
}

class User extends Base {
  #secret = 's';
  isAuthenticated = true;
  get fullName(): string {
    return `Ann ${this.#secret}`;
  }
  static create(): string {
    return 'created';
  }
}

describe('attributes', () => {
  it('are looked up as written, then in camelCase', () => {
    const user = new User();
    expect(
      render('{{ u.is_authenticated }} {{ u.full_name }} {{ u.fullName }} {{ u["full_name"] }}', { u: user }),
    ).toBe('True Ann s Ann s Ann s');
    expect(render('{{ d.first_name }} {{ d.firstName }}', { d: { first_name: 'a', firstName: 'b' } })).toBe('a b');
    expect(render('{{ d.first_name }}', { d: { firstName: 'b' } })).toBe('b');
    expect(render('{{ d._private }}{{ d.with__double }}', { d: { _private: 1, withDouble: 2 } })).toBe('12');
  });

  it('are own ones and those that classes declare', () => {
    expect(render('{{ u.inherited }} {{ u.declared }} {{ u.method() }} {{ u.nope }}', { u: new User() })).toBe(
      'field getter method ',
    );
    expect(render('{{ User.create() }}', { User })).toBe('created');
  });

  it('that are null are none, that are undefined are undefined', () => {
    expect(render('{{ d.a }} {{ d.a is none }} {{ d.b is defined }}', { d: { a: null, b: undefined } })).toBe(
      'None True False',
    );
  });

  it.each([
    'd.constructor',
    'd.__proto__',
    'd.toString',
    'd.hasOwnProperty',
    'd["constructor"]',
    'd|attr("constructor")',
    'u.constructor',
    'u.__proto__',
    'u.method.constructor',
    'u.method.call',
    'u.method.bind',
    'range.constructor',
    'range.prototype',
    'f.constructor',
    'f.prototype',
    'f.arguments',
    'f.caller',
    '"".constructor',
    '[].constructor',
    '[].push',
    '(1).constructor',
    'true.constructor',
    'loop.constructor if loop is defined',
    '[d]|map(attribute="constructor")|first',
    '[d]|map(attribute="__proto__")|first',
    '([1]|map("string")).constructor',
    '(range(3)).constructor',
    'm.constructor',
    'module.constructor',
    'cycler(1).constructor',
    'namespace(a=1).constructor',
    'd.get.constructor',
    'User.prototype',
    'User.constructor',
    'User.__proto__',
    'date.constructor',
    'map.constructor',
    'markup.constructor',
    'bare.__proto__',
    'd.__class__.constructor',
    'd.__class__.__mro__',
    'd.polluted',
    'u.polluted',
    'polluted',
  ])('do not lead out of the template: %s', (expression) => {
    Object.defineProperty(Object.prototype, 'polluted', {
      value: 'P',
      configurable: true,
      enumerable: false,
      writable: true,
    });
    try {
      const variables = {
        d: {},
        u: new User(),
        f() {},
        User,
        date: new Date(),
        map: new Map(),
        markup: new Markup('x'),
        bare: Object.create(null) as object,
      };
      expect(
        render(
          `{% macro m() %}{% endmacro %}{% import x as module %}[{{ (${expression}) is defined }}]`.replace(
            '{% import x as module %}',
            '{% set module = self %}',
          ),
          variables,
        ),
      ).toBe('[False]');
    } finally {
      delete (Object.prototype as { polluted?: unknown }).polluted;
    }
  });

  it('of data may have any name', () => {
    const data = JSON.parse('{"constructor": 1, "__proto__": 2, "toString": 3, "prototype": 4}') as object;
    expect(render('{{ d.constructor }}{{ d["__proto__"] }}{{ d.toString }}{{ d.prototype }}', { d: data })).toBe(
      '1234',
    );
  });

  it('cannot be used to write to prototypes', () => {
    render(
      '{% set _ = d.update({"__proto__": {"x": 1}}) %}{% set _ = d.setdefault("__proto__", 1) %}{% set d2 = {"__proto__": {"x": 1}} %}',
      { d: {} },
    );
    render('{% set _ = dict(__proto__=1) %}{% set _ = namespace(__proto__=1) %}');
    expect(({} as { x?: unknown }).x).toBeUndefined();
    expect(render('{{ {"__proto__": 5}["__proto__"] }}{{ {"__proto__": 5}.x is defined }}')).toBe('5False');
  });

  it('of lists and texts are Python’s methods', () => {
    expect(render('{{ l.append(3) }}{{ l }}{{ l.length }}{{ l.pop() }}', { l: [1, 2] })).toBe('None[1, 2, 3]33');
    expect(render('{{ s.upper() }}{{ s.toUpperCase is defined }}', { s: 'a' })).toBe('AFalse');
    expect(render('{{ t }}{{ t.append is defined }}{{ t.count(1) }}', { t: new Tuple([1, 'a']) })).toBe(
      "(1, 'a')False1",
    );
  });

  it('of dictionaries are data before methods, but calls are methods before data', () => {
    const order = { items: [1, 2], get: 'G' };
    expect(
      render(
        '{% for i in order.items %}{{ i }}{% endfor %}{{ order.get }}{{ order.items()|length }}{{ order.get("get") }}',
        { order },
      ),
    ).toBe('12G2G');
    expect(render('{{ o.items() }}', { o: { items: () => 'own' } })).toBe('own');
  });
});

describe('elements', () => {
  it('of Maps, of what is looked up like them, and of objects with numbers for keys', () => {
    const map = new Map<unknown, unknown>([
      ['a', 1],
      [2, 'two'],
      [new Tuple([1, 2]), 'tuple'],
    ]);
    expect(
      render(
        '{{ m.a }}{{ m["a"] }}{{ m[2] }}{{ m[(1, 2)] }}{{ m.get("z", "-") }}{{ "a" in m }}{% for k in m %}{{ k }},{% endfor %}',
        { m: map },
      ),
    ).toBe('11twotuple-Truea,2,(1, 2),');
    const params = new URLSearchParams('page=3&tag=a&tag=b');
    expect(
      render('{{ p.page }}{{ p["page"] }}{{ "page" in p }}{{ p.get_all("tag") }}{{ p.nope is defined }}', {
        p: params,
      }),
    ).toBe("33True['a', 'b']False");
    expect(render('{{ names[id] }}{{ names.7 is defined }}', { names: { 7: 'seven' }, id: 7 })).toBe('sevenFalse');
  });

  it('of sequences count from the end as well', () => {
    expect(
      render('{{ l[-1] }}{{ "abc"[-1] }}{{ "a😀b"[1] }}{{ l[9] is defined }}{{ range(5)[-2] }}', { l: [1, 2] }),
    ).toBe('2c😀False3');
  });

  it('work through proxies of the current object', () => {
    class Session extends Map<string, unknown> {
      permanent = true;
    }
    class Request {
      #path = '/x';
      get path(): string {
        return this.#path;
      }
      isJson(): boolean {
        return this.#path === '/x';
      }
    }
    const session = new Session([['email', 'a@b.c']]);
    const request = new Request();
    const g: Record<string, unknown> = { user: { name: 'ann' } };
    const variables = {
      session: createProxy<Session>(
        () => session,
        () => new Error('unbound'),
        'session',
      ),
      request: createProxy(
        () => request,
        () => new Error('unbound'),
        'request',
      ),
      g: createProxy(
        () => g,
        () => new Error('unbound'),
        'g',
      ),
    };
    expect(
      render(
        '{{ session["email"] }} {{ session.email }} {{ "email" in session }} {{ "x" in session }} {{ session.permanent }} {{ session.get("x") }}',
        variables,
      ),
    ).toBe('a@b.c a@b.c True False True None');
    expect(
      render(
        '{{ request.path.startswith("/") }} {{ request.is_json() }} {{ request.constructor is defined }}',
        variables,
      ),
    ).toBe('True True False');
    expect(
      render('{{ g.user.name }} {{ "user" in g }} {{ g.nope is defined }} {% if g.user %}y{% endif %}', variables),
    ).toBe('ann True False y');
  });
});

describe('values', () => {
  it('print as Python prints them', () => {
    const variables = {
      l: [1, 'a', null, true, 1.5, [{}]],
      d: { a: new Map([[1, 'x']]) },
      s: new Set([1]),
      date: new DateTime(new Date(2022, 0, 8, 17, 9, 7), 0),
      big: 2n ** 70n,
    };
    expect(render("{{ l }}|{{ d }}|{{ s }}|{{ date }}|{{ big }}|{{ none }}|{{ 'it''s' }}", variables)).toBe(
      "[1, 'a', None, True, 1.5, [{}]]|{'a': {1: 'x'}}|{1}|2022-01-08 17:09:07|1180591620717411303424|None|its",
    );
    const loop: unknown[] = [1];
    loop.push(loop);
    expect(render('{{ l }}', { l: loop })).toBe('[1, [...]]');
  });

  it('of classes print what they say, or their class', () => {
    class Money {
      toString() {
        return '5 EUR';
      }
    }
    expect(render('{{ a }} {{ b }}', { a: new Money(), b: new (class Empty {})() })).toBe('5 EUR <Empty>');
    expect(() => render('{{ p }}', { p: Promise.resolve(1) })).toThrow(/renderAsync/);
  });

  it('are false when they are empty', () => {
    const empty = {
      a: [],
      b: {},
      c: new Map(),
      d: new Set(),
      e: '',
      f: 0,
      g: null,
      h: undefined,
      i: new Markup(''),
      j: new URLSearchParams(),
    };
    const full = {
      a: [0],
      b: { x: 0 },
      c: new Map([[1, 1]]),
      e: '0',
      f: -1,
      i: new Markup(' '),
      k: new (class X {})(),
      l: () => 0,
      m: { size: 0 },
      n: new (class Shirt {
        size = 0;
      })(),
    };
    for (const name of Object.keys(empty)) expect(render(`{{ 1 if ${name} else 0 }}`, empty), name).toBe('0');
    for (const name of Object.keys(full)) expect(render(`{{ 1 if ${name} else 0 }}`, full), name).toBe('1');
  });
});
