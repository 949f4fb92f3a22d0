import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, extname, join, resolve as resolvePath, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { moduleResolve } from 'import-meta-resolve';

import { TsConfigs } from './tsconfig.ts';
import type { RunConfig } from './tsconfig.ts';

/** What a specifier means: a file that is evaluated here, or a URL that Node imports itself. */
export type Resolution = { kind: 'module'; file: string } | { kind: 'external'; url: string };

/** A specifier that leads nowhere; `specifier` and `importer` let the reporter find its place in the text. */
export class ResolveError extends Error {
  readonly code = 'ERR_MODULE_NOT_FOUND';
  readonly specifier: string;
  readonly importer: string;

  constructor(message: string, specifier: string, importer: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Error';
    this.specifier = specifier;
    this.importer = importer;
  }
}

/** Options of {@link Resolver}. */
export interface ResolverOptions {
  /** Real path of the project: files below it are the user's, those in a `node_modules` below it are not. */
  root: string;
  /** Real path of the package this program runs from; the user's `import 'flacon'` must be that very copy. */
  ownPackage: string;
  /** More export conditions, as in `node --conditions`. */
  conditions?: readonly string[];
  /** Modules that are not on disk, by path. */
  texts?: ReadonlyMap<string, string> | undefined;
}

/** Extensions that are evaluated by the hot runtime. */
export const MODULE_EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];

/** `./a.js` may be written for `a.ts`, as TypeScript asks for. */
const TYPESCRIPT_FOR: Record<string, readonly string[]> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};

const IMPLIED = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];

/** Finds what an import means, as Node does, plus TypeScript's file names and `paths`. */
export class Resolver {
  readonly #root: string;
  readonly #ownPackage: string;
  readonly #conditions: Record<'import' | 'require', Set<string>>;
  readonly #texts: ReadonlyMap<string, string> | undefined;
  readonly #packageTypes = new Map<string, string>();
  readonly configs = new TsConfigs();

  constructor({ root, ownPackage, conditions = [], texts }: ResolverOptions) {
    this.#root = root;
    this.#texts = texts;
    this.#ownPackage = ownPackage;
    const common = ['node', ...(process.features.require_module ? ['module-sync'] : []), ...conditions];
    this.#conditions = { import: new Set(['import', ...common]), require: new Set(['require', ...common]) };
  }

  /**
   * What `specifier` means in the file `importer`.
   * @throws {ResolveError} when there is no such file or package.
   */
  resolve(specifier: string, importer: string, mode: 'import' | 'require' = 'import'): Resolution {
    if (isBuiltin(specifier)) {
      return { kind: 'external', url: specifier.startsWith('node:') ? specifier : `node:${specifier}` };
    }
    if (/^(?:data|https?):/.test(specifier)) return { kind: 'external', url: specifier };
    const path = this.#localPath(specifier, importer);
    if (path !== undefined) {
      if (this.#texts?.has(path)) return { kind: 'module', file: path };
      const file = findFile(path);
      if (file === undefined) throw notFound(`module '${specifier}'`, specifier, importer);
      return this.#classify(realpathSync.native(file));
    }
    const config = this.configs.of(dirname(importer));
    const mapped = this.#mapped(specifier, config);
    return this.#classify(realpathSync.native(mapped ?? this.#package(specifier, importer, mode)));
  }

  /** Whether the runtime evaluates this real path: the user's own code, wherever it is linked from. */
  isModule(file: string): boolean {
    const extension = extname(file);
    if (!MODULE_EXTENSIONS.includes(extension)) return false;
    for (const own of ['dist', 'src']) if (file.startsWith(join(this.#ownPackage, own) + sep)) return false;
    const inside = file.startsWith(this.#root + sep) ? file.slice(this.#root.length) : file;
    // Node cannot import TypeScript from node_modules, so it is taken along.
    return !inside.includes(`${sep}node_modules${sep}`) || /^\.[cm]?tsx?$/.test(extension);
  }

  /** `type` of the package that `file` belongs to. */
  packageType(file: string): string {
    const directory = dirname(file);
    const known = this.#packageTypes.get(directory);
    if (known !== undefined) return known;
    const parent = dirname(directory);
    let type = 'none';
    const manifest = join(directory, 'package.json');
    if (isFile(manifest)) type = (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string }).type ?? 'none';
    else if (parent !== directory && basename(directory) !== 'node_modules') type = this.packageType(directory);
    this.#packageTypes.set(directory, type);
    return type;
  }

  #classify(file: string): Resolution {
    return this.isModule(file) ? { kind: 'module', file } : { kind: 'external', url: pathToFileURL(file).href };
  }

  #localPath(specifier: string, importer: string): string | undefined {
    const path = specifier.replace(/[?#].*$/, '');
    if (path.startsWith('file:')) return fileURLToPath(path);
    if (/^\.\.?(?:\/|$)/.test(path))
      return resolvePath(dirname(importer), decode(path)) + (path.endsWith('/') ? sep : '');
    return path.startsWith('/') || /^[a-z]:[\\/]/i.test(path) ? decode(path) : undefined;
  }

  #mapped(specifier: string, { paths, pathsBase, baseUrl }: RunConfig): string | undefined {
    let best: { targets: string[]; star: string; length: number } | undefined;
    for (const [pattern, targets] of Object.entries(paths)) {
      const [prefix = '', suffix] = pattern.split('*');
      if (suffix === undefined) {
        if (pattern === specifier) best = { targets, star: '', length: Infinity };
      } else if (
        specifier.length >= prefix.length + suffix.length &&
        specifier.startsWith(prefix) &&
        specifier.endsWith(suffix) &&
        prefix.length >= (best?.length ?? 0)
      ) {
        const star = specifier.slice(prefix.length, specifier.length - suffix.length);
        best = { targets, star, length: prefix.length };
      }
    }
    for (const target of best?.targets ?? []) {
      const file = findFile(resolvePath(pathsBase ?? this.#root, target.replace('*', best?.star ?? '')));
      if (file !== undefined) return file;
    }
    return baseUrl === undefined || specifier.startsWith('#') ? undefined : findFile(resolvePath(baseUrl, specifier));
  }

  #package(specifier: string, importer: string, mode: 'import' | 'require'): string {
    const parent = pathToFileURL(importer);
    try {
      return fileURLToPath(moduleResolve(specifier, parent, this.#conditions[mode]));
    } catch (error) {
      const { url } = error as { url?: string };
      const written = url?.startsWith('file:') ? findFile(fileURLToPath(url)) : undefined;
      if (written !== undefined) return written;
      if (specifier === 'flacon' || specifier.startsWith('flacon/')) return this.#own(specifier);
      if (mode === 'require') return this.#package(specifier, importer, 'import');
      if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      const what = specifier.startsWith('#') ? `'${specifier}'` : `package '${specifier}'`;
      throw notFound(what, specifier, importer, error);
    }
  }

  /** A project without an installed copy (`npx flacon …`) gets the one that runs. */
  #own(specifier: string): string {
    const parent = pathToFileURL(join(this.#ownPackage, 'package.json'));
    return fileURLToPath(moduleResolve(specifier, parent, this.#conditions.import));
  }
}

function notFound(what: string, specifier: string, importer: string, cause?: unknown): ResolveError {
  return new ResolveError(`Cannot find ${what} imported from ${importer}`, specifier, importer, cause);
}

/** The file that `path` means: itself, its TypeScript source, with an extension, or an index. */
function findFile(path: string): string | undefined {
  if (!path.endsWith(sep)) {
    if (isFile(path)) return path;
    const extension = extname(path);
    const stem = path.slice(0, path.length - extension.length);
    for (const written of TYPESCRIPT_FOR[extension] ?? []) if (isFile(stem + written)) return stem + written;
    for (const implied of IMPLIED) if (isFile(path + implied)) return path + implied;
  }
  for (const implied of IMPLIED) {
    const index = join(path, `index${implied}`);
    if (isFile(index)) return index;
  }
  return undefined;
}

function decode(path: string): string {
  return path.includes('%') ? decodeURIComponent(path) : path;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
