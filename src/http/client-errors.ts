import type { WWWAuthenticate } from './auth.ts';
import { HTTPException } from './http-exception.ts';
import type { Description, HTTPExceptionOptions } from './http-exception.ts';
import { RetryAfterException } from './retry-after.ts';

/** 400: the request cannot be understood. */
export class BadRequest extends HTTPException {
  static override readonly code: number = 400;
  static override readonly description: Description =
    'The browser (or proxy) sent a request that this server could not understand.';
}

/** 400: a key that the view asked for is missing from the form, the query or another part of the request. */
export class BadRequestKeyError extends BadRequest {
  /** The missing key. */
  readonly key: string | undefined;
  /** Whether the description names the key; turned on in debug mode. */
  showException = false;

  constructor(key?: string, description?: Description | null, options?: HTTPExceptionOptions) {
    super(description, options);
    this.key = key;
    let text = this.description;
    Object.defineProperty(this, 'description', {
      configurable: true,
      enumerable: true,
      get: () => (this.showException ? `${text}\nKeyError: ${quoteKey(key)}` : text),
      set: (value: Description) => {
        text = value;
      },
    });
  }
}

function quoteKey(key: string | undefined): string {
  if (key === undefined) return '';
  return key.includes("'") && !key.includes('"') ? `"${key}"` : `'${key.replaceAll("'", "\\'")}'`;
}

/** 400: the client went away while the request was read. */
export class ClientDisconnected extends BadRequest {}

/** 400: something about the request is a threat, such as a Host that is not trusted. */
export class SecurityError extends BadRequest {}

/** 400: the Host header is malformed. */
export class BadHost extends BadRequest {}

/** Options of `Unauthorized`. */
export interface UnauthorizedOptions extends HTTPExceptionOptions {
  /** Challenges; each becomes a WWW-Authenticate header. */
  wwwAuthenticate?: WWWAuthenticate | Iterable<WWWAuthenticate>;
}

/** 401: the visitor is not authenticated. */
export class Unauthorized extends HTTPException {
  static override readonly code: number = 401;
  static override readonly description: Description =
    'The server could not verify that you are authorized to access the URL requested. You either supplied the wrong ' +
    "credentials (e.g. a bad password), or your browser doesn't understand how to supply the credentials required.";

  readonly wwwAuthenticate: readonly WWWAuthenticate[];

  constructor(description?: Description | null, options: UnauthorizedOptions = {}) {
    super(description, options);
    const { wwwAuthenticate: given = [] } = options;
    this.wwwAuthenticate = Symbol.iterator in given ? [...given] : [given];
  }

  override getHeaders(): [string, string][] {
    const headers = super.getHeaders();
    for (const challenge of this.wwwAuthenticate) headers.push(['WWW-Authenticate', String(challenge)]);
    return headers;
  }
}

/** 403: the visitor has no permission. */
export class Forbidden extends HTTPException {
  static override readonly code: number = 403;
  static override readonly description: Description =
    "You don't have the permission to access the requested resource. It is either read-protected or not readable by " +
    'the server.';
}

/** 404: nothing is there. */
export class NotFound extends HTTPException {
  static override readonly code: number = 404;
  static override readonly description: Description =
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and ' +
    'try again.';
}

/** Options of `MethodNotAllowed`. */
export interface MethodNotAllowedOptions extends HTTPExceptionOptions {
  /** The methods of the Allow header. */
  validMethods?: Iterable<string>;
}

/** 405: the URL exists, but not for this method. `new MethodNotAllowed(['GET'])` sends `Allow: GET`. */
export class MethodNotAllowed extends HTTPException {
  static override readonly code: number = 405;
  static override readonly description: Description = 'The method is not allowed for the requested URL.';

  readonly validMethods: readonly string[];

  constructor(first?: Description | readonly string[] | null, options: MethodNotAllowedOptions = {}) {
    const methods = Array.isArray(first) ? (first as readonly string[]) : undefined;
    super(methods === undefined ? (first as Description | null | undefined) : undefined, options);
    this.validMethods = methods ?? [...(options.validMethods ?? [])];
  }

  override getHeaders(): [string, string][] {
    const headers = super.getHeaders();
    if (this.validMethods.length > 0) headers.push(['Allow', this.validMethods.join(', ')]);
    return headers;
  }
}

/** 406: none of the representations is one that the client accepts. */
export class NotAcceptable extends HTTPException {
  static override readonly code: number = 406;
  static override readonly description: Description =
    'The resource identified by the request is only capable of generating response entities which have content ' +
    'characteristics not acceptable according to the accept headers sent in the request.';
}

/** 408: the request took too long to arrive. */
export class RequestTimeout extends HTTPException {
  static override readonly code: number = 408;
  static override readonly description: Description =
    "The server closed the network connection because the browser didn't finish the request within the specified time.";
}

/** 409: the request conflicts with the state of the resource. */
export class Conflict extends HTTPException {
  static override readonly code: number = 409;
  static override readonly description: Description =
    'A conflict happened while processing the request. The resource might have been modified while the request was ' +
    'being processed.';
}

/** 410: it was here once and is gone for good. */
export class Gone extends HTTPException {
  static override readonly code: number = 410;
  static override readonly description: Description =
    'The requested URL is no longer available on this server and there is no forwarding address. If you followed a ' +
    'link from a foreign page, please contact the author of this page.';
}

/** 411: the request needs a Content-Length. */
export class LengthRequired extends HTTPException {
  static override readonly code: number = 411;
  static override readonly description: Description =
    'A request with this method requires a valid <code>Content-Length</code> header.';
}

/** 412: an If-Match, If-None-Match or If-Unmodified-Since condition does not hold. */
export class PreconditionFailed extends HTTPException {
  static override readonly code: number = 412;
  static override readonly description: Description =
    'The precondition on the request for the URL failed positive evaluation.';
}

/** 413: the body is larger than a limit. */
export class RequestEntityTooLarge extends HTTPException {
  static override readonly code: number = 413;
  static override readonly description: Description = 'The data value transmitted exceeds the capacity limit.';
}

/** 414: the URL is too long. */
export class RequestURITooLarge extends HTTPException {
  static override readonly code: number = 414;
  static override readonly description: Description =
    'The length of the requested URL exceeds the capacity limit for this server. The request cannot be processed.';
}

/** 415: the content type of the body is not one that the view reads. */
export class UnsupportedMediaType extends HTTPException {
  static override readonly code: number = 415;
  static override readonly description: Description =
    'The server does not support the media type transmitted in the request.';
}

/** Options of `RequestedRangeNotSatisfiable`. */
export interface RangeNotSatisfiableOptions extends HTTPExceptionOptions {
  /** Length of the resource; without it there is no Content-Range header. */
  length?: number;
  /** Unit of the range, `bytes` by default. */
  units?: string;
}

/** 416: the part of the file that was asked for does not exist. */
export class RequestedRangeNotSatisfiable extends HTTPException {
  static override readonly code: number = 416;
  static override readonly description: Description = 'The server cannot provide the requested range.';

  readonly length: number | undefined;
  readonly units: string;

  constructor(description?: Description | null, options: RangeNotSatisfiableOptions = {}) {
    super(description, options);
    this.length = options.length;
    this.units = options.units ?? 'bytes';
  }

  override getHeaders(): [string, string][] {
    const headers = super.getHeaders();
    if (this.length !== undefined) headers.push(['Content-Range', `${this.units} */${this.length}`]);
    return headers;
  }
}

/** 417: the Expect header asks for what the server cannot do. */
export class ExpectationFailed extends HTTPException {
  static override readonly code: number = 417;
  static override readonly description: Description = 'The server could not meet the requirements of the Expect header';
}

/** 418: coffee was asked of a teapot (RFC 2324). */
export class ImATeapot extends HTTPException {
  static override readonly code: number = 418;
  static override readonly description: Description = 'This server is a teapot, not a coffee machine';
}

/** 421: the request came to a server that cannot answer for its target. */
export class MisdirectedRequest extends HTTPException {
  static override readonly code: number = 421;
  static override readonly description: Description = 'The server is not able to produce a response.';
}

/** 422: well formed, but its content makes no sense. */
export class UnprocessableEntity extends HTTPException {
  static override readonly code: number = 422;
  static override readonly description: Description =
    'The request was well-formed but was unable to be followed due to semantic errors.';
}

/** 423: the resource is locked. */
export class Locked extends HTTPException {
  static override readonly code: number = 423;
  static override readonly description: Description = 'The resource that is being accessed is locked.';
}

/** 424: an action that this one needs has failed. */
export class FailedDependency extends HTTPException {
  static override readonly code: number = 424;
  static override readonly description: Description =
    'The method could not be performed on the resource because the requested action depended on another action and ' +
    'that action failed.';
}

/** 428: the request must be conditional (If-Match or If-Unmodified-Since). */
export class PreconditionRequired extends HTTPException {
  static override readonly code: number = 428;
  static override readonly description: Description =
    'This request is required to be conditional; try using "If-Match" or "If-Unmodified-Since".';
}

/** 429: too many requests from this visitor. */
export class TooManyRequests extends RetryAfterException {
  static override readonly code: number = 429;
  static override readonly description: Description =
    'This user has exceeded an allotted request count. Try again later.';
}

/** 431: one header, or all together, are too large. */
export class RequestHeaderFieldsTooLarge extends HTTPException {
  static override readonly code: number = 431;
  static override readonly description: Description = 'One or more header fields exceeds the maximum size.';
}

/** 451: the law forbids to answer. */
export class UnavailableForLegalReasons extends HTTPException {
  static override readonly code: number = 451;
  static override readonly description: Description = 'Unavailable for legal reasons.';
}
