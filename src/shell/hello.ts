import { createHash, timingSafeEqual } from 'node:crypto';
import type { ConnectionHost } from './connection-host.ts';
import { PROTOCOL_VERSION, type RequestFrame } from './protocol.ts';

/** Why a client is not let in that has introduced itself; undefined for one that is. */
export function refusalOf(
  { token, protocol }: RequestFrame<'hello'>,
  host: Pick<ConnectionHost, 'token' | 'audit'>,
): string | undefined {
  if (typeof token !== 'string' || !isSame(token, host.token)) {
    host.audit('shell refused: wrong token');
    return 'denied: wrong token';
  }
  if (protocol === PROTOCOL_VERSION) return undefined;
  return `the server speaks version ${PROTOCOL_VERSION} of the shell's protocol, this shell ${protocol}`;
}

/** Compares in a time that tells nothing about the contents. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
