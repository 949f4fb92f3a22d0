import type { ServerResponse } from 'node:http';
import { FlaconError } from '../util/errors.ts';
import { chunkBytes, isAsyncIterable } from './response-body.ts';
import type { Chunk, StreamBody } from './response-body.ts';

/**
 * Sends a streamed body with back-pressure and answers how many bytes were sent. `writeHead` is called when the first
 * chunk is there, so that a body that fails at once can still become an error page, or as soon as an asynchronous body
 * makes us wait. When the client goes away the iterator's `return()` is called. Throws what the body throws, and a
 * FlaconError `CONTENT_LENGTH` if the body is not as long as `declared`: its bytes would be read as the next answer.
 */
export async function pump(
  res: ServerResponse,
  body: StreamBody,
  writeHead: () => void,
  declared?: number,
): Promise<{ bytes: number }> {
  const iterator: Iterator<Chunk> | AsyncIterator<Chunk> = isAsyncIterable(body)
    ? body[Symbol.asyncIterator]()
    : body[Symbol.iterator]();
  let bytes = 0;
  let done = false;
  const onClose = (): void => {
    if (!done) void endIterator(iterator);
  };
  res.once('close', onClose);
  try {
    for (;;) {
      const step = iterator.next();
      if (!res.headersSent && isPromise(step)) await headUnlessImmediate(res, step, writeHead);
      const result = isPromise(step) ? await step : step;
      if (res.destroyed) {
        if (result.done !== true) await endIterator(iterator);
        return { bytes };
      }
      if (result.done === true) break;
      const chunk = chunkBytes(result.value);
      if (!res.headersSent) writeHead();
      if (chunk.length === 0) continue;
      bytes += chunk.length;
      if (declared !== undefined && bytes > declared) throw wrongLength(declared);
      if (!res.write(chunk)) await drained(res);
    }
    if (declared !== undefined && bytes < declared) throw wrongLength(declared);
    if (!res.headersSent) writeHead();
    res.end();
    return { bytes };
  } catch (error) {
    await endIterator(iterator);
    throw error;
  } finally {
    done = true;
    res.off('close', onClose);
  }
}

function wrongLength(declared: number): FlaconError {
  return new FlaconError(`A streamed body is not as long as its Content-Length, ${declared}.`, {
    code: 'CONTENT_LENGTH',
    fix: 'leave contentLength unset: the body is then sent chunked',
  });
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise || typeof (value as { then?: unknown }).then === 'function';
}

/** Sends the head, for instance of an event stream, if the first chunk takes longer than a turn of the event loop. */
async function headUnlessImmediate(res: ServerResponse, step: Promise<unknown>, writeHead: () => void): Promise<void> {
  let waiting = true;
  await Promise.race([
    // An error is thrown where the step itself is awaited.
    step.then(
      () => (waiting = false),
      () => (waiting = false),
    ),
    new Promise((resolve) => setImmediate(resolve)),
  ]);
  if (waiting && !res.destroyed) {
    writeHead();
    res.flushHeaders();
  }
}

async function endIterator(iterator: Iterator<Chunk> | AsyncIterator<Chunk>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Nobody is left to be told, and a generator that is running at this moment refuses to be ended.
  }
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.once('drain', done);
    res.once('close', done);
    if (res.destroyed) done();
  });
}
