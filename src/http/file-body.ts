import { createReadStream, readFileSync } from 'node:fs';
import type { SeekableBody } from './response-body.ts';

/** Files up to this size are read at once: cheaper than a stream. */
const SMALL_FILE = 64 * 1024;

/** A file, or a part of it, as the body of a response. It is opened when the body is sent, so that a 304 costs nothing. */
export class FileBody implements SeekableBody {
  readonly path: string;
  readonly start: number;
  readonly length: number;

  constructor(path: string, length: number, start = 0) {
    this.path = path;
    this.length = length;
    this.start = start;
  }

  slice(start: number, length: number): FileBody {
    return new FileBody(this.path, Math.min(length, this.length - start), this.start + start);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.length === 0) return;
    if (this.start + this.length <= SMALL_FILE) {
      yield readFileSync(this.path).subarray(this.start, this.start + this.length);
      return;
    }
    yield* createReadStream(this.path, {
      start: this.start,
      end: this.start + this.length - 1,
      highWaterMark: SMALL_FILE,
    }) as AsyncIterable<Uint8Array>;
  }
}
