import type { IncomingMessage } from 'node:http';
import { contextVariable } from '../globals.ts';
import type { Request } from '../http/request.ts';
import { onQuery } from './database.ts';

/** A request that was answered. */
export interface RecordedRequest {
  /** Counts the requests, from 1. */
  number: number;
  time: Date;
  method: string;
  /** Path and query as they came. */
  target: string;
  status: number;
  /** From its arrival to the end of the answer, in milliseconds. */
  ms: number;
  /** How many queries it made, of databases that tell. */
  queries: number;
  /** Names and values in turn. */
  headers: readonly string[];
  /** What was kept of its body, up to {@link MAX_BODY} bytes; undefined if it had none. */
  body: Buffer | undefined;
  /** Bytes that the body had, as far as they were received. */
  bodyLength: number;
}

/** Options of {@link RequestLog}. */
export interface RequestLogOptions {
  /** How many requests are kept. Default: 50. */
  size?: number;
  /** The requests are those that `client` sends: there is no server. Default: false. */
  isOfClient?: boolean;
}

/** How many bytes of a body are kept. */
export const MAX_BODY = 64 * 1024;

interface ReceivedBody {
  chunks: Buffer[];
  kept: number;
  length: number;
}

/** The last requests of a server, or of a shell without one. A request costs an object; a body, the copy of its start. */
export class RequestLog {
  readonly isOfClient: boolean;
  readonly #size: number;
  readonly #requests: RecordedRequest[] = [];
  readonly #queries = new WeakMap<Request, number>();
  readonly #bodies = new WeakMap<Request, ReceivedBody>();
  readonly #stopListening: () => void;
  #count = 0;

  constructor({ size = 50, isOfClient = false }: RequestLogOptions = {}) {
    this.#size = size;
    this.isOfClient = isOfClient;
    this.#stopListening = onQuery(() => {
      const request = contextVariable.getStore()?.request;
      if (request) this.#queries.set(request, this.queriesOf(request) + 1);
    });
  }

  /** How many queries a request has made so far. */
  queriesOf(request: Request): number {
    return this.#queries.get(request) ?? 0;
  }

  /** A request has come in: what its body is made of is kept as it passes. */
  received(request: Request, message: IncomingMessage): void {
    if (!request.hasBody) return;
    const body: ReceivedBody = { chunks: [], kept: 0, length: 0 };
    this.#bodies.set(request, body);
    const { push } = message;
    message.push = (chunk: unknown, ...rest) => {
      if (chunk instanceof Uint8Array) keep(body, chunk);
      return push.call(message, chunk, ...rest);
    };
  }

  /** A request was answered. `body`: what was sent, where it has not come over a socket. */
  answered(request: Request, status: number, ms: number, sent?: unknown): void {
    const body = this.#bodies.get(request) ?? bodyOf(sent);
    const { method, source } = request;
    this.#count += 1;
    this.#requests.push({
      number: this.#count,
      time: new Date(),
      method,
      target: source.target,
      status,
      ms,
      queries: this.queriesOf(request),
      headers: source.rawHeaders,
      body: body && Buffer.concat(body.chunks),
      bodyLength: body?.length ?? 0,
    });
    if (this.#requests.length > this.#size) this.#requests.shift();
  }

  /** The requests, the oldest first. */
  list(): readonly RecordedRequest[] {
    return [...this.#requests];
  }

  /** Counts no more queries. */
  close(): void {
    this.#stopListening();
  }
}

function keep(body: ReceivedBody, chunk: Uint8Array): void {
  body.length += chunk.byteLength;
  const rest = MAX_BODY - body.kept;
  if (rest <= 0) return;
  // A copy: the chunk is a part of a larger piece of memory.
  const copy = Buffer.from(chunk.subarray(0, rest));
  body.kept += copy.length;
  body.chunks.push(copy);
}

function bodyOf(sent: unknown): ReceivedBody | undefined {
  const bytes = typeof sent === 'string' ? Buffer.from(sent) : sent instanceof Uint8Array ? sent : undefined;
  if (bytes === undefined || bytes.byteLength === 0) return undefined;
  const body: ReceivedBody = { chunks: [], kept: 0, length: 0 };
  keep(body, bytes);
  return body;
}
