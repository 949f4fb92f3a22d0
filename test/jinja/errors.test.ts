import { describe, expect, it } from 'vitest';
import {
  DictLoader,
  Environment,
  sourceExcerpt,
  StrictUndefined,
  TemplateAssertionError,
  TemplateError,
  templateFrames,
  TemplateNotFound,
  TemplateRuntimeError,
  TemplateSyntaxError,
  TemplateTypeError,
  UndefinedError,
} from '../../src/jinja/index.ts';

const TEMPLATES = {
  'base.html': '<title>\n{% block body %}{% endblock %}',
  'page.html': '{% extends "base.html" %}\n{% block body %}\n{{ user.name }}\n{{ user.address.city }}\n{% endblock %}',
  'macros.html': '\n{% macro field(f) %}\n  {{ f() }}\n{% endmacro %}',
  'form.html': '{% from "macros.html" import field %}\n\n{% for f in fields %}\n{{ field(f) }}{% endfor %}',
  'include.html': 'a\n{% include "broken.html" %}',
  'broken.html': 'x\ny {% if %}',
  'missing.html': '\n\n{% include "nowhere.html" %}',
  'call.html':
    '{% from "macros.html" import field %}{% macro m() %}{{ caller() }}{% endmacro %}\n{% call m() %}\n{{ 1 + "a" }}\n{% endcall %}',
};

const env = new Environment({ loader: new DictLoader(TEMPLATES) });

function errorOf(name: string, variables: object = {}): TemplateError {
  try {
    env.getTemplate(name).render(variables);
  } catch (error) {
    return error as TemplateError;
  }
  throw new TypeError(`${name} was rendered`);
}

const places = (error: unknown) =>
  templateFrames(error).map(({ templateName, lineno, role }) => `${templateName}:${lineno} ${role}`);

describe('errors of templates', () => {
  it('know template, line and way', () => {
    const error = errorOf('page.html', { user: { name: 'ann' } });
    expect(error).toBeInstanceOf(UndefinedError);
    expect(error.message).toBe("'dict object' has no attribute 'address'");
    expect([error.templateName, error.lineno, error.code]).toEqual(['page.html', 4, 'TEMPLATE_UNDEFINED']);
    expect(error.excerpt).toContain('> 4 | {{ user.address.city }}');
    expect(places(error)).toEqual([
      "page.html:4 block 'body'",
      'base.html:2 top-level template code',
      'page.html:1 top-level template code',
    ]);
  });

  it('show the template in their stack, and not the engine', () => {
    const { stack = '' } = errorOf('page.html', { user: {} });
    expect(stack).toMatch(
      /^UndefinedError: 'dict object' has no attribute 'address'\n {4}at block 'body' \(page\.html:4\)\n/,
    );
    expect(stack).toContain('errors.test.ts');
    expect(stack).not.toMatch(/src.jinja|flacon-template/);
  });

  it('have the line of what was running in macros, calls and loops', () => {
    const call = errorOf('call.html');
    expect(call).toBeInstanceOf(TemplateTypeError);
    expect(places(call)).toEqual([
      'call.html:3 call block',
      "call.html:1 macro 'm'",
      'call.html:2 top-level template code',
    ]);
    const lines = new Environment().fromString(
      '{% for i in [0, 1] %}\n{% if i %}\n{{ i }}{{ nope.x }}{% endif %}{% endfor %}',
    );
    expect(() => lines.render()).toThrow(expect.objectContaining({ lineno: 3 }) as Error);
    const elif = new Environment().fromString('{% if false %}\n{% elif nope.x %}\n{% endif %}');
    expect(() => elif.render()).toThrow(expect.objectContaining({ lineno: 2 }) as Error);
    const after = new Environment().fromString('{% for i in [] %}\n\n{% endfor %}\n{{ nope.x }}');
    expect(() => after.render()).toThrow(expect.objectContaining({ lineno: 4 }) as Error);
    const set = new Environment().fromString('{% set x %}\n{{ 1 }}\n{% endset %}\n{% set y = nope.x %}');
    expect(() => set.render()).toThrow(expect.objectContaining({ lineno: 4 }) as Error);
  });

  it('of functions of the application stay what they are', () => {
    class Abort extends Error {
      code = 404;
    }
    let abort: Abort | undefined;
    const error = errorOf('form.html', {
      fields: [
        () => 'fine',
        function fails() {
          throw (abort = new Abort('not found', { cause: 'why' }));
        },
      ],
    });
    expect(error).toBe(abort);
    expect(error.cause).toBe('why');
    expect(places(error)).toEqual(["macros.html:3 macro 'field'", 'form.html:4 top-level template code']);
    expect(error.stack).toMatch(
      /at fails .*errors\.test\.ts.*\n {4}at macro 'field' \(macros\.html:3\)\n {4}at top-level template code \(form\.html:4\)/,
    );
    expect(Object.keys(error)).toEqual(['code']);
  });

  it('keep what was thrown that is no error, or cannot be changed', () => {
    const thrown = errorOf('form.html', {
      fields: [
        () => {
          throw 'text';
        },
      ],
    });
    expect(thrown).toBeInstanceOf(TemplateRuntimeError);
    expect(thrown.cause).toBe('text');
    const frozen = Object.freeze(new Error('frozen'));
    const fails = () => {
      throw frozen;
    };
    expect(errorOf('form.html', { fields: [fails] })).toBe(frozen);
    expect(places(frozen)).toHaveLength(2);
  });

  it('of endless recursion have a stack that can be read', () => {
    const error = (() => {
      try {
        return new Environment().fromString('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}').render();
      } catch (thrown) {
        return thrown as TemplateError;
      }
    })() as TemplateError;
    expect(error.message).toBe('too much recursion in a template');
    expect(templateFrames(error)).toHaveLength(50);
  });

  it('of syntax are refused when the template is loaded', () => {
    expect(() => env.getTemplate('broken.html')).toThrow(TemplateSyntaxError);
    const error = errorOf('include.html');
    expect(error).toBeInstanceOf(TemplateSyntaxError);
    expect([error.templateName, error.lineno]).toEqual(['broken.html', 2]);
    expect(places(error)).toEqual(['broken.html:2 template', 'include.html:2 top-level template code']);
    expect(error.stack).toContain('    at template (broken.html:2)\n    at top-level template code (include.html:2)');
    expect(() => env.fromString('\n{{ x|nofilter }}')).toThrow(
      expect.objectContaining({ lineno: 2, templateName: undefined }) as Error,
    );
    expect(() => env.fromString('{% block a %}{% endblock %}\n{% block a %}{% endblock %}')).toThrow(
      TemplateAssertionError,
    );
  });

  it('of templates that are missing say where they were asked for', () => {
    const error = errorOf('missing.html');
    expect(error).toBeInstanceOf(TemplateNotFound);
    expect([error.templateName, error.lineno]).toEqual(['nowhere.html', 3]);
    expect(error.excerpt).toContain('> 3 | {% include "nowhere.html" %}');
  });

  it('of names that contain code are only text', () => {
    const name = 'x{{ 7 }}"\'`${7}\n{% if %}';
    const tricky = new Environment({
      loader: new DictLoader({ [name]: '{% from "lib" import a %}{{ a() }}{{ (1 if false).x }}', lib: '' }),
    });
    expect(() => tricky.getTemplate(name).render()).toThrow(UndefinedError);
  });

  it('say which name or attribute was undefined', () => {
    const message = (source: string, variables: object = {}): string => {
      try {
        return new Environment({ undefined: StrictUndefined }).fromString(source).render(variables);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message('{{ nope }}')).toBe("'nope' is undefined");
    expect(message('{{ d.x }}', { d: {} })).toBe("'dict object' has no attribute 'x'");
    expect(message('{{ l[3] }}', { l: [1] })).toBe('list object has no element 3');
    expect(message('{{ n.x }}', { n: null })).toBe("'None' has no attribute 'x'");
    expect(message('{{ u.x }}', { u: new (class User {})() })).toBe("'User object' has no attribute 'x'");
    expect(message('{% macro m(a) %}{{ a }}{% endmacro %}{{ m() }}')).toBe("parameter 'a' was not provided");
  });

  it('come out of asynchronous and piecewise rendering as well', async () => {
    const template = env.getTemplate('page.html');
    await expect(template.renderAsync({ user: {} })).rejects.toMatchObject({ templateName: 'page.html', lineno: 4 });
    expect(() => [...template.generate({ user: {} })]).toThrow(expect.objectContaining({ lineno: 4 }) as Error);
  });
});

describe('sourceExcerpt', () => {
  it('numbers and marks lines', () => {
    expect(sourceExcerpt('a\nb\r\nc\nd', 3, 1)).toBe('  2 | b\n> 3 | c\n  4 | d');
    expect(sourceExcerpt(Array(12).fill('x').join('\n'), 10, 1)).toBe('   9 | x\n> 10 | x\n  11 | x');
    expect(sourceExcerpt('only', 1)).toBe('> 1 | only');
  });
});
