import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { MaybePromise } from '../types.ts';
import type { Change } from './change.ts';
import { Evaluation } from './evaluation.ts';
import type { EvaluationHost } from './evaluation.ts';
import { HotEvents, ModuleHot } from './hot-context.ts';
import { HotUpdater } from './hot.ts';
import type { UpdateOptions, UpdateResult } from './hot.ts';
import { ModuleGraph } from './module-graph.ts';
import type { ModuleRecord } from './module-record.ts';
import type { Namespace } from './namespace.ts';
import { readProjectConfig } from './project-config.ts';
import { Resolver } from './resolver.ts';
import type { Resolution } from './resolver.ts';
import { keepStack, mapStackTraces, originalPosition } from './source-maps.ts';
import type { Position } from './source-maps.ts';
import { readSource } from './source.ts';
import type { Source } from './source.ts';
import { createTsNode } from './ts-node.ts';

/** Options of {@link ModuleRuntime}. */
export interface ModuleRuntimeOptions {
  /** Directory of the project. */
  root: string;
  /** More export conditions, as in `node --conditions`. */
  conditions?: readonly string[];
  /** Modules that are not on disk: their texts by path. They may change. */
  texts?: ReadonlyMap<string, string>;
}

/**
 * Evaluates the user's modules as functions in the main realm, so that a changed one can be evaluated again with its
 * importers while everything else keeps its state. Packages and Node's own modules are imported by Node.
 */
export class ModuleRuntime {
  readonly root: string;
  readonly resolver: Resolver;
  readonly graph = new ModuleGraph();
  /** The current record of each file. */
  readonly records = new Map<string, ModuleRecord>();
  /** Files that were imported by name, from outside: the app module first of all. */
  readonly roots = new Set<string>();
  readonly events = new HotEvents();
  readonly hotData = new Map<string, Record<string, unknown>>();
  /** What a stack trace needs, by file; during an update those of the new versions. */
  readonly sources = new Map<string, Source>();
  /** Modules that took their acceptance back during an update, with their reasons. */
  readonly invalidated = new Map<string, string | undefined>();
  readonly #texts: ReadonlyMap<string, string> | undefined;
  readonly #replacedExports = new WeakMap<object, { file: string; name: string }>();
  readonly #failedTexts = new WeakMap<object, ReadonlyMap<string, string>>();
  readonly #externals = new Map<string, Namespace>();
  #resolutions = new WeakMap<Source, readonly Resolution[]>();
  readonly #compiled = new WeakMap<Source, (...values: unknown[]) => unknown>();
  /** Loading it takes seconds: that begins with the first file. */
  readonly #hasTsNode: boolean;
  #tsNode: ReturnType<typeof createTsNode> | undefined;
  readonly #direct: Evaluation;
  readonly #updater: HotUpdater;

  constructor({ root, conditions = conditionsOfProcess(), texts }: ModuleRuntimeOptions) {
    this.root = realpathSync.native(root);
    this.#texts = texts;
    this.#hasTsNode = readProjectConfig(this.root).transpiler === 'ts-node';
    const own = ownPackage();
    this.resolver = new Resolver({
      root: this.root,
      ownPackage: own.directory,
      conditions: [...conditions, ...(own.fromSource ? ['flacon-source'] : [])],
      texts,
    });
    this.#direct = new Evaluation(this.#host(), this.#compiled, this.records);
    this.#updater = new HotUpdater(this);
  }

  /**
   * The exports of a module, evaluated if it was not; `file` is a path or a `file:` URL.
   * @throws what the module throws, SourceSyntaxError or ResolveError.
   */
  async import(file: string): Promise<Namespace> {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    const real = existsSync(path) ? realpathSync.native(path) : path;
    this.roots.add(real);
    return this.load(real);
  }

  /** What `import(specifier)` means in the file `parent`, by default in a file of the root: a module or a package. */
  async importFrom(specifier: string, parent = join(this.root, 'index.ts')): Promise<Namespace> {
    const resolution = this.resolver.resolve(specifier, parent);
    return resolution.kind === 'module' ? this.import(resolution.file) : this.external(resolution.url);
  }

  /** Evaluates the new versions of changed files beside the current ones; see {@link HotUpdater}. */
  update(touched: Iterable<string>, options: UpdateOptions = {}): MaybePromise<UpdateResult> {
    return this.#updater.update(touched, options);
  }

  /** Makes stack traces show the user's own lines. Returns the function that undoes it. */
  mapStackTraces(): () => void {
    return mapStackTraces((file) => this.sources.get(file));
  }

  /** The text a file had when it was loaded, or when it was to be loaded and `error` prevented it. */
  sourceText(file: string, error?: unknown): string | undefined {
    return this.#failedTexts.get(error as object)?.get(file) ?? this.sources.get(file)?.text;
  }

  /** The modules that are loaded, with what they export. */
  *exports(): IterableIterator<[file: string, namespace: Namespace]> {
    for (const { file, namespace } of this.records.values()) yield [file, namespace];
  }

  /**
   * What the export that a function or class was, of a version of a module that has been replaced, is now; undefined if it was
   * none, or is there no more.
   */
  successor(value: object): unknown {
    const replaced = this.#replacedExports.get(value);
    return replaced && this.records.get(replaced.file)?.namespace[replaced.name];
  }

  /** Remembers what a version exported that was replaced just now. @internal */
  keepExports({ file, namespace }: ModuleRecord): void {
    for (const name of Object.keys(namespace)) {
      const value = namespace[name];
      if (typeof value === 'function') this.#replacedExports.set(value, { file, name });
    }
  }

  /** The place in a file, from 1, of a place in the code that runs. */
  originalPlace(file: string, line: number, column: number): Position {
    const source = this.sources.get(file);
    return source ? originalPosition(source, line, column) : { line, column };
  }

  /** Remembers the texts of versions that an error prevented. @internal */
  keepTexts(error: unknown, { records }: Evaluation): void {
    if (typeof error !== 'object' || error === null) return;
    this.#failedTexts.set(error, new Map([...records.values()].map(({ file, source }) => [file, source.text])));
  }

  /** Loaded and known files, for the watcher. */
  files(): string[] {
    return [...this.graph.ids()];
  }

  /** Evaluates a file among the current modules. @internal */
  async load(file: string): Promise<Namespace> {
    let record: ModuleRecord | undefined;
    try {
      record = this.#direct.link(file);
      const waiting = this.#direct.evaluate(record);
      if (waiting) await waiting;
      return record.namespace;
    } catch (error) {
      keepStack(error);
      this.#forget(file);
      throw error;
    }
  }

  /** The newest text of a file. Throws what the file system throws. @internal */
  readText(file: string): string {
    return this.#texts?.get(file) ?? readFileSync(file, 'utf8');
  }

  /** Reads the newest version of a file. @internal */
  readSource(file: string, text = this.readText(file)): Source {
    const { resolver } = this;
    const options = resolver.configs.of(dirname(file)).transpile;
    if (!this.#hasTsNode) return readSource(file, text, resolver.packageType(file), options);
    const transpiler = (this.#tsNode ??= createTsNode(this.root));
    return readSource(file, text, resolver.packageType(file), { ...options, transpiler });
  }

  /** An evaluation of new versions of `stale`, with the sources at hand, beside the current modules. @internal */
  createEvaluation(stale: ReadonlySet<string>, { sources, broken }: Pick<Change, 'sources' | 'broken'>): Evaluation {
    // A file that was gone when it was read, and is there again by now, is not what it was before.
    const isStale = ({ file }: Pick<ModuleRecord, 'file'>): boolean => stale.has(file) || broken.has(file);
    const host: EvaluationHost = {
      ...this.#host(),
      current: (file) => (isStale({ file }) ? undefined : this.records.get(file)),
      previous: (file) => this.records.get(file),
      isStale,
      source: (file) => {
        if (broken.has(file)) throw broken.get(file);
        return sources.get(file) ?? this.records.get(file)?.source ?? this.readSource(file);
      },
      linked: (record) => void this.sources.set(record.file, record.source),
      dynamicImport: (specifier, record) => this.#dynamicImport(specifier, record, evaluation),
    };
    const evaluation: Evaluation = new Evaluation(host, this.#compiled);
    return evaluation;
  }

  /** From now on, what the modules of a finished evaluation import belongs to the current modules. @internal */
  settle(evaluation: Evaluation): void {
    evaluation.become(this.#direct);
  }

  /** A file has come or gone: imports may mean something else. @internal */
  forgetResolutions(): void {
    this.#resolutions = new WeakMap();
  }

  /** The exports of what Node imports. @internal */
  external(url: string): Namespace | Promise<Namespace> {
    return this.#externals.get(url) ?? this.#importExternal(url);
  }

  async #importExternal(url: string): Promise<Namespace> {
    const extension = url.startsWith('file:') ? extname(url) : '';
    const namespace =
      extension === '.node' || extension === '.json'
        ? { default: createRequire(url)(fileURLToPath(url)) as unknown }
        : ((await import(url)) as Namespace);
    this.#externals.set(url, namespace);
    return namespace;
  }

  #host(): EvaluationHost {
    return {
      current: () => undefined,
      previous: () => undefined,
      isStale: () => false,
      source: (file) => this.readSource(file),
      resolve: (specifier, importer, mode) => this.resolver.resolve(specifier, importer, mode),
      resolveImports: (source) => this.#resolveImports(source),
      external: (url) => this.external(url),
      dynamicImport: (specifier, record) => this.#dynamicImport(specifier, record, this.#direct),
      createHot: (record) => this.#createHot(record),
      linked: (record) => {
        this.sources.set(record.file, record.source);
        this.graph.setImports(record.file, record.imports);
      },
    };
  }

  /** Asking the file system again for what an unchanged file imports would be most of the time of an update. */
  #resolveImports(source: Source): readonly Resolution[] {
    const known = this.#resolutions.get(source);
    if (known) return known;
    const resolutions = source.imports.map((specifier) => this.resolver.resolve(specifier, source.file));
    this.#resolutions.set(source, resolutions);
    return resolutions;
  }

  async #dynamicImport(specifier: string, importer: ModuleRecord, evaluation: Evaluation): Promise<Namespace> {
    const resolution: Resolution = this.resolver.resolve(specifier, importer.file);
    if (resolution.kind === 'external') return this.external(resolution.url);
    importer.addImport(resolution.file);
    if (this.records.get(importer.file) === importer) this.graph.addImport(importer.file, resolution.file);
    if (evaluation.records === this.records) return this.load(resolution.file);
    const record = evaluation.link(resolution.file);
    await evaluation.evaluate(record);
    return record.namespace;
  }

  #createHot(record: ModuleRecord): ModuleHot {
    return new ModuleHot(record.file, {
      events: this.events,
      data: this.hotData,
      resolveFile: (specifier, importer) => {
        const resolution = this.resolver.resolve(specifier, importer);
        return resolution.kind === 'module' ? resolution.file : undefined;
      },
      invalidate: (file, message) => {
        this.invalidated.set(file, message);
        this.events.send('flacon:invalidate', { path: file, message });
      },
    });
  }

  /** Takes what could not be loaded out again, so that the next attempt reads it anew. */
  #forget(file: string): void {
    const record = this.records.get(file);
    if (!record || record.status === 'evaluated' || record.status === 'evaluating') return;
    this.records.delete(file);
    record.replace();
    void record.hot?.retire();
    for (const imported of record.imports) this.#forget(imported);
    this.graph.remove(file);
  }
}

function ownPackage(): { directory: string; fromSource: boolean } {
  const file = fileURLToPath(import.meta.url);
  let directory = dirname(file);
  while (!existsSync(join(directory, 'package.json')) && directory !== dirname(directory))
    directory = dirname(directory);
  return { directory: realpathSync.native(directory), fromSource: file.endsWith('.ts') };
}

/** `--conditions` of this process, so that packages resolve here as they do for Node. */
function conditionsOfProcess(): string[] {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const found: string[] = [];
  for (const [index, option] of options.entries()) {
    const [, value] = /^(?:--conditions|-C)=(.+)$/.exec(option) ?? [];
    if (value !== undefined) found.push(value);
    else if (option === '--conditions' || option === '-C') found.push(options[index + 1] ?? '');
  }
  return found;
}
