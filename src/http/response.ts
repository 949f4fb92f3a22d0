import { inspect } from 'node:util';
import type { InspectOptions } from 'node:util';
import { FlaconError } from '../util/errors.ts';
import { applyConditions } from './conditional.ts';
import type { ConditionalOptions } from './conditional.ts';
import { getContentType } from './content.ts';
import { generateEtag } from './etags.ts';
import { provideResponse } from './exceptions.ts';
import type { HTTPException } from './exceptions.ts';
import { Headers } from './headers.ts';
import type { HeadersInit } from './headers.ts';
import { loadsJson } from './json-loads.ts';
import type { Request } from './request.ts';
import { chunkBytes, closeBody, isAsyncIterable, isWhole, wholeBytes, wholeLength } from './response-body.ts';
import type { Chunk, ResponseBody, StoredBody, StreamBody } from './response-body.ts';
import { ResponseHead } from './response-head.ts';
import { hasNoBody, wireHeaders, wireLines } from './response-wire.ts';
import { REASONS } from './status.ts';

export type { Chunk, ResponseBody, StreamBody } from './response-body.ts';

/** Options of a response. */
export interface ResponseInit {
  /** Status code, or code and reason: `404`, `'404 Not Here'`. Default: 200. */
  status?: number | string | undefined;
  headers?: HeadersInit | undefined;
  /** Content type without parameters; `; charset=utf-8` is added for text. Default: `Response.defaultMimetype`. */
  mimetype?: string | undefined;
  /** Whole content type; counts more than `mimetype`. */
  contentType?: string | undefined;
  /** Never read the body into memory, as for files. Default: false. */
  directPassthrough?: boolean | undefined;
}

const TEXT_HTML = 'text/html; charset=utf-8';

/**
 * An HTTP answer: status, headers and a body that is whole (string, bytes) or a stream (iterable, `Readable`,
 * `ReadableStream`). Behaves like `werkzeug.Response`. It costs little until its headers are touched.
 */
export class Response extends ResponseHead {
  static defaultMimetype: string | undefined = 'text/html';
  static defaultStatus = 200;
  /** Make a relative Location absolute when it is sent. Default: false. */
  static autocorrectLocationHeader = false;
  /** Set Content-Length where the length is known. Default: true. */
  static automaticallySetContentLength = true;

  /** Send the body as it is and never read it into memory. */
  directPassthrough: boolean;
  #status: number;
  #reason: string | undefined;
  #body: StoredBody;
  // Only one of the two is in use: the headers as soon as somebody has asked for them.
  #contentType: string | undefined;
  #headers: Headers | undefined;
  #onClose: (() => unknown)[] | undefined;

  constructor(body?: ResponseBody, init?: ResponseInit) {
    super();
    const type = new.target;
    this.#body = body ?? null;
    if (init === undefined) {
      this.#status = type.defaultStatus;
      this.directPassthrough = false;
      this.#contentType = contentTypeOf(type.defaultMimetype);
      return;
    }
    this.directPassthrough = init.directPassthrough ?? false;
    this.#status = type.defaultStatus;
    if (init.status !== undefined) this.status = init.status;
    const headers = init.headers === undefined ? undefined : new Headers(init.headers);
    let contentType = init.contentType;
    if (contentType === undefined) {
      if (init.mimetype !== undefined) contentType = contentTypeOf(init.mimetype);
      else if (headers === undefined || !headers.has('Content-Type')) contentType = contentTypeOf(type.defaultMimetype);
    }
    if (headers === undefined) {
      this.#contentType = contentType;
    } else {
      if (contentType !== undefined) headers.set('Content-Type', contentType);
      this.#headers = headers;
      this.#setLength();
    }
  }

  /** The status code. May be set to a code or, with a reason of its own, to text such as `'201 Made'`. */
  get status(): number {
    return this.#status;
  }

  set status(value: number | string) {
    if (typeof value === 'number') {
      this.#status = value;
      this.#reason = undefined;
      return;
    }
    const text = value.trim();
    if (text === '')
      throw new FlaconError('The status is empty.', { code: 'EMPTY_STATUS', fix: "pass 200 or '200 OK'" });
    const space = text.indexOf(' ');
    const code = space === -1 ? text : text.slice(0, space);
    const isCode = /^[-+]?\d+$/.test(code);
    this.#status = isCode ? Number(code) : 0;
    this.#reason = isCode ? (space === -1 ? undefined : text.slice(space + 1)) : text;
  }

  /** The reason phrase, in capitals unless it was set. */
  get statusText(): string {
    return this.#reason ?? REASONS[this.#status] ?? 'UNKNOWN';
  }

  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      if (this.#contentType !== undefined) this.#headers.set('Content-Type', this.#contentType);
      this.#setLength();
    }
    return this.#headers;
  }

  get contentType(): string | undefined {
    return this.#headers === undefined ? this.#contentType : this.#headers.get('Content-Type');
  }

  set contentType(value: string | undefined) {
    if (value === undefined || value === null) this.headers.remove('Content-Type');
    else this.headers.set('Content-Type', value);
  }

  #setLength(): void {
    const body = this.#body;
    if ((typeof body === 'string' || body instanceof Uint8Array) && this.#setsLength) {
      this.#headers?.set('Content-Length', wholeLength(body));
    }
  }

  get #setsLength(): boolean {
    return (this.constructor as typeof Response).automaticallySetContentLength;
  }

  /** The body as it was given. Setting it sets or removes Content-Length. */
  get body(): StoredBody {
    return this.#body;
  }

  set body(value: ResponseBody) {
    this.#body = value ?? null;
    if (this.#headers === undefined) return;
    if (typeof value === 'string' || value instanceof Uint8Array) this.#setLength();
    else this.#headers.remove('Content-Length');
  }

  /** Whether the body comes in pieces and its length is not known. */
  get isStreamed(): boolean {
    return !isWhole(this.#body);
  }

  /** Whether the body is whole. */
  get isSequence(): boolean {
    return isWhole(this.#body);
  }

  /** The body as bytes; a synchronous stream is read into memory. Throws a FlaconError for an asynchronous one. */
  get data(): Buffer {
    return this.getData();
  }

  set data(value: string | Uint8Array) {
    this.setData(value);
  }

  /** The body as text. */
  get text(): string {
    return typeof this.#body === 'string' ? this.#body : this.getData().toString('utf8');
  }

  /** See `data`. */
  getData(): Buffer {
    this.#ensureWhole();
    return wholeBytes(this.#body as Exclude<StoredBody, StreamBody>);
  }

  /** Replaces the body and sets Content-Length. */
  setData(value: string | Uint8Array): void {
    this.body = value;
  }

  #ensureWhole(): void {
    const body = this.#body;
    if (isWhole(body)) return;
    if (this.directPassthrough) {
      throw new FlaconError('This response is sent as it is: its body is not read into memory.', {
        code: 'DIRECT_PASSTHROUGH',
        fix: 'set directPassthrough to false first, or await response.makeSequence()',
      });
    }
    if (isAsyncIterable(body)) {
      throw new FlaconError('The body of this response is an asynchronous stream.', {
        code: 'ASYNC_BODY',
        fix: 'await response.makeSequence() first',
      });
    }
    this.#body = Array.from(body as Iterable<Chunk>, chunkBytes);
  }

  /** Reads the whole stream into memory, so that `data`, `text` and ETags work. */
  async makeSequence(): Promise<void> {
    const body = this.#body;
    if (isWhole(body)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunkBytes(chunk));
    this.#body = chunks;
  }

  /** The length of the body in bytes if it is or can be known, else undefined. */
  calculateContentLength(): number | undefined {
    if (this.directPassthrough || (!isWhole(this.#body) && isAsyncIterable(this.#body))) return undefined;
    this.#ensureWhole();
    return wholeLength(this.#body as Exclude<StoredBody, StreamBody>);
  }

  /** Adds to the end of the body. */
  append(chunk: Chunk): void {
    this.#ensureWhole();
    this.body = [...(Array.isArray(this.#body) ? (this.#body as readonly Chunk[]) : [this.getData()]), chunk];
  }

  /** The body parsed as JSON, or undefined if the mimetype is not JSON. */
  get json(): unknown {
    return this.getJson();
  }

  /** Parses the body. `force` ignores the mimetype, `silent` makes errors undefined. */
  getJson({ force = false, silent = false }: { force?: boolean; silent?: boolean } = {}): unknown {
    if (!force && !this.isJson) return undefined;
    try {
      return loadsJson(this.getData());
    } catch (error) {
      if (silent && error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Makes an ETag from the body (SHA-1), unless there is one. */
  addEtag({ overwrite = false, weak = false }: { overwrite?: boolean; weak?: boolean } = {}): void {
    if (overwrite || !this.headers.has('ETag')) this.setEtag(generateEtag(this.getData()), weak);
  }

  /**
   * Turns the answer to a GET or HEAD into 304, 412 or a part (206), as the conditions and the range of the request ask.
   * Changes the response and returns it. Throws `RequestedRangeNotSatisfiable` (416).
   */
  makeConditional(request: Request, options: ConditionalOptions = {}): this {
    applyConditions(this, request, options);
    return this;
  }

  /** Buffers the body, sets Content-Length and an ETag: nothing about the response depends on anything any more. */
  freeze(): void {
    const direct = this.directPassthrough;
    this.directPassthrough = false;
    this.body = this.getData();
    this.directPassthrough = direct;
    this.headers.set('Content-Length', wholeLength(this.#body as Buffer));
    this.addEtag();
  }

  /** Calls `fn` when the answer has been sent or given up. */
  callOnClose<F extends () => unknown>(fn: F): F {
    (this.#onClose ??= []).push(fn);
    return fn;
  }

  /** Ends the body and calls what `callOnClose` was given, once. A promise if any of it is asynchronous. */
  close(): void | Promise<void> {
    const body = this.#body;
    const callbacks = this.#onClose;
    if (callbacks === undefined && isWhole(body)) return undefined;
    this.#onClose = undefined;
    const results = [closeBody(body), ...(callbacks ?? []).map((callback) => callback())];
    return results.some((result) => result instanceof Promise) ? Promise.all(results).then(() => undefined) : undefined;
  }

  /** The headers as they are sent, names and values in turn; see `getFinalHeaders`. */
  getWireHeaders(request: Request): string[] {
    const body = this.#body;
    const status = this.#status;
    if (
      this.#headers === undefined &&
      isWhole(body) &&
      status >= 200 &&
      status !== 204 &&
      status !== 304 &&
      this.#setsLength
    ) {
      const length = String(wholeLength(body));
      if (this.#contentType === undefined) return ['Content-Length', length];
      return ['Content-Type', this.#contentType, 'Content-Length', length];
    }
    const headers = this.getFinalHeaders(request);
    // A wrong length would make bytes of this answer the next one, or keep the client waiting.
    if (isWhole(body) && request.method !== 'HEAD' && headers.has('Content-Length'))
      headers.set('Content-Length', wholeLength(body));
    return wireLines(headers);
  }

  /**
   * A copy of the headers as they are sent in answer to `request`: Location as a URI, Content-Length where it is known,
   * none of the entity headers where there is no entity.
   */
  getFinalHeaders(request: Request): Headers {
    const { autocorrectLocationHeader } = this.constructor as typeof Response;
    return wireHeaders(this, request, { autocorrectLocationHeader, setsLength: this.#setsLength });
  }

  /** What is sent as the body in answer to a request with this method: nothing for HEAD, 1xx, 204 and 304. */
  getWireBody(method: string): StoredBody {
    return method === 'HEAD' || hasNoBody(this.#status) ? null : this.#body;
  }

  /** Makes a response an instance of this class, in place. */
  static forceType<R extends Response>(
    this: { new (body?: ResponseBody, init?: ResponseInit): R; prototype: R },
    response: Response,
  ): R {
    if (!(response instanceof this)) Object.setPrototypeOf(response, this.prototype);
    return response as R;
  }

  [inspect.custom](_depth: number, _options: InspectOptions): string {
    const body = this.#body;
    const size = isWhole(body) ? `${wholeLength(body)} bytes` : 'streamed';
    return `<${this.constructor.name} ${size} [${this.#status} ${this.statusText}]>`;
  }
}

function contentTypeOf(mimetype: string | undefined): string | undefined {
  if (mimetype === 'text/html') return TEXT_HTML;
  return mimetype === undefined ? undefined : getContentType(mimetype);
}

/** The page of an HTTP exception, or the response that it was given, as a response of this class. */
export function responseFromException(error: HTTPException, ResponseClass: typeof Response = Response): Response {
  if (error.response !== undefined) return error.response;
  const { status, headers, body } = error.getResponseParts();
  return new ResponseClass(body, { status, headers });
}

provideResponse((error) => responseFromException(error));
