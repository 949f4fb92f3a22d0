import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hashPassword } from '../../src/http/password-hash.ts';
import { checkPasswordHash, generatePasswordHash, genSalt } from '../../src/http/security.ts';

interface Case {
  id: string;
  op: string;
  password: string;
  method?: string;
  salt: string;
  salt_length?: number;
  hash: string;
  length: number;
  expect: Record<string, unknown>;
}

const { cases } = JSON.parse(readFileSync(new URL('passwords.json', import.meta.url), 'utf8')) as { cases: Case[] };

// Cases that answer differently, and why.
const differences: Record<string, string> = {};

describe('passwords', () => {
  it.each(['hash', 'generate', 'check', 'gen_salt'])('%s answers as Werkzeug does', async (op) => {
    const failed: string[] = [];
    const agreed: string[] = [];
    for (const item of cases.filter((candidate) => candidate.op === op)) {
      const actual = await answer(item);
      const { class: _class, message: _message, ...expected } = item.expect;
      const isEqual = JSON.stringify(sorted(actual)) === JSON.stringify(sorted(expected));
      if (isEqual && item.id in differences) agreed.push(item.id);
      if (!isEqual && !(item.id in differences)) {
        failed.push(`${item.id}: ${JSON.stringify(expected)} expected, got ${JSON.stringify(actual)}`);
      }
    }
    expect(failed).toEqual([]);
    expect(agreed, 'listed as different, but equal').toEqual([]);
  });

  it('knows every op', () => {
    expect(cases.filter(({ op }) => !['hash', 'generate', 'check', 'gen_salt'].includes(op))).toEqual([]);
  });
});

function sorted(answer: Record<string, unknown>): [string, unknown][] {
  return Object.entries(answer).sort(([a], [b]) => (a < b ? -1 : 1));
}

async function answer(item: Case): Promise<Record<string, unknown>> {
  try {
    return { kind: 'ok', ...(await run(item)) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return { kind: 'error' };
  }
}

async function run({ op, password, method, salt, salt_length, hash, length }: Case): Promise<Record<string, unknown>> {
  switch (op) {
    case 'hash': {
      const [digits, fullMethod] = await hashPassword(password, method ?? 'scrypt', salt);
      return { hash: `${fullMethod}$${salt}$${digits}` };
    }
    case 'check':
      return { match: await checkPasswordHash(hash, password) };
    case 'gen_salt':
      return describeSalt(genSalt(length));
    default: {
      const options = {
        ...(method !== undefined && { method }),
        ...(salt_length !== undefined && { saltLength: salt_length }),
      };
      const generated = await generatePasswordHash(password, options);
      const [usedMethod = '', usedSalt = '', digits = ''] = generated.split('$');
      const { alphanumeric } = describeSalt(usedSalt);
      return {
        method: usedMethod,
        salt_length: usedSalt.length,
        salt_alphanumeric: alphanumeric,
        digest_length: digits.length,
        digest_hex: /^[0-9a-f]+$/.test(digits),
        checks: await checkPasswordHash(generated, password),
        wrong_checks: await checkPasswordHash(generated, `${password}x`),
      };
    }
  }
}

function describeSalt(salt: string): { length: number; alphanumeric: boolean } {
  return { length: salt.length, alphanumeric: /^[A-Za-z0-9]+$/.test(salt) };
}
