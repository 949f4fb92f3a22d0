import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TemplateNotFound } from './errors.ts';

/** What a loader found. */
export interface TemplateSource {
  source: string;
  /** File it came from: for error messages and to find the template again when the file changes. */
  filename?: string | undefined;
  /** Whether the source is still what the loader would find now. Absent: always. */
  upToDate?: (() => boolean) | undefined;
}

/** Finds the source of templates. Extend it to load them from elsewhere. */
export abstract class BaseLoader {
  /** The source of a template. Throws {@link TemplateNotFound}. */
  abstract getSource(environment: unknown, name: string): TemplateSource;

  /** Names of all templates, sorted. Throws where a loader cannot know them. */
  listTemplates(): string[] {
    throw new TypeError('this loader cannot list its templates');
  }
}

/** Loads from directories, the first that has the template. */
export class FileSystemLoader extends BaseLoader {
  /** Directories, searched in this order; may be changed. */
  searchPath: string[];
  readonly encoding: BufferEncoding;

  constructor(searchPath: string | URL | readonly (string | URL)[], options: { encoding?: BufferEncoding } = {}) {
    super();
    const paths = Array.isArray(searchPath) ? (searchPath as readonly (string | URL)[]) : [searchPath as string | URL];
    this.searchPath = paths.map((path) => (path instanceof URL ? fileURLToPath(path) : path));
    this.encoding = options.encoding ?? 'utf8';
  }

  getSource(_environment: unknown, name: string): TemplateSource {
    const pieces = splitTemplatePath(name);
    const tried: string[] = [];
    for (const directory of this.searchPath) {
      const filename = join(resolve(directory), ...pieces);
      const found = readIfFile(filename, this.encoding);
      if (found) return found;
      tried.push(filename);
    }
    throw new TemplateNotFound(name, { searched: tried });
  }

  override listTemplates(): string[] {
    const names = new Set<string>();
    for (const directory of this.searchPath) for (const name of walk(resolve(directory), '')) names.add(name);
    return [...names].sort();
  }
}

/** Loads from a directory inside a package, by the package's name or by a module's `import.meta`. */
export class PackageLoader extends BaseLoader {
  /** The directory of templates. */
  readonly templateRoot: string;
  readonly #files: FileSystemLoader;

  constructor(packageNameOrMeta: string | { url: string }, packagePath = 'templates') {
    super();
    const root =
      typeof packageNameOrMeta === 'string'
        ? packageDirectory(packageNameOrMeta)
        : dirname(fileURLToPath(packageNameOrMeta.url));
    this.templateRoot = join(root, packagePath);
    if (!existsSync(this.templateRoot)) {
      throw new TypeError(`There is no directory '${packagePath}' in ${root}.`);
    }
    this.#files = new FileSystemLoader(this.templateRoot);
  }

  getSource(environment: unknown, name: string): TemplateSource {
    return this.#files.getSource(environment, name);
  }

  override listTemplates(): string[] {
    return this.#files.listTemplates();
  }
}

/** Loads from an object or Map of sources by name. Changes are seen. */
export class DictLoader extends BaseLoader {
  readonly mapping: Record<string, string> | Map<string, string>;

  constructor(mapping: Record<string, string> | Map<string, string>) {
    super();
    this.mapping = mapping;
  }

  getSource(_environment: unknown, name: string): TemplateSource {
    const source = this.#get(name);
    if (source === undefined) throw new TemplateNotFound(name);
    return { source, upToDate: () => this.#get(name) === source };
  }

  #get(name: string): string | undefined {
    if (this.mapping instanceof Map) return this.mapping.get(name);
    return Object.hasOwn(this.mapping, name) ? this.mapping[name] : undefined;
  }

  override listTemplates(): string[] {
    return (this.mapping instanceof Map ? [...this.mapping.keys()] : Object.keys(this.mapping)).sort();
  }
}

/** Asks a function: it returns the source, a {@link TemplateSource}, or null when there is no such template. */
export class FunctionLoader extends BaseLoader {
  readonly loadFunction: (name: string) => string | TemplateSource | null | undefined;

  constructor(loadFunction: (name: string) => string | TemplateSource | null | undefined) {
    super();
    this.loadFunction = loadFunction;
  }

  getSource(_environment: unknown, name: string): TemplateSource {
    const found = this.loadFunction(name);
    if (found === null || found === undefined) throw new TemplateNotFound(name);
    return typeof found === 'string' ? { source: found } : found;
  }
}

/** Hands `prefix/name` to the loader of that prefix. */
export class PrefixLoader extends BaseLoader {
  readonly mapping: Record<string, BaseLoader>;
  readonly delimiter: string;

  constructor(mapping: Record<string, BaseLoader>, delimiter = '/') {
    super();
    this.mapping = mapping;
    this.delimiter = delimiter;
  }

  getSource(environment: unknown, name: string): TemplateSource {
    const end = name.indexOf(this.delimiter);
    const prefix = name.slice(0, end);
    const loader = end === -1 || !Object.hasOwn(this.mapping, prefix) ? undefined : this.mapping[prefix];
    if (!loader) throw new TemplateNotFound(name);
    try {
      return loader.getSource(environment, name.slice(end + this.delimiter.length));
    } catch (error) {
      // The reader asked for the name with its prefix.
      if (error instanceof TemplateNotFound) throw new TemplateNotFound(name, { searched: error.searched });
      throw error;
    }
  }

  override listTemplates(): string[] {
    return Object.entries(this.mapping).flatMap(([prefix, loader]) =>
      loader.listTemplates().map((name) => prefix + this.delimiter + name),
    );
  }
}

/** Asks several loaders, the first that has the template. */
export class ChoiceLoader extends BaseLoader {
  readonly loaders: BaseLoader[];

  constructor(loaders: readonly BaseLoader[]) {
    super();
    this.loaders = [...loaders];
  }

  getSource(environment: unknown, name: string): TemplateSource {
    const searched: string[] = [];
    for (const loader of this.loaders) {
      try {
        return loader.getSource(environment, name);
      } catch (error) {
        if (!(error instanceof TemplateNotFound)) throw error;
        searched.push(...error.searched);
      }
    }
    throw new TemplateNotFound(name, { searched });
  }

  override listTemplates(): string[] {
    return [...new Set(this.loaders.flatMap((loader) => loader.listTemplates()))].sort();
  }
}

/** The pieces of a template's name. Throws {@link TemplateNotFound} for names that would leave the template directory. */
function splitTemplatePath(name: string): string[] {
  const pieces: string[] = [];
  for (const piece of name.split('/')) {
    if (piece === '..' || piece.includes('\0') || (sep !== '/' && piece.includes(sep)))
      throw new TemplateNotFound(name);
    if (piece !== '' && piece !== '.') pieces.push(piece);
  }
  return pieces;
}

function readIfFile(filename: string, encoding: BufferEncoding): TemplateSource | undefined {
  try {
    const modified = statSync(filename).mtimeMs;
    const source = readFileSync(filename, encoding);
    return { source, filename, upToDate: () => modifiedAt(filename) === modified };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function modifiedAt(filename: string): number | undefined {
  return statSync(filename, { throwIfNoEntry: false })?.mtimeMs;
}

function* walk(directory: string, prefix: string): Generator<string> {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    const isDirectory =
      entry.isDirectory() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory());
    if (isDirectory) yield* walk(path, `${prefix}${entry.name}/`);
    else yield prefix + entry.name;
  }
}

function packageDirectory(name: string): string {
  for (let directory = process.cwd(); ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (dirname(directory) === directory) throw new TypeError(`There is no package '${name}' above ${process.cwd()}.`);
  }
}
