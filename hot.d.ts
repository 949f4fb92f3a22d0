/**
 * Types of `import.meta.hot`, which is there under `app run` and `app shell` and undefined elsewhere.
 *
 * Add `"flacon/hot"` to `compilerOptions.types`, or `/// <reference types="flacon/hot" />` to one file.
 * The shape is that of Vite's `ViteHotContext`.
 */

/** The exports of a module. */
export type ModuleNamespace = Record<string, unknown> & { [Symbol.toStringTag]: 'Module' };

/** What listeners of `hot.on` are given. Add own events by augmentation. */
export interface CustomEventMap {
  /** Before the first of the modules of an update runs. */
  'flacon:beforeUpdate': { files: string[] };
  /** After the new modules have taken over. */
  'flacon:afterUpdate': { files: string[]; modules: string[] };
  /** After an update that failed: the old modules go on. */
  'flacon:error': { error: unknown };
  /** A module was invalidated by `hot.invalidate()`. */
  'flacon:invalidate': { path: string; message: string | undefined };
}

export type InferCustomEventPayload<T extends string> = T extends keyof CustomEventMap ? CustomEventMap[T] : unknown;

export interface HotContext {
  /** Kept from one version of this module to the next. Mutate it; it cannot be assigned. */
  readonly data: Record<string, unknown>;

  /** New versions of this module are taken without running its importers again: their imports follow. */
  accept(): void;
  accept(callback: (module: ModuleNamespace | undefined) => void): void;
  /** New versions of a dependency are taken without running this module again. */
  accept(dependency: string, callback: (module: ModuleNamespace | undefined) => void): void;
  accept(dependencies: readonly string[], callback: (modules: Array<ModuleNamespace | undefined>) => void): void;
  /** As `accept`; the names are not used. */
  acceptExports(exportNames: string | readonly string[]): void;
  acceptExports(exportNames: string | readonly string[], callback: (module: ModuleNamespace | undefined) => void): void;

  /**
   * Runs when this version has been replaced and the last request of its app has ended: close here what the module has
   * opened. An update that fails never disposes of the version that goes on.
   */
  dispose(callback: (data: Record<string, unknown>) => void | Promise<void>): void;
  /** Runs after `dispose` when nothing imports the module any more. */
  prune(callback: (data: Record<string, unknown>) => void | Promise<void>): void;
  /** A change of this module restarts the process. */
  decline(): void;
  /** Takes an acceptance back: the importers run again. */
  invalidate(message?: string): void;

  on<T extends string>(event: T, callback: (payload: InferCustomEventPayload<T>) => void): void;
  off<T extends string>(event: T, callback: (payload: InferCustomEventPayload<T>) => void): void;
  /** Calls the listeners of `event` in this process. */
  send<T extends string>(event: T, data?: InferCustomEventPayload<T>): void;
}

declare global {
  interface ImportMeta {
    readonly hot?: HotContext;
  }
}
