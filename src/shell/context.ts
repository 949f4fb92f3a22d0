import { relative } from 'node:path';
import type { Flacon } from '../app.ts';
import type { RequestSource } from '../http/request-source.ts';
import type { AppContext } from '../ctx.ts';
import { g, hasRequestContext, request, session } from '../globals.ts';
import { FlaconClient } from '../testing.ts';
import type { Request } from '../wrappers.ts';
import type { SourceLocation } from '../types.ts';
import type { UrlForValues } from '../url-for.ts';
import { FlaconError } from '../util/errors.ts';
import { createProxy } from '../util/local.ts';
import { HiddenNames } from './hidden-names.ts';
import { messageOf } from './printer.ts';
import { RecordingClient } from './recording-client.ts';
import type { ShellStartOptions } from './plugins.ts';
import { refuseUnsafe } from './safe-requests.ts';
import type { NameSource } from './scope.ts';
import type { ShellTarget } from './target.ts';

/** A name that the shell has in hand, for `.context`. */
export interface ContextName {
  name: string;
  /** Who offers it: `core`, a plugin, or the place of a processor. */
  from: string;
  /** Its value is made when it is first asked for. */
  isLazy: boolean;
}

interface Provided {
  /** The object that has the name: a getter may use its other names. */
  owner: object;
  descriptor: PropertyDescriptor;
  from: string;
}

/** What a processor has given. */
interface Context {
  context: object;
  descriptors: PropertyDescriptorMap;
}

interface Given {
  context: object;
  dispose: (() => unknown) | undefined;
  from: string;
}

/** How long one clean-up at the end may take. */
const DISPOSE_MS = 5000;

/**
 * The names that the application and the plugins offer to a session. Each is asked for when it is used, so that after a
 * reload it is the new application's.
 */
export class SessionContext implements NameSource {
  readonly #target: ShellTarget;
  readonly #isReadOnly: boolean;
  readonly #core = new Map<string, Provided>();
  readonly #helpers = new Map<string, Provided>();
  #provided = new Map<string, Provided>();
  #given: Given[] = [];
  #appContext: AppContext | undefined;
  /** What went wrong or clashed while the names were collected, one line each. */
  warnings: string[] = [];

  constructor(target: ShellTarget, { readOnly = false }: ShellStartOptions = {}) {
    this.#target = target;
    this.#isReadOnly = readOnly;
    this.#defineCore();
  }

  /** The application as it is now. Throws when there is none. */
  get app(): Flacon {
    const app = this.#target.app();
    if (app) return app;
    throw new FlaconError('The application could not be loaded.', {
      code: 'NO_APPLICATION',
      fix: 'repair the file that the server names, and save it',
    });
  }

  #defineCore(): void {
    const app = createProxy<Flacon>(
      () => this.#target.app(),
      () => new Error('The application could not be loaded.'),
      'app',
    );
    let client: FlaconClient | undefined;
    const core: Record<string, () => unknown> = {
      app: () => this.app,
      urlMap: () => this.app.urlMap,
      blueprints: () => this.app.blueprints,
      config: () => this.app.config,
      g: () => g,
      request: () => request,
      session: () => session,
      urlFor: () => this.urlFor,
      // One client for the whole session: it follows the reloads and keeps its cookies.
      client: () => (client ??= this.#createClient(app)),
    };
    for (const [name, get] of Object.entries(core))
      this.#core.set(name, { owner: core, descriptor: { get }, from: 'core' });
  }

  #createClient(app: Flacon): FlaconClient {
    const { requests } = this.#target;
    const makeRequest = (source: RequestSource): Request => {
      if (this.#isReadOnly) refuseUnsafe(source.method);
      return app.makeRequest(source);
    };
    const options = { baseUrl: this.#baseUrl(), makeRequest };
    return requests?.isOfClient ? new RecordingClient(app, requests, options) : new FlaconClient(app, options);
  }

  #baseUrl(): string {
    const { SERVER_NAME, APPLICATION_ROOT, PREFERRED_URL_SCHEME } = this.app.config;
    return `${PREFERRED_URL_SCHEME}://${SERVER_NAME ?? 'localhost'}${APPLICATION_ROOT}`;
  }

  /** `app.urlFor`, which outside of a request builds URLs as for a request of this host. */
  readonly urlFor = (endpoint: string, values?: UrlForValues): string => {
    const { app } = this;
    if (hasRequestContext() || app.config.SERVER_NAME) return app.urlFor(endpoint, values);
    return app.testRequestContext('/').enter(() => app.urlFor(endpoint, values));
  };

  /** Adds names of a plugin. */
  addHelpers(helpers: object, from: string): void {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(helpers)))
      this.#helpers.set(name, { owner: helpers, descriptor, from });
  }

  /**
   * Asks the processors of the application. One that fails is left out and named; the names of the others are there.
   * What earlier processors had opened is closed once the new names are in place.
   */
  async load(): Promise<void> {
    this.warnings = [];
    const app = this.#target.app();
    const previous = this.#given;
    const provided = new Map<string, Provided>();
    const given: Given[] = [];
    const hidden = new HiddenNames((name) => this.#core.has(name) || provided.has(name) || name in globalThis);
    this.#renewAppContext(app);
    const entries = app?.shellContext.entries ?? [];
    const results = await Promise.all(
      entries.map(({ processor, source }) => this.#ask(processor, this.#place(source))),
    );
    for (const [index, result] of results.entries()) {
      const entry = entries[index];
      if (result === undefined || entry === undefined) continue;
      const from = this.#place(entry.source);
      const { dispose } = entry;
      const { context, descriptors } = result;
      given.push({ context, from, dispose: dispose && (() => dispose(context)) });
      this.#provide(provided, hidden, { owner: context, descriptors, from });
    }
    for (const [name, object] of hidden.objects())
      provided.set(name, { owner: object, descriptor: { value: object }, from: 'hidden names' });
    this.#provided = provided;
    this.#given = given;
    await this.#dispose(previous);
  }

  async #ask(processor: () => unknown, place: string): Promise<Context | undefined> {
    try {
      const context = await this.enter(processor);
      // A proxy may have something against being listed.
      if (typeof context === 'object' && context !== null)
        return { context, descriptors: Object.getOwnPropertyDescriptors(context) };
      this.warnings.push(`context of ${place} is ${context === null ? 'null' : typeof context} instead of an object`);
    } catch (error) {
      this.warnings.push(
        `context of ${place} failed: ${error instanceof Error ? error.name : 'thrown'}: ${messageOf(error)}`,
      );
    }
    return undefined;
  }

  #provide(
    provided: Map<string, Provided>,
    hidden: HiddenNames,
    { owner, descriptors, from }: Pick<Provided, 'owner' | 'from'> & Pick<Context, 'descriptors'>,
  ): void {
    for (const [name, descriptor] of Object.entries(descriptors)) {
      const earlier = provided.get(name) ?? this.#core.get(name);
      if (earlier) {
        const other = hidden.add(name, earlier.from, () => valueOf(earlier));
        this.warnings.push(`${name}: defined by ${earlier.from} and ${from} — using ${from}, other is ${other}`);
      }
      provided.set(name, { owner, descriptor, from });
    }
  }

  #place(source: SourceLocation | undefined): string {
    return source === undefined ? 'a processor' : `${relative(this.#target.root, source.file)}:${source.line}`;
  }

  #renewAppContext(app: Flacon | undefined): void {
    const old = this.#appContext;
    this.#appContext = app?.appContext();
    if (!old) return;
    // What was put on `g` stays there, as every variable of the session does.
    if (this.#appContext) Object.assign(this.#appContext.g, old.g);
    void this.#endAppContext(old);
  }

  async #endAppContext(context: AppContext | undefined): Promise<void> {
    try {
      await context?.end();
    } catch (error) {
      this.warnings.push(`a teardown function failed: ${messageOf(error)}`);
    }
  }

  /** Runs code inside the session's application context. */
  enter<T>(body: () => T): T {
    return this.#appContext ? this.#appContext.enter(body) : body();
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  get(name: string): unknown {
    const found = this.#find(name);
    return found && valueOf(found);
  }

  #find(name: string): Provided | undefined {
    return this.#provided.get(name) ?? this.#core.get(name) ?? this.#helpers.get(name);
  }

  /** What the processors of the application give; what cannot be had at the moment is left out. */
  provided(): [name: string, value: unknown][] {
    return [...this.#provided.keys()].flatMap((name): [string, unknown][] => {
      try {
        return [[name, this.get(name)]];
      } catch {
        // Whoever uses the name gets to see the error.
        return [];
      }
    });
  }

  /** Whether asking for the value runs code of the application. */
  isLazy(name: string): boolean {
    const found = this.#find(name);
    return found !== undefined && found.from !== 'core' && found.descriptor.get !== undefined;
  }

  names(): string[] {
    return [...new Set([...this.#core.keys(), ...this.#helpers.keys(), ...this.#provided.keys()])];
  }

  /** The names worth telling at the start: the most used ones, then what the application adds. */
  headlineNames(): string[] {
    return [...new Set(['app', 'urlMap', 'blueprints', 'client', ...this.#provided.keys()])];
  }

  /** Every name with its origin; no value is asked for. */
  describe(): ContextName[] {
    return this.names().map((name) => {
      const { from } = this.#find(name) ?? { from: '' };
      return { name, from, isLazy: this.isLazy(name) };
    });
  }

  /** Closes what the processors have opened, the last first; gives a line for each that failed or hangs. */
  async close(): Promise<string[]> {
    this.warnings = [];
    const given = this.#given;
    this.#given = [];
    this.#provided.clear();
    await this.#dispose(given);
    await this.#endAppContext(this.#appContext);
    this.#appContext = undefined;
    return this.warnings;
  }

  async #dispose(given: readonly Given[]): Promise<void> {
    for (const { dispose, from } of given.toReversed()) {
      if (!dispose) continue;
      const problem = await settleWithin(() => this.enter(dispose), DISPOSE_MS);
      if (problem !== undefined) this.warnings.push(`closing the context of ${from} ${problem}`);
    }
  }
}

function valueOf({ owner, descriptor: { get, value } }: Provided): unknown {
  return get ? get.call(owner) : (value as unknown);
}

/** Runs a clean-up; gives what to say if it throws or takes too long. */
export async function settleWithin(body: () => unknown, ms: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`has not ended after ${ms / 1000} s`), ms);
  });
  const ending = (async () => {
    try {
      await body();
      return undefined;
    } catch (error) {
      return `failed: ${messageOf(error)}`;
    }
  })();
  const problem = await Promise.race([ending, late]);
  clearTimeout(timer);
  return problem;
}
