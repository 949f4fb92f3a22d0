import { Readable } from 'node:stream';
import { FlaconError } from '../util/errors.ts';
import { RequestEntityTooLarge, ClientDisconnected } from './exceptions.ts';
import { emptyForm, isBoundary, MultipartReader, parseMultipart, parseUrlencoded, SPOOL_SIZE } from './formparser.ts';
import type { ParsedForm } from './formparser.ts';
import { bodyStream, readBody } from './read-body.ts';
import type { Request } from './request.ts';

const EMPTY = Buffer.alloc(0);
/** Bodies of unknown kind are read before the view up to this size, in bytes; larger ones are left to the view. */
const SMALL_BODY = 1024 * 1024;
/** What a body may take in memory where the application sets no limit. */
const MAX_MEMORY = 64 * 1024 * 1024;
/** The least that a urlencoded form may take: it is one buffer, not a field. */
const MIN_URLENCODED = 500_000;

type Kind = 'multipart' | 'urlencoded' | 'json' | 'other';

/** The body of one request: read once, kept as bytes or as the form that it was. */
export class RequestBody {
  readonly #request: Request;
  readonly #kind: Kind;
  /** The whole body, if it is in memory. */
  #bytes: Buffer | undefined;
  /** What has been read of a body that goes on in the source. */
  #beginning: Buffer[] = [];
  #form: ParsedForm | undefined;
  #stream: Readable | undefined;
  /** Whether the form was asked for: from then on the bytes count as consumed, as in Werkzeug. */
  #isFormUsed = false;
  #isOpen = false;
  #isClosed = false;
  #error: unknown;

  constructor(request: Request) {
    this.#request = request;
    this.#kind = kindOf(request);
    if (!request.hasBody) this.#bytes = EMPTY;
  }

  /** Reads what the view will expect to be there; nothing at once if there is nothing to read. Never throws. */
  load(): void | Promise<void> {
    if (this.#bytes !== undefined || this.#form !== undefined || this.#isOpen || this.#error !== undefined)
      return undefined;
    const { contentLength } = this.#request;
    // A body that is too large is not even begun: only who asks for it is told.
    if (this.#isTooLarge(contentLength)) return undefined;
    if (this.#kind === 'other' && contentLength !== undefined && contentLength > SMALL_BODY) return undefined;
    return this.#load().catch((error: unknown) => {
      this.#error = error;
    });
  }

  async #load(): Promise<void> {
    if (this.#kind === 'multipart') await this.#loadMultipart();
    else if (this.#kind === 'other') await this.#readInto(SMALL_BODY, false);
    else await this.#readInto(this.#memoryLimit, true);
  }

  get #source(): Readable {
    return (this.#stream ??= bodyStream(this.#request.source.body));
  }

  get #memoryLimit(): number {
    const { maxContentLength, maxFormMemorySize } = this.#request;
    const limit = maxContentLength ?? MAX_MEMORY;
    if (this.#kind !== 'urlencoded' || maxFormMemorySize === null) return limit;
    return Math.min(limit, Math.max(maxFormMemorySize, MIN_URLENCODED));
  }

  #isTooLarge(length: number | undefined): boolean {
    const { maxContentLength } = this.#request;
    return length !== undefined && maxContentLength !== null && length > maxContentLength;
  }

  /** Reads into memory. Past `limit` it is an error (`strict`), or the rest is left where it is. */
  async #readInto(limit: number, strict: boolean): Promise<void> {
    const chunks = this.#beginning;
    let size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const maximum = this.#request.maxContentLength ?? Number.POSITIVE_INFINITY;
    const whole = await readBody(this.#source, (chunk) => {
      size += chunk.length;
      if (size > maximum || (strict && size > limit)) throw new RequestEntityTooLarge();
      chunks.push(chunk);
      return size <= limit;
    });
    if (!whole) return;
    this.#bytes = this.#framed(Buffer.concat(chunks));
    this.#beginning = [];
  }

  /** The bytes that Content-Length announces: no more, and an error if there are fewer. */
  #framed(bytes: Buffer): Buffer {
    const { contentLength } = this.#request;
    if (contentLength === undefined || bytes.length === contentLength) return bytes;
    if (bytes.length < contentLength) throw new ClientDisconnected();
    return bytes.subarray(0, contentLength);
  }

  async #loadMultipart(): Promise<void> {
    const { contentLength } = this.#request;
    if (contentLength === undefined || contentLength <= SPOOL_SIZE) {
      await this.#readInto(SPOOL_SIZE, false);
      if (this.#bytes !== undefined) return;
    }
    const reader = new MultipartReader(this.#boundary, this.#request);
    const maximum = this.#request.maxContentLength ?? Number.POSITIVE_INFINITY;
    let size = 0;
    const write = async (chunk: Buffer): Promise<boolean> => {
      size += chunk.length;
      if (size > maximum) throw new RequestEntityTooLarge();
      await reader.write(chunk);
      return true;
    };
    try {
      for (const chunk of this.#beginning.splice(0)) await write(chunk);
      await readBody(this.#source, write);
      if (contentLength !== undefined && size < contentLength) throw new ClientDisconnected();
      this.#form = await reader.end();
    } catch (error) {
      await reader.discard();
      throw error;
    }
  }

  get #boundary(): string {
    return this.#request.mimetypeParams.boundary ?? '';
  }

  /** Throws what went wrong while the body was read, or says how to read it. */
  #unavailable(): never {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isTooLarge(this.#request.contentLength)) throw new RequestEntityTooLarge();
    throw new FlaconError('The body of this request has not been read.', {
      code: 'BODY_NOT_READ',
      fix: this.#isOpen
        ? 'use either request.stream or the parsed body'
        : 'await request.getData(), or read request.stream',
    });
  }

  get form(): ParsedForm {
    this.#isFormUsed = true;
    return (this.#form ??= this.#parseForm());
  }

  #parseForm(): ParsedForm {
    if (this.#kind !== 'multipart' && this.#kind !== 'urlencoded') {
      if (this.#error instanceof RequestEntityTooLarge || this.#isTooLarge(this.#request.contentLength))
        this.#unavailable();
      return emptyForm();
    }
    const bytes = this.#bytes ?? this.#unavailable();
    if (this.#isTooLarge(bytes.length)) throw new RequestEntityTooLarge();
    return this.#kind === 'urlencoded' ? parseUrlencoded(bytes) : parseMultipart(bytes, this.#boundary, this.#request);
  }

  /** The bytes, or none if they were a form that has been asked for. */
  get bytes(): Buffer {
    if (this.#form !== undefined && (this.#bytes === undefined || (this.#isFormUsed && this.#isForm))) return EMPTY;
    const bytes = this.#bytes ?? this.#unavailable();
    if (this.#isTooLarge(bytes.length)) throw new RequestEntityTooLarge();
    return bytes;
  }

  get #isForm(): boolean {
    return this.#kind === 'multipart' || this.#kind === 'urlencoded';
  }

  /** The bytes, unless they are a form. */
  get data(): Buffer {
    if (this.#isForm && !this.#isFormUsed) void this.form;
    return this.bytes;
  }

  /** The bytes, read now if they have not been. */
  async read(): Promise<Buffer> {
    if (this.#bytes === undefined && this.#form === undefined && this.#error === undefined && !this.#isOpen) {
      if (this.#isTooLarge(this.#request.contentLength)) this.#unavailable();
      await this.#readInto(this.#request.maxContentLength ?? Number.POSITIVE_INFINITY, true);
    }
    return this.bytes;
  }

  /** What is left of the body as a stream. */
  open(): Readable {
    if (this.#error !== undefined || this.#isTooLarge(this.#request.contentLength)) this.#unavailable();
    if (this.#bytes !== undefined || this.#form !== undefined)
      return Readable.from(this.bytes.length === 0 ? [] : [this.bytes]);
    this.#isOpen = true;
    return Readable.from(this.#chunks(), { objectMode: false });
  }

  async *#chunks(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#beginning.splice(0);
    const maximum = this.#request.maxContentLength ?? Number.POSITIVE_INFINITY;
    let size = 0;
    // Chunk by chunk, so that the socket outlives a reader that stops early.
    for (;;) {
      let next: Buffer | undefined;
      const ended = await readBody(this.#source, (chunk) => {
        next = chunk;
        return false;
      });
      if (this.#isClosed) throw closedError();
      if (next !== undefined) {
        size += next.length;
        if (size > maximum) throw new RequestEntityTooLarge();
        yield next;
      }
      if (ended || next === undefined) return;
    }
  }

  close(): void | Promise<void> {
    this.#isClosed = true;
    const files = this.#form?.files;
    if (files === undefined || files.size === 0) return undefined;
    return Promise.all([...files.entries({ multi: true })].map(([, file]) => file.close())).then(() => undefined);
  }
}

function closedError(): FlaconError {
  return new FlaconError('The request has been answered: the rest of its body is gone.', {
    code: 'REQUEST_CLOSED',
    fix: 'read the body before the answer is over',
  });
}

function kindOf(request: Request): Kind {
  const { mimetype } = request;
  // Without a boundary it is no form that could be parsed, and the view may want the bytes.
  if (mimetype === 'multipart/form-data') return isBoundary(request.mimetypeParams.boundary) ? 'multipart' : 'other';
  if (mimetype === 'application/x-www-form-urlencoded') return 'urlencoded';
  return request.isJson ? 'json' : 'other';
}
