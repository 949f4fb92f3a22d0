import { parseDate } from './dates.ts';
import { generateEtag, parseEtags, unquoteEtag } from './etags.ts';
import { IfRange, parseIfRangeHeader } from './range.ts';

/** What `isResourceModified` knows about the resource. */
export interface ResourceState {
  /** Its entity tag, quoted or not. */
  etag?: string | null;
  /** Its content, from which a tag is made if there is none. */
  data?: string | Uint8Array;
  /** When it was changed last: a date, or an HTTP date. */
  lastModified?: Date | string | null;
  /** Whether If-Range does not count. Default true. */
  ignoreIfRange?: boolean;
}

/** Headers to ask, by name. */
export interface HeaderSource {
  get(name: string): string | undefined;
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function isUnmodifiedSince(lastModified: Date | string | null | undefined, since: Date | undefined): boolean {
  const modified = typeof lastModified === 'string' ? parseDate(lastModified) : lastModified;
  return modified !== undefined && modified !== null && since !== undefined && seconds(modified) <= seconds(since);
}

/**
 * Whether a client that sent these headers needs the resource again (RFC 9110 section 13): by If-None-Match and If-Match
 * where there is a tag, else by If-Modified-Since.
 */
export function isResourceModified(
  headers: HeaderSource,
  { etag, data, lastModified, ignoreIfRange = true }: ResourceState,
): boolean {
  // Without Range, If-Range must not count (RFC 9110 section 13.1.5).
  const usesIfRange = !ignoreIfRange && headers.get('Range') !== undefined;
  const ifRange = usesIfRange ? parseIfRangeHeader(headers.get('If-Range')) : new IfRange();
  let unmodified = isUnmodifiedSince(lastModified, ifRange.date ?? parseDate(headers.get('If-Modified-Since')));
  const [tag] = unquoteEtag(etag ?? (data === undefined ? undefined : generateEtag(data)));
  if (tag === undefined) return !unmodified;
  if (ifRange.etag !== undefined) return !parseEtags(ifRange.etag).contains(tag);
  const ifNoneMatch = parseEtags(headers.get('If-None-Match'));
  if (!ifNoneMatch.isEmpty) unmodified = ifNoneMatch.containsWeak(tag);
  const ifMatch = parseEtags(headers.get('If-Match'));
  if (!ifMatch.isEmpty) unmodified = !ifMatch.isStrong(tag);
  return !unmodified;
}
