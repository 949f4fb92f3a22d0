import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpJson, loadJson } from '../../src/util/python-json.ts';

describe('dumpJson', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [true, null, undefined] }, '{"b": 1, "a": [true, null, null]}'],
    [{ a: undefined, b: 1 }, '{"b": 1}'],
    ['é 😀 \u007f \ud800 "\\/\n', '"\\u00e9 \\ud83d\\ude00 \\u007f \\ud800 \\"\\\\/\\n"'],
    [[NaN, Infinity, -Infinity], '[NaN, Infinity, -Infinity]'],
    [
      [1e15, 2 ** 53, 1e16, 1e-5, 0.0001, 1.5e-7, 1e300, -0],
      '[1000000000000000, 9007199254740992, 1e+16, 1e-05, 0.0001, 1.5e-07, 1e+300, -0.0]',
    ],
    [2n ** 64n, '18446744073709551616'],
    [[new Number(2), new Number(1e22), new String('x'), new Boolean(false)], '[2.0, 1e+22, "x", false]'],
    [{ toJSON: () => [1] }, '[1]'],
    [Object.assign(Object.create(null) as object, { a: 1 }), '{"a": 1}'],
    [[], '[]'],
    [{}, '{}'],
  ])('writes %o as Python does', (value, text) => {
    expect(dumpJson(value)).toBe(text);
  });

  it('sorts by code point, and leaves out spaces and escapes', () => {
    const value = { '\uffff': 1, '😀': 2, b: 3, a: 4, ab: 5 };
    expect(dumpJson(value, { sortKeys: true, compact: true, ensureAscii: false })).toBe(
      '{"a":4,"ab":5,"b":3,"\uffff":1,"😀":2}',
    );
  });

  it('refuses what JSON cannot say', () => {
    const circular: unknown[] = [];
    circular.push(circular);
    for (const value of [circular, new Map(), () => 1, Symbol('x'), { a: new (class Account {})() }]) {
      expect(() => dumpJson(value)).toThrow(expect.objectContaining({ code: 'NOT_JSON' }));
    }
    const twice = [1];
    expect(dumpJson([twice, twice])).toBe('[[1], [1]]');
  });
});

describe('loadJson', () => {
  it.each<[string, unknown]>([
    ['{"a": [1, "x"]}', { a: [1, 'x'] }],
    [' [NaN, -Infinity , {"n": Infinity}, {}, []] ', [NaN, -Infinity, { n: Infinity }, {}, []]],
    [
      '{"a": 12345678901234567890, "b": "NaN", "c": 1234567890123456.5}',
      { a: 12345678901234567890n, b: 'NaN', c: 1234567890123456.5 },
    ],
    ['"1234567890123456 \\u00e9\\n"', '1234567890123456 é\n'],
    ['NaN', NaN],
    ['[NaN, -0, 9007199254740992, 9007199254740993]', [NaN, -0, 9007199254740992, 9007199254740993n]],
    ['-12345678901234567890', -12345678901234567890n],
  ])('reads %s', (text, value) => {
    expect(loadJson(text)).toEqual(value);
  });

  it('keeps __proto__ a key', () => {
    const value = loadJson('{"__proto__": {"a": NaN}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each([
    '',
    'NaN NaN',
    '[NaN',
    '[NaN,]',
    '{"a" NaN}',
    '{NaN: 1}',
    '[0123456789012345678]',
    '-NaN',
    '"NaN\n"',
    '{"a": NaN',
    'NaN]',
    '{,NaN}',
  ])('refuses %j', (text) => {
    expect(() => loadJson(text)).toThrow(SyntaxError);
  });

  it('reads what dumpJson writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, sortKeys) => {
        expect(loadJson(dumpJson(value, { sortKeys }))).toEqual(value);
        // A name in front makes the other reader read it.
        expect((loadJson(`[NaN,${dumpJson(value)}]`) as unknown[])[1]).toEqual(value);
      }),
    );
  });
});
