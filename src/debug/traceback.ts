import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a file; line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** One call on the way to an error, innermost first. */
export interface TracebackFrame extends Place {
  /** The function as V8 names it; undefined for the top level of a module. */
  functionName: string | undefined;
  /** In a file of the application, not of a package or of Node. */
  isUser: boolean;
}

/** One line around a place. */
export interface ExcerptLine {
  number: number;
  text: string;
  /** The line the excerpt is about. */
  isCurrent: boolean;
}

/** An error as data: what a terminal and a page show of it. */
export interface Traceback {
  name: string;
  message: string;
  /** What to do about it, where the error says so. */
  fix: string | undefined;
  frames: TracebackFrame[];
  /** Where to look first: the place the error names, else its innermost frame in the application. */
  place: Place | undefined;
  excerpt: ExcerptLine[];
  cause: Traceback | undefined;
}

/** Options of {@link readTraceback}. */
export interface TracebackOptions {
  /** The text of a file as it was when it was loaded; the file itself where this gives none. */
  sourceText?: ((file: string) => string | undefined) | undefined;
}

/** Reads an error, or anything else that was thrown. Never throws itself. */
export function readTraceback(error: unknown, options: TracebackOptions = {}, depth = 0): Traceback {
  const { name, message } = describeValue(error);
  const frames = error instanceof Error ? readFrames(String(error.stack)) : [];
  const named = namedPlace(error, options);
  const place = named ?? frames.find(({ isUser }) => isUser);
  const text = ownSource(error) ?? (place && readText(place.file, options));
  const { cause, fix } = (error ?? {}) as { cause?: unknown; fix?: unknown };
  return {
    name,
    message,
    fix: typeof fix === 'string' ? fix : undefined,
    frames,
    place,
    excerpt: place && text !== undefined ? excerptAt(text, place.line) : [],
    cause: cause === undefined || depth > 8 ? undefined : readTraceback(cause, options, depth + 1),
  };
}

/** The lines around a line of a text. */
export function excerptAt(text: string, line: number, context = 3): ExcerptLine[] {
  const lines = text.split(/\r\n|\r|\n/);
  const first = Math.max(1, line - context);
  return lines
    .slice(first - 1, line + context)
    .map((content, index) => ({ number: first + index, text: content, isCurrent: first + index === line }));
}

/** The lines around a frame. */
export function excerptOf(frame: Place, options: TracebackOptions = {}, context = 3): ExcerptLine[] {
  const text = readText(frame.file, options);
  return text === undefined ? [] : excerptAt(text, frame.line, context);
}

/** A path as the developer types it: from the working directory, where it is below it. */
export function shortPath(file: string, from = process.cwd()): string {
  const path = relative(from, file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path;
}

function describeValue(error: unknown): { name: string; message: string } {
  try {
    if (error instanceof Error) return { name: error.name, message: error.message };
    return { name: 'Thrown', message: typeof error === 'string' ? error : String(error) };
  } catch {
    return { name: 'Thrown', message: 'a value that cannot be printed' };
  }
}

const FRAME = /^\s+at (?:async )?(?:(.*?) \()?((?:file:\/\/|\/|[A-Za-z]:\\|node:)[^()]*?):(\d+)(?::(\d+))?\)?$/;

function readFrames(stack: string): TracebackFrame[] {
  const frames: TracebackFrame[] = [];
  for (const text of stack.split('\n')) {
    const [, called, url, line, column] = FRAME.exec(text) ?? [];
    if (url === undefined || line === undefined) continue;
    const file = url.startsWith('file://') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
    const functionName = called === undefined || called.endsWith('<anonymous>') ? undefined : called;
    frames.push({ functionName, file, line: Number(line), column: Number(column ?? 1), isUser: isUserFile(file) });
  }
  return frames;
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const ownFolders = ['src', 'dist', 'bin'].map((name) => join(packageFolder, name) + sep);

/** Whether a file is of the application, not of a package, of Node or of Flacon. */
export function isUserFile(file: string): boolean {
  if (!isAbsolute(file) || file.includes(`${sep}node_modules${sep}`)) return false;
  return !ownFolders.some((folder) => file.startsWith(folder));
}

/** What errors of parsers, of imports and of templates say about their place. */
function namedPlace(error: unknown, options: TracebackOptions): Place | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { file, line, column, filename, lineno, specifier, importer } = error as Record<string, unknown>;
  if (typeof file === 'string' && typeof line === 'number') {
    return { file, line, column: typeof column === 'number' ? column : 1 };
  }
  if (typeof filename === 'string' && typeof lineno === 'number') return { file: filename, line: lineno, column: 1 };
  if (typeof specifier !== 'string' || typeof importer !== 'string') return undefined;
  const text = readText(importer, options);
  const at = [`'${specifier}'`, `"${specifier}"`]
    .map((quoted) => text?.indexOf(quoted) ?? -1)
    .find((index) => index >= 0);
  if (text === undefined || at === undefined) return undefined;
  const before = text.slice(0, at);
  return { file: importer, line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

/** The text an error is about, where it brings it along: a template, or a file that did not parse. */
function ownSource(error: unknown): string | undefined {
  const { source, lineno, sourceText } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  if (typeof sourceText === 'string') return sourceText;
  return typeof source === 'string' && typeof lineno === 'number' ? source : undefined;
}

function readText(file: string, { sourceText }: TracebackOptions): string | undefined {
  const known = sourceText?.(file);
  if (known !== undefined) return known;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Gone, or never a file: the error is shown without its lines.
    return undefined;
  }
}
