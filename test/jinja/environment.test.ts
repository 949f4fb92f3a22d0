import { describe, expect, it } from 'vitest';
import {
  DictLoader,
  Environment,
  FunctionLoader,
  selectAutoescape,
  StrictUndefined,
  TemplateAssertionError,
  TemplateNotFound,
  TemplatesNotFound,
  TemplateSyntaxError,
  UndefinedError,
} from '../../src/jinja/index.ts';

describe('Environment', () => {
  it('loads templates by name and renders them', () => {
    const env = new Environment({ loader: new DictLoader({ 'a.html': 'Hello {{ name }}!' }) });
    const template = env.getTemplate('a.html');
    expect(template.render({ name: 'ann' })).toBe('Hello ann!');
    expect(template.name).toBe('a.html');
    expect(env.getTemplate('a.html')).toBe(template);
    expect(env.getTemplate(template)).toBe(template);
  });

  it('takes the first template that exists', () => {
    const env = new Environment({ loader: new DictLoader({ b: 'B' }) });
    expect(env.selectTemplate(['a', 'b']).render()).toBe('B');
    expect(env.getOrSelectTemplate(['a', 'b']).render()).toBe('B');
    expect(env.getOrSelectTemplate('b').render()).toBe('B');
    expect(() => env.selectTemplate(['x', 'y'])).toThrow(TemplatesNotFound);
    expect(() => env.selectTemplate([])).toThrow('empty list');
    expect(() => env.getTemplate('x')).toThrow(TemplateNotFound);
  });

  it('sees globals, filters and tests that are added, replaced and removed later', () => {
    const env = new Environment({ loader: new DictLoader({ t: '{{ site }}{{ 1|twice }}{{ 4 is big }}' }) });
    expect(() => env.getTemplate('t')).toThrow(new RegExp("No filter named 'twice'"));
    env.filters.twice = (value: number) => value * 2;
    env.tests.big = (value: number) => value > 3;
    env.globals.site = 'S';
    const template = env.getTemplate('t');
    expect(template.render()).toBe('S2True');
    env.filters.twice = (value: number, _options: unknown, extra = 40) => value + extra;
    env.globals.site = 'T';
    expect(template.render()).toBe('T41True');
    delete env.tests.big;
    expect(() => template.render()).toThrow(TemplateAssertionError);
  });

  it('gives templates variables of their own in front of the globals', () => {
    const env = new Environment({
      loader: new DictLoader({
        t: '{{ a }}{{ b }}',
        m: '{% import "i" as i %}{{ i.f() }}',
        i: '{% macro f() %}{{ a }}{% endmacro %}',
      }),
    });
    env.globals.a = 1;
    expect(env.getTemplate('t', { globals: { a: 2, b: 3 } }).render()).toBe('23');
    expect(env.getTemplate('t').render({ b: 4 })).toBe('24');
    expect(env.getTemplate('m', { globals: { a: 7 } }).render()).toBe('7');
    expect(env.fromString('{{ a }}', { globals: { a: 9 } }).render()).toBe('9');
  });

  it('decides about escaping by name', () => {
    const env = new Environment({
      loader: new DictLoader({ 'a.html': '{{ x }}', 'a.txt': '{{ x }}' }),
      autoescape: selectAutoescape({ enabledExtensions: ['.HTML'], disabledExtensions: ['txt'], default: true }),
    });
    expect(env.getTemplate('a.html').render({ x: '<' })).toBe('&lt;');
    expect(env.getTemplate('a.txt').render({ x: '<' })).toBe('<');
    expect(env.fromString('{{ x }}').render({ x: '<' })).toBe('&lt;');
    expect(selectAutoescape({ default: false, defaultForString: false })(undefined)).toBe(false);
  });

  it('loads a template again when its source has changed', () => {
    const sources: Record<string, string> = {
      t: '1',
      base: 'B{% block a %}{% endblock %}',
      child: '{% extends "base" %}{% block a %}c{% endblock %}',
    };
    const env = new Environment({ loader: new DictLoader(sources) });
    const once = new Environment({ loader: new DictLoader(sources), autoReload: false });
    expect([env, once].map((e) => e.getTemplate('t').render())).toEqual(['1', '1']);
    expect(env.getTemplate('child').render()).toBe('Bc');
    sources.t = '2';
    sources.base = 'C{% block a %}{% endblock %}';
    expect([env, once].map((e) => e.getTemplate('t').render())).toEqual(['2', '1']);
    expect(env.getTemplate('child').render()).toBe('Cc');
    once.invalidate('t');
    expect(once.getTemplate('t').render()).toBe('2');
  });

  it('forgets templates by name or file, or all', () => {
    let loads = 0;
    const loader = new FunctionLoader((name) => ({ source: String(++loads), filename: `/files/${name}` }));
    const env = new Environment({ loader });
    const render = () => env.getTemplate('a').render() + env.getTemplate('b').render();
    expect(render()).toBe('12');
    env.invalidate('/files/a');
    expect(render()).toBe('32');
    env.invalidate('b');
    expect(render()).toBe('34');
    env.invalidate();
    expect(render()).toBe('56');
  });

  it('keeps as many templates as it is told', () => {
    let loads = 0;
    const env = (cacheSize: number) =>
      new Environment({ cacheSize, loader: new FunctionLoader(() => String(++loads)) });
    const two = env(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) two.getTemplate(name);
    expect(loads).toBe(4);
    loads = 0;
    const none = env(0);
    for (const name of ['a', 'a']) none.getTemplate(name);
    expect(loads).toBe(2);
  });

  it('makes overlays that share what can be changed, but not the options', () => {
    const env = new Environment({ loader: new DictLoader({ t: '{{ x }}<% x %>' }) });
    const overlay = env.overlay({
      variableStartString: '<%',
      variableEndString: '%>',
      autoescape: true,
      blockStartString: '{#%',
      commentStartString: '{##',
    });
    env.globals.x = '<';
    expect(overlay.linkedTo).toBe(env);
    expect(overlay.getTemplate('t').render()).toBe('{{ x }}&lt;');
    expect(env.getTemplate('t').render()).toBe('<<% x %>');
  });

  it('refuses delimiters that cannot be told apart', () => {
    expect(() => new Environment({ blockStartString: '{{' })).toThrow(/must be different/);
  });

  it('makes functions of expressions', () => {
    const env = new Environment();
    expect(env.compileExpression('a + b')({ a: 1, b: 2 })).toBe(3);
    expect(env.compileExpression('nope')()).toBeNull();
    expect(env.compileExpression('nope', { undefinedToNone: false })()).toHaveProperty('describe');
    expect(env.compileExpression('{"a": [1, {"b": "}}"}]}["a"][1].b')()).toBe('}}');
    expect(() => env.compileExpression('a b')).toThrow(TemplateSyntaxError);
  });

  it('lists templates', () => {
    const env = new Environment({ loader: new DictLoader({ 'b.html': '', 'a.txt': '', c: '' }) });
    expect(env.listTemplates()).toEqual(['a.txt', 'b.html', 'c']);
    expect(env.listTemplates({ extensions: ['html'] })).toEqual(['b.html']);
    expect(env.listTemplates({ filter: (name) => name.length === 1 })).toEqual(['c']);
  });

  it('can look names up relative to the template that asks', () => {
    class Relative extends Environment {
      override joinPath(name: string, parent: string): string {
        return name.startsWith('./') ? parent.replace(/[^/]*$/, name.slice(2)) : name;
      }
    }
    const env = new Relative({ loader: new DictLoader({ 'x/a': '{% include "./b" %}', 'x/b': 'B' }) });
    expect(env.getTemplate('x/a').render()).toBe('B');
  });

  it('finalizes what is printed', () => {
    const env = new Environment({ finalize: (value: unknown) => value ?? '-' });
    expect(env.fromString('{{ none }}{{ 1 }}{{ nope }}x').render()).toBe('-1-x');
  });

  it('has the undefined that it is told to have', () => {
    const env = new Environment({ undefined: StrictUndefined });
    expect(() => env.fromString('{{ nope }}').render()).toThrow(UndefinedError);
    expect(env.fromString('{{ nope is defined }}').render()).toBe('False');
  });

  it('follows its policies', () => {
    const env = new Environment();
    env.policies['truncate.leeway'] = 0;
    env.policies['urlize.rel'] = null;
    env.policies['json.dumps_function'] = (value, options) => JSON.stringify({ value, options });
    expect(env.fromString("{{ 'abcdef'|truncate(5) }}").render()).toBe('ab...');
    expect(env.fromString("{{ 'x.org/a http://x.org'|urlize }}").render()).toContain('<a href="http://x.org">');
    expect(env.fromString('{{ [1]|tojson(2) }}').render()).toBe(
      '{"value":[1],"options":{"sort_keys":true,"indent":2}}',
    );
  });
});

describe('Template', () => {
  it('is a module of what it exports', () => {
    const env = new Environment({ autoescape: true });
    const { module } = env.fromString(
      '{% macro hello(name, end="!") %}Hello {{ name }}{{ end }}{% endmacro %}{% set x = 1 %}{% set _y = 2 %}text',
    );
    const hello = module.hello as (...args: unknown[]) => unknown;
    expect(String(hello('<b>'))).toBe('Hello &lt;b&gt;!');
    expect(String(hello('a', '?'))).toBe('Hello a?');
    expect(Object.keys(module)).toEqual(['hello', 'x']);
    expect(String(module)).toBe('text');
    expect(env.fromString('{% set v = who %}').makeModule({ who: 'me' }).v).toBe('me');
  });

  it('comes in pieces', () => {
    const seen: number[] = [];
    const rows = (function* () {
      for (const i of [1, 2, 3]) {
        seen.push(i);
        yield i;
      }
    })();
    const pieces = new Environment().fromString('<{% for row in rows %}{{ row }},{% endfor %}>').generate({ rows });
    expect([pieces.next().value, pieces.next().value, seen.length]).toEqual(['<', '1,', 1]);
    expect([...pieces].join('')).toBe('2,3,>');
    const stream = new Environment().fromString('a{% for i in [1,2,3,4] %}{{ i }}{% endfor %}').stream();
    expect([...stream.enableBuffering(3)]).toEqual(['a12', '34']);
    const written: string[] = [];
    new Environment()
      .fromString('a{{ 1 }}')
      .stream()
      .dump({ write: (piece) => written.push(piece) });
    expect(written.join('')).toBe('a1');
  });

  it('takes its variables from own properties and Maps only', () => {
    const env = new Environment();
    expect(env.fromString('{{ a }}').render(new Map([['a', 1]]))).toBe('1');
    expect(env.fromString('{{ inherited }}{{ toString }}').render(Object.create({ inherited: 1 }) as object)).toBe('');
  });
});
