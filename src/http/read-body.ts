import { Readable } from 'node:stream';
import { ClientDisconnected } from './exceptions.ts';
import type { RequestBodySource } from './request-source.ts';
import { chunkBytes, isAsyncIterable } from './response-body.ts';
import type { Chunk, StreamBody } from './response-body.ts';

/** Takes a chunk; false, or a promise of it, ends the reading. */
export type ChunkReader = (chunk: Buffer) => boolean | Promise<boolean>;

/**
 * Reads a body piece by piece, waiting for the reader where that returns a promise. Answers whether it was read to the end.
 * A socket is left as it is when the reading ends early: the answer still has to go out on it. Throws
 * `ClientDisconnected` (400) if the client goes away.
 */
export function readBody(source: RequestBodySource, read: ChunkReader): Promise<boolean> {
  if (source instanceof Readable) return readStream(source, read);
  if (typeof source === 'string' || source instanceof Uint8Array) return Promise.resolve(read(chunkBytes(source)));
  return readIterable(source, read);
}

function readStream(stream: Readable, read: ChunkReader): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (stream.readableEnded) {
      resolve(true);
      return;
    }
    const stop = (): void => {
      stream.pause();
      stream.off('data', onData);
      stream.off('end', onEnd);
      stream.off('error', onError);
      stream.off('close', onClose);
    };
    const finish = (goesOn: boolean): void => {
      if (goesOn) return;
      stop();
      resolve(false);
    };
    const onData = (data: Chunk): void => {
      let result: boolean | Promise<boolean>;
      try {
        result = read(chunkBytes(data));
      } catch (error) {
        stop();
        reject(error as Error);
        return;
      }
      if (!(result instanceof Promise)) {
        finish(result);
        return;
      }
      stream.pause();
      result.then(
        (goesOn) => {
          finish(goesOn);
          if (goesOn) stream.resume();
        },
        (error: unknown) => {
          stop();
          reject(error as Error);
        },
      );
    };
    const onEnd = (): void => {
      stop();
      resolve(true);
    };
    const onError = (cause: unknown): void => {
      stop();
      reject(new ClientDisconnected(null, { cause }));
    };
    const onClose = (): void => onError(undefined);
    stream.on('data', onData);
    stream.once('end', onEnd);
    stream.once('error', onError);
    stream.once('close', onClose);
    if (stream.destroyed) onClose();
  });
}

async function readIterable(body: StreamBody, read: ChunkReader): Promise<boolean> {
  const iterator = isAsyncIterable(body) ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  for (;;) {
    let step: IteratorResult<Chunk>;
    try {
      step = await iterator.next();
    } catch (cause) {
      throw new ClientDisconnected(null, { cause });
    }
    if (step.done === true) return true;
    if (!(await read(chunkBytes(step.value)))) {
      await iterator.return?.();
      return false;
    }
  }
}
