import { httpDate } from './dates.ts';
import { HTTPException } from './http-exception.ts';
import type { Description, HTTPExceptionOptions } from './http-exception.ts';

/** Options of `TooManyRequests` and `ServiceUnavailable`. */
export interface RetryAfterOptions extends HTTPExceptionOptions {
  /** When to try again: seconds from now, or a date. */
  retryAfter?: number | Date;
}

/** An HTTP exception that may tell the client in a Retry-After header when to come back. */
export class RetryAfterException extends HTTPException {
  readonly retryAfter: number | Date | undefined;

  constructor(description?: Description | null, options: RetryAfterOptions = {}) {
    super(description, options);
    this.retryAfter = options.retryAfter;
  }

  override getHeaders(): [string, string][] {
    const { retryAfter } = this;
    const headers = super.getHeaders();
    if (retryAfter)
      headers.push(['Retry-After', typeof retryAfter === 'number' ? String(retryAfter) : httpDate(retryAfter)]);
    return headers;
  }
}
