import { describe, expect, it } from 'vitest';
import {
  createNode,
  type Environment as JinjaEnvironment,
  Environment,
  Extension,
  findAll,
  InternationalizationExtension,
  type KeywordArguments,
  type Node,
  type Parser,
  TemplateSyntaxError,
  type Token,
} from '../../src/jinja/index.ts';

/** {% cache key, seconds %}…{% endcache %} */
class CacheExtension extends Extension {
  override readonly tags: ReadonlySet<string> = new Set(['cache']);
  readonly entries = new Map<unknown, string>();

  override parse(parser: Parser): Node {
    const { lineno } = parser.next();
    const args = [parser.parseExpression()];
    if (parser.skipIf('comma')) args.push(parser.parseExpression());
    const body = parser.parseStatements(['name:endcache'], { dropNeedle: true });
    return createNode('CallBlock', lineno, {
      call: this.callMethod('cached', args, lineno),
      args: [],
      defaults: [],
      body,
    });
  }

  cached(key: unknown, ...rest: unknown[]): string {
    const { caller } = rest.at(-1) as KeywordArguments & { caller(): unknown };
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const text = String(caller());
    this.entries.set(key, text);
    return text;
  }
}

class ShoutExtension extends Extension {
  override readonly priority = 10;
  override preprocess(source: string): string {
    return source.replaceAll('!!', '{{ bang }}');
  }
  override filterStream(tokens: readonly Token[]): readonly Token[] {
    return tokens.map((token) =>
      token.type === 'data' ? { ...token, value: String(token.value).toUpperCase() } : token,
    );
  }
}

describe('extensions', () => {
  it('add tags', () => {
    const env = new Environment({ extensions: [CacheExtension], autoescape: true });
    const template = env.fromString('{% cache "k", 60 %}<{{ x }}>{% endcache %}');
    expect(template.render({ x: '<' })).toBe('<&lt;>');
    expect(template.render({ x: 'other' })).toBe('<&lt;>');
    expect((env.extensions.CacheExtension as CacheExtension).entries.size).toBe(1);
    expect(() => env.fromString('{% cache "k" %}')).toThrow(/looking for the following tags: 'endcache'/);
  });

  it('change source and tokens', () => {
    const env = new Environment({ extensions: [ShoutExtension] });
    env.globals.bang = '!';
    expect(env.fromString('hey!! {{ "low" }}').render()).toBe('HEY! low');
  });

  it('belong to the environment, or to its overlay', () => {
    let seen: JinjaEnvironment | undefined;
    class Look extends Extension {
      override preprocess(source: string): string {
        seen = this.environment;
        return source;
      }
    }
    const env = new Environment();
    env.addExtension(Look);
    const overlay = env.overlay();
    overlay.fromString('');
    expect(seen).toBe(overlay);
    expect(() => env.addExtension('no.such')).toThrow(/no\.such/);
  });

  it('can look at syntax trees', () => {
    const root = new Environment().parse('{% for x in xs %}{{ x.name }}{% endfor %}');
    expect(findAll([root], 'GetAttr').map(({ name }) => name)).toEqual(['name']);
  });

  it('are Jinja’s own by their names', () => {
    const env = new Environment({ extensions: ['jinja2.ext.do', 'jinja2.ext.loopcontrols', 'jinja2.ext.debug'] });
    expect(env.fromString('{% do l.append(1) %}{{ l }}').render({ l: [] })).toBe('[1]');
    expect(
      env.fromString('{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}').render(),
    ).toBe('1');
    expect(() => env.fromString('{% break %}')).toThrow(TemplateSyntaxError);
    expect(env.fromString('{% debug %}').render({ answer: 42 })).toMatch(
      /^\{'context': \{'answer': 42,[\s\S]*'filters': \['abs',[\s\S]*'tests'/,
    );
  });
});

describe('translations', () => {
  const german = {
    gettext: (message: string) =>
      ({ Hello: 'Hallo', 'Hello %(name)s': 'Hallo %(name)s', '100%% %(name)s': '%(name)s: 100%%' })[message] ?? message,
    ngettext: (one: string, many: string, count: number) => (count === 1 ? one : many).replace('item', 'Stück'),
    pgettext: (context: string, message: string) => `${context}|${message}`,
  };

  function environment(newstyle: boolean): Environment {
    const env = new Environment({ extensions: ['jinja2.ext.i18n'], autoescape: true });
    (env.extensions.InternationalizationExtension as InternationalizationExtension).install(german, { newstyle });
    return env;
  }

  it.each([false, true])('of blocks, with newstyle=%s', (newstyle) => {
    const env = environment(newstyle);
    const render = (source: string, variables: object = {}) => env.fromString(source).render(variables);
    expect(render('{% trans %}Hello{% endtrans %}')).toBe('Hallo');
    expect(render('{% trans %}Hello {{ name }}{% endtrans %}', { name: '<' })).toBe('Hallo &lt;');
    expect(render('{% trans name=user.name %}100% {{ name }}{% endtrans %}', { user: { name: 'a' } })).toBe('a: 100%');
    const items = '{% trans count=n %}{{ count }} item{% pluralize %}{{ count }} items{% endtrans %}';
    expect([render(items, { n: 1 }), render(items, { n: 3 })]).toEqual(['1 Stück', '3 Stücks']);
    expect(render('{% trans "menu" %}File{% endtrans %}')).toBe('menu|File');
    expect(render('{% trans trimmed %}\n  Hello\n{% endtrans %}')).toBe('Hallo');
  });

  it('of functions fill in their arguments in the new style', () => {
    const env = environment(true);
    expect(
      env.fromString('{{ _("Hello %(name)s", name="<") }}{{ ngettext("%(num)s item", "%(num)s items", 2) }}').render(),
    ).toBe('Hallo &lt;2 Stücks');
    (env.extensions.InternationalizationExtension as InternationalizationExtension).uninstall();
    expect(() => env.fromString('{{ _("x") }}').render()).toThrow("'gettext' is undefined");
  });
});
