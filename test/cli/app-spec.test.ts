import { describe, expect, it } from 'vitest';
import { parseAppSpec } from '../../src/app-spec.ts';
import { FlaconError } from '../../src/util/errors.ts';

const fail = (text: string): FlaconError => {
  try {
    parseAppSpec(text);
  } catch (error) {
    if (error instanceof FlaconError) return error;
    throw error;
  }
  throw new Error(`'${text}' was taken`);
};

describe('parseAppSpec', () => {
  it.each([
    ['site', 'site', undefined, undefined],
    ['site:app', 'site', 'app', undefined],
    ['./src/site.ts:app', './src/site.ts', 'app', undefined],
    [':app', '', 'app', undefined],
    ['site:', 'site', undefined, undefined],
    ['C:\\work\\site.ts:app', 'C:\\work\\site.ts', 'app', undefined],
    ['site:createApp()', 'site', 'createApp', []],
    ['site:createApp("x", \'y\')', 'site', 'createApp', ['x', 'y']],
    ['site:createApp(1, -2.5, 1_000, 0x1f, .5, 1e3)', 'site', 'createApp', [1, -2.5, 1000, 31, 0.5, 1000]],
    ['site:createApp(true, False, null, None, undefined)', 'site', 'createApp', [true, false, null, null, undefined]],
    [
      'site:createApp([1, (2, "three")], { a: 1, "b-c": [True] },)',
      'site',
      'createApp',
      [[1, [2, 'three']], { a: 1, 'b-c': [true] }],
    ],
    ['site:createApp("a", name="x", n=2)', 'site', 'createApp', ['a', { name: 'x', n: 2 }]],
    ["site:createApp('it\\'s \\u00e9\\n')", 'site', 'createApp', ["it's é\n"]],
    ['site:createApp("a:b/c")', 'site', 'createApp', ['a:b/c']],
  ])('takes %s apart', (text, module, name, args) => {
    expect(parseAppSpec(text)).toEqual({ text, module, name, args });
  });

  it.each([
    ['m:a.b', "'a.b' is neither a name nor a call."],
    ['m:a.b()', "'a.b' is not a simple name: only an export of the module can be called."],
    ['m:f(x)', "The arguments of 'f(x)' are not literals: 'x'."],
    ['m:f(name=x)', "The arguments of 'f(name=x)' are not literals: 'x'."],
    ['m:f("x)', "The arguments of 'f(\"x)' are not literals: a string is not closed."],
    ['m:f(1 2)', "The arguments of 'f(1 2)' are not literals: '2'."],
    ['m:f([1)', "The arguments of 'f([1)' are not literals: the end came too early."],
    ['m:f(a=1, 2)', "The arguments of 'f(a=1, 2)' are not literals: a positional argument follows a named one."],
    ['m:f(', "'f(' is neither a name nor a call."],
  ])('refuses %s', (text, message) => {
    const error = fail(text);
    expect(error.message).toBe(message);
    expect(error.code).toBe('APP_SPEC_INVALID');
    expect(error.fix).toContain('--app m:app');
  });
});
