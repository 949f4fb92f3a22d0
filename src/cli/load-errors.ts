import { readFileSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a report looks for to find the lines of an error. */
interface Place {
  file: string;
  line: number;
  column: number;
}

/** Gives errors of tsx, esbuild and Node's loaders, which have no frame in the own code, the place they are about. */
export function withPlace(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return compilerError(error) ?? missingModule(error) ?? error;
}

/** esbuild's report, which tsx passes on as the message of an error. */
function compilerError(error: Error): Error | undefined {
  const found = /^Transform failed with \d+ errors?:\n(.+?):(\d+):(\d+): (?:ERROR|error): (.+)/.exec(error.message);
  if (found === null) return undefined;
  const [, file = '', line = '1', column = '0', message = ''] = found;
  return Object.assign(plain(new SyntaxError(message)), { file, line: Number(line), column: Number(column) + 1 });
}

const NOT_FOUND = [
  /^Cannot find (?:package|module) '(?<specifier>.+?)' imported from (?<importer>.+)/,
  /^Cannot find module '(?<specifier>.+?)'\nRequire stack:\n- (?<importer>.+)/,
];
const NOT_EXPORTED = /^The requested module '(.+?)' does not provide an export named '(.+?)'/;

/** A module that is not there: the place is the line that imports it. */
function missingModule(error: Error): Error | undefined {
  const { specifier, importer } =
    NOT_FOUND.map((pattern) => pattern.exec(error.message)?.groups).find((groups) => groups !== undefined) ?? {};
  if (specifier !== undefined && importer !== undefined) {
    const [message = ''] = error.message.split(/ imported from |\n/, 1);
    // Node names the file that it looked for; a relative import says less.
    const place = importIn(toPath(importer), isAbsolute(specifier) ? basename(specifier) : specifier);
    const { code } = error as { code?: unknown };
    return Object.assign(plain(new Error(message)), { code }, place);
  }
  const [, module, name] = NOT_EXPORTED.exec(error.message) ?? [];
  // V8 puts the importing file above the message.
  const file = /^((?:file:\/\/|\/|[A-Za-z]:\\)[^\n]*?):\d+\n/.exec(error.stack ?? '')?.[1];
  if (module === undefined || name === undefined || file === undefined) return undefined;
  return Object.assign(plain(new SyntaxError(error.message)), importIn(toPath(file), module, name));
}

// The frames of a loader are nothing to look at.
function plain(error: Error): Error {
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

function toPath(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url.replace(/[?#].*$/, '')) : url;
}

function importIn(file: string, specifier: string, name = specifier): Place | undefined {
  const lines = readLines(file);
  const index = lines.findIndex(
    (line) => /\b(import|from|require)\b/.test(line) && line.includes(specifier) && line.includes(name),
  );
  const line = lines[index];
  return line === undefined ? undefined : { file, line: index + 1, column: line.indexOf(name) + 1 };
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    // The importer is no file: the message alone has to do.
    return [];
  }
}
