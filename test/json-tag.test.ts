import { describe, expect, it } from 'vitest';
import { JSONTag, TaggedJSONSerializer, Tuple, UUID } from '../src/json-tag.ts';
import { Markup } from '../src/util/markup.ts';

const serializer = new TaggedJSONSerializer();

describe('TaggedJSONSerializer', () => {
  it.each<[unknown, string]>([
    [Tuple.of<unknown>(1, Tuple.of('a')), '{" t":[1,{" t":["a"]}]}'],
    [new Uint8Array([0, 255]), '{" b":"AP8="}'],
    [new Markup('<b>'), '{" m":"<b>"}'],
    [new UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8'), '{" u":"6ba7b8109dad11d180b400c04fd430c8"}'],
    [new Date(1_704_164_645_000), '{" d":"Tue, 02 Jan 2024 03:04:05 GMT"}'],
    [{ ' t': [1] }, '{" di":{" t__":[1]}}'],
    [{ ' di': { ' b': 'x' } }, '{" di":{" di__":{" di":{" b__":"x"}}}}'],
    [{ ' t': [1], b: 2 }, '{" t":[1],"b":2}'],
    [{ b: [1n, 2.5], a: { é: null } }, '{"a":{"\\u00e9":null},"b":[1,2.5]}'],
  ])('writes and reads %o', (value, text) => {
    expect(serializer.dumps(value)).toBe(text);
    const back = serializer.loads(text);
    expect(serializer.dumps(back)).toBe(text);
    expect(back?.constructor).toBe((value as object).constructor);
  });

  it('writes what has HTML, or its own JSON', () => {
    expect(
      serializer.dumps([
        new (class Icon {
          toHTML = (): string => '<i>';
        })(),
        Buffer.from('a'),
      ]),
    ).toBe('[{" m":"<i>"},{" b":"YQ=="}]');
    expect(
      serializer.dumps(
        new (class Money {
          toJSON = (): unknown => Tuple.of<unknown>(1, 'EUR');
        })(),
      ),
    ).toBe('{" t":[1,"EUR"]}');
    expect(serializer.dumps({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('leaves alone what only looks tagged', () => {
    expect(serializer.loads('{" zz":1}')).toEqual({ ' zz': 1 });
    expect(serializer.loads('{" t":[1],"y":2}')).toEqual({ ' t': [1], y: 2 });
    expect(serializer.loads('{" di":{" t__":[1]}}')).toEqual({ ' t': [1] });
    expect(serializer.loads('{" d":"no date"}')).toBeNull();
  });

  it.each(['{" b":"A"}', '{" b":1}', '{" t":1}', '{" u":"x"}', '{" u":1}', '{" d":1}', '{" di":{}}', ''])(
    'refuses %s',
    (text) => {
      expect(() => serializer.loads(text)).toThrow();
    },
  );

  it('does not let a key reach the prototype', () => {
    const value = serializer.loads('{"a":{" di":{"__proto____":{"x":1}}},"__proto__":{"y":{" t":[]}}}') as Record<
      string,
      object
    >;
    expect(Object.keys(value)).toEqual(['a', '__proto__']);
    expect(Object.keys(value.a as object)).toEqual(['__proto__']);
    expect(({} as { x?: unknown; y?: unknown }).x).toBeUndefined();
  });

  it('refuses what contains itself', () => {
    const value: Record<string, unknown> = {};
    value.self = [value];
    expect(() => serializer.dumps(value)).toThrow(expect.objectContaining({ code: 'NOT_JSON' }));
    const twice = {};
    expect(serializer.dumps([twice, twice])).toBe('[{},{}]');
  });

  it('learns other types', () => {
    class TagMap extends JSONTag {
      readonly key = ' map';
      override check(value: unknown): boolean {
        return value instanceof Map;
      }
      override toJSONValue(value: Map<string, unknown>): unknown {
        return [...value].map(([key, item]) => [key, this.serializer.tag(item)]);
      }
      override fromJSONValue(value: unknown): unknown {
        return new Map(value as [string, unknown][]);
      }
    }
    const own = new TaggedJSONSerializer();
    own.register(TagMap, { index: 0 });
    expect(own.order[0]).toBeInstanceOf(TagMap);
    const map = new Map<string, unknown>([['a', Tuple.of(1)]]);
    expect(own.dumps({ map })).toBe('{"map":{" map":[["a",{" t":[1]}]]}}');
    expect(own.loads(own.dumps({ map }))).toEqual({ map });
    expect(() => own.register(TagMap)).toThrow(expect.objectContaining({ code: 'JSON_TAG' }));
    own.register(TagMap, { force: true });
    expect(own.dumps({ ' map': 1 })).toBe('{" di":{" map__":1}}');
  });
});

describe('Tuple', () => {
  it('is an array whose copies are plain', () => {
    const pair = Tuple.of<unknown>('a', 1);
    const [first, second] = pair;
    expect([first, second, pair.length, Array.isArray(pair)]).toEqual(['a', 1, 2, true]);
    expect(pair.map(String)).not.toBeInstanceOf(Tuple);
    expect(Tuple.from([3])).toBeInstanceOf(Tuple);
  });
});
