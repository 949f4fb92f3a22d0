import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { FlaconError } from '../util/errors.ts';
import { isAscii as isAsciiText } from './charset.ts';
import { ClientDisconnected, HTTPException, InternalServerError } from './exceptions.ts';
import { NodeSource } from './node-source.ts';
import { pump } from './pump.ts';
import { Request } from './request.ts';
import type { RequestSource } from './request-source.ts';
import { isWhole } from './response-body.ts';
import type { Response } from './response.ts';

/** Answers a request. What it throws becomes the page of an HTTP exception, or a 500. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** What `onResponse` is told about an answer. */
export interface ResponseInfo {
  /** From the arrival of the request to the end of the answer. */
  ms: number;
  /** Bytes of the body that were handed to the socket. */
  bytes: number;
}

/** Options of `createListener`. */
export interface ListenerOptions {
  /** Makes the request object. Default: `new Request(source)`. */
  makeRequest?: ((source: RequestSource) => Request) | undefined;
  /** Scheme of the requests. Default: what the socket speaks. */
  scheme?: 'http' | 'https' | undefined;
  /** Called when an answer is over, for access logs. */
  onResponse?: ((request: Request, response: Response, info: ResponseInfo) => void) | undefined;
  /** Called with what a handler or a streamed body threw. Default: it is written to stderr. */
  onError?: ((error: unknown, request: Request | undefined) => void) | undefined;
}

/** What `createListener` returns: a listener for `request`, and with `expectsContinue` for `checkContinue`. */
export type Listener = (req: IncomingMessage, res: ServerResponse, expectsContinue?: boolean) => void;

/** How long a client may go on sending a body that nobody wants, so that it gets to read its answer. */
const LINGER_MS = 10_000;

/**
 * Turns a handler into a listener of a node:http server. Nothing a handler does reaches the process: a throw is answered
 * with 500 and told to `onError`. Bodies are sent with back-pressure and end when the client leaves.
 */
export function createListener(handler: Handler, options: ListenerOptions = {}): Listener {
  const { makeRequest = defaultRequest, scheme, onResponse, onError = logError } = options;

  function listener(req: IncomingMessage, res: ServerResponse, expectsContinue = false): void {
    const start = onResponse === undefined ? 0 : performance.now();
    let request: Request | undefined;
    let result: Response | Promise<Response>;
    try {
      // Express hands its `next` on as a third argument.
      const source = new NodeSource(req, res, scheme, expectsContinue === true);
      if (source.method !== 'GET' && source.method !== 'HEAD') res.once('finish', () => endBody(req));
      request = makeRequest(source);
      result = handler(request);
    } catch (error) {
      fail(error, request, res, start);
      return;
    }
    if (result instanceof Promise) void finishLater(result, request, res, start);
    else send(result, request, res, start);
  }

  async function finishLater(
    result: Promise<Response>,
    request: Request,
    res: ServerResponse,
    start: number,
  ): Promise<void> {
    let response: Response;
    try {
      response = await result;
    } catch (error) {
      fail(error, request, res, start);
      return;
    }
    send(response, request, res, start);
  }

  function send(response: Response, request: Request, res: ServerResponse, start: number): void {
    if (typeof (response as Response | undefined)?.getWireBody !== 'function') {
      fail(notAResponse(response), request, res, start);
      return;
    }
    try {
      const body = response.getWireBody(request.method);
      if (!isWhole(body)) {
        void stream(response, request, res, start);
        return;
      }
      if (res.destroyed) {
        finish(response, request, start, 0);
        return;
      }
      const isAscii = writeHead(response, request, res);
      if (body === null) res.end();
      // Node sends text together with the head, and then both as UTF-8.
      else res.end(typeof body === 'string' && isAscii ? body : response.getData());
      finish(response, request, start, onResponse === undefined || body === null ? 0 : response.getData().length);
    } catch (error) {
      failWith(error, response, request, res, start);
    }
  }

  async function stream(response: Response, request: Request, res: ServerResponse, start: number): Promise<void> {
    try {
      const body = response.getWireBody(request.method);
      if (isWhole(body)) return;
      const { bytes } = await pump(res, body, () => writeHead(response, request, res), response.contentLength);
      finish(response, request, start, bytes);
    } catch (error) {
      failWith(error, response, request, res, start);
    }
  }

  /** An answer that could not be sent: its own clean-up still runs. */
  function failWith(error: unknown, response: Response, request: Request, res: ServerResponse, start: number): void {
    close(response, request);
    fail(error, request, res, start);
  }

  function fail(error: unknown, request: Request | undefined, res: ServerResponse, start: number): void {
    const isAnswer = error instanceof HTTPException;
    const isAbort =
      res.destroyed && (error instanceof ClientDisconnected || (error as Error | undefined)?.name === 'AbortError');
    if (!isAnswer && !isAbort) report(error, request);
    if (res.headersSent || res.destroyed) {
      // Too late for a page: the client must see that the answer is not whole.
      res.destroy();
      return;
    }
    try {
      const response = (isAnswer ? error : new InternalServerError()).getResponse();
      if (request === undefined) {
        res.writeHead(500).end();
        return;
      }
      writeHead(response, request, res);
      res.end(request.method === 'HEAD' ? undefined : response.getData());
      finish(response, request, start, response.getData().length);
    } catch (second) {
      report(second, request);
      res.destroy();
    }
  }

  function finish(response: Response, request: Request, start: number, bytes: number): void {
    close(response, request);
    if (onResponse === undefined) return;
    try {
      onResponse(request, response, { ms: performance.now() - start, bytes });
    } catch (error) {
      report(error, request);
    }
  }

  function close(response: Response, request: Request): void {
    try {
      const responseClosed = response.close();
      const requestClosed = request.close();
      if (responseClosed === undefined && requestClosed === undefined) return;
      Promise.all([responseClosed, requestClosed]).then(undefined, (error: unknown) => report(error, request));
    } catch (error) {
      report(error, request);
    }
  }

  function report(error: unknown, request: Request | undefined): void {
    try {
      onError(error, request);
    } catch (second) {
      logError(second);
    }
  }

  return listener;
}

function notAResponse(value: unknown): FlaconError {
  return new FlaconError(`The handler did not return a Response, but ${inspect(value, { depth: 0 })}.`, {
    code: 'NOT_A_RESPONSE',
    fix: 'return new Response(…)',
  });
}

function defaultRequest(source: RequestSource): Request {
  return new Request(source);
}

function logError(error: unknown): void {
  process.stderr.write(`Error on request:\n${inspect(error)}\n`);
}

/** Writes the head; whether it is all ASCII. */
function writeHead(response: Response, request: Request, res: ServerResponse): boolean {
  const headers = response.getWireHeaders(request);
  // The client has not been told to send its body and may not do so: the connection cannot be used again.
  if (request.source.expectsContinue === true) res.shouldKeepAlive = false;
  res.writeHead(response.status, response.statusText, headers);
  return headers.length <= 4 || headers.every((text) => isAsciiText(text));
}

/** Lets the rest of an unread body go by, so that the connection can be used again, but not for ever. */
function endBody(req: IncomingMessage): void {
  // Not `complete`: what has arrived and is not read holds the socket up as well.
  if (req.readableEnded || req.destroyed) return;
  // A reader that nobody waits for would stop it again.
  req.removeAllListeners('data');
  req.resume();
  const timer = setTimeout(() => req.destroy(), LINGER_MS);
  timer.unref();
  req.once('close', () => clearTimeout(timer));
  req.once('end', () => clearTimeout(timer));
}
