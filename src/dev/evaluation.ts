import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ANONYMOUS_DEFAULT } from '../util/transpile.ts';
import { babelHelpers } from '../util/lowered-syntax.ts';
import type { ModuleHot } from './hot-context.ts';
import { createImportMeta, createModuleRequire, ModuleRecord } from './module-record.ts';
import type { Dependency, Steps } from './module-record.ts';
import {
  exportAll,
  exportCommonJs,
  exportDefault,
  findMissing,
  keepConstants,
  nameDefaultExport,
} from './namespace.ts';
import type { Namespace } from './namespace.ts';
import type { Resolution } from './resolver.ts';
import { compileSource } from './source.ts';
import type { Source } from './source.ts';

/** What linking and evaluation need of the runtime. */
export interface EvaluationHost {
  /** The current record of a file, if there is one that this evaluation may share. */
  current(file: string): ModuleRecord | undefined;
  /** The record of a file that a new one is to replace. */
  previous(file: string): ModuleRecord | undefined;
  /** Whether this evaluation makes a new record of what a current one is of. */
  isStale(record: ModuleRecord): boolean;
  /** The version of `file` to make a new record of. */
  source(file: string): Source;
  resolve(specifier: string, importer: string, mode: 'import' | 'require'): Resolution;
  /** What the static imports of a source mean, in order. */
  resolveImports(source: Source): readonly Resolution[];
  /** Exports of what Node imports: at hand, or to be waited for. */
  external(url: string): Namespace | Promise<Namespace>;
  dynamicImport(specifier: string, record: ModuleRecord): Promise<Namespace>;
  createHot(record: ModuleRecord): ModuleHot;
  /** A record was made: `import.meta`, stack traces and graph may need it from now on. */
  linked(record: ModuleRecord): void;
}

/** The modules on the way from the entry to the one that runs: those it must not wait for. */
interface Path {
  record: ModuleRecord;
  parent: Path | undefined;
}

/**
 * New records beside the current ones. Links everything before anything runs, then evaluates depth first in the order
 * of the imports, as ESM does; without a top-level `await` and with packages at hand it is all synchronous.
 */
export class Evaluation {
  /** The new records by file. */
  records: Map<string, ModuleRecord>;
  #host: EvaluationHost;
  readonly #compiled: WeakMap<Source, (...values: unknown[]) => unknown>;
  #starsLater: Array<[target: Namespace, from: Namespace]> = [];
  #hasCycle = false;

  constructor(
    host: EvaluationHost,
    compiled: WeakMap<Source, (...values: unknown[]) => unknown>,
    records = new Map<string, ModuleRecord>(),
  ) {
    this.#host = host;
    this.#compiled = compiled;
    this.records = records;
  }

  /**
   * Hands over to another evaluation: what these modules import later is imported there. Without it every module would
   * keep all those alive that were evaluated together with it.
   */
  become(other: Evaluation): void {
    this.records = other.records;
    this.#host = other.#host;
  }

  /**
   * The record of a file, new or shared, with all that it imports.
   * @throws when one of them does not parse or is not found.
   */
  link(file: string): ModuleRecord {
    const known = this.records.get(file) ?? this.#host.current(file);
    if (known) {
      if (known.isLinking || known.status === 'evaluating') this.#hasCycle = true;
      return known;
    }
    const record = new ModuleRecord(this.#host.source(file));
    this.records.set(file, record);
    const resolutions = this.#host.resolveImports(record.source);
    record.imports = filesOf(resolutions);
    record.isLinking = true;
    // Told before what it imports is read, so that a failure below is known to concern this file too.
    this.#host.linked(record);
    const last = this.#lastDependencies(record);
    for (let index = 0; index < resolutions.length; index++) {
      const resolution = resolutions[index] as Resolution;
      const known = last[index];
      record.dependencies.push(
        known !== undefined && this.#isCurrent(known)
          ? known
          : resolution.kind === 'module'
            ? this.link(resolution.file)
            : { external: resolution.url },
      );
    }
    record.isLinking = false;
    return record;
  }

  /** What the record imports that this one is to replace, if that is the same: a list of a thousand need not be looked up. */
  #lastDependencies({ file, source, imports }: ModuleRecord): readonly Dependency[] {
    const previous = this.#host.previous(file);
    return previous?.source === source && previous.imports === imports ? previous.dependencies : [];
  }

  #isCurrent(dependency: Dependency): boolean {
    if (!(dependency instanceof ModuleRecord)) return true;
    return !dependency.isReplaced && dependency.status === 'evaluated' && !this.#host.isStale(dependency);
  }

  /** Runs a linked record and what it imports. Returns a promise only if something has to be waited for. */
  evaluate(record: ModuleRecord): void | Promise<void> {
    const waiting = this.#evaluate(record, undefined);
    if (waiting) return waiting.then(() => this.#completeStars());
    this.#completeStars();
  }

  #evaluate(record: ModuleRecord, parent: Path | undefined): void | Promise<void> {
    if (record.status === 'evaluated') return;
    if (record.status === 'failed') throw record.error;
    if (record.status === 'evaluating') return isOnPath(record, parent) ? undefined : record.pending;
    record.status = 'evaluating';
    const path: Path = { record, parent };
    try {
      this.#instantiate(record);
      const { dependencies } = record;
      for (let index = 0; index < dependencies.length; index++) {
        if ((dependencies[index] as Partial<ModuleRecord>).status === 'evaluated') continue;
        const waiting = this.#dependency(dependencies[index] as Dependency, path);
        if (waiting) return this.#wait(record, this.#later(record, path, dependencies.slice(index + 1), waiting));
      }
      const running = this.#run(record);
      if (running) return this.#wait(record, running);
    } catch (error) {
      fail(record, error);
      throw error;
    }
    finish(record);
  }

  #wait(record: ModuleRecord, waiting: Promise<void>): Promise<void> {
    const pending = waiting.then(
      () => finish(record),
      (error: unknown) => {
        fail(record, error);
        throw error;
      },
    );
    record.pending = pending;
    return pending;
  }

  async #later(record: ModuleRecord, path: Path, rest: readonly Dependency[], first: Promise<unknown>): Promise<void> {
    await first;
    for (const dependency of rest) {
      const waiting = this.#dependency(dependency, path);
      if (waiting) await waiting;
    }
    await this.#run(record);
  }

  #dependency(dependency: Dependency, path: Path): void | Promise<unknown> {
    if (dependency instanceof ModuleRecord) return this.#evaluate(dependency, path);
    const namespace = this.#host.external(dependency.external);
    if (namespace instanceof Promise) return namespace;
  }

  /** Compiles, and runs what can run before the imports: the definition of the exports. */
  #instantiate(record: ModuleRecord): void {
    const { source, namespace } = record;
    if (source.kind === 'json' || source.kind === 'cjs') return;
    let compiled = this.#compiled.get(source);
    if (!compiled) this.#compiled.set(source, (compiled = compileSource(source)));
    // In a cycle the imports are asked for twice: before the first stop, when they have not run, and after it.
    let isEarly = true;
    const checked = checkedImports(source);
    const values: unknown[] = [
      () => {
        if (!isEarly) return this.#imported(record, checked);
        return this.#hasCycle ? early(record) : undefined;
      },
      (specifier: unknown) => this.#host.dynamicImport(String(specifier), record),
      namespace,
      (from: Namespace) => this.#exportAll(record, from),
      createImportMeta(
        record,
        (specifier) => toUrl(this.#host.resolve(specifier, record.file, 'import')),
        () => this.#host.createHot(record),
      ),
      babelHelpers,
    ];
    if (source.kind === 'mixed') values.push(this.#require(record), record.file, dirname(record.file));
    record.steps = compiled(...values) as Steps;
    if (source.imports.length > 0) void record.steps.next();
    isEarly = false;
  }

  #run(record: ModuleRecord): void | Promise<void> {
    const { source, namespace } = record;
    if (source.kind === 'json') return exportDefault(namespace, JSON.parse(source.code));
    if (source.kind === 'cjs') return this.#runCommonJs(record);
    const result = record.steps?.next();
    record.steps = undefined;
    if (result instanceof Promise) return result.then(() => undefined);
  }

  #runCommonJs(record: ModuleRecord): void {
    const { source, file } = record;
    let compiled = this.#compiled.get(source);
    if (!compiled) this.#compiled.set(source, (compiled = compileSource(source)));
    const module = { exports: {} as unknown, filename: file, id: file, loaded: false };
    record.commonJs = module;
    compiled.call(
      module.exports,
      module.exports,
      this.#require(record),
      module,
      file,
      dirname(file),
      (specifier: unknown) => this.#host.dynamicImport(String(specifier), record),
      babelHelpers,
    );
    module.loaded = true;
    exportCommonJs(record.namespace, module);
  }

  #require(record: ModuleRecord): NodeJS.Require {
    return createModuleRequire(record.file, (specifier) => {
      const resolution = this.#host.resolve(specifier, record.file, 'require');
      if (resolution.kind === 'external') return undefined;
      const required = this.link(resolution.file);
      record.addImport(required.file);
      this.#host.linked(record);
      const waiting = this.#evaluate(required, { record, parent: undefined });
      if (waiting && required.status !== 'evaluated') {
        waiting.catch(() => undefined);
        throw Object.assign(
          new Error(`require() cannot load ${required.file}: it has a top-level await. Use import().`),
          {
            code: 'ERR_REQUIRE_ASYNC_MODULE',
          },
        );
      }
      return required;
    });
  }

  /** The namespaces of the imports of a record. Asking for one that lacks a name throws, in the place of that import. */
  #imported({ source, dependencies }: ModuleRecord, checked: number[]): Namespace[] {
    const namespaces: Namespace[] = [];
    for (let index = 0; index < dependencies.length; index++) {
      const dependency = dependencies[index] as Dependency;
      const isRecord = dependency instanceof ModuleRecord;
      const namespace = isRecord ? dependency.namespace : (this.#host.external(dependency.external) as Namespace);
      namespaces.push(namespace);
      // In a cycle, names that come through `export *` may follow later.
      if (isRecord && (dependency.status !== 'evaluated' || checked[index] === dependency.serial)) continue;
      if (findMissing(namespace, source, index)) {
        // Made where it is asked for, the error has the place of the import.
        const fail = (): never => {
          throw findMissing(namespace, source, index) ?? new Error(`${source.imports[index]} has changed`);
        };
        Object.defineProperty(namespaces, index, { get: fail });
      } else if (isRecord) checked[index] = dependency.serial;
    }
    return namespaces;
  }

  #exportAll(record: ModuleRecord, from: Namespace): void {
    exportAll(record.namespace, from);
    for (const dependency of record.dependencies) {
      if (dependency instanceof ModuleRecord && dependency.namespace === from && dependency.status !== 'evaluated') {
        this.#starsLater.push([record.namespace, from]);
      }
    }
  }

  /** In a cycle `export *` meets modules that have not run: what they export is known at the end. */
  #completeStars(): void {
    // Once for each, as names may come through several of them.
    for (const _ of this.#starsLater) for (const [target, from] of this.#starsLater) exportAll(target, from);
    this.#starsLater = [];
  }
}

const filesByResolutions = new WeakMap<readonly Resolution[], ReadonlySet<string>>();

/** The files among what is imported: one set for all records of a source. */
function filesOf(resolutions: readonly Resolution[]): ReadonlySet<string> {
  let files = filesByResolutions.get(resolutions);
  if (files === undefined) {
    files = new Set(resolutions.flatMap((resolution) => (resolution.kind === 'module' ? [resolution.file] : [])));
    filesByResolutions.set(resolutions, files);
  }
  return files;
}

const checkedBySource = new WeakMap<Source, number[]>();

/** The records that were found to have all the names which a source imports from them: their serials, by import. */
function checkedImports(source: Source): number[] {
  let checked = checkedBySource.get(source);
  if (checked === undefined) checkedBySource.set(source, (checked = []));
  return checked;
}

/** What the imports are before their modules have run: of use only within a cycle. */
function early({ dependencies }: ModuleRecord): Array<Namespace | undefined> {
  return dependencies.map((dependency) => (dependency instanceof ModuleRecord ? dependency.namespace : undefined));
}

function finish(record: ModuleRecord): void {
  record.status = 'evaluated';
  record.pending = undefined;
  keepConstants(record.namespace, record.source.constants);
  if (record.source.code.includes(ANONYMOUS_DEFAULT)) nameDefaultExport(record.namespace);
}

function fail(record: ModuleRecord, error: unknown): void {
  record.status = 'failed';
  record.error = error;
  record.pending = undefined;
  record.steps = undefined;
}

function isOnPath(record: ModuleRecord, path: Path | undefined): boolean {
  for (let at = path; at; at = at.parent) if (at.record === record) return true;
  return false;
}

function toUrl(resolution: Resolution): string {
  return resolution.kind === 'module' ? pathToFileURL(resolution.file).href : resolution.url;
}
