import type { AppContext, RequestContext } from './ctx.ts';
import { currentContext, hasRequestContext } from './globals.ts';
import type { Response } from './http/response.ts';
import {
  sendFile as sendFileOf,
  sendFromDirectory as sendFromDirectoryOf,
  type SendFileOptions,
  type SendFileSource,
} from './http/send-file.ts';
import { makeResponse as responseFrom } from './responses.ts';
import type { AfterRequestFunction } from './types.ts';
import type { CheckedEndpoint, UrlForArguments } from './url-for.ts';
import { FlaconError } from './util/errors.ts';

/**
 * The URL of an endpoint, in the current app. Values that the rule does not name become the query,
 * `undefined` and `null` are dropped, arrays repeat; `_anchor`, `_method`, `_scheme`, `_external`
 * say how to build it. Throws `BuildError` when no rule fits (flask.url_for).
 */
export function urlFor<Name extends string>(
  endpoint: CheckedEndpoint<Name>,
  ...[values = {}]: UrlForArguments<Name>
): string {
  return currentContext().app.urlFor<string>(endpoint, values);
}

/** A redirect to a location, 302 unless told otherwise (flask.redirect). */
export function redirect(location: string, code = 302): Response {
  return currentContext().app.redirect(location, code);
}

/** A response to change before it is returned: from nothing, one value, or body, status and headers (flask.make_response). */
export function makeResponse(...parts: unknown[]): Response {
  const ctx = currentContext();
  if (parts.length === 0) return new ctx.app.responseClass('');
  return responseFrom(ctx, parts.length === 1 ? parts[0] : parts);
}

/** Changes the response of this request only; runs before the `afterRequest` functions. */
export function afterThisRequest(fn: AfterRequestFunction): AfterRequestFunction {
  const ctx = currentRequestContext('afterThisRequest');
  (ctx.afterRequestFunctions ??= []).push(fn);
  return fn;
}

/** A function that runs in a copy of the current request's context, later or elsewhere. */
export function copyCurrentRequestContext<A extends unknown[], T>(fn: (...args: A) => T): (...args: A) => T {
  const ctx = currentRequestContext('copyCurrentRequestContext');
  return (...args) => ctx.enter(() => fn(...args));
}

function currentRequestContext(name: string): RequestContext {
  if (hasRequestContext()) return currentContext() as RequestContext;
  throw new FlaconError(`'${name}' can only be used when a request context is active, such as in a view function.`, {
    code: 'OUTSIDE_REQUEST_CONTEXT',
    fix: "app.testRequestContext('/').run(() => …)",
  });
}

/**
 * Keeps the request's context alive while a stream is being sent: takes an iterable, or a function
 * that makes one, and gives one whose every step runs inside the context (flask.stream_with_context).
 */
export function streamWithContext<T>(source: Iterable<T> | (() => Iterable<T>)): Generator<T, void, undefined>;
export function streamWithContext<T>(
  source: AsyncIterable<T> | (() => AsyncIterable<T>),
): AsyncGenerator<T, void, undefined>;
export function streamWithContext<T>(
  source: Iterable<T> | AsyncIterable<T> | (() => Iterable<T> | AsyncIterable<T>),
): Generator<T, void, undefined> | AsyncGenerator<T, void, undefined> {
  const ctx = currentRequestContext('streamWithContext');
  const iterable = typeof source === 'function' ? source() : source;
  ctx.hold();
  return Symbol.asyncIterator in iterable ? stepAsync(ctx, iterable) : step(ctx, iterable);
}

function* step<T>(ctx: AppContext, iterable: Iterable<T>): Generator<T, void, undefined> {
  const iterator = iterable[Symbol.iterator]();
  let failure: unknown;
  try {
    for (;;) {
      const { done, value } = ctx.enter(() => iterator.next());
      if (done) return;
      yield value;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    ctx.enter(() => iterator.return?.());
    ctx.release(failure);
  }
}

async function* stepAsync<T>(ctx: AppContext, iterable: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = iterable[Symbol.asyncIterator]();
  let failure: unknown;
  try {
    for (;;) {
      const { done, value } = await ctx.enter(() => iterator.next());
      if (done) return;
      yield value;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await ctx.enter(() => iterator.return?.());
    await ctx.release(failure);
  }
}

/** Sends a file, bytes or a stream; answers conditional and range requests (flask.send_file). Paths are relative to the app's folder. */
export function sendFile(source: SendFileSource, options: SendFileOptions = {}): Response {
  const { app, request } = currentRequestContext('sendFile');
  return sendFileOf(request, source, withDefaults(app.rootPath, options));
}

/** Sends a file from a folder, 404 for what lies outside of it or is no file (flask.send_from_directory). */
export function sendFromDirectory(directory: string, path: string, options: SendFileOptions = {}): Response {
  const { app, request } = currentRequestContext('sendFromDirectory');
  return sendFromDirectoryOf(request, directory, path, withDefaults(app.rootPath, options));
}

function withDefaults(rootPath: string, options: SendFileOptions): SendFileOptions {
  const { app } = currentContext();
  return {
    rootPath,
    useXSendfile: app.config.USE_X_SENDFILE,
    getMaxAge: (name) => app.getSendFileMaxAge(name),
    ...options,
  };
}
