import type { HotContext, ModuleNamespace } from '../../hot.d.ts';

type ModuleCallback = (module: ModuleNamespace | undefined) => void;
type ModulesCallback = (modules: Array<ModuleNamespace | undefined>) => void;
type EventCallback = (payload: unknown) => void;
type DisposeCallback = (data: Record<string, unknown>) => void | Promise<void>;

/** What a module's `import.meta.hot` needs of the runtime. */
export interface HotHost {
  /** File that `specifier` means in `importer`; undefined for a package. */
  resolveFile(specifier: string, importer: string): string | undefined;
  events: HotEvents;
  /** Kept by file over all versions. */
  data: Map<string, Record<string, unknown>>;
  invalidate(file: string, message: string | undefined): void;
}

/** Listeners of `hot.on`, from all modules. */
export class HotEvents {
  readonly #listeners = new Map<string, Set<EventCallback>>();

  on(event: string, callback: EventCallback): void {
    const listeners = this.#listeners.get(event);
    if (listeners) listeners.add(callback);
    else this.#listeners.set(event, new Set([callback]));
  }

  off(event: string, callback: EventCallback): void {
    this.#listeners.get(event)?.delete(callback);
  }

  send(event: string, payload: unknown): void {
    for (const callback of this.#listeners.get(event) ?? []) callback(payload);
  }
}

/** `import.meta.hot` of one version of a module. */
export class ModuleHot implements HotContext {
  readonly #file: string;
  readonly #host: HotHost;
  #acceptsSelf = false;
  #declined = false;
  readonly #selfCallbacks: ModuleCallback[] = [];
  readonly #dependencies: Array<{ files: Array<string | undefined>; call: ModulesCallback }> = [];
  readonly #disposers: DisposeCallback[] = [];
  readonly #pruners: DisposeCallback[] = [];
  readonly #listeners: Array<[event: string, callback: EventCallback]> = [];

  constructor(file: string, host: HotHost) {
    this.#file = file;
    this.#host = host;
  }

  get data(): Record<string, unknown> {
    const known = this.#host.data.get(this.#file);
    if (known) return known;
    const data = {};
    this.#host.data.set(this.#file, data);
    return data;
  }

  accept(): void;
  accept(callback: ModuleCallback): void;
  accept(dependency: string, callback: ModuleCallback): void;
  accept(dependencies: readonly string[], callback: ModulesCallback): void;
  accept(
    target?: ModuleCallback | string | readonly string[],
    callback: ModuleCallback | ModulesCallback = () => undefined,
  ): void {
    if (target === undefined || typeof target === 'function') {
      this.#acceptsSelf = true;
      if (target) this.#selfCallbacks.push(target);
      return;
    }
    const single = typeof target === 'string';
    const files = (single ? [target] : target).map((specifier) => this.#host.resolveFile(specifier, this.#file));
    const call: ModulesCallback = single
      ? ([module]) => (callback as ModuleCallback)(module)
      : (callback as ModulesCallback);
    this.#dependencies.push({ files, call });
  }

  acceptExports(_exportNames: string | readonly string[], callback?: ModuleCallback): void {
    if (callback) this.accept(callback);
    else this.accept();
  }

  dispose(callback: DisposeCallback): void {
    this.#disposers.push(callback);
  }

  prune(callback: DisposeCallback): void {
    this.#pruners.push(callback);
  }

  decline(): void {
    this.#declined = true;
  }

  invalidate(message?: string): void {
    this.#host.invalidate(this.#file, message);
  }

  on(event: string, callback: (payload: never) => void): void {
    this.#listeners.push([event, callback as EventCallback]);
    this.#host.events.on(event, callback as EventCallback);
  }

  off(event: string, callback: (payload: never) => void): void {
    this.#host.events.off(event, callback as EventCallback);
  }

  send(event: string, data?: unknown): void {
    this.#host.events.send(event, data);
  }

  /** @internal */
  get acceptsSelf(): boolean {
    return this.#acceptsSelf;
  }

  /** @internal */
  get declined(): boolean {
    return this.#declined;
  }

  /** @internal */
  acceptsDependency(file: string): boolean {
    return this.#dependencies.some(({ files }) => files.includes(file));
  }

  /** Tells this module of the new version of itself. @internal */
  callSelf(module: ModuleNamespace): void {
    for (const callback of this.#selfCallbacks) callback(module);
  }

  /** Tells this module of the new version of `file`, which it accepts. @internal */
  callDependency(file: string, module: ModuleNamespace): void {
    for (const { files, call } of this.#dependencies) {
      if (files.includes(file)) call(files.map((dependency) => (dependency === file ? module : undefined)));
    }
  }

  /** Closes what this version has opened; `pruned` when no version follows. Returns what the callbacks threw. @internal */
  async retire({ pruned = false } = {}): Promise<unknown[]> {
    for (const [event, callback] of this.#listeners) this.#host.events.off(event, callback);
    const errors: unknown[] = [];
    for (const callback of pruned ? [...this.#disposers, ...this.#pruners] : this.#disposers) {
      try {
        await callback(this.data);
      } catch (error) {
        errors.push(error);
      }
    }
    if (pruned) this.#host.data.delete(this.#file);
    return errors;
  }
}
