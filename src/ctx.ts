import { inspect } from 'node:util';
import type { Flacon } from './app.ts';
import { runTeardown } from './teardown.ts';
import { contextVariable } from './globals.ts';
import type { MapAdapter } from './routing/map.ts';
import type { Session } from './sessions.ts';
import { appContextPushed } from './signals.ts';
import type { AfterRequestFunction, MaybePromise } from './types.ts';
import type { Request } from './wrappers.ts';

/** Names and types of what an application keeps on `g`: augment it with `declare module 'flacon'`. */
// oxlint-disable-next-line no-empty-object-type -- made to be augmented
export interface GlobalsData {}

const hidden = { writable: true, configurable: true, enumerable: false };

class Globals {
  [name: string]: unknown;

  /** The value of `name`, or `fallback`. */
  get(name: string, fallback?: unknown): unknown {
    return Object.hasOwn(this, name) ? this[name] : fallback;
  }

  /** Takes `name` away and returns its value, or `fallback`; throws when there is neither. */
  pop(name: string, ...fallback: [unknown?]): unknown {
    if (!Object.hasOwn(this, name)) {
      if (fallback.length > 0) return fallback[0];
      throw new ReferenceError(`g has no ${name}`);
    }
    const value = this[name];
    delete this[name];
    return value;
  }

  /** The value of `name`, set to `fallback` first when there is none. */
  setDefault(name: string, fallback?: unknown): unknown {
    if (!Object.hasOwn(this, name)) this[name] = fallback;
    return this[name];
  }

  *[Symbol.iterator](): IterableIterator<string> {
    yield* Object.keys(this);
  }

  [inspect.custom](_depth: number, options: object): string {
    return `g ${inspect({ ...this }, options)}`;
  }
}

for (const name of ['get', 'pop', 'setDefault'] as const) {
  Object.defineProperty(Globals.prototype, name, { ...hidden, value: Globals.prototype[name] });
}

/** The namespace `g`: any name, plus what `GlobalsData` declares. */
export type AppGlobals = Globals & GlobalsData;

/**
 * What is true while an application works on something: the app, `g`, and inside a request the
 * request and its session. One object serves both of Flask's contexts, as in Flask 3.2.
 */
export class AppContext {
  readonly app: Flacon;
  readonly request: Request | undefined;
  /** Functions of `afterThisRequest`, first come first served. */
  afterRequestFunctions: AfterRequestFunction[] | undefined;
  /** What `getFlashedMessages` took out of the session in this request. */
  flashes: [category: string, message: unknown][] | undefined;
  #g: AppGlobals | undefined;
  #session: Session | undefined;
  #urlAdapter: MapAdapter | undefined;
  #holds = 0;
  #ended = false;

  constructor(app: Flacon, request?: Request) {
    this.app = app;
    this.request = request;
  }

  get g(): AppGlobals {
    return (this.#g ??= new Globals() as AppGlobals);
  }

  /** The session, opened when it is first asked for; `undefined` outside of a request. */
  get session(): Session | undefined {
    if (this.#session === undefined && this.request !== undefined) {
      const opened = this.app.sessionInterface.openSession(this.app, this.request);
      if (opened instanceof Promise) throw new TypeError('This session interface must be opened before the view.');
      this.#session = opened ?? this.app.sessionInterface.makeNullSession(this.app);
    }
    return this.#session;
  }

  /** Whether the session was opened: nothing needs saving otherwise. */
  get sessionOpened(): boolean {
    return this.#session !== undefined;
  }

  /** Opens the session of an interface that has to wait for its store. */
  async openSession(): Promise<void> {
    if (this.#session !== undefined || this.request === undefined) return;
    const { app } = this;
    this.#session =
      (await app.sessionInterface.openSession(app, this.request)) ?? app.sessionInterface.makeNullSession(app);
  }

  /** Builds and matches URLs for this request, or from SERVER_NAME outside of one. */
  get urlAdapter(): MapAdapter | undefined {
    return (this.#urlAdapter ??= this.app.createUrlAdapter(this.request));
  }

  /**
   * Runs a function in this context and tears the context down when it has ended. Returns what the
   * function returns; a promise is waited for before the teardown.
   */
  run<T>(fn: (ctx: this) => T): T {
    return this.enter(() => {
      let result: T;
      try {
        result = fn(this);
      } catch (error) {
        this.#endAfterThrow(error);
        throw error;
      }
      if (result instanceof Promise) {
        return result.then(
          async (value: unknown) => {
            await this.end();
            return value;
          },
          async (error: unknown) => {
            await this.end(error);
            throw error;
          },
        ) as T;
      }
      const ended = this.end();
      if (ended instanceof Promise) ended.catch((error: unknown) => this.#reportTeardown(error));
      return result;
    });
  }

  /** Runs a function in this context, without a teardown. */
  enter<T>(fn: () => T): T {
    if (appContextPushed.hasReceivers) appContextPushed.send(this.app);
    return contextVariable.run(this, fn);
  }

  /** Keeps the context alive until `release`: for a stream that outlives the view. */
  hold(): void {
    this.#holds += 1;
  }

  /** Undoes one `hold`; the last one tears the context down. */
  release(error?: unknown): MaybePromise<void> {
    this.#holds -= 1;
    return this.#holds < 0 ? this.end(error) : undefined;
  }

  /** Tears the context down, once, unless something holds it. Throws what the teardown functions threw. */
  end(error?: unknown): MaybePromise<void> {
    if (this.#holds > 0) {
      this.#holds -= 1;
      return undefined;
    }
    if (this.#ended) return undefined;
    this.#ended = true;
    return runTeardown(this, error);
  }

  #endAfterThrow(error: unknown): void {
    try {
      const ended = this.end(error);
      if (ended instanceof Promise) ended.catch((failure: unknown) => this.#reportTeardown(failure));
    } catch (failure) {
      this.#reportTeardown(failure);
    }
  }

  #reportTeardown(error: unknown): void {
    this.app.logger.exception('A teardown function failed', error);
  }

  [inspect.custom](): string {
    const { app, request } = this;
    return request === undefined
      ? `<AppContext of ${app.name}>`
      : `<AppContext '${request.url}' [${request.method}] of ${app.name}>`;
  }
}

/** The context inside a request: what views and hooks get as their second parameter. */
export type RequestContext = AppContext & { readonly request: Request; readonly session: Session };
