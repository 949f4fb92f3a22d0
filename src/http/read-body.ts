import { Readable } from 'node:stream';
import { ClientDisconnected } from './exceptions.ts';
import type { RequestBodySource } from './request-source.ts';
import { chunkBytes } from './response-body.ts';
import type { Chunk } from './response-body.ts';

/** Takes a chunk; false, or a promise of it, ends the reading. */
export type ChunkReader = (chunk: Buffer) => boolean | Promise<boolean>;

/** A body as a stream that can be read in several goes. */
export function bodyStream(source: RequestBodySource | null | undefined): Readable {
  if (source instanceof Readable) return source;
  if (source instanceof ReadableStream) return Readable.fromWeb(source as Parameters<typeof Readable.fromWeb>[0]);
  if (source === null || source === undefined || source === '') return Readable.from([]);
  return Readable.from(typeof source === 'string' || source instanceof Uint8Array ? [source] : source);
}

/**
 * Reads a body piece by piece, waiting for the reader where that returns a promise. Answers whether it was read to the end.
 * A stream is not closed when the reading ends early: if it is a socket, the answer still has to go out on it. Throws
 * `ClientDisconnected` (400) if the client goes away.
 */
export function readBody(stream: Readable, read: ChunkReader): Promise<boolean> {
  return stream.readableEnded ? Promise.resolve(true) : new Reading(stream, read).promise;
}

class Reading {
  readonly promise: Promise<boolean>;
  readonly #stream: Readable;
  readonly #read: ChunkReader;
  #resolve: (whole: boolean) => void = ignore;
  #reject: (error: unknown) => void = ignore;
  /** Whether the reader is at work: what happens meanwhile waits for it. */
  #isBusy = false;
  #ending: (() => void) | undefined;

  constructor(stream: Readable, read: ChunkReader) {
    this.#stream = stream;
    this.#read = read;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Also between two readings an error must not be one that nobody handles.
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
    stream.on('data', this.#onData).once('end', this.#onEnd).once('error', this.#onError).once('close', this.#onClose);
    if (stream.destroyed) this.#onClose();
    // It may have been paused by a reading that ended early.
    else stream.resume();
  }

  #stop(): void {
    const stream = this.#stream;
    stream.pause();
    stream.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
  }

  readonly #onData = (data: Chunk): void => {
    let result: boolean | Promise<boolean>;
    try {
      result = this.#read(chunkBytes(data));
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (!(result instanceof Promise)) {
      this.#next(result);
      return;
    }
    this.#isBusy = true;
    this.#stream.pause();
    result.then(
      (goesOn) => {
        this.#isBusy = false;
        this.#next(goesOn);
      },
      (error: unknown) => this.#fail(error),
    );
  };

  #next(goesOn: boolean): void {
    if (!goesOn) {
      this.#stop();
      this.#resolve(false);
    } else if (this.#ending !== undefined) {
      this.#ending();
    } else if (this.#stream.isPaused()) {
      this.#stream.resume();
    }
  }

  #fail(error: unknown): void {
    this.#stop();
    this.#reject(error);
  }

  #end(ending: () => void): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    // A stream that is paused at its last chunk says nevertheless that it has ended.
    if (!this.#isBusy) ending();
  }

  readonly #onEnd = (): void => {
    this.#end(() => {
      this.#stop();
      this.#resolve(true);
    });
  };

  readonly #onError = (cause: unknown): void => {
    this.#end(() => this.#fail(new ClientDisconnected(null, { cause })));
  };

  readonly #onClose = (): void => {
    this.#onError(this.#stream.errored ?? undefined);
  };
}

function ignore(): void {}
