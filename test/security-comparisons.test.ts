import { readdirSync, readFileSync } from 'node:fs';
import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { PinGuard } from '../src/debug/pin.ts';
import { decodeCookie, encodeCookie } from '../src/ext/login/cookie.ts';
import { checkPasswordHash, generatePasswordHash } from '../src/http/security.ts';
import { Flacon, session } from '../src/index.ts';
import { Signer, URLSafeTimedSerializer } from '../src/util/signer.ts';
import { FLASK, FLASK_ROWS, TOOLS, WERKZEUG, WERKZEUG_ROWS } from './security-history-table.ts';
import type { HistoryEntry } from './security-history-table.ts';

vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

const compare = vi.mocked(timingSafeEqual);
const folder = fileURLToPath(new URL('.', import.meta.url));
const source = join(folder, '..', 'src');

/** The text of a signed value with its last character changed: as long as the right one. */
function forge(text: string): string {
  return text.slice(0, -3) + (text.at(-3) === 'A' ? 'B' : 'A') + text.slice(-2);
}

describe('comparisons', () => {
  beforeEach(() => void compare.mockClear());

  it('a session is compared in constant time', async () => {
    const app = new Flacon();
    app.secretKey = 'key';
    app.get('/', () => String(session.size));
    const client = app.testClient();
    client.setCookie('session', forge(new URLSafeTimedSerializer('key', { salt: 'cookie-session' }).dumps({ a: 1 })));
    expect((await client.get('/')).text).toBe('0');
    expect(compare).toHaveBeenCalled();
  });

  it.each<[string, () => unknown, unknown]>([
    ['a signature', () => new Signer('key').validate(forge(new Signer('key').sign('value').toString())), false],
    ['a remember cookie', () => decodeCookie(forge(encodeCookie('1', 'key')), 'key'), undefined],
    [
      'a password',
      async () => checkPasswordHash(forge(await generatePasswordHash('a', { method: 'pbkdf2:sha256:1' })), 'a'),
      false,
    ],
    ['a PIN', () => new PinGuard({ pin: '123-456-789', key: 'k', failures: 0 }, 1).enter('123-456-780').auth, false],
    [
      'the cookie of a PIN',
      () => {
        const guard = new PinGuard({ pin: '123-456-789', key: 'k', failures: 0 }, 1);
        const cookie = guard.enter('123-456-789').cookie?.split(';')[0] ?? '';
        compare.mockClear();
        return guard.isTrusted(forge(cookie));
      },
      false,
    ],
  ])('%s is compared in constant time', async (_, check, expected) => {
    expect(await check()).toBe(expected);
    expect(compare).toHaveBeenCalled();
  });

  it('signatures and tokens are compared by timingSafeEqual alone', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(200);
    const careless: string[] = [];
    // A text with one of these names, compared to something that is neither empty nor a literal.
    const comparison =
      /\b(?:\w*[sS]ignature|\w*[dD]igest|mac|hmac|\w*(?<!#)[tT]oken|\w*[sS]ecret|pin|password\w*)\b(?:\(.*?\))? [!=]== (?!undefined|null|'|"|\d|bracket|this\.#)/;
    for (const name of files) {
      const lines = readFileSync(join(source, name), 'utf8').split('\n');
      for (const [index, line] of lines.entries())
        if (comparison.test(line)) careless.push(`${name}:${index + 1}: ${line.trim()}`);
    }
    expect(careless).toEqual([]);
    expect(comparison.test('if (signature === expected)')).toBe(true);
  });
});

describe('the security history', () => {
  it('has a test for each row', () => {
    const rowsOf = (table: readonly HistoryEntry[]): string[] => [...new Set(table.map(({ id }) => id))];
    expect(rowsOf(FLASK)).toEqual(FLASK_ROWS);
    expect(rowsOf(WERKZEUG)).toEqual(WERKZEUG_ROWS);
  });

  it.each([...FLASK, ...WERKZEUG, ...TOOLS].map(({ id, file, test }) => [id, file, test]))(
    '%s: %s has the test "%s"',
    (_, file, test) => {
      const text = readFileSync(join(folder, file), 'utf8').replaceAll(/\s+/g, ' ');
      const declared = [`it('${test}', `, `)('${test}', `, `)( '${test}', `];
      expect(declared.some((form) => text.includes(form))).toBe(true);
    },
  );
});
