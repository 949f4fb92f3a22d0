import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Blueprint, RegisterOptions } from './blueprints.ts';
import type { CommandGroupName } from './commands.ts';
import { Config, defaultConfig, type ConfigData } from './config.ts';
import { AppContext, type RequestContext } from './ctx.ts';
import { handleRequest, preprocessRequest } from './dispatch.ts';
import { CallSite } from './endpoints.ts';
import { currentContext } from './globals.ts';
import { buildUrl, type CheckedEndpoint, type UrlForArguments } from './url-for.ts';
import { fetchFace, type FetchFace } from './http/fetch.ts';
import { redirect } from './http/redirect.ts';
import { buildRequestSource, type RequestSourceOptions } from './http/test.ts';
import { Response } from './http/response.ts';
import { sendFromDirectory } from './http/send-file.ts';
import { createListener } from './http/serving.ts';
import type { RequestSource } from './http/request.ts';
import type { Environment } from './jinja/index.ts';
import { DefaultJSONProvider, type JSONProvider } from './json.ts';
import { Logger } from './logging.ts';
import { prepareRule } from './prepared-rule.ts';
import { RouteTable } from './route-table.ts';
import { UrlMap, type MapAdapter } from './routing/map.ts';
import type { Rule } from './routing/rules.ts';
import { Scaffold, nameFromUrl, type ImportMetaLike, type ScaffoldOptions, type TemplateFunction } from './scaffold.ts';
import { SecureCookieSessionInterface, type SessionInterface } from './sessions.ts';
import type { ShellCommand, ShellCommandOptions, ShellPlugin } from './shell/plugins.ts';
import { ShellContext, type ShellContextOptions, type ShellContextProcessor } from './shell-context.ts';
import { createEnvironment } from './templating.ts';
import { FlaconClient, FlaconCliRunner, type ClientOptions } from './testing.ts';
import type {
  MaybePromise,
  RouteOptions,
  SourceLocation,
  TeardownFunction,
  UrlBuildErrorHandler,
  ViewFunction,
} from './types.ts';
import { createUrlAdapter, matchRequest } from './url-adapter.ts';
import { FlaconError } from './util/errors.ts';
import { Request } from './wrappers.ts';

/** Options of an application. */
export interface FlaconOptions extends ScaffoldOptions {
  /** Default: the module's file name, or its folder's for `index` and `main`. */
  name?: string;
  /** Host of the static files; needs `hostMatching`. */
  staticHost?: string;
  /** Rules may name a host. Default: false. */
  hostMatching?: boolean;
  /** Rules may name a subdomain of SERVER_NAME. Default: false. */
  subdomainMatching?: boolean;
  /** Folder for files that belong to this installation. Default: `instance` beside the module. */
  instancePath?: string;
}

/** Commands of a blueprint, to be mounted under a group when the command line asks. */
export interface CommandGroup {
  blueprint: Blueprint;
  name: string;
  group: CommandGroupName | undefined;
}

/** An application: routes, configuration, hooks, and the way from a request to a response (flask.Flask). */
export class Flacon extends Scaffold {
  readonly name: string;
  readonly config: Config & ConfigData;
  readonly urlMap: UrlMap;
  readonly blueprints: Record<string, Blueprint> = {};
  /** The URL prefixes that the blueprints were registered under, by their full names. */
  readonly blueprintPrefixes: Record<string, string | undefined> = {};
  /** Blueprints that are registered, under whatever names. @internal */
  readonly registered = new Set<Blueprint>();
  readonly commandGroups: CommandGroup[] = [];
  /** What extensions keep with the app, by the extension's name. */
  readonly extensions: Record<string, unknown> = {};
  readonly instancePath: string;
  readonly subdomainMatching: boolean;
  readonly logger: Logger;
  readonly teardownAppContextFuncs: TeardownFunction[] = [];
  readonly urlBuildErrorHandlers: UrlBuildErrorHandler[] = [];
  readonly shellContext = new ShellContext();
  readonly shellPlugins: ShellPlugin[] = [];
  requestClass: new (...args: ConstructorParameters<typeof Request>) => Request = Request;
  responseClass: typeof Response = Response;
  sessionInterface: SessionInterface = new SecureCookieSessionInterface();
  json: JSONProvider = new DefaultJSONProvider(this);
  /** Answers a request: a web `Request`, or this package's own. Wrap it to add middleware (Flask's `wsgi_app`). */
  fetch: FetchFace = fetchFace(
    (request) => this.handle(request as Request),
    (source) => this.makeRequest(source),
  );
  readonly #routes: RouteTable;
  #gotFirstRequest = false;
  #jinjaEnv: Environment | undefined;
  #listener: ((req: IncomingMessage, res: ServerResponse) => void) | undefined;

  constructor(importMeta?: ImportMetaLike, options: FlaconOptions = {}) {
    super(importMeta, { staticFolder: 'static', templateFolder: 'templates', ...options });
    this.name = options.name ?? (importMeta === undefined ? 'app' : nameFromUrl(importMeta.url));
    this.instancePath = options.instancePath ?? join(this.rootPath, 'instance');
    this.config = new Config(this.rootPath, { ...defaultConfig, DEBUG: isSet(process.env['FLACON_DEBUG']) }) as Config &
      ConfigData;
    this.logger = new Logger(this.name, () => (this.debug ? 'DEBUG' : 'INFO'));
    this.subdomainMatching = options.subdomainMatching ?? false;
    this.urlMap = new UrlMap([], { hostMatching: options.hostMatching ?? false });
    this.#routes = new RouteTable(this.urlMap, this.config);
    if (this.staticFolder === undefined) return;
    if ((options.staticHost !== undefined) !== (options.hostMatching ?? false)) {
      throw new FlaconError('A static host goes with host matching, and only with it.', {
        code: 'STATIC_HOST',
        fix: 'give both staticHost and hostMatching, or staticFolder: null',
      });
    }
    const view: ViewFunction = ({ filename }: { filename: string }) => this.sendStaticFile(filename);
    const host = options.staticHost === undefined ? {} : { host: options.staticHost };
    this.addUrlRule(`${this.staticUrlPath ?? ''}/<path:filename>`, 'static', view, host);
  }

  /** How other copies of this package, and the command line, recognise an app. */
  get [Symbol.for('flacon.app')](): true {
    return true;
  }

  get debug(): boolean {
    return this.config.DEBUG;
  }

  set debug(value: boolean) {
    this.config.DEBUG = value;
  }

  get testing(): boolean {
    return this.config.TESTING;
  }

  set testing(value: boolean) {
    this.config.TESTING = value;
  }

  get secretKey(): string | Uint8Array | null {
    return this.config.SECRET_KEY;
  }

  set secretKey(value: string | Uint8Array | null) {
    this.config.SECRET_KEY = value;
  }

  /** The environment of the app's templates, made when it is first asked for. */
  get jinjaEnv(): Environment {
    return (this.#jinjaEnv ??= createEnvironment(this));
  }

  /** Whether the environment of templates was made yet. */
  get hasJinjaEnv(): boolean {
    return this.#jinjaEnv !== undefined;
  }

  protected checkSetup(method: string): void {
    if (!this.#gotFirstRequest) return;
    throw new FlaconError(
      `'${method}' can no longer be called on the application: it has handled its first request, and the change would not be applied consistently.`,
      { code: 'SETUP_FINISHED', fix: 'do all setup while the module is loaded, or in the factory' },
    );
  }

  /** Called by the first request: setup is over. */
  beginRequest(): void {
    this.#gotFirstRequest = true;
  }

  addUrlRule(
    rule: string,
    endpoint?: string,
    view?: ViewFunction,
    options: RouteOptions = {},
    source?: CallSite,
  ): void {
    this.checkSetup('addUrlRule');
    const name = endpoint ?? view?.name ?? '';
    const prepared = prepareRule(rule, name, view, options, this.config.PROVIDE_AUTOMATIC_OPTIONS);
    this.#routes.addForeign({ prepared, view, source: source ?? new CallSite(this.addUrlRule) });
  }

  /** The routes themselves, for blueprints; undefined for an app that has an `addUrlRule` of its own. @internal */
  get routeTable(): RouteTable | undefined {
    return this.addUrlRule === Flacon.prototype.addUrlRule ? this.#routes : undefined;
  }

  override get viewFunctions(): Record<string, ViewFunction> {
    return this.#routes.views;
  }

  /** The view of a rule that was matched. @internal */
  viewOf({ endpoint }: Rule): ViewFunction | undefined {
    return this.#routes.viewOf(endpoint);
  }

  /** Where the view of an endpoint was registered. */
  viewSource(endpoint: string): SourceLocation | undefined {
    return this.#routes.sourceOf(endpoint);
  }

  /** Whether OPTIONS for this rule is answered without the view. */
  answersOptions(rule: Rule): boolean {
    return this.#routes.answersOptions(rule);
  }

  /** Whether the view of this rule reads the body itself. */
  leavesBodyUnread(rule: Rule): boolean {
    return this.#routes.leavesBodyUnread(rule);
  }

  /** Replays a blueprint onto this app. */
  registerBlueprint(blueprint: Blueprint, options: RegisterOptions = {}): void {
    this.checkSetup('registerBlueprint');
    blueprint.register(this, options);
  }

  /** The blueprints in the order of their registration. */
  iterBlueprints(): Iterable<Blueprint> {
    return Object.values(this.blueprints);
  }

  /** Runs when a context of the app ends, in a request or a command. */
  teardownAppContext(fn: TeardownFunction): void {
    this.checkSetup('teardownAppContext');
    this.teardownAppContextFuncs.push(fn);
  }

  /** Adds a filter to the templates. */
  templateFilter(name: string, fn: TemplateFunction): void {
    this.checkSetup('templateFilter');
    this.jinjaEnv.filters[name] = fn as (...args: unknown[]) => unknown;
  }

  /** Adds a test to the templates. */
  templateTest(name: string, fn: TemplateFunction): void {
    this.checkSetup('templateTest');
    this.jinjaEnv.tests[name] = fn as (...args: unknown[]) => unknown;
  }

  /** Adds a global value or function to the templates. */
  templateGlobal(name: string, value: unknown): void {
    this.checkSetup('templateGlobal');
    this.jinjaEnv.globals[name] = value;
  }

  /** Adds names to the shell: an object, its getters staying lazy, or the promise of one. */
  shellContextProcessor(fn: ShellContextProcessor, options: ShellContextOptions = {}): void {
    this.checkSetup('shellContextProcessor');
    this.shellContext.add(fn, options, new CallSite(this.shellContextProcessor));
  }

  /** What the shell starts with: `app`, `g`, and what the processors give, later ones winning. */
  makeShellContext(): Promise<Record<string, unknown>> {
    return this.shellContext.make(this);
  }

  /** Adds a plugin to the shell of this app. */
  shellPlugin(plugin: ShellPlugin): void {
    this.checkSetup('shellPlugin');
    this.shellPlugins.push(plugin);
  }

  /** Adds a command to the shell of this app: `app.shellCommand('seed', { help: 'Make posts.', args: 'N' }, (shell, args) => …)` is `.seed 5`. */
  shellCommand(name: string, { help, args = '', complete }: ShellCommandOptions, run: ShellCommand['run']): void {
    const usage = `.${name} ${args}`.trimEnd();
    const command: ShellCommand = { name, usage, description: help, run, ...(complete && { complete }) };
    this.shellPlugin({ name: this.name, commands: [command] });
  }

  /** A context of the app without a request: `app.appContext().run(() => …)`. */
  appContext(): AppContext {
    return new AppContext(this);
  }

  /** The context of a request, with the rule that answers it. */
  requestContext(request: Request): RequestContext {
    request.app = this;
    const ctx = new AppContext(this, request) as RequestContext;
    matchRequest(ctx);
    return ctx;
  }

  /** The context of a made-up request, for tests and the shell. */
  testRequestContext(path = '/', options: RequestSourceOptions = {}): RequestContext {
    return this.requestContext(this.makeRequest(buildRequestSource(path, { ...this.#testDefaults(), ...options })));
  }

  /** A client that sends requests to this app without a socket. */
  testClient(options: ClientOptions = {}): FlaconClient {
    return new FlaconClient(this, { ...this.#testDefaults(), ...options });
  }

  /** Runs the app's commands in tests. */
  testCliRunner(): FlaconCliRunner {
    return new FlaconCliRunner(this);
  }

  #testDefaults(): { baseUrl?: string } {
    const { SERVER_NAME, APPLICATION_ROOT, PREFERRED_URL_SCHEME } = this.config;
    return { baseUrl: `${PREFERRED_URL_SCHEME}://${SERVER_NAME ?? 'localhost'}${APPLICATION_ROOT}` };
  }

  /** A request of this app from what a server received; the app's limits apply to its body. */
  makeRequest(source: RequestSource): Request {
    const request = new this.requestClass(source);
    const { MAX_CONTENT_LENGTH, MAX_FORM_MEMORY_SIZE, MAX_FORM_PARTS } = this.config;
    request.maxContentLength = MAX_CONTENT_LENGTH;
    request.maxFormMemorySize = MAX_FORM_MEMORY_SIZE;
    request.maxFormParts = MAX_FORM_PARTS;
    return request;
  }

  /** Answers a request, without the middleware that wraps `fetch`. */
  handle(request: Request): MaybePromise<Response> {
    return handleRequest(this.requestContext(request));
  }

  /** Answers requests of a `node:http` server: `createServer(app.listener)`. */
  get listener(): (req: IncomingMessage, res: ServerResponse) => void {
    return (this.#listener ??= createListener((request) => this.fetch(request), {
      makeRequest: (source) => this.makeRequest(source),
      onError: (error) => this.logger.exception('Error on request', error),
    }));
  }

  /**
   * Runs what comes before the view of a request: the session is opened, the body read, `beforeRequest` functions run.
   * Gives what one of them answers (Flask.preprocess_request).
   */
  preprocessRequest(ctx: RequestContext): Promise<unknown> {
    return preprocessRequest(ctx);
  }

  createUrlAdapter(request: Request | undefined): MapAdapter | undefined {
    return createUrlAdapter(this, request);
  }

  /** The URL of an endpoint; see the function `urlFor`. Needs a request, or SERVER_NAME. */
  urlFor<Name extends string>(endpoint: CheckedEndpoint<Name>, ...[values = {}]: UrlForArguments<Name>): string {
    return buildUrl(this, endpoint, values);
  }

  /** A redirect; override it to change every `redirect()` of the app. */
  redirect(location: string, code = 302): Response {
    return redirect(location, code, { Response: this.responseClass });
  }

  /** Sends a file of the static folder. */
  sendStaticFile(filename: string): Response {
    return this.sendStaticFileFrom(this, filename);
  }

  /** Sends a file of the static folder of this app or of a blueprint. */
  sendStaticFileFrom(owner: Scaffold, filename: string): Response {
    if (owner.staticFolder === undefined) {
      throw new FlaconError(`'${owner.name}' has no static folder.`, {
        code: 'NO_STATIC_FOLDER',
        fix: "new Flacon(import.meta, { staticFolder: 'static' })",
      });
    }
    const { request } = currentContext();
    if (request === undefined)
      throw new FlaconError('A static file is sent as the answer to a request.', {
        code: 'OUTSIDE_REQUEST_CONTEXT',
        fix: "app.testRequestContext('/').run(() => …)",
      });
    return sendFromDirectory(request, owner.staticFolder, filename, {
      getMaxAge: (path) => this.getSendFileMaxAge(path),
      useXSendfile: this.config.USE_X_SENDFILE,
    });
  }

  /** Seconds a file may be kept; override it to decide by name. `undefined`: ask again each time. */
  getSendFileMaxAge(_filename: string | undefined): number | undefined {
    return this.config.SEND_FILE_MAX_AGE_DEFAULT ?? undefined;
  }

  [inspect.custom](): string {
    return `<Flacon '${this.name}'>`;
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}
