import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { FlaconError } from '../util/errors.ts';

/** Where environment files are looked for, and what they may change. */
export interface DotenvOptions {
  /** Where the search upwards starts. Default: the working directory. */
  cwd?: string;
  /** What is filled in. Variables that it has are left alone. Default: `process.env`. */
  env?: Record<string, string | undefined>;
  /** The file of `--env-file`: wins over `.env` and `.flaconenv`. */
  envFile?: string | undefined;
}

/**
 * Fills in the environment from files. The real environment wins over `--env-file`, that over `.env`, that over
 * `.flaconenv`; the latter two are searched from the working directory upwards, unless FLACON_SKIP_DOTENV is set.
 * Returns the files that were read.
 *
 * @throws {FlaconError} `ENV_FILE` for a file that cannot be read.
 */
export function loadDotenv({ cwd = process.cwd(), env = process.env, envFile }: DotenvOptions = {}): string[] {
  const found = isSet(env['FLACON_SKIP_DOTENV']) ? [] : [findUpwards('.flaconenv', cwd), findUpwards('.env', cwd)];
  const files = [...found, envFile === undefined ? undefined : resolve(cwd, envFile)].filter(
    (file) => file !== undefined,
  );
  const values = new Map<string, string>();
  for (const file of files) {
    for (const [name, value] of parseDotenv(readText(file), { ...env, ...Object.fromEntries(values) }))
      values.set(name, value);
  }
  for (const [name, value] of values) env[name] ??= value;
  return files;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}

function findUpwards(name: string, from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, name);
    // Virtual environments of Python are often folders of the name `.env`.
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === false) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new FlaconError(`The environment file ${file} cannot be read (${code}).`, { code: 'ENV_FILE', cause });
  }
}

// Not `util.parseEnv`: on Node 20 it loses the rest of the file at `=x`, merges a line without `=` into the
// next name, and ends a value at an escaped quote.
const ENTRY =
  /^[^\S\n]*(?:export[^\S\n]+)?(?:'([^'\n]+)'|([^\s='"#][^\s=#]*))[^\S\n]*(?:=[^\S\n]*(?:'((?:\\[^]|[^'\\])*)'|"((?:\\[^]|[^"\\])*)"|([^\n]*?)))?[^\S\n]*(?:(?<=\s|'|"|^)#[^\n]*)?$/gm;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

/**
 * The variables of a `.env` file, as python-dotenv reads it: `export` is passed over, quoted values may span lines,
 * `${NAME}` and `${NAME:-default}` stand for other variables. A name without `=` sets nothing.
 */
export function parseDotenv(text: string, env: Readonly<Record<string, string | undefined>> = {}): Map<string, string> {
  const values = new Map<string, string>();
  for (const match of text
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n')
    .matchAll(ENTRY)) {
    const [, quotedName, plainName, single, double, plain] = match;
    const name = quotedName ?? plainName;
    if (name === undefined) continue;
    const value =
      single?.replace(/\\(['\\])/g, '$1') ??
      double?.replace(/\\([^])/g, unescape) ??
      plain?.replace(/(?:^|\s+)#.*$/, '').trimEnd();
    if (value !== undefined)
      values.set(
        name,
        expand(value, (other) => values.get(other) ?? env[other]),
      );
  }
  return values;
}

function unescape(whole: string, letter: string): string {
  return ESCAPES[letter] ?? (`"'\\`.includes(letter) ? letter : whole);
}

function expand(value: string, lookup: (name: string) => string | undefined): string {
  return value.replace(
    /\$\{([^}:]*)(?::-([^}]*))?\}/g,
    (_, name: string, fallback: string | undefined) => lookup(name) ?? fallback ?? '',
  );
}
