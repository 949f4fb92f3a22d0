import { expect, it } from 'vitest';
import { Flacon, jsonify, Markup } from 'flacon';

const json = new Flacon(import.meta).json;

const cases: [name: string, value: unknown, text: string][] = [
  ['sorted keys', { b: 1, a: [true, null, 'x'] }, '{"a": [true, null, "x"], "b": 1}'],
  [
    'text beyond ASCII, and control characters',
    'é\u2028😀"\\\n\u0001',
    String.raw`"\u00e9\u2028\ud83d\ude00\"\\\n\u0001"`,
  ],
  ['a date', new Date(Date.UTC(2022, 0, 8, 17, 9, 7)), '"Sat, 08 Jan 2022 17:09:07 GMT"'],
  ['a Map and a Set', { map: new Map([['k', 1]]), set: new Set([1]) }, '{"map": {"k": 1}, "set": [1]}'],
  ['a bigint', 2n ** 64n, '18446744073709551616'],
  ['toJSON', { toJSON: () => ({ made: 'it' }) }, '{"made": "it"}'],
  ['markup', new Markup('<b>'), '"<b>"'],
  ['undefined', { gone: undefined, list: [undefined] }, '{"list": [null]}'],
  ['empty ones', [{}, []], '[{}, []]'],
];

for (const [name, value, text] of cases) {
  it(`writes ${name}`, () => {
    expect(json.dumps(value)).toBe(text);
  });
}

it('says what it cannot write', () => {
  const loop: unknown[] = [];
  loop.push(loop);
  expect(() => json.dumps(loop)).toThrow(/contains itself/);
  expect(() => json.dumps({ f: () => 1 })).toThrow(/function is not JSON serializable/);
  expect(json.dumps([loop[1], loop[1]])).toBe('[null, null]');
});

it('is compact, and indented in debug mode', async () => {
  const app = new Flacon(import.meta);
  app.get('/', () => jsonify({ b: [1, 2], a: {} }));
  expect((await app.testClient().get('/')).text).toBe('{"a":{},"b":[1,2]}\n');
  app.debug = true;
  expect((await app.testClient().get('/')).text).toBe('{\n  "a": {},\n  "b": [\n    1,\n    2\n  ]\n}\n');
});
