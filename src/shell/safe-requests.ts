import { FlaconError } from '../util/errors.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * For a shell with `--read-only`: throws for a request whose method is not one of those that only read (RFC 9110, 9.2.1). TRACE
 * is not answered by applications.
 */
export function refuseUnsafe(method: string): void {
  if (SAFE.has(method.toUpperCase())) return;
  throw new FlaconError(`this shell is read-only: ${method.toUpperCase()} is not sent`, {
    code: 'READ_ONLY',
    fix: 'GET, HEAD and OPTIONS are; a shell without --read-only sends all',
  });
}
