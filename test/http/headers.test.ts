import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BadRequestKeyError } from '../../src/http/exceptions.ts';
import { Headers } from '../../src/http/headers.ts';
import { MultiDict } from '../../src/http/multidict.ts';
import { int } from '../../src/http/numbers.ts';

describe('Headers', () => {
  it('compares names without case and keeps their spelling and order', () => {
    const headers = new Headers([
      ['Content-Type', 'text/plain'],
      ['X-A', '1'],
      ['x-a', '2'],
    ]);
    expect(headers.get('content-TYPE')).toBe('text/plain');
    expect(headers.getList('X-a')).toEqual(['1', '2']);
    expect([...headers]).toEqual([
      ['Content-Type', 'text/plain'],
      ['X-A', '1'],
      ['x-a', '2'],
    ]);
    expect([...headers.keys()]).toEqual(['Content-Type', 'X-A', 'x-a']);
    expect([...headers.values()]).toEqual(['text/plain', '1', '2']);
    expect(headers.size).toBe(3);
  });

  it.each([
    [
      'pairs',
      [
        ['A', '1'],
        ['A', 2],
      ] as const,
    ],
    ['an object of lists', { A: ['1', 2] }],
    ['Headers', new Headers({ A: ['1', '2'] })],
    ['a MultiDict', new MultiDict({ A: ['1', '2'] })],
  ])('is made from %s', (_kind, init) => {
    expect(new Headers(init).getList('a')).toEqual(['1', '2']);
  });

  it('is made from the Headers of the Fetch API, every cookie by itself', () => {
    const web = new globalThis.Headers({ 'X-A': '1' });
    web.append('Set-Cookie', 'a=1');
    web.append('Set-Cookie', 'b=2');
    expect(new Headers(web).getList('Set-Cookie')).toEqual(['a=1', 'b=2']);
  });

  it('set takes the place of the first line and removes the others', () => {
    const headers = new Headers({ A: '1', B: '2', a: '3' });
    headers.set('a', 'new');
    expect([...headers]).toEqual([
      ['a', 'new'],
      ['B', '2'],
    ]);
  });

  it('writes parameters behind the value, underscores as dashes', () => {
    const headers = new Headers();
    headers.add('Content-Disposition', 'attachment', { filename: 'a b.txt', x_y: 1, none: undefined });
    expect(headers.get('Content-Disposition')).toBe('attachment; filename="a b.txt"; x-y=1');
  });

  it('setList, setDefault, setListDefault, remove, pop, clear', () => {
    const headers = new Headers();
    headers.setList('A', ['1', '2']);
    expect(headers.setDefault('a', '9')).toBe('1');
    expect(headers.setDefault('B', 5)).toBe('5');
    expect(headers.setListDefault('C', ['x', 'y'])).toEqual(['x', 'y']);
    expect(headers.setListDefault('C', ['z'])).toEqual(['x', 'y']);
    expect(headers.pop('a')).toBe('1');
    expect(headers.has('A')).toBe(false);
    expect(headers.pop('a', null)).toBeNull();
    expect(() => headers.pop('a')).toThrow(BadRequestKeyError);
    headers.setList('C', []);
    expect(headers.has('C')).toBe(false);
    headers.remove('none');
    headers.clear();
    expect(headers.size).toBe(0);
  });

  it('extend adds, update replaces', () => {
    const headers = new Headers({ A: '1' });
    headers.extend({ a: ['2', '3'] });
    expect(headers.getList('A')).toEqual(['1', '2', '3']);
    headers.update({ A: ['4', '5'], B: '6' });
    headers.update(
      new Headers([
        ['B', '7'],
        ['B', '8'],
      ]),
    );
    headers.update([['C', '9']]);
    expect(headers.toFlat()).toEqual(['A', '4', 'A', '5', 'B', '7', 'B', '8', 'C', '9']);
  });

  it('converts, and counts what does not convert as missing', () => {
    const headers = new Headers({ 'Content-Length': '42', Bad: 'x' });
    expect(headers.get('Content-Length', { type: int })).toBe(42);
    expect(headers.get('Bad', { type: int })).toBeUndefined();
    expect(headers.get('Bad', { type: Number, default: 7 })).toBe(7);
    expect(headers.get('None', 'plain')).toBe('plain');
    expect(headers.getList('Bad', { type: int })).toEqual([]);
    expect(() => headers.require('None')).toThrow(BadRequestKeyError);
  });

  it('copies: neither changes the other', () => {
    const headers = new Headers({ A: '1' });
    const copy = headers.copy();
    copy.set('A', '2');
    headers.add('B', '3');
    expect([headers.toFlat(), copy.toFlat()]).toEqual([
      ['A', '1', 'B', '3'],
      ['A', '2'],
    ]);
    expect(headers.equals(new Headers({ b: '3', a: '1' }))).toBe(true);
    expect(headers.equals(copy)).toBe(false);
  });

  it('prints', () => {
    const headers = new Headers({ A: '1', B: 'x y' });
    expect(String(headers)).toBe('A: 1\r\nB: x y\r\n\r\n');
    expect(inspect(headers)).toBe("Headers([ [ 'A', '1' ], [ 'B', 'x y' ] ])");
  });
});

describe('Headers.fromRaw', () => {
  const raw = Object.freeze(['Host', 'h', 'X-For', '1', 'Cookie', 'a=1', 'x-for', '2', 'cookie', 'b=2', 'X_For', '3']);

  it('reads without copying and copies before it is changed', () => {
    const headers = Headers.fromRaw(raw);
    expect(headers.get('host')).toBe('h');
    headers.set('Host', 'other');
    expect(headers.get('host')).toBe('other');
    expect(raw[1]).toBe('h');
  });

  it('joins repeated lines as WSGI does, also after a change', () => {
    const headers = Headers.fromRaw(raw);
    expect(headers.get('X-For')).toBe('1,2');
    expect(headers.get('Cookie')).toBe('a=1; b=2');
    expect(headers.getList('x-for')).toEqual(['1', '2']);
    headers.add('New', '1');
    expect(headers.get('X-For')).toBe('1,2');
    expect(headers.copy().get('X-For')).toBe('1,2');
  });

  it('takes the last Content-Type', () => {
    expect(Headers.fromRaw(['Content-Type', 'a/b', 'content-type', 'c/d']).get('Content-Type')).toBe('c/d');
  });
});
