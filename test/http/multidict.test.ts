import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CombinedMultiDict } from '../../src/http/combined-multidict.ts';
import { abort, BadRequestKeyError, NotFound } from '../../src/http/exceptions.ts';
import { ImmutableMultiDict, MultiDict } from '../../src/http/multidict.ts';
import { float, int } from '../../src/http/numbers.ts';

const pairs: [string, string][] = [
  ['a', '1'],
  ['b', '3'],
  ['a', '2'],
];

describe('MultiDict', () => {
  it.each([
    ['pairs', pairs],
    ['an object', { a: ['1', '2'], b: '3' }],
    ['another one', new MultiDict(pairs)],
  ])('is made from %s', (_kind, init) => {
    const dict = new MultiDict(init);
    expect(dict.get('a')).toBe('1');
    expect(dict.getList('a')).toEqual(['1', '2']);
    expect([...dict]).toEqual(['a', 'b']);
    expect(dict.size).toBe(2);
  });

  it('gives entries, lists and objects', () => {
    const dict = new MultiDict(pairs);
    expect([...dict.entries()]).toEqual([
      ['a', '1'],
      ['b', '3'],
    ]);
    expect([...dict.entries({ multi: true })]).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b', '3'],
    ]);
    expect([...dict.values()]).toEqual(['1', '3']);
    expect([...dict.listValues()]).toEqual([['1', '2'], ['3']]);
    expect(dict.toObject()).toEqual({ a: '1', b: '3' });
    expect(dict.toObject({ flat: false })).toEqual({ a: ['1', '2'], b: ['3'] });
    expect(JSON.stringify(dict)).toBe('{"a":"1","b":"3"}');
    expect(inspect(dict)).toBe("MultiDict([ [ 'a', '1' ], [ 'a', '2' ], [ 'b', '3' ] ])");
  });

  it('keeps keys that mean something to objects', () => {
    const dict = new MultiDict([['__proto__', 'x']]);
    expect(dict.get('constructor')).toBeUndefined();
    expect(Object.keys(dict.toObject())).toEqual(['__proto__']);
  });

  it('changes', () => {
    const dict = new MultiDict(pairs);
    dict.add('b', '4');
    dict.set('a', 'new');
    dict.setList('c', ['5', '6']);
    dict.update({ a: 'x', d: ['7'] });
    expect(dict.toObject({ flat: false })).toEqual({ a: ['new', 'x'], b: ['3', '4'], c: ['5', '6'], d: ['7'] });
    expect(dict.setDefault('a', 'z')).toBe('new');
    expect(dict.setDefault('e', 'z')).toBe('z');
    expect(dict.setListDefault('f', ['1'])).toEqual(['1']);
    expect(dict.pop('b')).toBe('3');
    expect(dict.popList('c')).toEqual(['5', '6']);
    expect(dict.popList('c')).toEqual([]);
    expect(dict.popItem()).toEqual(['f', '1']);
    expect(dict.popItemList()).toEqual(['e', ['z']]);
    expect(dict.delete('a')).toBe(true);
    expect(dict.delete('a')).toBe(false);
    dict.clear();
    expect(dict.size).toBe(0);
  });

  it('answers 400 for a key that is asked for and missing', () => {
    const dict = new MultiDict();
    expect(() => dict.require('x')).toThrow(BadRequestKeyError);
    expect(() => dict.pop('x')).toThrow(BadRequestKeyError);
    expect(() => dict.popItem()).toThrow(BadRequestKeyError);
    expect(dict.pop('x', undefined)).toBeUndefined();
  });

  it('an empty list counts as missing', () => {
    const dict = new MultiDict();
    dict.setList('x', []);
    expect(dict.has('x')).toBe(true);
    expect(dict.get('x')).toBeUndefined();
    expect([...dict.entries()]).toEqual([]);
  });

  it('does not share its lists', () => {
    const dict = new MultiDict(pairs);
    const copy = dict.copy();
    dict.getList('a').push('x');
    copy.add('a', '9');
    expect(dict.getList('a')).toEqual(['1', '2']);
    expect(dict.equals(new MultiDict(pairs))).toBe(true);
    expect(dict.equals(copy)).toBe(false);
  });
});

describe('conversion', () => {
  const dict = new MultiDict([
    ['n', '5'],
    ['n', 'x'],
    ['n', '7'],
    ['bad', 'x'],
  ]);

  it('has types and defaults', () => {
    expect(dict.get('n', { type: int })).toBe(5);
    expect(dict.get('bad', { type: int })).toBeUndefined();
    expect(dict.get('bad', { type: int, default: 1 })).toBe(1);
    expect(dict.get('none', { type: int, default: 1 })).toBe(1);
    expect(dict.get('none', { default: 'd' })).toBe('d');
    expect(dict.get('none', '')).toBe('');
    expect(dict.get('none', null)).toBeNull();
    expect(dict.getList('n', { type: int })).toEqual([5, 7]);
  });

  it('takes the NaN of Number for a failure, but not that of float', () => {
    expect(dict.get('bad', { type: Number, default: 1 })).toBe(1);
    expect(dict.get('bad', { type: Number.parseFloat, default: 1 })).toBe(1);
    expect(new MultiDict([['x', 'nan']]).get('x', { type: float })).toBeNaN();
  });

  it('lets HTTP errors and mistakes in the converter through', () => {
    expect(() => dict.get('n', { type: () => abort(404) })).toThrow(NotFound);
    const mistake = (): never => {
      throw new ReferenceError('typo is not defined');
    };
    expect(() => dict.get('n', { type: mistake })).toThrow(ReferenceError);
  });
});

describe('ImmutableMultiDict', () => {
  it.each(['add', 'set', 'setList', 'setDefault', 'setListDefault', 'update', 'delete', 'pop', 'popList', 'clear'])(
    'refuses %s',
    (method) => {
      const dict = new ImmutableMultiDict(pairs) as unknown as Record<string, (...args: unknown[]) => unknown>;
      expect(() => dict[method]?.('a', [])).toThrow(expect.objectContaining({ code: 'IMMUTABLE' }));
    },
  );

  it('has copies that can be changed', () => {
    const copy = new ImmutableMultiDict(pairs).copy();
    copy.add('a', '9');
    expect(copy.getList('a')).toEqual(['1', '2', '9']);
  });
});

describe('CombinedMultiDict', () => {
  const args = new MultiDict([
    ['a', 'x'],
    ['b', '1'],
  ]);
  const form = new MultiDict([
    ['a', '2'],
    ['c', '3'],
  ]);
  const combined = new CombinedMultiDict([args, form]);

  it('reads the first dict that has a key', () => {
    expect(combined.get('a')).toBe('x');
    expect(combined.getList('a')).toEqual(['x', '2']);
    expect(combined.require('c')).toBe('3');
    expect(combined.has('c')).toBe(true);
    expect(combined.size).toBe(3);
    expect([...combined]).toEqual(['a', 'b', 'c']);
    expect(combined.toObject()).toEqual({ a: 'x', b: '1', c: '3' });
    expect(combined.toObject({ flat: false })).toEqual({ a: ['x', '2'], b: ['1'], c: ['3'] });
    expect([...combined.entries({ multi: true })]).toEqual([
      ['a', 'x'],
      ['b', '1'],
      ['a', '2'],
      ['c', '3'],
    ]);
    expect(inspect(combined)).toMatch(/^CombinedMultiDict\(\[/);
  });

  it('goes on where a value does not convert', () => {
    expect(combined.get('a', { type: int })).toBe(2);
    expect(combined.get('none', { type: int, default: 9 })).toBe(9);
    expect(combined.getList('a', { type: int })).toEqual([2]);
  });

  it('cannot be changed, its copy can', () => {
    expect(() => combined.add()).toThrow(expect.objectContaining({ code: 'IMMUTABLE' }));
    const copy = combined.copy();
    copy.add('z', '1');
    expect(copy.has('z')).toBe(true);
    expect(combined.has('z')).toBe(false);
  });
});

describe('int and float', () => {
  it.each([
    ['5', 5],
    [' +7 ', 7],
    ['-1_000', -1000],
    ['007', 7],
  ])('int reads %j', (text, number) => expect(int(text)).toBe(number));

  it.each(['', ' ', '1.5', 'x', '1__0', '_1', '1e3', '0x10', '--1'])('int refuses %j', (text) =>
    expect(() => int(text)).toThrow(RangeError),
  );

  it.each([
    ['1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    [' -1e3 ', -1000],
    ['1_0.2_5', 10.25],
    ['Infinity', Infinity],
    ['-inf', -Infinity],
    ['NaN', Number.NaN],
  ])('float reads %j', (text, number) => expect(float(text)).toBe(number));

  it.each(['', '.', 'x', '1e', '0x1', '1_', '1._5', 'infin'])('float refuses %j', (text) =>
    expect(() => float(text)).toThrow(RangeError),
  );
});
