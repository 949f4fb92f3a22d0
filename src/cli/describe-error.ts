import { readFileSync } from 'node:fs';
import { basename, isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FlaconError } from '../util/errors.ts';
import { isColorEnabled } from '../util/terminal.ts';

/** A place in a source file; line and column count from 1. */
interface Place {
  file: string;
  line: number;
  column: number;
}

/** An error of the application, as its developer wants to read it: what, where in the own code, and the lines around. */
export async function describeError(error: unknown): Promise<string> {
  if (!(error instanceof Error)) return `Uncaught ${String(error)}`;
  const located = compilerError(error) ?? missingModule(error);
  if (located !== undefined) return `${located.message}\n    at ${show(located.place)}\n\n${await excerpt(located.place)}`.trimEnd();

  const frames = userFrames(error.stack ?? '');
  const parts = [`${error.name}: ${error.message}`, ...frames.map(({ text }) => `    at ${text}`)];
  const syntax = error instanceof SyntaxError ? frameOfSyntaxError(error.stack ?? '') : undefined;
  if (syntax !== undefined && frames.length === 0) parts.push(`    at ${show(syntax)}`);
  const place = frames[0]?.place ?? syntax;
  if (place !== undefined) parts.push('', await excerpt(place));
  if (error instanceof FlaconError && error.fix !== undefined) parts.push('', `Hint: ${error.fix}`);
  if (error.cause !== undefined) parts.push('', `Caused by ${await describeError(error.cause)}`);
  return parts.join('\n').trimEnd();
}

/** esbuild's report, which tsx passes on as the message of an error. */
function compilerError(error: Error): { message: string; place: Place } | undefined {
  const found = /^Transform failed with \d+ errors?:\n(.+?):(\d+):(\d+): (?:ERROR|error): (.+)/.exec(error.message);
  if (found === null) return undefined;
  const [, file = '', line = '1', column = '0', message = ''] = found;
  return { message: `SyntaxError: ${message}`, place: { file, line: Number(line), column: Number(column) + 1 } };
}

const MISSING = [
  /^Cannot find (?:package|module) '(.+?)' imported from (.+)/,
  /^Cannot find module '(.+?)'\nRequire stack:\n- (.+)/,
  /^The requested module '(.+?)' does not provide an export named '(.+?)'/,
];

/** A module that is not there has no stack in the own code: its place is the line that imports it. */
function missingModule(error: Error): { message: string; place: Place } | undefined {
  for (const pattern of MISSING) {
    const [, specifier, second] = pattern.exec(error.message) ?? [];
    if (specifier === undefined || second === undefined) continue;
    // A name that is not exported: the importing file is above the stack.
    const importer = frameOfSyntaxError(error.stack ?? '')?.file;
    const place = importer === undefined ? importOf(toPath(second), specifier) : importOf(importer, specifier, second);
    if (place !== undefined) return { message: `${error.name}: ${error.message.split(/ imported from |\n/, 1)[0]}`, place };
  }
  return undefined;
}

function importOf(file: string, specifier: string, imported = ''): Place | undefined {
  const lines = readSource(file)?.split('\n') ?? [];
  // Node names what it looked for; a relative import says less.
  const name = isAbsolute(specifier) ? basename(specifier) : specifier;
  const index = lines.findIndex((line) => /\b(import|from|require)\b/.test(line) && line.includes(name) && line.includes(imported));
  const line = lines[index];
  return line === undefined ? undefined : { file, line: index + 1, column: line.indexOf(imported || name) + 1 };
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The place is in generated code: there is nothing to show.
    return undefined;
  }
}

// V8 puts the place of a syntax error above the message: `file:///app.ts:3`, the line, a caret under it.
function frameOfSyntaxError(stack: string): Place | undefined {
  const found = /^((?:file:\/\/|\/|[A-Za-z]:\\)[^\n]*?):(\d+)\n[^\n]*\n( *)\^/.exec(stack);
  if (found === null) return undefined;
  const [, file = '', line = '1', indent = ''] = found;
  return { file: toPath(file), line: Number(line), column: indent.length + 1 };
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const own = ['src', 'dist', 'bin'].map((name) => `${packageFolder}${name}${sep}`);

function isUsersFile(file: string): boolean {
  return isAbsolute(file) && !file.includes(`${sep}node_modules${sep}`) && !own.some((folder) => file.startsWith(folder));
}

function userFrames(stack: string): { text: string; place: Place }[] {
  const frames: { text: string; place: Place }[] = [];
  for (const line of stack.split('\n')) {
    const found = /^\s+at (?:(.+?) \()?((?:file:\/\/)?[^()]+?):(\d+):(\d+)\)?$/.exec(line);
    if (found === null) continue;
    const [, name, url = '', row = '1', column = '1'] = found;
    const place = { file: toPath(url.replace(/^async /, '')), line: Number(row), column: Number(column) };
    if (!isUsersFile(place.file)) continue;
    const called = name === undefined || name === '<anonymous>' || name.startsWith('Object.<anonymous>') ? '' : `${name} (`;
    frames.push({ text: called === '' ? show(place) : `${called}${show(place)})`, place });
  }
  // The top level of a module shows up twice, as itself and as the function that tsx made of it.
  return frames.filter(({ place }, index) => !frames.slice(0, index).some((other) => other.place.file === place.file && other.place.line === place.line));
}

function toPath(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
}

function show(place: Place | undefined): string {
  if (place === undefined) return '';
  const path = relative(process.cwd(), place.file);
  return `${path.startsWith('..') ? place.file : path}:${place.line}:${place.column}`;
}

/** The lines around a place, with a caret under it; nothing if the file cannot be read. */
async function excerpt({ file, line, column }: Place): Promise<string> {
  const source = readSource(file);
  if (source === undefined) return '';
  const { codeFrameColumns } = await import('@babel/code-frame');
  return codeFrameColumns(source, { start: { line, column } }, { linesAbove: 2, linesBelow: 2, highlightCode: isColorEnabled(process.stderr) });
}
