import { FlaconError } from '../util/errors.ts';
import { removeEntityHeaders } from './header-kinds.ts';
import { Headers } from './headers.ts';
import type { Request } from './request.ts';
import { isWhole, wholeLength } from './response-body.ts';
import type { Response } from './response.ts';
import { latin1FromUtf8 } from './charset.ts';
import { iriToUri, makeQuoter, urlJoin } from './urls.ts';

/** Whether answers with this status have no body: 1xx, 204 and 304. */
export function hasNoBody(status: number): boolean {
  return (status >= 100 && status < 200) || status === 204 || status === 304;
}

/** What `wireHeaders` must know of the response's class. */
export interface WireOptions {
  autocorrectLocationHeader: boolean;
  setsLength: boolean;
}

/** The headers of a response as they are sent in answer to a request; see `Response.getFinalHeaders`. */
export function wireHeaders(
  response: Response,
  request: Request,
  { autocorrectLocationHeader, setsLength }: WireOptions,
): Headers {
  const headers = new Headers(response.headers);
  const { status, body } = response;
  const location = headers.get('Location');
  if (location !== undefined) {
    headers.set('Location', wireUri(location, autocorrectLocationHeader ? request : undefined));
  }
  const contentLocation = headers.get('Content-Location');
  if (contentLocation !== undefined) headers.set('Content-Location', wireUri(contentLocation));
  if (status === 304) {
    removeEntityHeaders(headers);
  } else if (hasNoBody(status)) {
    headers.remove('Content-Length');
  } else if (setsLength && isWhole(body) && !headers.has('Content-Length')) {
    headers.set('Content-Length', wholeLength(body));
  }
  return headers;
}

const quoteInvalid = makeQuoter("%!#$&'()*+,/:;=?@[]");

/**
 * A location as a URI, made absolute for `base`. What cannot be one, such as `http://a..b/`, came from a visitor as
 * likely as not: it is sent in ASCII for the browser to refuse, and is no reason for a 500.
 */
function wireUri(location: string, base?: Request): string {
  try {
    const uri = iriToUri(location);
    return base === undefined ? uri : urlJoin(iriToUri(base.baseUrl), uri);
  } catch (error) {
    if (error instanceof FlaconError) return quoteInvalid(location);
    throw error;
  }
}

/** Header lines as node:http takes them: characters beyond Latin-1 as UTF-8 bytes. */
export function wireLines(headers: Headers): string[] {
  return headers.toFlat().map((text) => (/[^\x00-\xff]/.test(text) ? latin1FromUtf8(text) : text));
}
