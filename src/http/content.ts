import { plainInt } from './numbers.ts';
import { parseListHeader } from './parse.ts';

/**
 * Length of a request's body by its headers, in bytes. `undefined` if it is not known (no Content-Length, or chunked);
 * a length that makes no sense is 0.
 */
export function getContentLength(
  contentLength: string | null | undefined,
  transferEncoding?: string | null,
): number | undefined {
  if (contentLength === null || contentLength === undefined) return undefined;
  if (transferEncoding) {
    const codings = parseListHeader(transferEncoding);
    if (codings.some((coding) => coding.toLowerCase() === 'chunked')) return undefined;
  }
  return Math.max(0, plainInt(contentLength) ?? 0);
}

const TEXT_TYPES = new Set([
  'application/ecmascript',
  'application/javascript',
  'application/sql',
  'application/xml',
  'application/xml-dtd',
  'application/xml-external-parsed-entity',
]);

/** The Content-Type of a MIME type: with the charset if it is a type of text. */
export function getContentType(mimetype: string, charset = 'utf-8'): string {
  const isText = mimetype.startsWith('text/') || mimetype.endsWith('+xml') || TEXT_TYPES.has(mimetype);
  return isText ? `${mimetype}; charset=${charset}` : mimetype;
}
