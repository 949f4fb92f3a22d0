import { describe, expect, it } from 'vitest';
import {
  type Context,
  Environment,
  type EvalContext,
  KeywordArguments,
  passContext,
  passEnvironment,
  passEvalContext,
  StrictUndefined,
  Undefined,
  withSignature,
} from '../../src/jinja/index.ts';

const render = (source: string, variables: object = {}, env = new Environment()) =>
  env.fromString(source).render(variables);

describe('calls from templates', () => {
  it('hand keyword arguments over as one object after the others', () => {
    let got: unknown[] = [];
    const f = (...args: unknown[]) => {
      got = args;
      return '';
    };
    render('{{ f(1, with_categories=true, _external=false, **{"id_": 3}) }}', { f });
    const [first, options] = got as [number, KeywordArguments];
    expect(first).toBe(1);
    expect(options).toBeInstanceOf(KeywordArguments);
    expect(Object.entries(options)).toEqual([
      ['with_categories', true],
      ['_external', false],
      ['id_', 3],
    ]);
    const { withCategories } = options;
    expect(withCategories).toBe(true);
    render('{{ f(2) }}', { f });
    expect(got).toEqual([2]);
    render('{{ f(**{}) }}', { f });
    expect(got).toEqual([]);
  });

  it('do so for filters and tests as well', () => {
    const env = new Environment();
    env.filters.pad = (value: string, { width_of = 1, widthOf = 0 }: { width_of?: number; widthOf?: number } = {}) =>
      `${value}${width_of}${widthOf}`;
    env.tests.within = (value: number, low: number, { upTo = 9 }: { upTo?: number } = {}) =>
      value >= low && value <= upTo;
    expect(render('{{ "a"|pad }} {{ "a"|pad(width_of=3) }}', {}, env)).toBe('a10 a33');
    expect(render('{{ 5 is within(1, up_to=4) }} {{ 5 is within 1 }}', {}, env)).toBe('False True');
    expect(render('{{ ["a"]|map("pad", width_of=2)|join }}', {}, env)).toBe('a22');
  });

  it('do not let keyword arguments reach prototypes', () => {
    let own: string[] = [];
    const f = (options: object) => {
      own = Object.keys(options);
      return (options as Record<string, unknown>).polluted === undefined ? 'clean' : 'polluted';
    };
    expect(render('{{ f(__proto__={"polluted": 1}, constructor=2) }}', { f })).toBe('clean');
    expect(own).toEqual(['__proto__', 'constructor']);
    expect(render('{{ f(**{"__proto__": {"polluted": 1}}) }}', { f })).toBe('clean');
  });

  it('give marked functions what they ask for', () => {
    const env = new Environment({ autoescape: true });
    env.globals.site = 'S';
    env.globals.look = passContext((context: Context, name: string) => context.resolve(name));
    env.globals.mode = passEvalContext((evalContext: EvalContext) => evalContext.autoescape);
    env.globals.own = passEnvironment((environment: Environment) => environment === env);
    env.filters.look = passContext((context: Context, name: string) => String(context.get(name, 'none')));
    env.tests.known = passContext((context: Context, name: string) => context.has(name));
    expect(render('{{ look("site") }}{{ look("x") }}', { x: 1 }, env)).toBe('S1');
    expect(render('{{ mode() }}{% autoescape false %}{{ mode() }}{% endautoescape %}{{ own() }}', {}, env)).toBe(
      'TrueFalseTrue',
    );
    expect(render('{{ "x"|look }}{{ "y"|look }}{{ "x" is known }}{{ ["x"]|map("look")|join }}', { x: 1 }, env)).toBe(
      '1noneTrue1',
    );
  });

  it('show functions with the context what loops and blocks have set', () => {
    const env = new Environment();
    env.globals.look = passContext((context: Context, name: string) => context.get(name, '-'));
    expect(render('{% for i in [1, 2] %}{% set x = i %}{{ look("x") }}{% endfor %}{{ look("x") }}', {}, env)).toBe(
      '12-',
    );
    expect(render('{% block b %}{% set x = 1 %}{{ look("x") }}{% endblock %}{{ look("x") }}', {}, env)).toBe('1-');
  });

  it('hand undefined values over as undefined, unless their class has something to say', () => {
    const f = (...args: unknown[]) =>
      args.map((arg) => (arg === undefined ? 'undefined' : (arg as object).constructor.name)).join();
    expect(render('{{ f(nope, d.nope, a=nope) }}', { f, d: {} })).toBe('undefined,undefined,KeywordArguments');
    const strict = new Environment({ undefined: StrictUndefined });
    expect(render('{{ f(nope) }}', { f }, strict)).toBe('StrictUndefined');
    const env = new Environment();
    env.filters.orDash = (value: unknown) => value ?? '-';
    expect(render('{{ nope|orDash }}{{ 1|orDash }}', {}, env)).toBe('-1');
  });

  it('take undefined results for undefined and null for none', () => {
    const variables = { nothing: () => undefined, no: () => null };
    expect(
      render('[{{ nothing() }}][{{ no() }}][{{ nothing() is defined }}][{{ nothing()|default("d") }}]', variables),
    ).toBe('[][None][False][d]');
  });

  it('keep `this`', () => {
    class Counter {
      #count = 0;
      next(by = 1) {
        return (this.#count += by);
      }
    }
    const counter = new Counter();
    expect(render('{{ c.next() }}{{ c.next(5) }}{% set f = c.next %}{{ f() }}', { c: counter })).toBe('167');
  });

  it('bind named parameters as Python does', () => {
    const f = withSignature(
      (a: unknown, b: unknown = 'B', rest: unknown = [], options: unknown = {}) =>
        JSON.stringify([a, b, rest, options]),
      ['a', 'b?', '*', '**'],
    );
    expect(render('{{ f(1) }}', { f })).toBe('[1,"B",[],{}]');
    expect(render('{{ f(b=2, a=1, c=3) }}', { f })).toBe('[1,2,[],{"c":3}]');
    expect(render('{{ f(1, 2, 3) }}', { f })).toBe('[1,2,[3],{}]');
    const g = withSignature((a: unknown) => a, ['a']);
    for (const call of ['g()', 'g(1, 2)', 'g(b=1)', 'g(1, a=2)'])
      expect(() => render(`{{ ${call} }}`, { g })).toThrow(/g\(\)|<lambda>\(\)/);
  });

  it('can call objects with a __call__ method, and macros from JavaScript', () => {
    class Field {
      __call__(options: KeywordArguments) {
        return Object.keys(options).join();
      }
    }
    expect(render('{{ f(a=1, b=2) }} {{ f is callable }}', { f: new Field() })).toBe('a,b True');
    const f = (macro: (...args: unknown[]) => unknown) => macro(1, 2);
    expect(render('{% macro m(a, b) %}{{ a }}-{{ b }}{% endmacro %}{{ f(m) }}', { f })).toBe('1-2');
  });

  it('say what cannot be called', () => {
    expect(() => render('{{ x() }}', { x: 5 })).toThrow("'int' object is not callable");
    expect(() => render('{{ nope() }}')).toThrow("'nope' is undefined");
    expect(() => render('{{ o.nope() }}', { o: new (class User {})() })).toThrow(
      "'User object' has no attribute 'nope'",
    );
    expect(new Undefined({ name: 'x' }).describe()).toBe("'x' is undefined");
  });
});
