import { Readable, Writable } from 'node:stream';
import { printValue } from './printer.ts';
import type { Span } from './spans.ts';

/** A stream of Node in one line; undefined for every other value. What it is made of fills screens and helps nobody. */
export function printStream(value: unknown): Span[] | undefined {
  const isReadable = value instanceof Readable;
  const isWritable = value instanceof Writable;
  if (!isReadable && !isWritable) return undefined;
  const facts: Record<string, unknown> = {};
  const path = Object.getOwnPropertyDescriptor(value, 'path')?.value as unknown;
  if (typeof path === 'string') facts['path'] = path;
  if (isReadable) {
    facts['readable'] = value.destroyed ? 'destroyed' : value.readableEnded ? 'ended' : value.readable;
    facts['toRead'] = counted(value.readableLength, value.readableObjectMode);
  }
  if (isWritable || 'writableLength' in value) {
    const writable = value as unknown as Writable;
    facts['writable'] = writable.destroyed ? 'destroyed' : writable.writableFinished ? 'finished' : writable.writable;
    facts['toWrite'] = counted(writable.writableLength, writable.writableObjectMode);
  }
  const name = value.constructor?.name || 'Stream';
  return [[`${name} `], ...printValue(facts, { columns: Number.POSITIVE_INFINITY })];
}

function counted(length: number, isObjects: boolean): string {
  return `${length.toLocaleString('en-US')} ${isObjects ? 'objects' : 'bytes'}`;
}
