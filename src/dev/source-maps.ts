import { SourceMap } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A text and the mappings that lead from what runs back to it, the last transformation first. */
export interface MappedText {
  readonly text: string;
  readonly mappings: readonly (string | undefined)[];
}

/** A 1-based place in a text. */
export interface Position {
  line: number;
  column: number;
}

/** Decoding costs milliseconds and is needed only once something has failed. */
const decoded = new WeakMap<MappedText, SourceMap[]>();

/** The place in the original text of a place in the code that runs, both 1-based. */
export function originalPosition(source: MappedText, line: number, column: number): Position {
  let maps = decoded.get(source);
  if (!maps) {
    maps = source.mappings.filter((mappings) => mappings !== undefined).map(decode);
    decoded.set(source, maps);
  }
  let position: Position = { line, column };
  for (const map of maps) {
    const entry = map.findEntry(position.line - 1, position.column - 1);
    if (!('originalLine' in entry)) return position;
    position = { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
  return position;
}

function decode(mappings: string): SourceMap {
  return new SourceMap({
    file: '',
    version: 3,
    sources: ['source'],
    sourcesContent: [],
    names: [],
    mappings,
    sourceRoot: '',
  });
}

/** Frames of these files are machinery between two modules of the user. */
const OWN_DIRECTORY = dirname(fileURLToPath(import.meta.url));

/**
 * Makes `error.stack` show original positions for the files that `find` knows, without the frames of the runtime.
 * Returns the function that undoes it.
 */
export function mapStackTraces(find: (file: string) => MappedText | undefined): () => void {
  const previous = Error.prepareStackTrace;
  function prepareStackTrace(error: Error, frames: NodeJS.CallSite[]): unknown {
    const known = frames.some((frame) => find(fileOf(frame)) !== undefined);
    if (!known && previous) return previous(error, frames);
    let stack = header(error);
    for (const [index, frame] of frames.entries()) {
      if (!isMachinery(frame, frames[index + 1])) stack += `\n    at ${describe(frame, find)}`;
    }
    return stack;
  }
  Error.prepareStackTrace = prepareStackTrace;
  return () => {
    if (Error.prepareStackTrace === prepareStackTrace) Error.prepareStackTrace = previous;
  };
}

/** The stack is text from its first reading on: read while the versions that threw are the ones on the map. */
export function keepStack(error: unknown): void {
  for (let at = error; at instanceof Error; at = at.cause) void at.stack;
}

function describe(frame: NodeJS.CallSite, find: (file: string) => MappedText | undefined): string {
  const text = String(frame);
  const file = fileOf(frame);
  const source = find(file);
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (!source || line === null || column === null) return text;
  const position = originalPosition(source, line, column);
  return text.replace(`${file}:${line}:${column}`, `${file}:${position.line}:${position.column}`);
}

function isMachinery(frame: NodeJS.CallSite, next: NodeJS.CallSite | undefined): boolean {
  if (isOwn(frame)) return true;
  return frame.getFileName() === null && next !== undefined && isOwn(next) && /Generator\.next/.test(String(frame));
}

function isOwn(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName();
  if (!file) return false;
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return dirname(path) === OWN_DIRECTORY;
}

function fileOf(frame: NodeJS.CallSite): string {
  return frame.getFileName() ?? '';
}

function header(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}
