import { FlaconError } from '../util/errors.ts';
import {
  BadRequest,
  Unauthorized,
  Forbidden,
  NotFound,
  MethodNotAllowed,
  NotAcceptable,
  RequestTimeout,
  Conflict,
  Gone,
  LengthRequired,
  PreconditionFailed,
  RequestEntityTooLarge,
  RequestURITooLarge,
  UnsupportedMediaType,
  RequestedRangeNotSatisfiable,
  ExpectationFailed,
  ImATeapot,
  MisdirectedRequest,
  UnprocessableEntity,
  Locked,
  FailedDependency,
  PreconditionRequired,
  TooManyRequests,
  RequestHeaderFieldsTooLarge,
  UnavailableForLegalReasons,
} from './client-errors.ts';
import { HTTPException } from './http-exception.ts';
import type { Description, HTTPExceptionOptions } from './http-exception.ts';
import type { Response } from './response.ts';
import {
  InternalServerError,
  NotImplemented,
  BadGateway,
  ServiceUnavailable,
  GatewayTimeout,
  HTTPVersionNotSupported,
} from './server-errors.ts';

export {
  BadRequest,
  BadRequestKeyError,
  ClientDisconnected,
  SecurityError,
  BadHost,
  Unauthorized,
  Forbidden,
  NotFound,
  MethodNotAllowed,
  NotAcceptable,
  RequestTimeout,
  Conflict,
  Gone,
  LengthRequired,
  PreconditionFailed,
  RequestEntityTooLarge,
  RequestURITooLarge,
  UnsupportedMediaType,
  RequestedRangeNotSatisfiable,
  ExpectationFailed,
  ImATeapot,
  MisdirectedRequest,
  UnprocessableEntity,
  Locked,
  FailedDependency,
  PreconditionRequired,
  TooManyRequests,
  RequestHeaderFieldsTooLarge,
  UnavailableForLegalReasons,
} from './client-errors.ts';
export type { MethodNotAllowedOptions, RangeNotSatisfiableOptions, UnauthorizedOptions } from './client-errors.ts';
export { HTTPException, provideResponse } from './http-exception.ts';
export type { Description, HTTPExceptionOptions, ResponseParts } from './http-exception.ts';
export type { RetryAfterOptions } from './retry-after.ts';
export {
  InternalServerError,
  NotImplemented,
  BadGateway,
  ServiceUnavailable,
  GatewayTimeout,
  HTTPVersionNotSupported,
} from './server-errors.ts';
export type { InternalServerErrorOptions } from './server-errors.ts';

/** An HTTP exception class that `abort` can raise. */
export interface HTTPExceptionClass {
  readonly code: number | undefined;
  new (description?: Description | null, options?: HTTPExceptionOptions): HTTPException;
}

/** The exception class of each status code that has one. */
export const defaultExceptions: ReadonlyMap<number, HTTPExceptionClass> = new Map<number, HTTPExceptionClass>(
  [
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    Conflict,
    Gone,
    LengthRequired,
    PreconditionFailed,
    RequestEntityTooLarge,
    RequestURITooLarge,
    UnsupportedMediaType,
    RequestedRangeNotSatisfiable,
    ExpectationFailed,
    ImATeapot,
    MisdirectedRequest,
    UnprocessableEntity,
    Locked,
    FailedDependency,
    PreconditionRequired,
    TooManyRequests,
    RequestHeaderFieldsTooLarge,
    UnavailableForLegalReasons,
    InternalServerError,
    NotImplemented,
    BadGateway,
    ServiceUnavailable,
    GatewayTimeout,
    HTTPVersionNotSupported,
  ].map((exception) => [exception.code, exception]),
);

/** Options for whichever exception the code stands for: `description`, `response`, `validMethods`, `retryAfter`… */
export type AbortOptions = HTTPExceptionOptions & Readonly<Record<string, unknown>>;

/** Raises HTTP exceptions by status code. `extra` adds codes, or replaces the class of one. */
export class Aborter {
  readonly mapping: Map<number, HTTPExceptionClass>;

  constructor(
    mapping: Iterable<readonly [number, HTTPExceptionClass]> = defaultExceptions,
    extra: Iterable<readonly [number, HTTPExceptionClass]> = [],
  ) {
    this.mapping = new Map([...mapping, ...extra]);
  }

  /**
   * Throws the exception of `status`, or one that answers with the given response.
   * A status without a class is a mistake of the developer: FlaconError `UNKNOWN_STATUS`.
   */
  abort(status: number | Response, description?: Description | AbortOptions | null, options?: AbortOptions): never {
    if (typeof status !== 'number') throw new HTTPException(null, { response: status });
    const Exception = this.mapping.get(status);
    if (Exception === undefined) {
      throw new FlaconError(`There is no HTTP exception for status ${status}.`, {
        code: 'UNKNOWN_STATUS',
        fix: `return a response with status ${status}, or register a class of your own for it`,
      });
    }
    if (isOptions(description)) throw new Exception(null, description);
    throw new Exception(description, options);
  }
}

function isOptions(value: Description | AbortOptions | null | undefined): value is AbortOptions {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const aborter = new Aborter();

/**
 * Stops the view and answers with the error page of a status (`abort(404)`, `abort(403, 'Members only.')`,
 * `abort(429, { retryAfter: 30 })`) or with a response.
 */
export function abort(
  status: number | Response,
  description?: Description | AbortOptions | null,
  options?: AbortOptions,
): never {
  return aborter.abort(status, description, options);
}
