import type { AppContext, RequestContext } from './ctx.ts';
import { findErrorHandler } from './error-handlers.ts';
import { contextVariable } from './globals.ts';
import { hookFunctions, inwardHooks, outwardHooks } from './hooks.ts';
import { BadRequest, BadRequestKeyError, HTTPException, InternalServerError } from './http/exceptions.ts';
import type { Response } from './http/response.ts';
import { exceptionResponse, makeResponse } from './responses.ts';
import { RequestRedirect } from './routing/exceptions.ts';
import { gotRequestException, requestFinished, requestStarted } from './signals.ts';
import type { AfterRequestFunction, BeforeRequestFunction, MaybePromise } from './types.ts';

/**
 * Answers a request in its context: hooks, view, error handlers, session, teardown, in Flask's
 * order. Nothing is awaited unless a hook or the view returns a promise. Rejects, or throws, only
 * errors that the app propagates (debug, testing, PROPAGATE_EXCEPTIONS).
 */
export function handleRequest(ctx: RequestContext): MaybePromise<Response> {
  return contextVariable.run(ctx, answer, ctx);
}

function answer(ctx: RequestContext): MaybePromise<Response> {
  let response: MaybePromise<Response>;
  try {
    response = fullDispatch(ctx);
  } catch (error) {
    return answerUnhandled(ctx, error);
  }
  if (response instanceof Promise) {
    return response.then(
      (value) => leave(ctx, value, undefined),
      (error: unknown) => answerUnhandled(ctx, error),
    );
  }
  return leave(ctx, response, undefined);
}

function answerUnhandled(ctx: RequestContext, error: unknown): MaybePromise<Response> {
  let response: MaybePromise<Response>;
  try {
    response = handleException(ctx, error);
  } catch (propagated) {
    return failWith(ctx, error, propagated);
  }
  if (response instanceof Promise) {
    return response.then(
      (value) => leave(ctx, value, error),
      (propagated: unknown) => failWith(ctx, error, propagated),
    );
  }
  return leave(ctx, response, error);
}

function leave(ctx: RequestContext, response: Response, error: unknown): MaybePromise<Response> {
  const ended = ctx.end(error);
  return ended instanceof Promise ? ended.then(() => response) : response;
}

/** Ends the context with the error of the request, and throws the one that leaves the app: the same, or a handler's. */
function failWith(ctx: RequestContext, error: unknown, propagated: unknown): MaybePromise<never> {
  const ended = ctx.end(error);
  if (!(ended instanceof Promise)) throw propagated;
  return ended.then(() => {
    throw propagated;
  });
}

/** Passes a value on, at once if it is there, else when it is. */
function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function fullDispatch(ctx: RequestContext): MaybePromise<Response> {
  ctx.app.beginRequest();
  let value: unknown;
  try {
    value = respond(ctx);
  } catch (error) {
    return chain(handleUserException(ctx, error), (handled) => finalize(ctx, handled));
  }
  if (value instanceof Promise) {
    return value
      .catch((error: unknown) => handleUserException(ctx, error))
      .then((settled: unknown) => finalize(ctx, settled));
  }
  return finalize(ctx, value);
}

/** How hooks and views are called, where it is not at once; see {@link callThrough}. */
let through: ((call: () => unknown) => unknown) | undefined;

/**
 * From now on the hooks before the view, and the views, are called by `caller`, which may do so later and returns what they
 * return, or a promise of it. For a debugger, which wants to know when code of the application begins. Returns the
 * function that undoes it.
 */
export function callThrough(caller: (call: () => unknown) => unknown): () => void {
  through = caller;
  return () => {
    if (through === caller) through = undefined;
  };
}

function respond(ctx: RequestContext): unknown {
  const { app, request } = ctx;
  const loading =
    request.urlRule !== undefined && app.leavesBodyUnread(request.urlRule) ? undefined : request.loadBody();
  const opening = app.sessionInterface.isAsync === true ? ctx.openSession() : undefined;
  if (loading === undefined && opening === undefined) return preprocessAndView(ctx);
  return Promise.all([loading, opening]).then(() => preprocessAndView(ctx));
}

function preprocessAndView(ctx: RequestContext): unknown {
  if (requestStarted.hasReceivers) requestStarted.send(ctx.app);
  return preprocess(ctx, dispatchRequest);
}

/** Runs what comes before the view, and then `last`, unless a function answers by itself. */
function preprocess(ctx: RequestContext, last: (ctx: RequestContext) => unknown): unknown {
  const { app, request } = ctx;
  const { blueprints } = request;
  if (app.urlValuePreprocessors.size > 0) {
    for (const scope of [null, ...blueprints.toReversed()]) {
      for (const fn of hookFunctions(app.urlValuePreprocessors, scope)) fn(request.endpoint, request.viewArgs ?? {});
    }
  }
  if (app.beforeRequestFuncs.size === 0) return last(ctx);
  return runBefore(ctx, inwardHooks(app.beforeRequestFuncs, blueprints), 0, last);
}

/**
 * Reads the body, opens the session and runs what comes before the view, for a request that gets no view: in a test, or in
 * the shell. Gives what a function answers, undefined if none does.
 */
export async function preprocessRequest(ctx: RequestContext): Promise<unknown> {
  await ctx.request.loadBody();
  await ctx.openSession();
  return contextVariable.run(ctx, preprocess, ctx, () => undefined);
}

function runBefore(
  ctx: RequestContext,
  functions: readonly BeforeRequestFunction[],
  from: number,
  last: (ctx: RequestContext) => unknown,
): unknown {
  for (let index = from; index < functions.length; index += 1) {
    const value =
      through === undefined
        ? functions[index]?.(ctx)
        : through((functions[index] as BeforeRequestFunction).bind(undefined, ctx));
    if (value instanceof Promise) {
      return value.then((settled: unknown) => settled ?? runBefore(ctx, functions, index + 1, last));
    }
    if (value !== undefined && value !== null) return value;
  }
  return last(ctx);
}

/** Raises the routing's error or redirect, answers OPTIONS, or calls the view. */
function dispatchRequest(ctx: RequestContext): unknown {
  const { app, request } = ctx;
  if (request.routingException !== undefined) throw request.routingException;
  const rule = request.urlRule;
  if (rule === undefined) throw new Error('The request was not matched.');
  if (request.method === 'OPTIONS' && app.answersOptions(rule)) return makeDefaultOptionsResponse(ctx);
  const view = app.viewOf(rule);
  if (view === undefined) throw new Error(`The endpoint '${rule.endpoint}' has no view function.`);
  const args = (request.viewArgs ?? {}) as never;
  // Bound, so that no frame of this file is between the caller and the view.
  return through === undefined ? view(args, ctx) : through(view.bind(undefined, args, ctx));
}

/** The answer to OPTIONS: no body, and the methods of the URL in `Allow`. */
function makeDefaultOptionsResponse(ctx: RequestContext): Response {
  const methods = ctx.urlAdapter?.allowedMethods(ctx.request.path) ?? [];
  const response = new ctx.app.responseClass('');
  response.headers.set('Allow', [...methods].join(', '));
  return response;
}

/** An HTTP error goes to its handler, or is the answer itself; another error to its handler, or on. */
function handleUserException(ctx: RequestContext, error: unknown): MaybePromise<unknown> {
  const { app } = ctx;
  if (error instanceof BadRequestKeyError && (app.debug || app.config.TRAP_BAD_REQUEST_ERRORS))
    error.showException = true;
  if (error instanceof HTTPException && !trapsHttpException(ctx, error)) return handleHttpException(ctx, error);
  const handler = isObject(error) ? findErrorHandler(app.errorHandlerSpec, error, ctx.request.blueprints) : undefined;
  if (handler === undefined) throw error;
  return handler(error as never, ctx);
}

function handleHttpException(ctx: RequestContext, error: HTTPException): unknown {
  if (error.code === undefined || error instanceof RequestRedirect) return error;
  const handler = findErrorHandler(ctx.app.errorHandlerSpec, error, ctx.request.blueprints);
  return handler === undefined ? error : handler(error as never, ctx);
}

function trapsHttpException({ app }: AppContext, error: HTTPException): boolean {
  if (app.config.TRAP_HTTP_EXCEPTIONS) return true;
  const trap = app.config.TRAP_BAD_REQUEST_ERRORS;
  if (trap === null && app.debug && error instanceof BadRequestKeyError) return true;
  return trap === true && error instanceof BadRequest;
}

/** The end of an error that nothing handled: raised again in debug mode and tests, else a logged 500. */
function handleException(ctx: RequestContext, error: unknown): MaybePromise<Response> {
  const { app, request } = ctx;
  if (gotRequestException.hasReceivers) gotRequestException.send(app, { exception: error });
  if (app.config.PROPAGATE_EXCEPTIONS ?? (app.testing || app.debug)) throw error;
  app.logger.exception(`Exception on ${request.path} [${request.method}]`, error);
  const serverError = new InternalServerError(undefined, { originalException: error });
  const handler = findErrorHandler(app.errorHandlerSpec, serverError, request.blueprints);
  const value = handler === undefined ? serverError : handler(serverError as never, ctx);
  return chain(value as MaybePromise<unknown>, (settled) => finalize(ctx, settled, true));
}

/** Makes the response, runs what comes after the request, and sends the signal. */
function finalize(ctx: RequestContext, value: unknown, fromErrorHandler = false): MaybePromise<Response> {
  const response = value instanceof HTTPException ? exceptionResponse(ctx, value) : makeResponse(ctx, value);
  if (!fromErrorHandler) return chain(processResponse(ctx, response), (processed) => announce(ctx, processed));
  const report = (error: unknown): Response => {
    ctx.app.logger.exception('Request finalizing failed with an error while handling an error', error);
    return response;
  };
  try {
    const processed = chain(processResponse(ctx, response), (settled) => announce(ctx, settled));
    return processed instanceof Promise ? processed.catch(report) : processed;
  } catch (error) {
    return report(error);
  }
}

function announce(ctx: RequestContext, response: Response): Response {
  if (requestFinished.hasReceivers) requestFinished.send(ctx.app, { response });
  return response;
}

/** `afterThisRequest`, `afterRequest` from the innermost blueprint out, then the session. */
function processResponse(ctx: RequestContext, response: Response): MaybePromise<Response> {
  const { app } = ctx;
  const functions = ctx.afterRequestFunctions;
  if (functions === undefined && app.afterRequestFuncs.size === 0) return saveSession(ctx, response);
  const outward = outwardHooks(app.afterRequestFuncs, ctx.request.blueprints);
  const processed = runAfter(ctx, functions === undefined ? outward : [...functions, ...outward], response, 0);
  return processed instanceof Promise
    ? processed.then((settled) => saveSession(ctx, settled))
    : saveSession(ctx, processed);
}

function runAfter(
  ctx: RequestContext,
  functions: readonly AfterRequestFunction[],
  response: Response,
  from: number,
): MaybePromise<Response> {
  let current = response;
  for (let index = from; index < functions.length; index += 1) {
    const value = functions[index]?.(current, ctx);
    if (value instanceof Promise)
      return value.then((settled) => runAfter(ctx, functions, settled ?? current, index + 1));
    current = value ?? current;
  }
  return current;
}

function saveSession(ctx: RequestContext, response: Response): MaybePromise<Response> {
  const { app, request } = ctx;
  if (!ctx.sessionOpened && (request.headers.get('Cookie') === undefined || !app.config.SESSION_REFRESH_EACH_REQUEST))
    return response;
  const { sessionInterface } = app;
  if (sessionInterface.isNullSession(ctx.session)) return response;
  const saved = sessionInterface.saveSession(app, ctx.session, response);
  return saved instanceof Promise ? saved.then(() => response) : response;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
