import { redirectPage } from './redirect-page.ts';
import type { RequestHead } from './request-head.ts';
import { Response } from './response.ts';

/** Options of `redirect`. */
export interface RedirectOptions {
  /** Class of the response. Default: `Response`. */
  Response?: typeof Response;
}

/**
 * A response that sends the visitor to `location`, an absolute or relative URL, which may contain any characters but line
 * breaks. 302 unless told otherwise; 303 always continues with GET, 307 and 308 keep method and body.
 */
export function redirect(
  location: string,
  code = 302,
  { Response: ResponseClass = Response }: RedirectOptions = {},
): Response {
  const response = new ResponseClass(redirectPage(location), { status: code, mimetype: 'text/html' });
  response.headers.set('Location', location);
  return response;
}

/** A redirect to the same URL with a slash behind its last segment. The query is kept. */
export function appendSlashRedirect(request: Pick<RequestHead, 'path' | 'queryString'>, code = 308): Response {
  const { path, queryString } = request;
  const tail = path.slice(path.lastIndexOf('/') + 1);
  const target = tail === '' ? './' : `${tail}/`;
  return redirect(queryString === '' ? target : `${target}?${queryString}`, code);
}
