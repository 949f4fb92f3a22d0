import { randomInt, timingSafeEqual } from 'node:crypto';
import { FlaconError } from '../util/errors.ts';
import { hashPassword } from './password-hash.ts';

const SALT_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Options of {@link generatePasswordHash}. */
export interface PasswordHashOptions {
  /**
   * `scrypt` or `scrypt:N:r:p`, `pbkdf2` or `pbkdf2:digest` or `pbkdf2:digest:iterations`.
   * Default 'scrypt', which is `scrypt:32768:8:1`.
   */
  method?: string;
  /** Characters of the random salt. Default 16. */
  saltLength?: number;
}

/**
 * Hashes a password for storage, in the format of Werkzeug: `method$salt$hash`. The work is done off the event loop.
 *
 * @throws FlaconError `HASH_METHOD` if method or parameters are unknown, `SALT_LENGTH` for a length below 1.
 */
export async function generatePasswordHash(password: string, options: PasswordHashOptions = {}): Promise<string> {
  const { method = 'scrypt', saltLength = 16 } = options;
  const salt = genSalt(saltLength);
  const [hash, fullMethod] = await hashPassword(password, method, salt);
  return `${fullMethod}$${salt}$${hash}`;
}

/**
 * Whether a password is the one that was hashed. A text that is no hash matches nothing. Takes the same time wherever
 * the hashes differ.
 *
 * @throws FlaconError `HASH_METHOD` if the hash was made by an unknown method.
 */
export async function checkPasswordHash(passwordHash: string, password: string): Promise<boolean> {
  const [method, salt, ...rest] = passwordHash.split('$');
  if (method === undefined || salt === undefined || rest.length === 0) return false;
  const [hash] = await hashPassword(password, method, salt);
  const [expected, actual] = [Buffer.from(rest.join('$')), Buffer.from(hash)];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** A random text of letters and digits. */
export function genSalt(length: number): string {
  if (length < 1) throw new FlaconError('Salt length must be at least 1.', { code: 'SALT_LENGTH' });
  return Array.from({ length }, () => SALT_CHARACTERS[randomInt(SALT_CHARACTERS.length)]).join('');
}
