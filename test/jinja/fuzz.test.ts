import fc from 'fast-check';
import { describe, it } from 'vitest';
import { DictLoader, Environment, Markup, TemplateError } from '../../src/jinja/index.ts';

// Pieces of which templates are made, so that more than the lexer gets something to do.
const WORDS = [
  '{{',
  '}}',
  '{%',
  '%}',
  '{#',
  '#}',
  '-',
  '+',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '|',
  '~',
  '.',
  '..',
  '=',
  '==',
  '!=',
  '<',
  '>=',
  '*',
  '**',
  '/',
  '//',
  '%',
  'if',
  'elif',
  'else',
  'endif',
  'for',
  'in',
  'endfor',
  'recursive',
  'set',
  'endset',
  'block',
  'endblock',
  'scoped',
  'required',
  'macro',
  'endmacro',
  'call',
  'endcall',
  'filter',
  'endfilter',
  'with',
  'endwith',
  'raw',
  'endraw',
  'include',
  'import',
  'from',
  'extends',
  'as',
  'ignore missing',
  'autoescape',
  'endautoescape',
  'print',
  'not',
  'and',
  'or',
  'is',
  'defined',
  'none',
  'true',
  'loop',
  'loop.index',
  'self',
  'super()',
  'caller()',
  'varargs',
  'a',
  'b',
  'x',
  'upper',
  'list',
  'join',
  'map',
  'sort',
  '1',
  '2.5',
  '0x1f',
  '1e5',
  "'s'",
  '"<b>"',
  "'%s'",
  "'{}'",
  '\n',
  ' ',
  'text',
  '<i>',
  'é',
  '\\',
  "'",
  '"',
  '@',
  '\u2028',
  '.format(1)',
  '.x',
  '[0]',
  '[::2]',
  '(1)',
  'range(3)',
];

const source = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 25 }).map((words) => words.join(' ')),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => `{{ ${words.join(' ')} }}`),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => `{% ${words.join('')} %}`),
);

/** Without one, to include a template is a mistake of the program: a TypeError, as in Jinja. */
const loader = new DictLoader({});

const CONTEXT = { a: 1, b: ['x', '<y>'], x: { k: 'v', x: [1, 2] } };
const options = fc.record({
  autoescape: fc.boolean(),
  trimBlocks: fc.boolean(),
  lstripBlocks: fc.boolean(),
  lineStatementPrefix: fc.constantFrom(undefined, '#', '%%'),
});

describe('any text as a template', () => {
  it('is rendered, or refused with a TemplateError', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(source, options, (text, settings) => {
        try {
          new Environment({
            ...settings,
            loader,
            extensions: ['jinja2.ext.do', 'jinja2.ext.loopcontrols', 'jinja2.ext.i18n'],
          })
            .fromString(text)
            .render(CONTEXT);
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is rendered, or refused, asynchronously as well', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(source, async (text) => {
        try {
          await new Environment({ loader }).fromString(text).renderAsync(CONTEXT);
        } catch (error) {
          if (!(error instanceof TemplateError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('any value', () => {
  const withObjects = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withTypedArray: true,
  });
  const env = new Environment({ autoescape: true });
  const template = env.fromString('{{ x }}');

  it('is printed without an unescaped tag when output is escaped', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('<script>', '"><', "'<'"), withObjects),
        (x) => !/[<>"']/.test(template.render({ x })),
      ),
      { numRuns: 2000 },
    );
  });

  const unsafe = fc.string().map((text) => `<${text}>`);
  const OPERATIONS = [
    'x ~ m',
    'm ~ x',
    'm + x',
    'x + m',
    'm % x',
    'm.format(x)',
    '[m, x]|join',
    '[x, m]|join(x)',
    'm.join([x, x])',
    'm|replace("%s", x)',
    '"%s"|format(x)',
    'm|format(x)',
    'x|upper',
    'x|trim',
    'x|truncate(5)',
    'x|indent',
    'x|center',
    'x|title',
    'x|wordwrap',
    'x|urlize',
    'x|tojson',
    '{"a": x}|xmlattr',
    'x|string',
    'x|list|join',
    '[x]|first',
    'x|default("")',
    'm|default(x)',
    'x if x else m',
  ];

  it.each(OPERATIONS)('stays escaped next to what is safe: %s', (operation) => {
    const mixed = env.fromString(`{{ ${operation} }}`);
    fc.assert(
      fc.property(unsafe, (x) => {
        const html = mixed.render({ x, m: new Markup('[%s{}]') });
        // Tags that the filters make themselves are their links.
        return !html.replace(/<a href="[^"<>]*"[^<>]*>|<\/a>/g, '').includes('<');
      }),
      { numRuns: 200 },
    );
  });
});
