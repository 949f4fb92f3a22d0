import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { AppSetup } from './app-setup.ts';
import type { Blueprint, RegisterOptions } from './blueprints.ts';
import type { CommandGroupName } from './commands.ts';
import { AppContext, type RequestContext } from './ctx.ts';
import { handleRequest, preprocessRequest } from './dispatch.ts';
import { buildUrl, type CheckedEndpoint, type UrlForArguments } from './url-for.ts';
import { fetchFace, type FetchFace } from './http/fetch.ts';
import { redirect } from './http/redirect.ts';
import { buildRequestSource, type RequestSourceOptions } from './http/test.ts';
import { Response } from './http/response.ts';
import { createListener } from './http/serving.ts';
import type { RequestSource } from './http/request.ts';
import type { Environment } from './jinja/index.ts';
import { DefaultJSONProvider, type JSONProvider } from './json.ts';
import { Logger } from './logging.ts';
import type { MapAdapter } from './routing/map.ts';
import { nameFromModule, type ImportMetaLike, type Scaffold, type ScaffoldOptions } from './scaffold.ts';
import { SecureCookieSessionInterface, type SessionInterface } from './sessions.ts';
import { sendStaticFile } from './static-files.ts';
import { createEnvironment } from './templating.ts';
import { FlaconClient, FlaconCliRunner, type ClientOptions } from './testing.ts';
import type { MaybePromise, ViewFunction } from './types.ts';
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

/** How a blueprint was registered. */
export interface BlueprintRegistration {
  readonly blueprint: Blueprint;
  /** Its full name: with those of the blueprints around it. */
  readonly name: string;
  readonly urlPrefix: string | undefined;
  /** The group of its commands; `undefined` takes `name`. */
  readonly commandGroup: CommandGroupName | undefined;
}

/** One for all: an app may register hundreds of blueprints. */
const NO_OPTIONS: RegisterOptions = {};

/** An application: routes, configuration, hooks, and the way from a request to a response (flask.Flask). */
export class Flacon extends AppSetup {
  readonly name: string;
  readonly blueprints: Record<string, Blueprint> = {};
  /** The registrations of blueprints, in their order. */
  readonly registrations: BlueprintRegistration[] = [];
  /** What extensions keep with the app, by the extension's name. */
  readonly extensions: Record<string, unknown> = {};
  readonly instancePath: string;
  readonly subdomainMatching: boolean;
  readonly logger: Logger;
  requestClass: new (...args: ConstructorParameters<typeof Request>) => Request = Request;
  responseClass: typeof Response = Response;
  sessionInterface: SessionInterface = new SecureCookieSessionInterface();
  json: JSONProvider = new DefaultJSONProvider(this);
  /** Answers a request: a web `Request`, or this package's own. Wrap it to add middleware (Flask's `wsgi_app`). */
  fetch: FetchFace = fetchFace(
    (request) => this.handle(request as Request),
    (source) => this.makeRequest(source),
  );
  #jinjaEnv: Environment | undefined;
  #listener: ((req: IncomingMessage, res: ServerResponse) => void) | undefined;

  constructor(importMeta?: ImportMetaLike, options: FlaconOptions = {}) {
    super(importMeta, options);
    this.name = options.name ?? (importMeta === undefined ? 'app' : nameFromModule(importMeta));
    this.instancePath = options.instancePath ?? join(this.rootPath, 'instance');
    this.logger = new Logger(this.name, () => (this.debug ? 'DEBUG' : 'INFO'));
    this.subdomainMatching = options.subdomainMatching ?? false;
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

  /** The environment of the app's templates, made when it is first asked for. */
  get jinjaEnv(): Environment {
    return (this.#jinjaEnv ??= createEnvironment(this));
  }

  /** Whether the environment of templates was made yet. */
  get hasJinjaEnv(): boolean {
    return this.#jinjaEnv !== undefined;
  }

  /** Replays a blueprint onto this app. */
  registerBlueprint(blueprint: Blueprint, options: RegisterOptions = NO_OPTIONS): void {
    this.checkSetup('registerBlueprint');
    blueprint.register(this, options);
  }

  /** The URL prefixes that the blueprints were registered under, by their full names. */
  get blueprintPrefixes(): Record<string, string | undefined> {
    return Object.fromEntries(this.registrations.map(({ name, urlPrefix }) => [name, urlPrefix]));
  }

  /** The blueprints in the order of their registration. */
  iterBlueprints(): Iterable<Blueprint> {
    return Object.values(this.blueprints);
  }

  /** What the shell starts with: `app`, `g`, and what the processors give, later ones winning. */
  makeShellContext(): Promise<Record<string, unknown>> {
    return this.shellContext.make(this);
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
    return sendStaticFile(this, owner, filename);
  }

  /** Seconds a file may be kept; override it to decide by name. `undefined`: ask again each time. */
  getSendFileMaxAge(_filename: string | undefined): number | undefined {
    return this.config.SEND_FILE_MAX_AGE_DEFAULT ?? undefined;
  }

  [inspect.custom](): string {
    return `<Flacon '${this.name}'>`;
  }
}
