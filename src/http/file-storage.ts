import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Headers } from './headers.ts';
import { plainInt } from './numbers.ts';
import { parseOptionsHeader } from './parse.ts';
import type { HeaderOptions } from './parse.ts';

/** Content that was put into a temporary file, which `FileStorage.close` removes. */
export interface SpooledFile {
  path: string;
  /** In bytes. */
  size: number;
}

/** What a FileStorage holds. */
export type FileContent = string | Uint8Array | Readable | SpooledFile;

/** What is known about an uploaded file besides its content. */
export interface FileStorageOptions {
  /** The name that the visitor's file had. Untrusted: see `secureFilename`. */
  filename?: string | null;
  /** Name of the form field. */
  name?: string | null;
  contentType?: string;
  /** In bytes, as the client said. */
  contentLength?: number;
  /** Headers of the part of the form. */
  headers?: Headers;
}

/** A file that was uploaded, as `request.files` has them. Small ones are in memory, others in a temporary file. */
export class FileStorage {
  readonly filename: string | undefined;
  readonly name: string | undefined;
  readonly headers: Headers;
  readonly #content: Uint8Array | Readable | SpooledFile;
  #stream: Readable | undefined;
  #contentType: [string, HeaderOptions] | undefined;

  constructor(content: FileContent = '', options: FileStorageOptions = {}) {
    this.#content = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    this.filename = options.filename ?? undefined;
    this.name = options.name ?? undefined;
    this.headers = options.headers ?? new Headers();
    if (options.contentType !== undefined) this.headers.set('Content-Type', options.contentType);
    if (options.contentLength !== undefined) this.headers.set('Content-Length', options.contentLength);
  }

  /** Whether the visitor chose no file: browsers send the field nevertheless, without a name. */
  get isEmpty(): boolean {
    return !this.filename;
  }

  /** The Content-Type that the client sent, `undefined` if it sent none. */
  get contentType(): string | undefined {
    return this.headers.get('Content-Type');
  }

  /** The Content-Length that the client sent with the file, which hardly any does; else 0. See `size`. */
  get contentLength(): number {
    return plainInt(this.headers.get('Content-Length') ?? '') ?? 0;
  }

  #parsedType(): [string, HeaderOptions] {
    return (this.#contentType ??= parseOptionsHeader(this.contentType));
  }

  /** The Content-Type in lower case and without parameters. */
  get mimetype(): string {
    return this.#parsedType()[0].toLowerCase();
  }

  /** The parameters of the Content-Type. */
  get mimetypeParams(): HeaderOptions {
    return this.#parsedType()[1];
  }

  /** Size of the content in bytes; `undefined` of a stream. */
  get size(): number | undefined {
    if (this.#content instanceof Uint8Array) return this.#content.byteLength;
    return this.#content instanceof Readable ? undefined : this.#content.size;
  }

  /** The content as a stream, which is always the same one: it can be read once. */
  get stream(): Readable {
    return (this.#stream ??= this.#open());
  }

  #open(bufferSize?: number): Readable {
    const content = this.#content;
    if (content instanceof Readable) return content;
    if (content instanceof Uint8Array) return Readable.from([content]);
    return createReadStream(content.path, bufferSize === undefined ? {} : { highWaterMark: bufferSize });
  }

  /** The whole content. */
  async bytes(): Promise<Uint8Array> {
    if (this.#content instanceof Uint8Array) return this.#content;
    return this.#content instanceof Readable ? buffer(this.#content) : readFile(this.#content.path);
  }

  /** The whole content as UTF-8 text. */
  async text(): Promise<string> {
    return Buffer.from(await this.bytes()).toString('utf8');
  }

  /**
   * Writes the content to a file, which is replaced, or to a stream, which stays open. `bufferSize` is the number of
   * bytes held in memory meanwhile, 16 KiB by default. Throws what the file system says.
   */
  async save(
    destination: string | URL | Writable,
    { bufferSize = 16_384 }: { bufferSize?: number } = {},
  ): Promise<void> {
    const content = this.#content;
    if (typeof destination !== 'string' && !(destination instanceof URL)) {
      await pipeline(this.#open(bufferSize), destination, { end: false });
    } else if (content instanceof Uint8Array) {
      await writeFile(destination, content);
    } else if (content instanceof Readable) {
      await pipeline(content, createWriteStream(destination));
    } else {
      await copyFile(content.path, destination);
    }
  }

  /** Closes the stream and removes the temporary file, if there is one. */
  async close(): Promise<void> {
    this.#stream?.destroy();
    if (this.#content instanceof Readable) this.#content.destroy();
    else if (!(this.#content instanceof Uint8Array)) await rm(this.#content.path, { force: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this.stream[Symbol.asyncIterator]();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<FileStorage: '${this.filename ?? ''}' ('${this.contentType ?? ''}')>`;
  }
}
