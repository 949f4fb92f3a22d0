import { createHmac, timingSafeEqual } from 'node:crypto';
import { currentApp, FlaconError } from 'flacon';

/** The value of a remember cookie: the payload, a bar, and its signature with `key`; default: the app's SECRET_KEY. */
export function encodeCookie(payload: string, key?: string | Uint8Array): string {
  return `${payload}|${digest(payload, key)}`;
}

/**
 * What `encodeCookie` was given; undefined if the signature is not right. Throws a TypeError for a signature that is
 * not ASCII, as Python's comparison does.
 */
export function decodeCookie(cookie: string, key?: string | Uint8Array): string | undefined {
  const bar = cookie.lastIndexOf('|');
  if (bar === -1) return undefined;
  const payload = cookie.slice(0, bar);
  const given = cookie.slice(bar + 1);
  // oxlint-disable-next-line no-control-regex -- that is what ASCII is
  if (/[^\0-\x7f]/.test(given)) throw new TypeError('The signature of a remember cookie is not ASCII.');
  const expected = digest(payload, key);
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
    ? payload
    : undefined;
}

function digest(payload: string, key: string | Uint8Array | undefined): string {
  return createHmac('sha512', keyBytes(key ?? currentApp.config.SECRET_KEY))
    .update(payload, 'utf8')
    .digest('hex');
}

function keyBytes(key: string | Uint8Array | null): Uint8Array {
  if (key === null) {
    throw new FlaconError('A remember cookie cannot be signed or read, because no secret key was set.', {
      code: 'NO_SECRET_KEY',
      fix: 'Set app.config.SECRET_KEY.',
    });
  }
  if (typeof key !== 'string') return key;
  // Flask-Login's keys are Latin-1; others it refuses.
  // oxlint-disable-next-line no-control-regex -- that is what Latin-1 is
  return Buffer.from(key, /[^\0-\xff]/.test(key) ? 'utf8' : 'latin1');
}
