import { HTTPException } from './http-exception.ts';
import type { Description, HTTPExceptionOptions } from './http-exception.ts';
import { RetryAfterException } from './retry-after.ts';

/** Options of `InternalServerError`. */
export interface InternalServerErrorOptions extends HTTPExceptionOptions {
  /** The error that nobody handled. */
  originalException?: unknown;
}

/** 500: an error that nobody handled, or that a view raises itself. */
export class InternalServerError extends HTTPException {
  static override readonly code: number = 500;
  static override readonly description: Description =
    'The server encountered an internal error and was unable to complete your request. Either the server is overloaded ' +
    'or there is an error in the application.';

  readonly originalException: unknown;

  constructor(description?: Description | null, options: InternalServerErrorOptions = {}) {
    super(description, { cause: options.originalException, ...options });
    this.originalException = options.originalException;
  }
}

/** 501: the application does not support what was asked. */
export class NotImplemented extends HTTPException {
  static override readonly code: number = 501;
  static override readonly description: Description =
    'The server does not support the action requested by the browser.';
}

/** 502: a server behind this one answered nonsense. */
export class BadGateway extends HTTPException {
  static override readonly code: number = 502;
  static override readonly description: Description =
    'The proxy server received an invalid response from an upstream server.';
}

/** 503: the service is down or overloaded for a while. */
export class ServiceUnavailable extends RetryAfterException {
  static override readonly code: number = 503;
  static override readonly description: Description =
    'The server is temporarily unable to service your request due to maintenance downtime or capacity problems. Please ' +
    'try again later.';
}

/** 504: a server behind this one did not answer in time. */
export class GatewayTimeout extends HTTPException {
  static override readonly code: number = 504;
  static override readonly description: Description = 'The connection to an upstream server timed out.';
}

/** 505: the version of HTTP is not supported. */
export class HTTPVersionNotSupported extends HTTPException {
  static override readonly code: number = 505;
  static override readonly description: Description =
    'The server does not support the HTTP protocol version used in the request.';
}
