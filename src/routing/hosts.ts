import { BadHost } from '../http/exceptions.ts';
import { domainToAscii } from '../http/idna.ts';

/**
 * A host in lower case and with international labels in their ASCII form. The port, if there is one, is kept.
 * Throws BadHost if the host cannot be one.
 */
export function normalizeServerName(serverName: string): string {
  const lower = serverName.toLowerCase();
  const colon = lower.indexOf(':');
  const name = colon === -1 ? lower : lower.slice(0, colon);
  try {
    return domainToAscii(name) + lower.slice(name.length);
  } catch (cause) {
    throw new BadHost(null, { cause });
  }
}

const ORDINARY = /^(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}(?::\d+)?$/i;

/** Whether a host, port included, is one that `normalizeServerName` certainly takes. */
export function isOrdinaryHost(host: string): boolean {
  return ORDINARY.test(host);
}

/** What `host` has before `.serverName`, '' if they are the same; undefined if it ends otherwise. */
export function subdomainOf(host: string, serverName: string): string | undefined {
  const labels = host.split('.');
  const suffix = serverName.split('.');
  const count = labels.length - suffix.length;
  if (count < 0 || suffix.some((label, index) => labels[count + index] !== label)) return undefined;
  return labels
    .slice(0, count)
    .filter((label) => label !== '')
    .join('.');
}
