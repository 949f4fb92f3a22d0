import type { Handler } from './listener.ts';
import { RequestHead } from './request-head.ts';
import { Request } from './request.ts';
import type { RequestSource } from './request-source.ts';
import { chunkBytes, closeBody, isAsyncIterable, isWhole, wholeBytes } from './response-body.ts';
import type { Chunk, StoredBody } from './response-body.ts';
import { Response } from './response.ts';

/**
 * A way to ask an application: with a request of this package, for an answer at once where possible, or with a web
 * `Request`, as Fetch-API servers do.
 */
export interface FetchFace {
  (request: Request): Response | Promise<Response>;
  (request: globalThis.Request, ...context: unknown[]): Promise<globalThis.Response>;
  /** Makes the application's kind of request. */
  makeRequest?: ((source: RequestSource) => Request) | undefined;
}

/** A handler, a face, or something with a `fetch`, such as an app. */
export type Fetchable = Handler | { readonly fetch: FetchFace };

/** Gives a handler the face of the Fetch API. Its throws become rejections. */
export function fetchFace(
  handler: Handler,
  makeRequest: (source: RequestSource) => Request = defaultRequest,
): FetchFace {
  function face(request: Request): Response | Promise<Response>;
  function face(request: globalThis.Request, ...context: unknown[]): Promise<globalThis.Response>;
  function face(
    request: Request | globalThis.Request,
    ...context: unknown[]
  ): Response | Promise<Response | globalThis.Response> {
    if (request instanceof RequestHead) return handler(request as Request);
    return answerWeb(fromWebRequest(request, remoteAddrOf(request, context[0])), handler, makeRequest);
  }
  face.makeRequest = makeRequest;
  return face;
}

function defaultRequest(source: RequestSource): Request {
  return new Request(source);
}

/** What is called to ask `target`, whichever of the three it is. */
export function faceOf(target: Fetchable): Handler & Pick<FetchFace, 'makeRequest'> {
  if (typeof target === 'function') return target;
  return Object.assign((request: Request) => target.fetch(request), { makeRequest: target.fetch.makeRequest });
}

/** The address of the client as Deno (`info.remoteAddr`) and Bun (`server.requestIP`) tell it. */
function remoteAddrOf(request: globalThis.Request, context: unknown): string | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  const { remoteAddr, requestIP } = context as {
    remoteAddr?: { hostname?: string };
    requestIP?: (request: globalThis.Request) => { address?: string } | null;
  };
  if (typeof requestIP === 'function') return requestIP.call(context, request)?.address;
  return remoteAddr?.hostname;
}

async function answerWeb(
  source: RequestSource,
  handler: Handler,
  makeRequest: (source: RequestSource) => Request,
): Promise<globalThis.Response> {
  const request = makeRequest(source);
  let response: Response | undefined;
  try {
    response = await handler(request);
    return toWebResponse(response, request);
  } catch (error) {
    await response?.close();
    await request.close();
    throw error;
  }
}

/** A web request as the source of one of ours. The address of the client is not part of a web request. */
export function fromWebRequest(request: globalThis.Request, remoteAddr?: string): RequestSource {
  const url = new URL(request.url);
  const rawHeaders: string[] = [];
  for (const [name, value] of request.headers) rawHeaders.push(name, value);
  if (!request.headers.has('host')) rawHeaders.push('host', url.host);
  return {
    method: request.method,
    target: `${url.pathname}${url.search}`,
    scheme: url.protocol.slice(0, -1),
    rawHeaders,
    remoteAddr,
    body: request.body,
    signal: request.signal,
  };
}

/** Statuses that a web response may not have a body for. */
const NULL_BODY = new Set([101, 204, 205, 304]);

/** Our answer to `request` as a web response. Its streams are read as fast as the reader asks, and end when it cancels. */
export function toWebResponse(response: Response, request: Request): globalThis.Response {
  const headers = new globalThis.Headers();
  for (const [name, value] of response.getFinalHeaders(request)) headers.append(name, value);
  const { status, statusText } = response;
  const body = NULL_BODY.has(status) ? null : response.getWireBody(request.method);
  const close = async (): Promise<void> => {
    await response.close();
    await request.close();
  };
  if (isWhole(body)) {
    const web = new globalThis.Response(body === null ? null : wholeBytes(body), { status, statusText, headers });
    void close();
    return web;
  }
  return new globalThis.Response(webStream(body, close), { status, statusText, headers });
}

function webStream(
  body: Exclude<StoredBody, string | Uint8Array | readonly Chunk[] | null>,
  close: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const iterator = isAsyncIterable(body) ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next();
          if (done !== true) {
            controller.enqueue(chunkBytes(value));
            return;
          }
          await close();
          controller.close();
        } catch (error) {
          await close();
          controller.error(error);
        }
      },
      async cancel() {
        await iterator.return?.();
        await closeBody(body);
        await close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A web response as one of ours; its body stays a stream. */
export function fromWebResponse(response: globalThis.Response): Response {
  const { status, statusText } = response;
  const ours = new Response(response.body as unknown as AsyncIterable<Uint8Array> | null, {
    status: statusText === '' ? status : `${status} ${statusText}`,
    headers: [...response.headers],
  });
  // What the web response leaves open stays open.
  if (!response.headers.has('content-type')) ours.headers.remove('Content-Type');
  return ours;
}
