import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { FlaconError } from './errors.ts';
import { createProxy, type CreateProxyOptions } from './local-proxy.ts';

export { createProxy, describeProxy, getCurrentObject, type CreateProxyOptions } from './local-proxy.ts';

const storages = new WeakMap<object, AsyncLocalStorage<object | undefined>>();

/**
 * A namespace whose attributes belong to the current asynchronous context: each request, each concurrent task sees
 * what it set itself (Werkzeug's `Local`). A write is copied into the context that makes it and what that starts
 * later; a task that was already running does not see it. Reading a name that was not set gives undefined.
 *
 * @example
 * const local = new Local<{ user?: string }>();
 * local.user = 'anna';
 * const user = new LocalProxy(local, 'user');
 */
export const Local = class Local {
  constructor() {
    const storage = new AsyncLocalStorage<Record<string, unknown> | undefined>();
    const proxy = new Proxy<Local>(this, localHandler(storage));
    storages.set(proxy, storage as AsyncLocalStorage<object | undefined>);
    return proxy;
  }

  *[Symbol.iterator](): IterableIterator<[string, unknown]> {
    yield* Object.entries(this);
  }

  [inspect.custom](): unknown {
    return { ...this };
  }
} as new <T extends object = Record<string, unknown>>() => Local<T>;

/** The attributes of a {@link Local}, and iteration over `[name, value]`. */
export type Local<T extends object = Record<string, unknown>> = T & Iterable<[string, unknown]>;

function localHandler(storage: AsyncLocalStorage<Record<string, unknown> | undefined>): ProxyHandler<object> {
  const values = (): Record<string, unknown> => storage.getStore() ?? {};
  return {
    get(target, key, receiver) {
      return typeof key === 'string' && Object.hasOwn(values(), key)
        ? values()[key]
        : (Reflect.get(target, key, receiver) as unknown);
    },
    set(_target, key, value) {
      if (typeof key === 'symbol') return false;
      storage.enterWith({ ...values(), [key]: value });
      return true;
    },
    deleteProperty(_target, key) {
      if (typeof key === 'symbol') return false;
      const { [key]: _removed, ...rest } = values();
      storage.enterWith(rest);
      return true;
    },
    has: (_target, key) => Object.hasOwn(values(), key),
    ownKeys: () => Object.keys(values()),
    getOwnPropertyDescriptor: (_target, key) => Object.getOwnPropertyDescriptor(values(), key),
  };
}

/** A stack that belongs to the current asynchronous context (Werkzeug's `LocalStack`). */
export class LocalStack<T> {
  readonly #storage = new AsyncLocalStorage<readonly T[] | undefined>();

  constructor() {
    storages.set(this, this.#storage as AsyncLocalStorage<object | undefined>);
  }

  /** Puts `item` on top, and returns the stack as it is then. */
  push(item: T): readonly T[] {
    const stack = [...(this.#storage.getStore() ?? []), item];
    this.#storage.enterWith(stack);
    return stack;
  }

  /** Takes the topmost item off and returns it; undefined if the stack is empty. */
  pop(): T | undefined {
    const stack = this.#storage.getStore() ?? [];
    if (stack.length === 0) return undefined;
    this.#storage.enterWith(stack.slice(0, -1));
    return stack.at(-1);
  }

  /** The topmost item, or undefined. */
  get top(): T | undefined {
    return this.#storage.getStore()?.at(-1);
  }

  /** How many items are on the stack. */
  get size(): number {
    return this.#storage.getStore()?.length ?? 0;
  }
}

/** Forgets what the current context keeps in `local` (Werkzeug's `release_local`). */
export function releaseLocal(local: object): void {
  storageOf(local).enterWith(undefined);
}

/**
 * Runs `body` in a context of its own for `local`: it starts empty, and what is set inside, after an `await` too,
 * is not seen outside.
 */
export function runIsolated<R>(local: object, body: () => R): R {
  return storageOf(local).run(undefined, body);
}

function storageOf(local: object): AsyncLocalStorage<object | undefined> {
  const storage = storages.get(local);
  if (storage) return storage;
  throw new TypeError('Expected a Local or a LocalStack.');
}

/** Where a {@link LocalProxy} looks its object up. */
export type LocalSource<T> = LocalStack<T> | AsyncLocalStorage<T> | (() => T | undefined) | Local<object>;

/** Options of {@link LocalProxy}. */
export interface LocalProxyOptions extends CreateProxyOptions {
  /** What the error says when nothing is bound. Default 'object is not bound'. */
  unboundMessage?: string;
}

interface LocalProxyConstructor {
  new <T extends object, K extends keyof T & string>(
    local: Local<T>,
    name: K,
    options?: LocalProxyOptions,
  ): NonNullable<T[K]>;
  new <T, K extends keyof T & string>(
    source: LocalStack<T> | AsyncLocalStorage<T> | (() => T | undefined),
    name: K,
    options?: LocalProxyOptions,
  ): NonNullable<T[K]>;
  new <T>(
    source: LocalStack<T> | AsyncLocalStorage<T> | (() => T | undefined),
    name?: undefined,
    options?: LocalProxyOptions,
  ): NonNullable<T>;
}

/**
 * A stand-in for an object that depends on the context: an attribute of a {@link Local}, the top of a {@link LocalStack},
 * the store of an `AsyncLocalStorage`, or what a function returns; with `name`, that attribute of it (Werkzeug's
 * `LocalProxy`). Use without an object throws; {@link getCurrentObject} gives the object itself.
 */
export const LocalProxy = class LocalProxy {
  constructor(source: LocalSource<unknown>, name?: string, options: LocalProxyOptions = {}) {
    const lookUp = lookUpFunction(source, name);
    const message = options.unboundMessage ?? 'object is not bound';
    const unbound = (): Error => new FlaconError(message, { code: 'UNBOUND_LOCAL' });
    return createProxy(() => asObject(lookUp()), unbound, name ?? 'LocalProxy', options);
  }
} as unknown as LocalProxyConstructor;

function lookUpFunction(source: LocalSource<unknown>, name: string | undefined): () => unknown {
  let lookUp: () => unknown;
  if (source instanceof LocalStack) lookUp = () => source.top;
  else if (source instanceof AsyncLocalStorage) lookUp = () => source.getStore();
  else if (typeof source === 'function') lookUp = source as () => unknown;
  else if (name !== undefined) lookUp = () => source;
  else throw new TypeError("A 'LocalProxy' of a 'Local' needs the name of an attribute.");
  if (name === undefined) return lookUp;
  return () => {
    const object = lookUp() as Record<string, unknown> | null | undefined;
    return object?.[name];
  };
}

function asObject(value: unknown): object | undefined {
  if (value === undefined || value === null) return undefined;
  return Object(value) as object;
}
