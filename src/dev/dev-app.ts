import type { IncomingMessage, ServerResponse } from 'node:http';
import { statSync } from 'node:fs';
import { basename, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Flacon } from '../app.ts';
import { readTraceback } from '../debug/traceback.ts';
import { loadAppAt } from '../script-info.ts';
import type { AppLocation } from '../script-info.ts';
import type { MaybePromise } from '../types.ts';
import { andThen } from '../util/maybe-promise.ts';
import { Generation } from './generation.ts';
import type { GenerationHooks } from './generation.ts';
import type { UpdateResult } from './hot.ts';
import { findPending } from './pending.ts';
import type { PendingModule } from './pending.ts';
import type { ModuleRuntime } from './runtime.ts';

/** What became of a change. */
export type ChangeResult =
  | { kind: 'nothing' }
  /** The new app, or the new modules of the old one, are in place. */
  | { kind: 'reloaded'; generation: number; files: string[]; modules: string[]; ms: number }
  /** Only files that are read at each request. */
  | { kind: 'assets'; files: string[]; styles: boolean }
  /** A change that failed was taken back; files that are read at each request may have changed with it. */
  | { kind: 'repaired'; hasAssets: boolean }
  | { kind: 'failed'; error: unknown; files: string[] }
  | { kind: 'superseded' }
  | { kind: 'restart'; reason: string };

/** Options of {@link DevApp}. */
export interface DevAppOptions {
  app: string | undefined;
  cwd: string;
  hooks: GenerationHooks;
  /** A module has not finished after two seconds. */
  onSlow: (pending: PendingModule | undefined) => void;
  /** Closing what an old module had opened failed. */
  onRetireError: (error: unknown) => void;
}

/** What may end a change early. */
export interface Interruption {
  /** Asked for when there is something to wait for. */
  readonly signal: AbortSignal;
}

const SLOW_MS = 2000;

/** The application under development: loaded by the hot runtime, replaced as its modules change. */
export class DevApp {
  readonly location: AppLocation;
  readonly runtime: ModuleRuntime;
  readonly #options: DevAppOptions;
  readonly #assets = new Map<string, string>();
  #current: Generation | undefined;
  #generation = 0;
  #error: unknown;

  constructor(runtime: ModuleRuntime, location: AppLocation, options: DevAppOptions) {
    this.runtime = runtime;
    this.location = location;
    this.#options = options;
  }

  /** The app that answers; undefined while none could be loaded. */
  get app(): Flacon | undefined {
    return this.#current?.app;
  }

  /** Counts the successful loads and reloads, from 1. */
  get generation(): number {
    return this.#generation;
  }

  /** Why there is no app, or why the newest change is not in it. */
  get error(): unknown {
    return this.#error;
  }

  /** Loads the app for the first time, or again after a failure. */
  async load(): Promise<ChangeResult> {
    const begin = performance.now();
    const timer = setTimeout(() => this.#options.onSlow(findPending(this.runtime.records.values())), SLOW_MS);
    try {
      const app = await loadAppAt(this.location, (file) => this.runtime.import(file));
      this.#swap(app);
    } catch (error) {
      this.#error = error;
      return { kind: 'failed', error, files: [this.location.file] };
    } finally {
      clearTimeout(timer);
    }
    const { file } = this.location;
    const modules = this.runtime.files();
    return { kind: 'reloaded', generation: this.#generation, files: [file], modules, ms: performance.now() - begin };
  }

  /** Evaluates all modules anew, whether they have changed or not. */
  async reload(): Promise<ChangeResult> {
    const { file } = this.location;
    const begin = performance.now();
    const result = await this.#change(this.runtime.files(), begin, undefined, true);
    return result.kind === 'reloaded' ? { ...result, files: [file] } : result;
  }

  /** Takes changed files in: at once, unless a module has to be waited for. `begin` is when they became known. */
  change(files: readonly string[], begin: number, interruption: Interruption): MaybePromise<ChangeResult> {
    return this.#change(files, begin, interruption);
  }

  #change(
    files: readonly string[],
    begin: number,
    interruption?: Interruption,
    force = false,
  ): MaybePromise<ChangeResult> {
    let next: Flacon | undefined;
    const update = (more: readonly string[]): MaybePromise<UpdateResult> =>
      this.runtime.update(files, {
        get signal() {
          return interruption?.signal;
        },
        force,
        slowAfter: SLOW_MS,
        onSlow: (pending) => this.#options.onSlow(pending),
        include: (modules) => [...this.#appOwner(modules), ...more],
        prepare: (modules, load) => {
          next = undefined;
          if (!modules.has(this.location.file)) return undefined;
          return andThen(loadAppAt(this.location, load), (app) => {
            next = app;
          });
        },
      });
    const updated = andThen(update([]), (result) => {
      const owners = result.kind === 'failed' ? this.#blueprintOwners(result.error) : [];
      return owners.length > 0 ? update(owners) : result;
    });
    return andThen(updated, (result) => this.#take(result, files, begin, next));
  }

  #take(
    result: UpdateResult,
    files: readonly string[],
    begin: number,
    next: Flacon | undefined,
  ): MaybePromise<ChangeResult> {
    if (!this.#current) return this.#changeWithoutApp(result, files);
    switch (result.kind) {
      case 'unchanged': {
        const repaired = result.recovered && this.#error !== undefined;
        if (result.recovered) this.#error = undefined;
        const assets = this.#changeAssets(files);
        return repaired ? { kind: 'repaired', hasAssets: assets.kind === 'assets' } : assets;
      }
      case 'updated': {
        const old = this.#swap(next ?? this.#current.app);
        this.#changeAssets(files);
        // Whoever waits for the new version is answered first: what has come meanwhile is read in the next turn of the loop.
        setImmediate(() => setImmediate(() => void this.#retire(old, result)));
        const { modules } = result;
        return {
          kind: 'reloaded',
          generation: this.#generation,
          files: result.files,
          modules,
          ms: performance.now() - begin,
        };
      }
      case 'failed':
        // The modules have to wait for a repair, templates do not.
        this.#changeAssets(files.filter((file) => !this.runtime.records.has(file)));
        this.#error = result.error;
        return { kind: 'failed', error: result.error, files: result.files };
      default:
        return result;
    }
  }

  /** Answers a request; false while there is no app. */
  handle(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): boolean {
    if (!this.#current) return false;
    this.#current.handle(req, res, expectsContinue);
    return true;
  }

  /** Closes what the modules have opened; the process ends. */
  async close(): Promise<void> {
    this.#current?.endStreams();
    for (const record of [...this.runtime.records.values()].toReversed()) {
      for (const error of (await record.hot?.retire()) ?? []) this.#options.onRetireError(error);
    }
  }

  async #changeWithoutApp(result: UpdateResult, files: readonly string[]): Promise<ChangeResult> {
    if (result.kind === 'failed') return { kind: 'failed', error: (this.#error = result.error), files: result.files };
    if (result.kind === 'restart' || result.kind === 'superseded') return result;
    const loaded = await this.load();
    return loaded.kind === 'reloaded' ? { ...loaded, files: [...files] } : loaded;
  }

  /** The module that makes the app runs whenever one that registers on it does: nothing can be registered later. */
  #appOwner(modules: ReadonlySet<string>): string[] {
    if (!modules.has(this.location.file)) return [];
    const { url, filename } = this.#current?.app.importMeta ?? {};
    if (filename !== undefined) return [filename];
    return url?.startsWith('file:') ? [fileURLToPath(url)] : [];
  }

  /**
   * A module registered views on a blueprint of another module, which was registered before: the modules that make the
   * blueprints it uses have to run again with it.
   */
  #blueprintOwners(error: unknown): string[] {
    const app = this.#current?.app;
    const { code, message } = error as { code?: unknown; message?: unknown };
    const isLate =
      code === 'SETUP_FINISHED' || code === 'ENDPOINT_CLASH' || /already have command/.test(String(message));
    const place = readTraceback(error).frames.find(({ isUser }) => isUser)?.file;
    if (!app || !isLate || place === undefined) return [];
    const used = this.runtime.graph.imports(place);
    return [...app.iterBlueprints()]
      .map(({ importMeta }) => (importMeta?.url.startsWith('file:') ? fileURLToPath(importMeta.url) : ''))
      .filter((file) => file !== place && used.has(file));
  }

  #swap(app: Flacon): Generation | undefined {
    const old = this.#current;
    this.#generation += 1;
    this.#error = undefined;
    if (old?.app === app) return undefined;
    this.#current = new Generation(app, this.#options.hooks);
    return old;
  }

  async #retire(old: Generation | undefined, result: Extract<UpdateResult, { kind: 'updated' }>): Promise<void> {
    await old?.replaced();
    for (const error of await result.retire()) this.#options.onRetireError(error);
  }

  #changeAssets(files: readonly string[]): ChangeResult {
    const app = this.#current?.app;
    const others = files.filter((file) => !this.runtime.records.has(file));
    if (!app || others.length === 0) return { kind: 'nothing' };
    const folders = [app, ...app.iterBlueprints()].flatMap(({ staticFolder, templateFolder }) => [
      staticFolder,
      templateFolder,
    ]);
    const assets = others.filter((file) => {
      return folders.some((folder) => folder !== undefined && file.startsWith(folder + sep)) && this.#isNewAsset(file);
    });
    if (assets.length === 0) return { kind: 'nothing' };
    if (app.hasJinjaEnv) for (const file of assets) app.jinjaEnv.invalidate(file);
    return {
      kind: 'assets',
      files: assets.map((file) => basename(file)),
      styles: assets.every((file) => file.endsWith('.css')),
    };
  }

  /** The system tells of a write more than once. */
  #isNewAsset(file: string): boolean {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return false;
    const version = stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : 'gone';
    if (this.#assets.get(file) === version) return false;
    this.#assets.set(file, version);
    return true;
  }
}
