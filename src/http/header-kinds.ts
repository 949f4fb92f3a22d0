import type { Headers } from './headers.ts';

const ENTITY_HEADERS = new Set([
  'allow',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'expires',
  'last-modified',
]);

const HOP_BY_HOP_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a header is about the content of a message. */
export function isEntityHeader(name: string): boolean {
  return ENTITY_HEADERS.has(name.toLowerCase());
}

/** Whether a header is about one connection only and must not be passed on. */
export function isHopByHopHeader(name: string): boolean {
  return HOP_BY_HOP_HEADERS.has(name.toLowerCase());
}

/** Removes the headers about the content, but for those that are `allowed`. */
export function removeEntityHeaders(
  headers: Headers,
  allowed: Iterable<string> = ['expires', 'content-location'],
): void {
  const kept = new Set(Array.from(allowed, (name) => name.toLowerCase()));
  for (const name of ENTITY_HEADERS) if (!kept.has(name)) headers.remove(name);
}

/** Removes the headers about one connection. */
export function removeHopByHopHeaders(headers: Headers): void {
  for (const name of HOP_BY_HOP_HEADERS) headers.remove(name);
}
