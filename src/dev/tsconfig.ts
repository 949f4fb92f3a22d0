import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { FlaconError } from '../util/errors.ts';
import type { TranspileOptions } from '../util/transpile.ts';

/** What of a tsconfig.json changes how a program runs. */
export interface RunConfig {
  /** The files it was read from: itself, then what it extends. */
  files: string[];
  /** Directory that `paths` without `baseUrl` are relative to. */
  pathsBase: string | undefined;
  baseUrl: string | undefined;
  paths: Record<string, string[]>;
  transpile: Pick<TranspileOptions, 'decorators' | 'jsx' | 'verbatimImports' | 'assignClassFields'>;
}

interface CompilerOptions {
  baseUrl?: string;
  paths?: Record<string, string[]>;
  experimentalDecorators?: boolean;
  emitDecoratorMetadata?: boolean;
  jsx?: string;
  jsxFactory?: string;
  jsxFragmentFactory?: string;
  jsxImportSource?: string;
  verbatimModuleSyntax?: boolean;
  useDefineForClassFields?: boolean;
}

interface Merged extends CompilerOptions {
  pathsBase?: string;
}

const NONE: RunConfig = { files: [], pathsBase: undefined, baseUrl: undefined, paths: {}, transpile: {} };

/** Finds and reads the nearest tsconfig.json of files; answers are kept until {@link TsConfigs.clear}. */
export class TsConfigs {
  readonly #byDirectory = new Map<string, RunConfig>();

  /**
   * The configuration of the files in `directory`.
   * @throws {FlaconError} `TSCONFIG` for a tsconfig.json that cannot be read, or that extends what is not there.
   */
  of(directory: string): RunConfig {
    const known = this.#byDirectory.get(directory);
    if (known) return known;
    const file = join(directory, 'tsconfig.json');
    const parent = dirname(directory);
    let config: RunConfig;
    if (isFile(file)) config = readRunConfig(file);
    else config = parent === directory ? NONE : this.of(parent);
    this.#byDirectory.set(directory, config);
    return config;
  }

  clear(): void {
    this.#byDirectory.clear();
  }
}

function readRunConfig(file: string): RunConfig {
  const files: string[] = [];
  const options = readMerged(file, files);
  const metadata = options.emitDecoratorMetadata === true;
  return {
    files,
    pathsBase: options.baseUrl ?? options.pathsBase,
    baseUrl: options.baseUrl,
    paths: options.paths ?? {},
    transpile: {
      ...(options.experimentalDecorators && { decorators: metadata ? ('metadata' as const) : ('legacy' as const) }),
      ...(options.verbatimModuleSyntax && { verbatimImports: true }),
      ...(options.useDefineForClassFields === false && { assignClassFields: true }),
      ...jsxOptions(options),
    },
  };
}

function jsxOptions({
  jsx,
  jsxFactory,
  jsxFragmentFactory,
  jsxImportSource,
}: CompilerOptions): Pick<TranspileOptions, 'jsx'> {
  // `preserve` and `react-native` leave JSX to a later tool; here there is none.
  if (jsx === 'react') {
    return {
      jsx: {
        runtime: 'classic',
        ...(jsxFactory && { pragma: jsxFactory }),
        ...(jsxFragmentFactory && { pragmaFrag: jsxFragmentFactory }),
      },
    };
  }
  if (jsx === 'react-jsxdev')
    return { jsx: { development: true, ...(jsxImportSource && { importSource: jsxImportSource }) } };
  return jsxImportSource ? { jsx: { importSource: jsxImportSource } } : {};
}

function readMerged(file: string, files: string[]): Merged {
  if (files.includes(file)) return {};
  files.push(file);
  const { extends: bases = [], compilerOptions = {} } = parse(file);
  const merged: Merged = {};
  for (const base of typeof bases === 'string' ? [bases] : bases) {
    Object.assign(merged, readMerged(resolveExtends(base, file), files));
  }
  Object.assign(merged, compilerOptions);
  const directory = dirname(file);
  if (compilerOptions.baseUrl !== undefined) merged.baseUrl = resolve(directory, compilerOptions.baseUrl);
  if (compilerOptions.paths) merged.pathsBase = directory;
  return merged;
}

function parse(file: string): { extends?: string | string[]; compilerOptions?: CompilerOptions } {
  try {
    return JSON.parse(stripJsonComments(readFileSync(file, 'utf8'))) as ReturnType<typeof parse>;
  } catch (cause) {
    throw new FlaconError(`Cannot read ${file}: ${(cause as Error).message}`, {
      code: 'TSCONFIG',
      fix: 'Correct the file; comments and trailing commas are fine.',
      cause,
    });
  }
}

function resolveExtends(base: string, from: string): string {
  if (base.startsWith('.') || isAbsolute(base)) {
    const path = resolve(dirname(from), base);
    const found = [path, `${path}.json`].find((candidate) => isFile(candidate));
    if (found !== undefined) return found;
    throw new FlaconError(`${from} extends ${base}, and there is no such file.`, {
      code: 'TSCONFIG',
      fix: `Make ${path.endsWith('.json') ? path : `${path}.json`}, or correct "extends".`,
    });
  }
  const require = createRequire(from);
  for (const candidate of [base, `${base}.json`, `${base}/tsconfig.json`]) {
    try {
      return require.resolve(candidate);
    } catch {
      // The next spelling may exist.
    }
  }
  throw new FlaconError(`${from} extends ${base}, which is not installed.`, {
    code: 'TSCONFIG',
    fix: `npm install --save-dev ${base}`,
  });
}

/** Blanks comments and trailing commas out, and leaves strings alone. */
export function stripJsonComments(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/("(?:[^"\\\n]|\\.)*")|\/\/[^\n]*|\/\*[^]*?\*\//g, (_match, string: string | undefined) => string ?? '')
    .replace(/("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])/g, (_match, string: string | undefined) => string ?? '');
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
