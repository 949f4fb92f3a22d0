import { Readable } from 'node:stream';
import type { Request, Response } from 'flacon';
import type { BuiltApp } from './http-recordings-app.ts';
import { RawConnection, startServer, type TestServer } from './raw-http.ts';

/** A request of a recording, ready to be sent. */
export interface Message {
  readonly method: string;
  /** Path and query as on the wire, one character a byte. */
  readonly target: string;
  /** All headers in order, Host and Content-Length among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  readonly chunked: boolean;
  readonly scheme: string;
  readonly rootPath: string;
  readonly remoteAddr: string;
}

/** An answer before it is brought into the form of the recordings. */
export interface Received {
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** What broke the stream of the body. */
  readonly streamError?: unknown;
}

/** A way to ask an app. What leaves the app as an exception rejects, where the transport can tell. */
export interface Transport {
  readonly name: string;
  /** Why this message cannot be sent this way, if so. */
  refuses(message: Message): string | undefined;
  send(built: BuiltApp, message: Message): Promise<Received>;
}

async function collect(
  body: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<{ body: Buffer; streamError?: unknown }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body) chunks.push(Buffer.from(chunk as string | Uint8Array));
  } catch (streamError) {
    return { body: Buffer.concat(chunks), streamError };
  }
  return { body: Buffer.concat(chunks) };
}

function readWhole(body: ReturnType<Response['getWireBody']>): Promise<{ body: Buffer; streamError?: unknown }> {
  if (body === null) return collect([]);
  return typeof body === 'string' || body instanceof Uint8Array ? collect([body]) : collect(body);
}

function asRequest(
  { method, target, headers, body, chunked, scheme, rootPath, remoteAddr }: Message,
  app: BuiltApp['app'],
): Request {
  return app.makeRequest({
    method,
    target,
    scheme,
    rootPath,
    remoteAddr,
    rawHeaders: headers.flat(),
    server: ['localhost', scheme === 'https' ? 443 : 80],
    body: body === undefined ? null : chunked ? Readable.from([body]) : body,
    framed: true,
  });
}

/** Calls `app.fetch` with a request of the framework. */
export const inProcess: Transport = {
  name: 'in process',
  refuses: () => undefined,
  async send({ app }, message) {
    const request = asRequest(message, app);
    try {
      const response = await app.fetch(request);
      const { body, streamError } = await readWhole(response.getWireBody(request.method));
      await response.close();
      const { status, statusText: reason } = response;
      return { status, reason, headers: [...response.getFinalHeaders(request)], body, streamError };
    } finally {
      await request.close();
    }
  },
};

const forbiddenMethods = new Set(['CONNECT', 'TRACE', 'TRACK']);

function asWebRequest({ method, target, headers, body, scheme }: Message): globalThis.Request {
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
  return new globalThis.Request(`${scheme}://${host}${target}`, {
    method,
    headers: headers.map(([name, value]) => [name, value]),
    redirect: 'manual',
    ...(body !== undefined && { body, duplex: 'half' }),
  });
}

function refusesWeb(message: Message): string | undefined {
  const { method, target, headers, body, rootPath } = message;
  if (rootPath !== '') return 'a web request has no root path';
  if (forbiddenMethods.has(method) || method !== method.toUpperCase()) return 'not a method of the Fetch API';
  if (body !== undefined && (method === 'GET' || method === 'HEAD'))
    return `the Fetch API sends no body with ${method}`;
  let web: globalThis.Request;
  try {
    web = asWebRequest(message);
  } catch (error) {
    return `not a web request: ${(error as Error).message}`;
  }
  const { pathname, search, host } = new URL(web.url);
  if (`${pathname}${search}` !== target) return 'the URL class writes the target differently';
  const sent = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    sent.set(key, sent.has(key) ? `${sent.get(key)}, ${value}` : value);
  }
  if (sent.get('host') !== host) return 'the URL class writes the host differently';
  for (const [name, value] of sent)
    if (web.headers.get(name) !== value) return `Headers of the Fetch API change ${name}`;
  return undefined;
}

/** Calls `app.fetch` with a web request. */
export const throughWebRequest: Transport = {
  name: 'web request',
  refuses: refusesWeb,
  async send({ app }, message) {
    const response = await app.fetch(asWebRequest(message));
    const { body, streamError } = response.body === null ? await collect([]) : await collect(response.body);
    const { status, statusText: reason } = response;
    return { status, reason, headers: [...response.headers], body, streamError };
  },
};

const SENDABLE = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'PURGE',
  'PROPFIND',
  'QUERY',
]);

function refusesSocket({ method, headers, scheme, rootPath, remoteAddr }: Message): string | undefined {
  if (!SENDABLE.has(method)) return 'the parser of node:http does not know the method';
  if (scheme !== 'http') return 'the test server speaks plain HTTP';
  if (rootPath !== '') return 'a root path is no part of a message';
  if (remoteAddr !== '127.0.0.1') return 'the client is on this machine';
  if (!headers.some(([name]) => name.toLowerCase() === 'host')) return 'HTTP/1.1 needs a Host header';
  return undefined;
}

/** Asks over a connection to a `node:http` server, byte for byte. */
export class SocketTransport implements Transport, AsyncDisposable {
  readonly name = 'socket';
  readonly refuses = refusesSocket;
  readonly #server: TestServer;
  readonly #current: { built?: BuiltApp };

  private constructor(server: TestServer, current: { built?: BuiltApp }) {
    this.#server = server;
    this.#current = current;
  }

  /** Starts one server, which answers with the app that is being asked. */
  static async open(): Promise<SocketTransport> {
    const current: { built?: BuiltApp } = {};
    const server = await startServer((req, res) => current.built?.app.listener(req, res));
    return new SocketTransport(server, current);
  }

  async send(built: BuiltApp, { method, target, headers, body, chunked }: Message): Promise<Received> {
    this.#current.built = built;
    await using connection = await RawConnection.open(this.#server.port);
    const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
    connection.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (body !== undefined) {
      connection.write(chunked ? `${body.length.toString(16)}\r\n` : '');
      connection.write(body);
      connection.write(chunked ? '\r\n0\r\n\r\n' : '');
    }
    const { status, reason, headers: received, body: text } = await connection.answer({ hasBody: method !== 'HEAD' });
    const entries = Object.entries(received).flatMap(([name, values]) =>
      values.split('\n').map((value) => [name, value] as const),
    );
    return { status, reason, headers: entries, body: Buffer.from(text, 'latin1') };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]() as Promise<void>;
  }
}
