import { describe, expect, it } from 'vitest';
import { JSONDecodeError, loadsJson } from '../../src/http/json-loads.ts';

function problem(text: string | Uint8Array): string {
  try {
    loadsJson(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('loadsJson', () => {
  it('parses what JSON.parse does, and the three numbers that Python adds', () => {
    expect(loadsJson('{"a": [1, 2.5e3, "\\u00e9\\n", true, null]}')).toEqual({ a: [1, 2500, 'é\n', true, null] });
    expect(loadsJson('[NaN, Infinity, -Infinity, {"x": "\\\\", "n": -0.5}]')).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      { x: '\\', n: -0.5 },
    ]);
  });

  it.each([
    ['{bad', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
    ['', 'Expecting value: line 1 column 1 (char 0)'],
    ['[1,]', 'Expecting value: line 1 column 4 (char 3)'],
    ['{"a":1,}', 'Expecting property name enclosed in double quotes: line 1 column 8 (char 7)'],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ['{"a": 1 "b"}', "Expecting ',' delimiter: line 1 column 9 (char 8)"],
    ['[1 2]', "Expecting ',' delimiter: line 1 column 4 (char 3)"],
    ['"abc', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['"a\tb"', 'Invalid control character at: line 1 column 3 (char 2)'],
    ['"\\x"', 'Invalid \\escape: line 1 column 2 (char 1)'],
    ['"\\u12"', 'Invalid \\uXXXX escape: line 1 column 4 (char 3)'],
    ['{"a": 1}\n x', 'Extra data: line 2 column 2 (char 10)'],
    ['\ufeff{}', 'Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)'],
    ['["😀", bad]', 'Expecting value: line 1 column 7 (char 6)'],
  ])('says in the words of Python where %j is wrong', (text, message) => {
    expect(problem(text)).toBe(message);
  });

  it.each([
    ['utf-8 with a mark', Buffer.from('\ufeff{"a":"é"}', 'utf8')],
    ['utf-16le with a mark', Buffer.from('\ufeff{"a":"é"}', 'utf16le')],
    ['utf-16be with a mark', Buffer.from('\ufeff{"a":"é"}', 'utf16le').swap16()],
    ['utf-16le without', Buffer.from('{"a":"é"}', 'utf16le')],
    ['utf-16be without', Buffer.from('{"a":"é"}', 'utf16le').swap16()],
    ['utf-32le', Buffer.from(Array.from('{"a":"é"}', (c) => [c.charCodeAt(0), 0, 0, 0]).flat())],
    ['utf-32be', Buffer.from(Array.from('{"a":"é"}', (c) => [0, 0, 0, c.charCodeAt(0)]).flat())],
  ])('reads bytes in %s', (_, bytes) => {
    expect(loadsJson(bytes)).toEqual({ a: 'é' });
  });

  it('refuses bytes that are no text, and endless nesting, with the same kind of error', () => {
    expect(() => loadsJson(Buffer.from([0x22, 0xff, 0xfe, 0x22]))).toThrow(JSONDecodeError);
    expect(() => loadsJson('['.repeat(200_000))).toThrow(JSONDecodeError);
  });

  it('makes __proto__ an ordinary key', () => {
    const value = loadsJson('{"__proto__": {"polluted": NaN}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});
