import type { AppContext } from './ctx.ts';
import { fromWebResponse } from './http/fetch.ts';
import { Headers, type HeadersInit } from './http/headers.ts';
import { HTTPException } from './http/exceptions.ts';
import type { StreamBody } from './http/response-body.ts';
import { Response, responseFromException } from './http/response.ts';
import { Tuple } from './json-tag.ts';
import { FlaconError } from './util/errors.ts';
import { Markup } from './util/markup.ts';

/**
 * Turns what a view returned into a response (flask.Flask.make_response):
 * text and bytes are the body, other iterables and streams are streamed, objects and arrays are
 * JSON. An array is one of Flask's tuples, and not JSON, when it is
 * `[body, status]` or `[body, status, headers]` with a status that is an integer from 100 to 999 or
 * text such as `'201 Created'`, or `[body, headers]` where the body is text, bytes or a response
 * and the headers are an object of strings. A `Tuple` is never JSON, whatever is in it.
 */
export function makeResponse(ctx: AppContext, value: unknown): Response {
  if (typeof value === 'string') return new ctx.app.responseClass(value);
  if (isPlainRecord(value)) return ctx.app.json.response(value);
  if (value instanceof Response) return value;
  if (Array.isArray(value)) {
    const tuple = value instanceof Tuple ? unpackTuple(value) : asTuple(value);
    if (tuple === undefined) return ctx.app.json.response(value);
    const response = toResponse(ctx, tuple.body);
    if (tuple.status !== undefined && tuple.status !== null) response.status = tuple.status;
    if (tuple.headers !== undefined && tuple.headers !== null) addHeaders(response, tuple.headers as HeadersInit);
    return response;
  }
  return toResponse(ctx, value);
}

/** The usual JSON: an object that nothing else could be meant by. */
function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return !(Symbol.iterator in value || Symbol.asyncIterator in value);
}

function toResponse(ctx: AppContext, value: unknown): Response {
  if (typeof value === 'string') return new ctx.app.responseClass(value);
  if (value === undefined || value === null) throw noReturnValue(ctx);
  if (value instanceof Response) return value;
  if (value instanceof Markup) return new ctx.app.responseClass(value.toString());
  if (value instanceof HTTPException) return exceptionResponse(ctx, value);
  if (value instanceof globalThis.Response) return fromWebResponse(value);
  if (typeof value !== 'object' || value instanceof Tuple || value instanceof Error) throw wrongReturnValue(value);
  if (isBody(value)) return new ctx.app.responseClass(value);
  return ctx.app.json.response(value);
}

/** The page of an HTTP exception. For HEAD it has no body from the start: hooks see the length of the page, and no page. */
export function exceptionResponse(ctx: AppContext, error: HTTPException): Response {
  const response = responseFromException(error, ctx.app.responseClass);
  if (ctx.request?.method === 'HEAD' && error.response === undefined) {
    const { contentLength } = response;
    response.body = '';
    response.contentLength = contentLength;
  }
  return response;
}

function isBody(value: object): value is Uint8Array | StreamBody {
  if (value instanceof Uint8Array || Symbol.asyncIterator in value) return true;
  return Symbol.iterator in value && typeof (value as { next?: unknown }).next === 'function';
}

/** Replaces headers of the response; those that are given as pairs may repeat a name. */
function addHeaders(response: Response, headers: HeadersInit): void {
  response.headers.update(Array.isArray(headers) ? new Headers(headers) : headers);
}

interface ReturnTuple {
  body: unknown;
  status?: number | string | null;
  headers?: unknown;
}

/** The parts of an explicit tuple. Of two, the second is the status unless it is something that headers are made of. */
function unpackTuple(tuple: Tuple): ReturnTuple {
  const [body, second, third] = tuple;
  if (tuple.length === 3) return { body, status: second as ReturnTuple['status'], headers: third };
  if (tuple.length !== 2) throw wrongTuple(tuple.length);
  return typeof second === 'object' && second !== null
    ? { body, headers: second }
    : { body, status: second as ReturnTuple['status'] };
}

function asTuple(value: readonly unknown[]): ReturnTuple | undefined {
  const [body, second, third] = value;
  if (value.length === 2) {
    if (isStatus(second)) return isTupleBody(body) ? { body, status: second } : undefined;
    const isHeaders = second instanceof Headers || (isHeaderRecord(second) && isPlainBody(body));
    return isHeaders ? { body, headers: second } : undefined;
  }
  if (value.length !== 3 || !isStatus(second) || !isTupleBody(body)) return undefined;
  return third instanceof Headers || isHeaderRecord(third) || isHeaderPairs(third)
    ? { body, status: second, headers: third }
    : undefined;
}

function isStatus(value: unknown): value is number | string {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 100 && value <= 999;
  return typeof value === 'string' && /^\d{3}( |$)/.test(value);
}

function isTupleBody(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

function isPlainBody(value: unknown): boolean {
  return (
    typeof value === 'string' || value instanceof Uint8Array || value instanceof Response || value instanceof Markup
  );
}

function isHeaderRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(
    (item) => typeof item === 'string' || typeof item === 'number' || Array.isArray(item),
  );
}

function isHeaderPairs(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string')
  );
}

function viewName(ctx: AppContext): string {
  return ctx.request?.endpoint ?? 'unknown';
}

function noReturnValue(ctx: AppContext): FlaconError {
  return new FlaconError(
    `The view function for '${viewName(ctx)}' did not return a valid response. The function either returned undefined or null, or ended without a return statement.`,
    { code: 'NO_RETURN_VALUE', fix: 'return text, an object, or a Response; an empty page is return ""' },
  );
}

function wrongTuple(length: number): FlaconError {
  return new FlaconError(`The view function returned a tuple of ${length} values, which is no response.`, {
    code: 'WRONG_RETURN_VALUE',
    fix: 'return [body, status, headers], [body, status] or [body, headers]',
  });
}

function wrongReturnValue(value: unknown): FlaconError {
  const kind = value instanceof Tuple || value instanceof Error ? value.constructor.name : typeof value;
  return new FlaconError(`The view function did not return a valid response, but this: ${kind}.`, {
    code: 'WRONG_RETURN_VALUE',
    fix: 'return text, bytes, an object or array (JSON), a stream, a Response, or [body, status, headers]',
  });
}
