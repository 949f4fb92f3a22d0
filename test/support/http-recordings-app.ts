import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Blueprint, escape, Flacon, g, Markup, MethodView, request, Response, View } from 'flacon';
import type { BlueprintOptions, FlaconOptions, RegisterOptions, RouteOptions } from 'flacon';
import { ProxyFix } from 'flacon/http';
import { className, ExceptionTable } from './http-recordings-errors.ts';
import { expressions, type Expression } from './http-recordings-expressions.ts';
import { patchResponse } from './http-recordings-patches.ts';
import type { Scope } from './http-recordings-scope.ts';
import { makeValue, runHandler, steps, type Step } from './http-recordings-steps.ts';
import { camelCase, decode, decodeOptions, isObject, type Json, type JsonObject } from './http-recordings-values.ts';

export interface RouteDefinition {
  readonly rule: string;
  readonly endpoint: string;
  readonly handler?: Json;
  readonly class_view?: { readonly handlers?: JsonObject; readonly dispatch?: Json; readonly methods_attr?: string[] };
  readonly [option: string]: unknown;
}

export interface HookDefinition {
  readonly on: string;
  readonly name?: string;
  readonly do?: Json;
  readonly replace?: Json;
}

export interface ErrorHandlerDefinition {
  readonly for: number | string;
  readonly handler: Json;
  readonly name?: string;
  readonly app?: boolean;
}

interface ScaffoldDefinition {
  readonly routes?: readonly RouteDefinition[];
  readonly hooks?: readonly HookDefinition[];
  readonly error_handlers?: readonly ErrorHandlerDefinition[];
  readonly blueprints?: readonly BlueprintDefinition[];
}

export interface BlueprintDefinition extends ScaffoldDefinition {
  readonly name: string;
  readonly register?: JsonObject;
  readonly register_again?: readonly JsonObject[];
}

/** An app as the recordings declare it. */
export interface AppDefinition extends ScaffoldDefinition {
  readonly config?: JsonObject;
  readonly files?: Readonly<Record<string, { text?: string; b64?: string; mtime?: number }>>;
  readonly templates?: Readonly<Record<string, string>>;
  readonly trace?: boolean;
  readonly [option: string]: unknown;
}

/** What a corpus adds to the language of the apps. */
export interface BuildOptions {
  readonly extraSteps?: Readonly<Record<string, Step>>;
  readonly extraExpressions?: Readonly<Record<string, Expression>>;
  /** Called once the app is configured, before hooks and routes. */
  readonly beforeSetup?: (built: BuiltApp) => void;
  /** Wraps the view of a route, as a decorator does. */
  readonly decorateView?: (view: RecordedView, route: RouteDefinition, built: BuiltApp) => RecordedView;
}

/** A view of a declared route. */
export type RecordedView = (args: Record<string, unknown>) => unknown;

/** An app made from its declaration. Disposing of it removes its files. */
export interface BuiltApp extends Disposable {
  readonly app: Flacon;
  readonly definition: AppDefinition;
  /** What hooks, views and error handlers have recorded; emptied before each request. */
  readonly trace: string[];
  /** What the app has logged instead of raising it, to tell why a case fails. */
  readonly errors: unknown[];
  /** What the steps of a handler know. */
  scope(error?: unknown): Scope;
}

const scaffoldOptions = ['static_folder', 'static_url_path', 'template_folder'];
const appOptions = [...scaffoldOptions, 'static_host', 'host_matching', 'subdomain_matching'];
const blueprintOptions = [...scaffoldOptions, 'url_prefix', 'subdomain', 'url_defaults'];

function pick(definition: object, names: readonly string[]): Record<string, unknown> {
  const entries = Object.entries(definition).filter(([name]) => names.includes(name));
  return decodeOptions(Object.fromEntries(entries));
}

function writeFiles(root: string, { files = {}, templates = {}, template_folder: folder }: AppDefinition): void {
  const write = (name: string, content: string | Buffer, mtime: number): void => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, mtime, mtime);
  };
  for (const [name, { text = '', b64, mtime = 1_700_000_000 }] of Object.entries(files)) {
    write(name, b64 === undefined ? text : Buffer.from(b64, 'base64'), mtime);
  }
  for (const [name, source] of Object.entries(templates)) {
    write(join(String(folder ?? 'templates'), name), source, 1_700_000_000);
  }
}

const templateFilters = {
  reverse: (text: string) => [...text].reverse().join(''),
  shout: (text: string, times = 1) => text.toUpperCase() + '!'.repeat(times),
  b: (text: string) => new Markup(`<b>${escape(text)}</b>`),
};
const templateGlobals = { double: (value: number) => value * 2, const: () => 'K' };
const templateTests = { even_len: (text: string) => text.length % 2 === 0 };

function configure(app: Flacon, definition: AppDefinition): void {
  app.config.fromMapping(decode(definition.config ?? {}) as Record<string, unknown>);
  Object.assign(app.json, decodeOptions(definition.json as Json));
  if (definition.response_attrs !== undefined) {
    app.responseClass = class extends Response {};
    for (const [name, value] of Object.entries(decodeOptions(definition.response_attrs as Json))) {
      Object.defineProperty(app.responseClass, name, { value });
    }
  }
  const names = (kind: string): [string, string][] =>
    Object.entries((definition[kind] ?? {}) as Record<string, string>);
  for (const [name, kind] of names('template_filters')) app.templateFilter(name, templateFilters[kind as 'b']);
  for (const [name, kind] of names('template_globals')) app.templateGlobal(name, templateGlobals[kind as 'double']);
  for (const [name, kind] of names('template_tests')) app.templateTest(name, templateTests[kind as 'even_len']);
}

/** Adds what a definition declares to an app or a blueprint. */
class Builder {
  readonly #built: BuiltApp;
  readonly #options: BuildOptions;
  readonly #exceptions: ExceptionTable;
  readonly #traces: boolean;

  constructor(built: BuiltApp, options: BuildOptions) {
    this.#built = built;
    this.#options = options;
    this.#exceptions = built.scope().exceptions;
    this.#traces = built.definition.trace === true;
  }

  fill(
    target: Flacon | Blueprint,
    { hooks = [], routes = [], error_handlers: handlers = [], blueprints = [] }: ScaffoldDefinition,
  ): void {
    for (const hook of hooks) this.#addHook(target, hook);
    for (const route of routes) this.#addRoute(target, route);
    for (const handler of handlers) this.#addErrorHandler(target, handler);
    for (const blueprint of blueprints) this.#addBlueprint(target, blueprint);
  }

  #record(text: string): void {
    this.#built.trace.push(text);
  }

  #addHook(target: Flacon | Blueprint, { on, name = on, do: work, replace }: HookDefinition): void {
    const scope = this.#built.scope();
    const describe = (value: unknown): string => this.#built.app.json.dumps(value);
    const rewrite = (values: Record<string, unknown>, isDefault: boolean): void => {
      for (const action of (work ?? []) as readonly JsonObject[]) {
        const { pop_to_g: popped, set = {} } = action as { pop_to_g?: string; set?: JsonObject };
        if (popped !== undefined && popped in values) {
          g[popped] = values[popped];
          delete values[popped];
        }
        for (const [key, value] of Object.entries(set)) if (!isDefault || !(key in values)) values[key] = decode(value);
      }
    };
    const hooks: Record<string, (...args: never[]) => unknown> = {
      before: () => {
        this.#record(name);
        return work === undefined ? undefined : runHandler(work, scope);
      },
      after: (response: Response) => {
        this.#record(name);
        if (replace !== undefined) return makeValue(replace);
        return patchResponse(response, work, request);
      },
      teardown: (error: unknown) => {
        this.#record(error === undefined ? name : `${name}:${className(error)}`);
      },
      preprocessor: (endpoint: string | undefined, args: Record<string, unknown>) => {
        this.#record(`${name}:${endpoint ?? 'None'}:${describe(endpoint === undefined ? null : args)}`);
        rewrite(args, false);
      },
      defaults: (_: string, values: Record<string, unknown>) => rewrite(values, true),
      processor: () => decode(work ?? {}),
    };
    const kind = Object.keys(hooks).find((part) => on.includes(part)) ?? on;
    const register = (target as unknown as Record<string, (fn: unknown) => void>)[
      camelCase(on.replace('appcontext', 'app_context'))
    ];
    if (register === undefined) throw new Error(`No such hook: ${on}`);
    register.call(target, hooks[kind]);
  }

  #makeView(
    target: Flacon | Blueprint,
    { endpoint, handler, class_view: classView }: RouteDefinition,
  ): RecordedView | undefined {
    const scope = this.#built.scope();
    const label = target instanceof Blueprint ? `view:${target.name}.${endpoint}` : `view:${endpoint}`;
    const run = (steps: Json): unknown => {
      if (this.#traces) this.#built.trace.push(label);
      return runHandler(steps, scope);
    };
    if (classView === undefined) return handler === undefined ? undefined : () => run(handler);
    const { handlers, dispatch, methods_attr: methods } = classView;
    const Class =
      handlers === undefined
        ? class extends View {
            dispatchRequest(): object {
              return run(dispatch ?? []) as object;
            }
          }
        : class extends MethodView {};
    for (const [method, steps] of Object.entries(handlers ?? {})) {
      Object.defineProperty(Class.prototype, method, { value: () => run(steps) });
    }
    if (methods !== undefined) Object.defineProperty(Class, 'methods', { value: methods });
    return Class.asView(endpoint) as RecordedView;
  }

  #addRoute(target: Flacon | Blueprint, route: RouteDefinition): void {
    const { rule, endpoint, handler: _handler, class_view: _class, login: _login, ...options } = route;
    const view = this.#makeView(target, route);
    const decorated = view === undefined ? undefined : (this.#options.decorateView?.(view, route, this.#built) ?? view);
    target.addUrlRule(rule, endpoint, decorated, decodeOptions(options as JsonObject) as RouteOptions);
  }

  #addErrorHandler(target: Flacon | Blueprint, { for: code, handler, name, app }: ErrorHandlerDefinition): void {
    const run = (error: unknown): never => {
      if (this.#traces) this.#record(`error:${name ?? code}`);
      return runHandler(handler, this.#built.scope(error)) as never;
    };
    const key = typeof code === 'number' ? code : this.#exceptions.get(code);
    if (app !== true || !(target instanceof Blueprint)) target.registerErrorHandler(key, run);
    else if (typeof key === 'number') target.appErrorHandler(key, run);
    else target.appErrorHandler(key, run);
  }

  #addBlueprint(parent: Flacon | Blueprint, definition: BlueprintDefinition): void {
    const importMeta = { url: pathToFileURL(join(parent.rootPath, 'app.ts')).href };
    const blueprint = new Blueprint(
      definition.name,
      importMeta,
      pick(definition, blueprintOptions) as BlueprintOptions,
    );
    this.fill(blueprint, definition);
    for (const options of [definition.register ?? {}, ...(definition.register_again ?? [])]) {
      parent.registerBlueprint(blueprint, decodeOptions(options) as RegisterOptions);
    }
  }
}

/** Makes the app that a definition declares. Throws what the app's own setup throws. */
export function buildApp(definition: AppDefinition, options: BuildOptions = {}): BuiltApp {
  const root = mkdtempSync(join(tmpdir(), 'flacon-recording-'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    writeFiles(root, definition);
    const importMeta = { url: pathToFileURL(join(root, 'app.ts')).href };
    const app = new Flacon(importMeta, pick(definition, appOptions) as FlaconOptions);
    const errors: unknown[] = [];
    app.logger.handlers.push(({ error }) => errors.push(error));
    const shared = {
      app,
      trace: [] as string[],
      exceptions: new ExceptionTable((definition.exceptions ?? {}) as JsonObject),
      steps: { ...steps, ...options.extraSteps },
      expressions: { ...expressions, ...options.extraExpressions },
    };
    const scope = (error?: unknown): Scope => (error === undefined ? shared : { ...shared, error });
    const built: BuiltApp = { app, definition, trace: shared.trace, errors, scope, [Symbol.dispose]: remove };
    configure(app, definition);
    options.beforeSetup?.(built);
    new Builder(built, options).fill(app, definition);
    if (isObject(definition.proxy_fix as Json))
      app.fetch = ProxyFix(app.fetch, decodeOptions(definition.proxy_fix as Json));
    return built;
  } catch (error) {
    remove();
    throw error;
  }
}
