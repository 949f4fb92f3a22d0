import { describe, expect, it } from 'vitest';
import { checkPasswordHash, generatePasswordHash, genSalt } from '../../src/http/security.ts';

describe('generatePasswordHash', () => {
  it('makes the format of Werkzeug with a salt of its own', async () => {
    const [first, second] = await Promise.all([generatePasswordHash('secret'), generatePasswordHash('secret')]);
    expect(first).toMatch(/^scrypt:32768:8:1\$[A-Za-z0-9]{16}\$[0-9a-f]{128}$/);
    expect(first).not.toBe(second);
    expect(await checkPasswordHash(first, 'secret')).toBe(true);
    expect(await checkPasswordHash(first, 'Secret')).toBe(false);
  });

  it('takes method and salt length', async () => {
    const hash = await generatePasswordHash('ünïcode 🔑', { method: 'pbkdf2:sha512:10', saltLength: 4 });
    expect(hash).toMatch(/^pbkdf2:sha512:10\$\w{4}\$[0-9a-f]{128}$/);
    expect(await checkPasswordHash(hash, 'ünïcode 🔑')).toBe(true);
  });

  it.each([
    'md5',
    'scrypt:1',
    'scrypt:3:8:1',
    'scrypt:16:0:1',
    'scrypt:x:8:1',
    'pbkdf2:nope:1',
    'pbkdf2:sha256:0',
    'pbkdf2:sha256:1:1',
  ])('refuses the method %s', async (method) => {
    await expect(generatePasswordHash('secret', { method })).rejects.toMatchObject({ code: 'HASH_METHOD' });
  });

  it('refuses parameters that would take all memory', async () => {
    await expect(checkPasswordHash(`scrypt:${2 ** 40}:8:1$salt$00`, 'secret')).rejects.toMatchObject({
      code: 'HASH_METHOD',
    });
  });

  it('works off the event loop', async () => {
    const order: string[] = [];
    const hashing = generatePasswordHash('secret').then(() => order.push('hashed'));
    await new Promise((resolve) => setImmediate(resolve));
    order.push('loop ran');
    await hashing;
    expect(order).toEqual(['loop ran', 'hashed']);
  });
});

describe('checkPasswordHash', () => {
  it.each([
    '',
    'scrypt',
    'pbkdf2:sha256:1$salt',
    'pbkdf2:sha256:1$salt$',
    'pbkdf2:sha256:1$salt$é',
    'pbkdf2:sha256:1$salt$00$00',
  ])('matches nothing with %j', async (hash) => {
    expect(await checkPasswordHash(hash, 'secret')).toBe(false);
  });

  it('throws for unknown methods', async () => {
    await expect(checkPasswordHash('plain$$secret', 'secret')).rejects.toMatchObject({
      code: 'HASH_METHOD',
      message: "Invalid hash method 'plain'.",
    });
  });
});

describe('genSalt', () => {
  it('gives letters and digits', () => {
    expect(genSalt(200)).toMatch(/^[A-Za-z0-9]{200}$/);
    expect(() => genSalt(0)).toThrow(expect.objectContaining({ code: 'SALT_LENGTH' }));
  });
});
