import { FlaconError } from '../util/errors.ts';

/** One piece of a streamed body. */
export type Chunk = string | Uint8Array;

/**
 * A body that is sent piece by piece: what an iterable yields, a node `Readable`, or a web `ReadableStream`. A string is
 * a whole body, not an iterable of characters.
 */
export type StreamBody = Iterable<Chunk> | AsyncIterable<Chunk>;

/** What a response can be made of. An array of chunks is a whole body too, as a list is in Werkzeug. */
export type ResponseBody = string | Uint8Array | readonly Chunk[] | StreamBody | null | undefined;

/** A body as a response keeps it. */
export type StoredBody = string | Uint8Array | readonly Chunk[] | StreamBody | null;

/** A body that can answer for a part of itself, such as a file. */
export interface SeekableBody extends AsyncIterable<Uint8Array> {
  /** The bytes from `start` on, `length` of them. */
  slice(start: number, length: number): StreamBody;
}

export function isAsyncIterable(body: StreamBody): body is AsyncIterable<Chunk> {
  return Symbol.asyncIterator in body;
}

/** Whether the whole body is there, so that its length is known. */
export function isWhole(body: StoredBody): body is string | Uint8Array | readonly Chunk[] | null {
  return body === null || typeof body === 'string' || body instanceof Uint8Array || Array.isArray(body);
}

/** Length of a whole body in bytes. */
export function wholeLength(body: string | Uint8Array | readonly Chunk[] | null): number {
  if (body === null) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.byteLength;
  let length = 0;
  for (const chunk of body) length += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
  return length;
}

/** The bytes of a chunk, without copying what are bytes already. */
export function chunkBytes(chunk: Chunk): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new FlaconError(`A streamed response may yield strings and bytes, not ${describe(chunk)}.`, {
    code: 'BAD_CHUNK',
    fix: 'yield strings or Uint8Arrays, for example String(value)',
  });
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : typeof value;
}

/** The bytes of a whole body. */
export function wholeBytes(body: string | Uint8Array | readonly Chunk[] | null): Buffer {
  if (body === null) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return chunkBytes(body);
  return Buffer.concat(body.map(chunkBytes));
}

/** Ends a body that will not be read to its end: generators run their `finally`, streams are destroyed. */
export function closeBody(body: StoredBody): void | Promise<void> {
  if (isWhole(body)) return undefined;
  const stream = body as {
    destroy?: () => unknown;
    cancel?: () => Promise<void>;
    return?: () => unknown;
    locked?: boolean;
  };
  if (typeof stream.destroy === 'function') stream.destroy();
  else if (typeof stream.cancel === 'function') return stream.locked === true ? undefined : stream.cancel();
  else if (typeof stream.return === 'function') {
    const ended = stream.return();
    if (ended instanceof Promise) return ended.then(() => undefined);
  }
  return undefined;
}

/** The bytes from `start` on, `length` of them, of any body. */
export function sliceBody(body: StoredBody, start: number, length: number): StoredBody {
  if (isWhole(body)) return wholeBytes(body).subarray(start, start + length);
  if (isSeekable(body)) return body.slice(start, length);
  return isAsyncIterable(body) ? sliceAsync(body, start, length) : sliceSync(body, start, length);
}

function isSeekable(body: StreamBody): body is SeekableBody {
  return 'slice' in body && isAsyncIterable(body);
}

function* sliceSync(body: Iterable<Chunk>, start: number, length: number): Generator<Buffer, void, undefined> {
  let position = 0;
  for (const chunk of body) {
    const bytes = chunkBytes(chunk);
    const part = bytes.subarray(Math.max(0, start - position), Math.max(0, start + length - position));
    position += bytes.length;
    if (part.length > 0) yield part;
    if (position >= start + length) return;
  }
}

async function* sliceAsync(
  body: AsyncIterable<Chunk>,
  start: number,
  length: number,
): AsyncGenerator<Buffer, void, undefined> {
  let position = 0;
  for await (const chunk of body) {
    const bytes = chunkBytes(chunk);
    const part = bytes.subarray(Math.max(0, start - position), Math.max(0, start + length - position));
    position += bytes.length;
    if (part.length > 0) yield part;
    if (position >= start + length) return;
  }
}
