/** Sends what is written to a stream of this process elsewhere. Returns the function that undoes it. */
export function divert(stream: NodeJS.WriteStream, sink: (text: string) => void): () => void {
  const original = stream.write;
  const write: typeof stream.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    sink(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const callback = rest.find((value) => typeof value === 'function') as (() => void) | undefined;
    if (callback) queueMicrotask(callback);
    return true;
  };
  stream.write = write;
  return () => {
    // Somebody else may have diverted it meanwhile.
    if (stream.write === write) stream.write = original;
  };
}
