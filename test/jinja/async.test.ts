import { describe, expect, it } from 'vitest';
import { DictLoader, Environment, passContext, type Context } from '../../src/jinja/index.ts';

const soon = async <T>(value: T): Promise<T> => value;

async function* counting(to: number): AsyncGenerator<number> {
  for (let i = 1; i <= to; i++) yield i;
}

const render = (source: string, variables: object = {}, env = new Environment()) =>
  env.fromString(source).renderAsync(variables);

describe('asynchronous rendering', () => {
  it('awaits values, attributes, elements and results', async () => {
    const variables = {
      p: soon('P'),
      d: { a: soon('A'), list: [soon('L')] },
      f: async (x: number) => x + 1,
      o: { m: async () => 'M' },
    };
    expect(await render('{{ p }}{{ d.a }}{{ d["a"] }}{{ d.list[0] }}{{ f(1) }}{{ o.m() }}', variables)).toBe('PAAL2M');
    expect(
      await render('{% if f(-1) %}y{% else %}n{% endif %}{{ p ~ "!" }}{{ f(1) + f(2) }}{{ f(1) == 2 }}', variables),
    ).toBe('nP!5True');
    expect(
      await render('{% set x = f(1) %}{% with y = f(2) %}{{ x }}{{ y }}{{ [x, y]|sum }}{% endwith %}', variables),
    ).toBe('235');
  });

  it('awaits filters and tests', async () => {
    const env = new Environment();
    env.filters.later = async (value: string) => `${value}!`;
    env.tests.later = async (value: number) => value > 1;
    env.filters.look = passContext(async (context: Context, name: string) => context.resolve(name) as string);
    expect(
      await render(
        '{{ "a"|later|upper }}{{ 2 is later }}{{ ["a", "b"]|map("later")|join(",") }}{{ "x"|look }}',
        { x: 1 },
        env,
      ),
    ).toBe('A!Truea!,b!1');
    expect(await render('{% filter later %}x{{ 1 }}{% endfilter %}', {}, env)).toBe('x1!');
  });

  it('goes through asynchronous iterables', async () => {
    expect(await render('{% for i in c %}{{ i }}{% else %}none{% endfor %}', { c: counting(3) })).toBe('123');
    expect(await render('{% for i in c %}{{ i }}{% else %}none{% endfor %}', { c: counting(0) })).toBe('none');
    expect(await render('{% for i in c if i is odd %}{{ loop.index }}{{ i }} {% endfor %}', { c: counting(3) })).toBe(
      '11 23 ',
    );
    expect(
      await render(
        '{% for i in c %}{{ loop.index }}/{{ loop.length }}{{ loop.last }}{{ loop.revindex }}{{ loop.nextitem|default("-") }}{{ loop.previtem|default("-") }} {% endfor %}',
        { c: counting(2) },
      ),
    ).toBe('1/2False22- 2/2True1-1 ');
    expect(
      await render('{{ c|list }}{{ d|join("-") }}{{ e|sum }}', { c: counting(2), d: counting(2), e: counting(3) }),
    ).toBe('[1, 2]1-26');
    expect(
      await render('{% for i in l %}{{ i }}{% endfor %}{% for i in p %}{{ i }}{% endfor %}', {
        l: [soon(1), 2],
        p: soon([3]),
      }),
    ).toBe('123');
  });

  it('runs macros, blocks, includes and imports', async () => {
    const env = new Environment({
      autoescape: true,
      loader: new DictLoader({
        base: '<{% block a %}{{ f() }}{% endblock %}>{% block b %}B{% endblock %}',
        page: '{% extends "base" %}{% from "lib" import m %}{% block a %}{{ super() }}{{ m(f()) }}{{ self.b() }}{% include "part" %}{% endblock %}',
        lib: '{% macro m(x) %}[{{ x }}{{ caller() if caller }}]{% endmacro %}{% set v = 1 %}',
        part: '{% import "lib" as lib %}{% call lib.m("p") %}{{ f() }}{% endcall %}{{ lib.v }}',
      }),
    });
    const f = async () => '<';
    expect(await env.getTemplate('page').renderAsync({ f })).toBe('<&lt;[&lt;]B[p&lt;]1>B');
    expect(await env.fromString('{% macro m() %}{{ f() }}{% endmacro %}{{ m() ~ "<" }}').renderAsync({ f })).toBe(
      '&lt;&lt;',
    );
  });

  it('renders recursive loops', async () => {
    const tree = [
      { n: 1, c: soon([{ n: 2, c: [] }]) },
      { n: 3, c: [] },
    ];
    expect(await render('{% for i in t recursive %}{{ i.n }}({{ loop(i.c) }}){% endfor %}', { t: tree })).toBe(
      '1(2())3()',
    );
  });

  it('comes in pieces', async () => {
    const pieces: string[] = [];
    for await (const piece of new Environment()
      .fromString('a{% for i in c %}{{ i }}{% endfor %}')
      .generateAsync({ c: counting(2) }))
      pieces.push(piece);
    expect(pieces).toEqual(['a', '1', '2']);
  });

  it('ends the source when the reader has enough', async () => {
    let ended = false;
    async function* source() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        ended = true;
      }
    }
    for await (const piece of new Environment()
      .fromString('{% for i in c %}{{ i }}{% endfor %}')
      .generateAsync({ c: source() }))
      if (piece === '2') break;
    expect(ended).toBe(true);
  });

  it('refuses endless recursion and templates that import each other', async () => {
    const env = new Environment({
      loader: new DictLoader({ a: '{% import "b" as b %}', b: '{% import "a" as a %}', c: '{% include "c" %}' }),
    });
    await expect(render('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}')).rejects.toThrow(/too much recursion/);
    await expect(env.getTemplate('a').renderAsync()).rejects.toThrow(/too much recursion/);
    await expect(env.getTemplate('c').renderAsync()).rejects.toThrow(/too much recursion/);
    expect(() => env.getTemplate('a').render()).toThrow(/too much recursion/);
    expect(() => env.getTemplate('c').render()).toThrow(/too much recursion/);
  });

  it('is asked for where a synchronous rendering meets a promise', () => {
    expect(() => new Environment().fromString('{{ f() }}').render({ f: async () => 1 })).toThrow(/renderAsync/);
    expect(() => new Environment().fromString('{% for i in c %}{% endfor %}').render({ c: counting(1) })).toThrow(
      /renderAsync/,
    );
  });
});
