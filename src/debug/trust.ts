import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

import { hostIsTrusted } from '../http/hosts.ts';

/** Why the debugger does not listen to a request. */
export interface Refusal {
  status: 400 | 403;
  message: string;
}

/** What is asked of a request: its headers by lower-case name, and the address that it comes from. */
export interface Peer {
  header(name: string): string | undefined;
  readonly address: string | undefined;
}

/** The peer of a request of node:http. */
export function peerOf({ headers, socket }: IncomingMessage): Peer {
  return { header: (name) => headers[name]?.toString(), address: socket.remoteAddress };
}

/** Hosts that always mean this machine. */
const LOCAL_HOSTS = ['localhost', '.localhost', '127.0.0.1', '::1'];
const ANY_ADDRESS = new Set(['0.0.0.0', '::', '']);

/** Headers by which a proxy or a tunnel says that the request came from elsewhere. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'cf-connecting-ip'];

/**
 * Why a request must not get anything of the debugger but the text of an error; undefined when it may: it names a host of
 * this machine, which keeps DNS rebinding out (CVE-2024-34069), and comes from it, not through a tunnel. `hosts` are
 * further names, such as the address that the server is bound to; one with a dot in front allows subdomains.
 */
export function refuseStranger(peer: Peer, hosts: Iterable<string>): Refusal | undefined {
  const names = [...LOCAL_HOSTS, ...hosts].filter((name) => !ANY_ADDRESS.has(name));
  const host = peer.header('host')?.toLowerCase() ?? '';
  if (!names.some((name) => isHost(host, name.toLowerCase())))
    return { status: 400, message: 'The debugger answers only at an address of this machine.' };
  if (!isLoopback(peer.address) || FORWARDED.some((name) => peer.header(name) !== undefined))
    return { status: 403, message: 'The debugger answers only to this machine.' };
  return undefined;
}

/** Why a request is not one that a page of this very server has made, but another site in the same browser (CSRF). */
export function refuseOtherSite(peer: Peer): Refusal | undefined {
  const [origin, host = ''] = [peer.header('origin'), peer.header('host')];
  const site = peer.header('sec-fetch-site');
  const isOther = site !== undefined && site !== 'same-origin';
  const isForeign = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
  return isOther || isForeign ? { status: 403, message: 'The debugger answers only to its own page.' } : undefined;
}

function isHost(host: string, name: string): boolean {
  const address = withoutBrackets(name);
  return isIPv6(address) ? withoutBrackets(host) === address : hostIsTrusted(host, name);
}

/** Of an IPv6 address in a Host header, the address. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[([^\]]*)\](?::\d+)?$/, '$1');
}

function isLoopback(address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:/i, '') ?? '';
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}
