import { expect, it } from 'vitest';
import { BaseConverter, IntegerConverter } from '../../src/routing/converters.ts';
import { UrlMap } from '../../src/routing/map.ts';
import type { UrlMapOptions } from '../../src/routing/map.ts';
import { Rule } from '../../src/routing/rules.ts';
import type { RuleOptions } from '../../src/routing/rules.ts';

function mapWith(rule: string, options: RuleOptions = {}, mapOptions: UrlMapOptions = {}): UrlMap {
  return new UrlMap([new Rule(rule, { endpoint: 'x', ...options })], mapOptions);
}

const match = (map: UrlMap, path: string): unknown => map.bind('x.test').match(path).viewArgs;

it('equal rules of several maps share what they were compiled to, and nothing that belongs to a map', () => {
  const [first, second] = [mapWith('/shared/<int:id>'), mapWith('/shared/<int:id>')];
  const [a] = [...first];
  const [b] = [...second];
  expect(b!.parts).toBe(a!.parts);
  expect([a!.map, b!.map]).toEqual([first, second]);
  expect(a!.variables[0]!.converter.map).toBe(first);
  expect(b!.variables[0]!.converter.map).toBe(second);
  expect([match(first, '/shared/1'), match(second, '/shared/2')]).toEqual([{ id: 1 }, { id: 2 }]);
});

it('a map with a converter of its own under a built-in name compiles its rules with that one', () => {
  class Doubled extends IntegerConverter {
    override toValue(value: string): number {
      return 2 * super.toValue(value);
    }
  }
  expect(match(mapWith('/c/<int:n>'), '/c/4')).toEqual({ n: 4 });
  expect(match(mapWith('/c/<int:n>', {}, { converters: { int: Doubled } }), '/c/4')).toEqual({ n: 8 });
  expect(match(mapWith('/c/<int:n>'), '/c/4')).toEqual({ n: 4 });
});

it('a converter of one map is unknown to the next', () => {
  class Word extends BaseConverter {
    override regex = '[a-z]+';
  }
  expect(match(mapWith('/w/<word:w>', {}, { converters: { word: Word } }), '/w/ab')).toEqual({ w: 'ab' });
  expect(() => mapWith('/w/<word:w>')).toThrow(/the converter 'word' of <w> does not exist/);
});

it('a converter that comes to the map later concerns later rules only', () => {
  class Upper extends BaseConverter {
    override toValue(value: string): string {
      return value.toUpperCase();
    }
  }
  mapWith('/later/<string:s>');
  const map = mapWith('/later/<string:s>');
  map.converters['string'] = Upper;
  map.add(new Rule('/after/<string:s>', { endpoint: 'y' }));
  expect([match(map, '/later/a'), match(map, '/after/a')]).toEqual([{ s: 'a' }, { s: 'A' }]);
});

it('defaults, domains and merged slashes tell rules with one text apart', () => {
  const build = (map: UrlMap, values: object): string => map.bind('x.test').build('x', { ...values });
  expect(build(mapWith('/d/<int:n>'), { n: 3 })).toBe('/d/3');
  expect(build(mapWith('/d/<int:n>', { defaults: { n: 7 } }), {})).toBe('/d/7');
  expect(build(mapWith('/d/<int:n>', { defaults: { other: 7 } }), { n: 3, other: 7 })).toBe('/d/3');
  expect(build(mapWith('/d/<int:n>', { subdomain: 'a' }), { n: 3 })).toBe('http://a.x.test/d/3');
  expect(build(mapWith('/d//<int:n>'), { n: 3 })).toBe('/d/3');
  expect(build(mapWith('/d//<int:n>', {}, { mergeSlashes: false }), { n: 3 })).toBe('/d//3');
  expect(build(mapWith('/d/<int:n>'), { n: 3 })).toBe('/d/3');
});

it('a rule that makes its converters itself is compiled by itself', () => {
  class OwnRule extends Rule {
    override getConverter(...args: Parameters<Rule['getConverter']>): BaseConverter {
      const converter = super.getConverter(...args);
      converter.regex = 'own';
      return converter;
    }
  }
  mapWith('/own/<x>');
  const map = new UrlMap([new OwnRule('/own/<x>', { endpoint: 'x' })]);
  expect(match(map, '/own/own')).toEqual({ x: 'own' });
  expect(map.bind('x.test').test('/own/other')).toBe(false);
});

it('rules that are added between two searches take their place by weight', () => {
  const map = mapWith('/<x>/a', { endpoint: 'x' });
  const found = (path: string): string => map.bind('x.test').match(path).rule.endpoint;
  expect(found('/1/a')).toBe('x');
  map.add(new Rule('/<int:x>/a', { endpoint: 'int' }));
  expect(found('/1/a')).toBe('int');
  map.add(new Rule('/1/a', { endpoint: 'literal' }));
  map.add(new Rule('/1/a', { endpoint: 'too late' }));
  expect([found('/1/a'), found('/2/a'), found('/b/a')]).toEqual(['literal', 'int', 'x']);
});
