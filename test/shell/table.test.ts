import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/shell/spans.ts';
import { printRows, type TableOptions } from '../../src/shell/table.ts';

function table(value: unknown, options: Partial<TableOptions> = {}): string[] | undefined {
  const spans = printRows(value, { columns: 80, ...options });
  return spans && plainText(spans).split('\n');
}

class Post {
  readonly id: number;
  readonly title: string;

  constructor(id: number, title: string) {
    this.id = id;
    this.title = title;
  }
}

describe('a table', () => {
  it('has a row for each object, numbers to the right, and a count', () => {
    expect(
      table([
        { id: 1, title: 'Hello', views: 10 },
        { id: 12, title: 'It is', views: null },
      ]),
    ).toEqual([
      '┌────┬─────────┬───────┐',
      '│ id │ title   │ views │',
      '├────┼─────────┼───────┤',
      "│  1 │ 'Hello' │    10 │",
      "│ 12 │ 'It is' │  null │",
      '└────┴─────────┴───────┘',
      '2 rows',
    ]);
  });

  it('is made of instances of a class, and of one row', () => {
    expect(table([new Post(1, 'Hello')])?.slice(3)).toEqual(["│  1 │ 'Hello' │", '└────┴─────────┘', '1 row']);
  });

  it('has no lines where none are wanted', () => {
    expect(table([new Post(1, 'Hello'), new Post(2, 'Two')], { box: false })).toEqual([
      'id  title  ',
      " 1  'Hello'",
      " 2  'Two'  ",
      '2 rows',
    ]);
  });

  it('leaves cells empty that an object does not have', () => {
    expect(table([{ a: 1, b: 2 }, { a: 1, b: 2 }, { a: 3 }])?.[5]).toBe('│ 3 │   │');
  });

  it('keeps a cell in one line', () => {
    expect(table([{ text: 'a\nb', at: new Date(0), list: [1, 2] }])?.[3]).toBe(
      "│ 'a\\nb' │ 1970-01-01T00:00:00.000Z │ [ 1, 2 ] │",
    );
  });

  it('never runs a getter', () => {
    let runs = 0;
    const row = {
      id: 1,
      get title() {
        runs += 1;
        return 'x';
      },
    };
    expect(table([row])?.[3]).toBe('│  1 │ [Getter] │');
    expect(runs).toBe(0);
  });

  it('takes the rows that somebody else makes', () => {
    class Secret {
      readonly #name = 'x';
      get name(): string {
        return this.#name;
      }
    }
    const rowOf = (value: unknown): object | undefined => (value instanceof Secret ? { name: value.name } : undefined);
    expect(table([new Secret()], { rowOf })?.[3]).toBe("│ 'x'  │");
  });

  it('counts what it does not show', () => {
    const rows = Array.from({ length: 1234 }, (_, id) => ({ id }));
    const lines = table(rows, { maxRows: 5 });
    expect(lines).toHaveLength(3 + 5 + 2);
    expect(lines?.at(-1)).toBe('5 of 1,234 rows');
  });
});

describe('the width of a table', () => {
  const rows = [{ id: 1, title: 'a long title of a post', text: 'a text that is much longer than the others' }];

  it.each([40, 50, 60])('is cut to %i columns, the widest first', (columns) => {
    const lines = table(rows, { columns }) ?? [];
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines[3]).toContain('…');
    expect(lines[3]).toContain('│  1 │');
  });

  it('leaves columns out behind an ellipsis where there are too many', () => {
    const wide = [Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`column${index}`, 'a value']))];
    const lines = table(wide, { columns: 40 }) ?? [];
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines[1]).toMatch(/^│ column0 .* │ … │$/);
  });

  it('counts wide characters', () => {
    const lines = table([{ name: '日本' }, { name: 'ab' }]) ?? [];
    expect(lines[3]).toBe("│ '日本' │");
    expect(lines[4]).toBe("│ 'ab'   │");
  });
});

describe('no table', () => {
  it.each<[string, unknown]>([
    ['no array', { id: 1 }],
    ['nothing in it', []],
    ['numbers', [1, 2]],
    ['a mixture', [{ id: 1 }, 2]],
    ['two classes', [new Post(1, 'x'), { id: 1, title: 'x' }]],
    [
      'objects of other shapes',
      [
        { a: 1, b: 2 },
        { c: 1, d: 2 },
      ],
    ],
    ['objects without names', [{}, {}]],
    ['arrays', [[1, 2]]],
    ['dates', [new Date(0)]],
    ['maps', [new Map([[1, 2]])]],
    ['objects in objects', [{ one: {}, two: {}, three: 1 }]],
    ['values that print themselves', [{ id: 1, [inspect.custom]: () => 'x' }]],
    ['a proxy', new Proxy([{ id: 1 }], {})],
    ['functions', [() => 1]],
  ])('is made of %s', (_, value) => {
    expect(table(value)).toBeUndefined();
  });
});
