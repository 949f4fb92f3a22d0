import { basename, dirname, extname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createCommandGroup } from './commands.ts';
import { endpointFor } from './endpoints.ts';
import { exceptionKey, type ErrorHandlers } from './error-handlers.ts';
import { addHook, type HookMap } from './hooks.ts';
import type { HTTPException } from './http/exceptions.ts';
import type {
  AfterRequestFunction,
  BeforeRequestFunction,
  ErrorClass,
  ErrorHandler,
  MethodRouteOptions,
  RouteOptions,
  RuleArgs,
  TeardownFunction,
  TemplateContextProcessor,
  UrlDefaultFunction,
  UrlValuePreprocessor,
  View,
  ViewFunction,
} from './types.ts';
import { FlaconError } from './util/errors.ts';

/** Where an app or blueprint lives: `import.meta`, or something else with the module's URL. */
export interface ImportMetaLike {
  readonly url: string;
  /** Where Node.js says the file is. */
  readonly dirname?: string;
  readonly filename?: string;
}

/** What an app and a blueprint have in common at construction. */
export interface ScaffoldOptions {
  /** Folder of static files, relative to the module's folder. `null`: none. */
  staticFolder?: string | null;
  /** URL under which the static files are served. Default: the folder's name. */
  staticUrlPath?: string;
  /** Folder of templates, relative to the module's folder. */
  templateFolder?: string | null;
  /** Folder that the two above are relative to. Default: the module's. */
  rootPath?: string;
}

type ArgsOf<Rule extends string, Options> = Options extends { defaults: infer Defaults }
  ? RuleArgs<Rule> & Defaults
  : RuleArgs<Rule>;

/** Registers a view under a rule. Returns the view, so that it can be exported and called in tests. */
export interface RouteMethod<BaseOptions> {
  <const Rule extends string, V extends View<RuleArgs<Rule>>>(rule: Rule, view: V & View<RuleArgs<Rule>>): V;
  <const Rule extends string, const Options extends BaseOptions, V extends View<ArgsOf<Rule, Options>>>(
    rule: Rule,
    options: Options,
    view: V & View<ArgsOf<Rule, Options>>,
  ): V;
}

/** A filter, test or global function of templates. */
export type TemplateFunction = (...args: never[]) => unknown;

/** What `Flacon` and `Blueprint` share: registration of routes, hooks, error handlers and commands (flask.sansio.scaffold). */
export abstract class Scaffold {
  readonly importMeta: ImportMetaLike | undefined;
  /** Folder that static files and templates are looked up from. */
  readonly rootPath: string;
  /** Absolute path of the folder of static files. */
  readonly staticFolder: string | undefined;
  readonly staticUrlPath: string | undefined;
  /** Absolute path of the folder of templates. */
  readonly templateFolder: string | undefined;
  readonly errorHandlerSpec: ErrorHandlers = new Map();
  readonly beforeRequestFuncs: HookMap<BeforeRequestFunction> = new Map();
  readonly afterRequestFuncs: HookMap<AfterRequestFunction> = new Map();
  readonly teardownRequestFuncs: HookMap<TeardownFunction> = new Map();
  readonly templateContextProcessors: HookMap<TemplateContextProcessor> = new Map();
  readonly urlValuePreprocessors: HookMap<UrlValuePreprocessor> = new Map();
  readonly urlDefaultFunctions: HookMap<UrlDefaultFunction> = new Map();
  abstract readonly name: string;
  readonly #viewFunctions = Object.create(null) as Record<string, ViewFunction>;
  #cli: Command | undefined;

  protected constructor(importMeta: ImportMetaLike | undefined, options: ScaffoldOptions) {
    this.importMeta = importMeta;
    this.rootPath =
      options.rootPath ??
      importMeta?.dirname ??
      (importMeta?.url.startsWith('file:') ? dirname(fileURLToPath(importMeta.url)) : process.cwd());
    const absolute = (folder: string): string => (isAbsolute(folder) ? folder : join(this.rootPath, folder));
    this.staticFolder = options.staticFolder ? absolute(options.staticFolder.replace(/[/\\]+$/, '')) : undefined;
    this.templateFolder = options.templateFolder ? absolute(options.templateFolder) : undefined;
    if (options.staticUrlPath !== undefined) this.staticUrlPath = options.staticUrlPath.replace(/\/+$/, '');
    else if (this.staticFolder !== undefined) this.staticUrlPath = `/${basename(this.staticFolder)}`;
  }

  /** The views by endpoint. */
  get viewFunctions(): Record<string, ViewFunction> {
    return this.#viewFunctions;
  }

  /** Refuses setup that would come too late to take effect. */
  protected abstract checkSetup(method: string): void;

  /** Adds a rule and the view that answers it. */
  abstract addUrlRule(rule: string, endpoint?: string, view?: ViewFunction, options?: RouteOptions): void;

  /** The commands of this app or blueprint: a Commander command to add subcommands to. */
  get cli(): Command {
    return (this.#cli ??= createCommandGroup(this.name));
  }

  /** Whether anything asked for `cli` yet: an app without commands never loads Commander. */
  get hasCommands(): boolean {
    return this.#cli !== undefined && this.#cli.commands.length > 0;
  }

  /** Registers a view for a rule; `methods` in the options, default GET. */
  route: RouteMethod<RouteOptions> = (rule: string, ...rest: unknown[]) =>
    this.#register('route', undefined, rule, rest);
  /** Registers a view for GET (and HEAD). */
  get: RouteMethod<MethodRouteOptions> = (rule: string, ...rest: unknown[]) => this.#register('get', 'GET', rule, rest);
  /** Registers a view for POST. */
  post: RouteMethod<MethodRouteOptions> = (rule: string, ...rest: unknown[]) =>
    this.#register('post', 'POST', rule, rest);
  /** Registers a view for PUT. */
  put: RouteMethod<MethodRouteOptions> = (rule: string, ...rest: unknown[]) => this.#register('put', 'PUT', rule, rest);
  /** Registers a view for PATCH. */
  patch: RouteMethod<MethodRouteOptions> = (rule: string, ...rest: unknown[]) =>
    this.#register('patch', 'PATCH', rule, rest);
  /** Registers a view for DELETE. */
  delete: RouteMethod<MethodRouteOptions> = (rule: string, ...rest: unknown[]) =>
    this.#register('delete', 'DELETE', rule, rest);

  #register<V>(name: string, method: string | undefined, rule: string, rest: unknown[]): V {
    this.checkSetup(name);
    const [options, view] = (rest.length > 1 ? rest : [{}, rest[0]]) as [RouteOptions, ViewFunction];
    if (typeof view !== 'function') {
      throw new FlaconError(`The view of '${rule}' is not a function.`, {
        code: 'VIEW_NOT_A_FUNCTION',
        fix: `${name}('${rule}', () => …)`,
      });
    }
    if (method !== undefined && options.methods !== undefined) {
      throw new FlaconError(`'${name}' answers ${method} only; it takes no 'methods'.`, {
        code: 'METHODS_NOT_ALLOWED',
        fix: `route('${rule}', { methods: […] }, …)`,
      });
    }
    const methods = method === undefined ? options.methods : [method];
    const endpoint = options.endpoint ?? endpointFor(view, rule, methods ?? view.methods);
    this.addUrlRule(rule, endpoint, view, methods === undefined ? options : { ...options, methods });
    return view as V;
  }

  /** Gives an endpoint, named by `addUrlRule`, its view. */
  endpoint<V extends ViewFunction>(name: string, view: V): V {
    this.checkSetup('endpoint');
    this.viewFunctions[name] = view;
    return view;
  }

  /** Runs before each request; a returned value is the response. */
  beforeRequest(fn: BeforeRequestFunction): void {
    this.checkSetup('beforeRequest');
    addHook(this.beforeRequestFuncs, null, fn);
  }

  /** Gets each response before it is sent. */
  afterRequest(fn: AfterRequestFunction): void {
    this.checkSetup('afterRequest');
    addHook(this.afterRequestFuncs, null, fn);
  }

  /** Runs when a request ends, whatever happened in it. */
  teardownRequest(fn: TeardownFunction): void {
    this.checkSetup('teardownRequest');
    addHook(this.teardownRequestFuncs, null, fn);
  }

  /** Adds values to the context of templates. */
  contextProcessor(fn: TemplateContextProcessor): void {
    this.checkSetup('contextProcessor');
    addHook(this.templateContextProcessors, null, fn);
  }

  /** Sees and changes URL arguments before the view. */
  urlValuePreprocessor(fn: UrlValuePreprocessor): void {
    this.checkSetup('urlValuePreprocessor');
    addHook(this.urlValuePreprocessors, null, fn);
  }

  /** Adds values to the URLs that are built. */
  urlDefaults(fn: UrlDefaultFunction): void {
    this.checkSetup('urlDefaults');
    addHook(this.urlDefaultFunctions, null, fn);
  }

  /**
   * Handles errors by status code or by class. Order of lookup: Flask's, by code then by class,
   * each from the innermost blueprint out to the app.
   */
  errorHandler(code: number, handler: ErrorHandler<HTTPException>): void;
  errorHandler<E>(errorClass: ErrorClass<E>, handler: ErrorHandler<E>): void;
  errorHandler(codeOrClass: number | ErrorClass, handler: ErrorHandler<never>): void {
    this.checkSetup('errorHandler');
    this.registerErrorHandler(codeOrClass, handler);
  }

  /** `errorHandler` in the form that Flask calls `register_error_handler`. */
  registerErrorHandler(codeOrClass: number | ErrorClass, handler: ErrorHandler<never>): void {
    this.checkSetup('registerErrorHandler');
    const [errorClass, code] = exceptionKey(codeOrClass);
    setErrorHandler(this.errorHandlerSpec, null, code, errorClass, handler);
  }
}

/** Puts a handler into the table of error handlers. */
export function setErrorHandler(
  spec: ErrorHandlers,
  scope: string | null,
  code: number | null,
  errorClass: ErrorClass,
  handler: ErrorHandler<never>,
): void {
  let byCode = spec.get(scope);
  if (byCode === undefined) spec.set(scope, (byCode = new Map()));
  let byClass = byCode.get(code);
  if (byClass === undefined) byCode.set(code, (byClass = new Map()));
  byClass.set(errorClass, handler);
}

/** The name of an app in a module: its file's, or its folder's for `index` and `main`. */
export function nameFromModule({ url, filename }: ImportMetaLike): string {
  if (!url.startsWith('file:')) return 'app';
  const file = filename ?? fileURLToPath(url);
  const stem = basename(file, extname(file));
  return stem === 'index' || stem === 'main' ? basename(dirname(file)) : stem;
}
