import { Readable } from 'node:stream';
import * as flacon from 'flacon';
import type { Request, Response } from 'flacon';
import { sortList, type Answer } from './http-recordings-answers.ts';
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
  /** Why this message cannot be sent, or this answer not be given, this way; undefined if they can. */
  refuses(message: Message, answer: Answer): string | undefined;
  /** What of the recorded answer arrives this way. */
  expects(answer: Answer): Answer;
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
  expects: (answer) => answer,
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

function refusesWeb(
  message: Message,
  { status = 200, body: answer, headers: answerHeaders = [] }: Answer,
): string | undefined {
  const { method, target, headers, body, rootPath } = message;
  if (status < 200 || status > 599) return 'a status that web responses do not have';
  const isHiddenJson = method === 'HEAD' && answerHeaders.some(([, value]) => value === 'application/json');
  if (isHiddenJson || (typeof answer === 'string' && answer.includes('"remote_addr":')))
    return 'a web request does not tell the address of its client';
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

/** Headers of the Fetch API have one value, Set-Cookie apart. */
function joinHeaders(headers: NonNullable<Answer['headers']>): [string, string][] {
  const joined: [string, string][] = [];
  for (const [name, value] of headers) {
    const last = joined.at(-1);
    if (last?.[0] !== name || name === 'set-cookie') joined.push([name, value]);
    else last[1] += `, ${value}`;
  }
  return joined.map(([name, value]) => [name, name === 'vary' || name === 'allow' ? sortList(value) : value]);
}

/** Calls `app.fetch` with a web request. */
export const throughWebRequest: Transport = {
  name: 'web request',
  refuses: refusesWeb,
  expects: (answer) => (answer.headers === undefined ? answer : { ...answer, headers: joinHeaders(answer.headers) }),
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

function refusesSocket(message: Message, { status = 200 }: Answer): string | undefined {
  const { method, target, headers, scheme, rootPath, remoteAddr } = message;
  if (status < 200) return 'not the status of a final answer';
  if (!/^[\x21-\x7e]*$/.test(target)) return 'the parser of node:http takes targets in ASCII only';
  if (!SENDABLE.has(method)) return 'the parser of node:http does not know the method';
  const length = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  if (length !== undefined && !/^\d+$/.test(length)) return 'the parser of node:http takes lengths in digits only';
  if (scheme !== 'http') return 'the test server speaks plain HTTP';
  if (rootPath !== '') return 'a root path is no part of a message';
  if (remoteAddr !== '127.0.0.1') return 'the client is on this machine';
  if (!headers.some(([name]) => name.toLowerCase() === 'host')) return 'HTTP/1.1 needs a Host header';
  return undefined;
}

/** What a server answers when this exception leaves the app: an HTTP exception is an answer. */
function statusOf(raised: string): number {
  return (flacon as unknown as Record<string, { code?: number } | undefined>)[raised]?.code ?? 500;
}

/** Asks over a connection to a `node:http` server, byte for byte. */
export class SocketTransport implements Transport, AsyncDisposable {
  readonly name = 'socket';
  readonly refuses = refusesSocket;
  /** An exception that leaves the app is an error of the server, and a stream that breaks ends early. */
  readonly expects = ({ raises, message: _message, stream_error: _error, ...answer }: Answer): Answer =>
    raises === undefined ? answer : { ...answer, status: statusOf(raises) };
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
