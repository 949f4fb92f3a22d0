import { isUtf8 } from 'node:buffer';
import { RequestEntityTooLarge } from './exceptions.ts';
import { Headers } from './headers.ts';
import { parseOptionsHeader } from './parse.ts';

/** The body is not the `multipart/form-data` that its Content-Type promises. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
}

/** The head of one part. */
export interface MultipartPart {
  name: string | undefined;
  /** Present, if possibly empty, when the part is a file. */
  filename: string | undefined;
  headers: Headers;
}

/** Is told what a decoder finds, in order. Chunks are views of what was written: copy what is kept. */
export interface MultipartSink {
  onPart(part: MultipartPart): void;
  onData(chunk: Buffer): void;
  onPartEnd(): void;
}

/** Options of `MultipartDecoder`. */
export interface MultipartDecoderOptions {
  /** More parts than this are refused with 413. Default: no limit. */
  maxParts?: number | null;
  /** Longer part headers, in bytes, are refused with 413. Default: 16 KiB. */
  maxHeaderSize?: number;
}

const CR = 13;
const LF = 10;
const DASH = 45;
const DEFAULT_HEADER_SIZE = 16 * 1024;

type State = 'preamble' | 'header' | 'data' | 'epilogue';

interface Boundary {
  /** Where the line break before the boundary begins: the end of the data. */
  dataEnd: number;
  /** Where the bytes after the boundary line begin. */
  next: number;
  last: boolean;
}

/**
 * Finds the parts of a `multipart/form-data` body (RFC 7578) in chunks of any size, without I/O. Line breaks may be
 * CRLF, CR or LF, as Werkzeug takes them. Time is linear and memory bounded by the header limit, whatever is written.
 */
export class MultipartDecoder {
  readonly #needle: Buffer;
  readonly #sink: MultipartSink;
  readonly #maxParts: number;
  readonly #maxHeaderSize: number;
  #buffer: Buffer = Buffer.alloc(0);
  #state: State = 'preamble';
  #parts = 0;
  /** Bytes at the start of the buffer that belong to the blank line and not to the data. */
  #skip = 0;

  constructor(boundary: string, sink: MultipartSink, options: MultipartDecoderOptions = {}) {
    this.#needle = Buffer.from(`--${boundary}`, 'latin1');
    this.#sink = sink;
    this.#maxParts = options.maxParts ?? Number.POSITIVE_INFINITY;
    this.#maxHeaderSize = options.maxHeaderSize ?? DEFAULT_HEADER_SIZE;
  }

  /** Takes the next bytes of the body. Throws `MultipartError`, or `RequestEntityTooLarge` past a limit. */
  write(chunk: Uint8Array): void {
    if (this.#state === 'epilogue') return;
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#buffer = this.#buffer.length === 0 ? view : Buffer.concat([this.#buffer, view]);
    this.#advance(false);
  }

  /** Says that the body is over. Throws `MultipartError` if the last boundary has not been seen. */
  end(): void {
    this.#advance(true);
    if (this.#state !== 'epilogue') throw new MultipartError('The body ends before the last boundary.');
  }

  #advance(complete: boolean): void {
    let more = true;
    while (more) {
      if (this.#state === 'preamble') more = this.#preamble(complete);
      else if (this.#state === 'header') more = this.#header();
      else if (this.#state === 'data') more = this.#data(complete);
      else more = false;
    }
    if (this.#state === 'epilogue') this.#buffer = Buffer.alloc(0);
  }

  #preamble(complete: boolean): boolean {
    const found = this.#findBoundary(false, complete);
    if (found === undefined) return false;
    this.#buffer = this.#buffer.subarray(found.next);
    this.#state = found.last ? 'epilogue' : 'header';
    return true;
  }

  #header(): boolean {
    const blank = findBlankLine(this.#buffer, this.#maxHeaderSize);
    if ((blank?.at ?? this.#buffer.length) > this.#maxHeaderSize) throw new RequestEntityTooLarge();
    if (blank === undefined) return false;
    const part = parsePart(this.#buffer.subarray(0, blank.at));
    if (++this.#parts > this.#maxParts) throw new RequestEntityTooLarge();
    // The second line break of the blank line stays: an empty part shares it with the boundary that follows.
    this.#buffer = this.#buffer.subarray(blank.at + blank.breakLength);
    this.#skip = blank.breakLength;
    this.#state = 'data';
    this.#sink.onPart(part);
    return true;
  }

  #data(complete: boolean): boolean {
    const found = this.#findBoundary(true, complete);
    if (found === undefined) return false;
    this.#emit(found.dataEnd);
    this.#sink.onPartEnd();
    this.#buffer = this.#buffer.subarray(found.next);
    this.#state = found.last ? 'epilogue' : 'header';
    return true;
  }

  #emit(end: number): void {
    if (end > this.#skip) this.#sink.onData(this.#buffer.subarray(this.#skip, end));
  }

  /**
   * The first boundary line in the buffer; without one, everything that cannot belong to one is passed on (data) or
   * dropped (preamble), and the rest is kept for the next chunk.
   */
  #findBoundary(inData: boolean, complete: boolean): Boundary | undefined {
    const buffer = this.#buffer;
    let from = 0;
    for (;;) {
      const at = buffer.indexOf(this.#needle, from);
      if (at === -1) {
        this.#release(inData, Math.max(0, buffer.length - this.#needle.length - 1));
        return undefined;
      }
      const dataEnd = lineBreakBefore(buffer, at);
      if (dataEnd !== at || !inData) {
        const tail = boundaryTail(buffer, at + this.#needle.length, complete);
        if (tail === 'incomplete') {
          if (buffer.length - at > this.#maxHeaderSize) throw new MultipartError('A boundary line does not end.');
          this.#release(inData, dataEnd);
          return undefined;
        }
        if (tail !== undefined) return { dataEnd, ...tail };
      }
      from = at + 1;
    }
  }

  #release(inData: boolean, end: number): void {
    if (inData) {
      if (end <= this.#skip) return;
      this.#emit(end);
      this.#skip = 0;
    }
    // A copy: the few bytes that are left must not keep a whole chunk alive.
    this.#buffer = Buffer.from(this.#buffer.subarray(end));
  }
}

function lineBreakBefore(buffer: Buffer, at: number): number {
  const last = buffer[at - 1];
  if (last === LF) return buffer[at - 2] === CR ? at - 2 : at - 1;
  return last === CR ? at - 1 : at;
}

function boundaryTail(
  buffer: Buffer,
  from: number,
  complete: boolean,
): { next: number; last: boolean } | 'incomplete' | undefined {
  if (buffer[from] === DASH) {
    if (buffer[from + 1] === DASH) return { next: from + 2, last: true };
    return from + 1 < buffer.length ? undefined : 'incomplete';
  }
  let at = from;
  while (isBlank(buffer[at])) at++;
  if (buffer[at] === LF) return { next: at + 1, last: false };
  if (buffer[at] === CR) {
    if (at + 1 === buffer.length && !complete) return 'incomplete';
    return { next: buffer[at + 1] === LF ? at + 2 : at + 1, last: false };
  }
  return at < buffer.length ? undefined : 'incomplete';
}

/** Space, tab, vertical tab or form feed. */
function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 11 || byte === 12;
}

function findBlankLine(buffer: Buffer, limit: number): { at: number; breakLength: number } | undefined {
  for (let i = 0; i + 1 < buffer.length && i <= limit; i++) {
    const byte = buffer[i];
    if (byte !== CR && byte !== LF) continue;
    if (buffer[i + 1] === byte) return { at: i, breakLength: 1 };
    if (byte === CR && buffer[i + 1] === LF && buffer[i + 2] === CR && buffer[i + 3] === LF)
      return { at: i, breakLength: 2 };
  }
  return undefined;
}

function parsePart(bytes: Buffer): MultipartPart {
  if (!isUtf8(bytes)) throw new MultipartError('The headers of a part are not UTF-8.');
  const headers = new Headers();
  // A line that begins with a blank continues the one before it (RFC 822).
  for (const line of bytes
    .toString('utf8')
    .replace(/(?:\r\n|\n|\r)[ \t]/g, ' ')
    .split(/\r\n|\n|\r/)) {
    const text = line.trim();
    if (text === '') continue;
    const colon = text.indexOf(':');
    const name = colon === -1 ? text : text.slice(0, colon).trim();
    headers.add(name, colon === -1 ? '' : text.slice(colon + 1).trim());
  }
  const disposition = headers.get('content-disposition');
  if (disposition === undefined) throw new MultipartError('A part has no Content-Disposition header.');
  const [, options] = parseOptionsHeader(disposition);
  return { name: options.name, filename: options.filename, headers };
}

/** One part to encode. */
export interface MultipartItem {
  name: string;
  value: string | Uint8Array;
  /** Makes the part a file. */
  filename?: string | undefined;
  /** Headers besides Content-Disposition, such as Content-Type. */
  headers?: Iterable<readonly [string, string]>;
}

/** Writes a `multipart/form-data` body. The boundary must not occur in the values: take a random one. */
export function encodeMultipart(items: Iterable<MultipartItem>, boundary: string): Buffer {
  const chunks: Uint8Array[] = [];
  for (const { name, value, filename, headers = [] } of items) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoteName(name)}"`;
    if (filename !== undefined) head += `; filename="${quoteName(filename)}"`;
    for (const [key, header] of headers) head += `\r\n${key}: ${header}`;
    chunks.push(
      Buffer.from(`${head}\r\n\r\n`),
      typeof value === 'string' ? Buffer.from(value) : value,
      Buffer.from('\r\n'),
    );
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(chunks);
}

/** As browsers write names (WHATWG HTML, "multipart form data"). */
function quoteName(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
