import { describe, expect, it } from 'vitest';
import { describeQuery } from '../../shell-plugins/query-text.ts';

const MASK = '«redacted»';

describe('a statement as it is shown', () => {
  it('is on one line, without comments; strings keep their blanks', () => {
    expect(describeQuery({ sql: "SELECT *\n  FROM t -- all\n  /* of it */ WHERE a = 'x  y'", params: [] })).toEqual({
      sql: "SELECT * FROM t WHERE a = 'x  y'",
      params: '',
    });
  });

  it.each([
    ['SELECT * FROM users WHERE email = ? AND password = ?', ['a@b.c', 'x'], `['a@b.c', ${MASK}]`],
    ['UPDATE users SET password_hash = ?, email = ? WHERE id = ?', ['x', 'a@b.c', 3], `[${MASK}, 'a@b.c', 3]`],
    ['UPDATE users SET "password_hash"=? WHERE u.id=?', ['x', 3], `[${MASK}, 3]`],
    ['SELECT * FROM t WHERE lower(api_key) LIKE ?', ['x'], `[${MASK}]`],
    ['SELECT * FROM t WHERE token IN (?, ?) LIMIT ?', ['x', 'y', 5], `[${MASK}, ${MASK}, ${MASK}]`],
    ['SELECT * FROM t WHERE id IN (?, ?) LIMIT ?', [1, 2, 5], '[1, 2, 5]'],
    ['INSERT INTO users (email, password) VALUES (?, ?)', ['a@b.c', 'x'], `['a@b.c', ${MASK}]`],
    [
      'INSERT OR REPLACE INTO users(email, secret, n) VALUES (lower(?), hash(?, ?), ?), (?, ?, ?)',
      ['a', 'x', 'y', 1, 'b', 'z', 2],
      `['a', ${MASK}, ${MASK}, 1, 'b', ${MASK}, 2]`,
    ],
    ['INSERT INTO users (email, password) SELECT ?, ?', ['a', 'x'], `[${MASK}, ${MASK}]`],
    [
      'INSERT INTO users (email, age) VALUES (?, ?) ON CONFLICT DO UPDATE SET token = ?',
      ['a', 3, 'x'],
      `['a', 3, ${MASK}]`,
    ],
    ['SELECT * FROM t WHERE token = $2 AND id = $1', [7, 'x'], `[7, ${MASK}]`],
    ['SELECT * FROM t WHERE a = :password AND b = :b', { password: 'x', b: 2 }, `{ password: ${MASK}, b: 2 }`],
    ['SELECT * FROM t WHERE a = ?', ['sk_live_abcdefghijklmnop'], `[${MASK}]`],
    ['SELECT * FROM t WHERE password IS ? AND token = ?', [null, true], '[null, true]'],
  ])('%s', (sql, params, shown) => {
    expect(describeQuery({ sql, params }).params).toBe(shown);
  });

  it('masks strings in the statement itself', () => {
    const { sql } = describeQuery({
      sql: "INSERT INTO users (email, password) VALUES ('a@b.c', 'x''y') -- password 'z'",
      params: [],
    });
    expect(sql).toBe(`INSERT INTO users (email, password) VALUES ('a@b.c', '${MASK}')`);
  });

  it('is cut where it is very long', () => {
    const { sql, params } = describeQuery({ sql: `SELECT ${'a, '.repeat(1000)}b`, params: ['y'.repeat(500)] });
    expect(sql).toHaveLength(600);
    expect(params.length).toBeLessThan(130);
  });
});
