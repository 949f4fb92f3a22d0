import { SecurityError } from './exceptions.ts';
import { domainToAscii } from './idna.ts';
import { stripEnd } from './strip.ts';
import { makeQuoter, uriToIri } from './urls.ts';

// A name, an IPv4 or an IPv6 address, and perhaps a port.
const HOST = /^(?:[a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::[0-9]+)?$/i;

function withoutPort(host: string): string {
  const colon = host.indexOf(':');
  return colon === -1 ? host : host.slice(0, colon);
}

function matchesTrusted(name: string, trusted: string): boolean {
  const anySubdomain = trusted.startsWith('.');
  const reference = domainToAscii(withoutPort(anySubdomain ? trusted.slice(1) : trusted));
  return name === reference || (anySubdomain && name.endsWith(`.${reference}`));
}

/**
 * Whether a Host header has only characters that a host can have and, if there is a list, is on it. A name of the list
 * that starts with a dot stands for the domain and all its subdomains. Ports make no difference, an empty list trusts all.
 */
export function hostIsTrusted(host: string | null | undefined, trusted?: string | Iterable<string> | null): boolean {
  if (!host || !HOST.test(host)) return false;
  const names = typeof trusted === 'string' ? [trusted] : [...(trusted ?? [])].filter(Boolean);
  if (names.length === 0) return true;
  const name = withoutPort(host);
  return names.some((reference) => matchesTrusted(name, reference));
}

/** The address a server listens at: `[host, port]`, or `[path, null]` of a Unix socket. */
export type ServerAddress = readonly [host: string, port: number | null];

function serverHost([host, port]: ServerAddress): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}

function withoutDefaultPort(scheme: string, host: string): string {
  if ((scheme === 'http' || scheme === 'ws') && host.endsWith(':80')) return host.slice(0, -3);
  if ((scheme === 'https' || scheme === 'wss') && host.endsWith(':443')) return host.slice(0, -4);
  return host;
}

/**
 * The host that a request was sent to, without a default port: its Host header, else the address of the server. Empty
 * if there is neither, or if it has characters that no host has. Throws SecurityError (400) if there are trusted hosts
 * and it is none of them.
 */
export function getHost(
  scheme: string,
  hostHeader: string | null | undefined,
  server?: ServerAddress | null,
  trustedHosts?: string | Iterable<string> | null,
): string {
  let host: string;
  if (hostHeader !== null && hostHeader !== undefined) host = hostHeader;
  // The path of a Unix socket is no host.
  else if (server && server[1] !== null) host = serverHost(server);
  else return '';
  host = withoutDefaultPort(scheme, host);
  if (hostIsTrusted(host, trustedHosts)) return host;
  const isListed = typeof trustedHosts === 'string' ? trustedHosts !== '' : [...(trustedHosts ?? [])].length > 0;
  if (isListed) throw new SecurityError(`Host '${host}' is not trusted.`);
  return '';
}

const quotePathPart = makeQuoter("!$&'()*+,/:;=@%");
const quoteQuery = makeQuoter("!$&'()*+,/:;=?@%");

/**
 * The URL of a request, as an IRI, from its parts: without `rootPath` only scheme and host, without `path` up to the
 * root. Paths are decoded text, the query string is as it was sent.
 */
export function getCurrentUrl(
  scheme: string,
  host: string,
  rootPath?: string | null,
  path?: string | null,
  queryString?: string | Uint8Array | null,
): string {
  let url = `${scheme}://${host}`;
  if (rootPath === null || rootPath === undefined) return uriToIri(`${url}/`);
  url += `${quotePathPart(stripEnd(rootPath, '/'))}/`;
  if (path === null || path === undefined) return uriToIri(url);
  url += quotePathPart(path.replace(/^\/+/, ''));
  if (queryString?.length) url += `?${quoteQuery(queryString)}`;
  return uriToIri(url);
}
