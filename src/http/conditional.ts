import { httpDate } from './dates.ts';
import { parseEtags } from './etags.ts';
import { RequestedRangeNotSatisfiable } from './exceptions.ts';
import { parseRangeHeader } from './range.ts';
import type { Request } from './request.ts';
import { isResourceModified } from './resource-modified.ts';
import { sliceBody } from './response-body.ts';
import type { Response } from './response.ts';

/** Options of `Response.makeConditional`. */
export interface ConditionalOptions {
  /** Whether parts can be asked for: true for bytes, or the value of Accept-Ranges. Default: false. */
  acceptRanges?: boolean | string | undefined;
  /** Length of the whole body in bytes, without which there are no parts. */
  completeLength?: number | null | undefined;
}

/** Applies the conditions of a request to its answer (RFC 9110 sections 13 and 14); see `Response.makeConditional`. */
export function applyConditions(response: Response, request: Request, options: ConditionalOptions): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return;
  const { headers } = response;
  if (!headers.has('Date')) headers.set('Date', httpDate());
  const acceptRanges = options.acceptRanges === true ? 'bytes' : options.acceptRanges || undefined;
  if (acceptRanges !== undefined) headers.set('Accept-Ranges', acceptRanges);
  const state = { etag: headers.get('ETag'), lastModified: headers.get('Last-Modified') };
  const isPart = acceptRanges !== undefined && applyRange(response, request, options.completeLength, state);
  if (!isPart && !isResourceModified(request.headers, state)) {
    response.status = parseEtags(request.headers.get('If-Match')).isEmpty ? 304 : 412;
  }
  if ((response.constructor as typeof Response).automaticallySetContentLength && !headers.has('Content-Length')) {
    const length = response.calculateContentLength();
    if (length !== undefined) headers.set('Content-Length', length);
  }
}

type State = Parameters<typeof isResourceModified>[1];

/** Cuts the part out of the body that the request asks for; false if it asks for none, or must get the whole. */
function applyRange(
  response: Response,
  request: Request,
  completeLength: number | null | undefined,
  state: State,
): boolean {
  const header = request.headers.get('Range');
  // An empty resource has no parts.
  if (!completeLength || header === undefined) return false;
  const hasIfRange = request.headers.has('If-Range');
  if (hasIfRange && isResourceModified(request.headers, { ...state, ignoreIfRange: false })) return false;
  const range = parseRangeHeader(header);
  const bounds = range?.rangeForLength(completeLength);
  const contentRange = range?.toContentRangeHeader(completeLength);
  if (!bounds || !contentRange) throw new RequestedRangeNotSatisfiable(null, { length: completeLength });
  const [start, stop] = bounds;
  response.body = sliceBody(response.body, start, stop - start);
  response.status = 206;
  response.headers.set('Content-Length', stop - start);
  response.headers.set('Content-Range', contentRange);
  return true;
}
