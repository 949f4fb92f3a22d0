import type { Flacon } from './app.ts';
import { contextVariable } from './globals.ts';
import { hookFunctions } from './hooks.ts';
import { BuildError } from './routing/exceptions.ts';
import { FlaconError } from './util/errors.ts';

/** Values of an URL: arguments of the rule, the rest as query; names with `_` say how to build it. */
export interface UrlForValues {
  /** Appended as `#anchor`. */
  _anchor?: string;
  /** Picks the rule of this method, where an endpoint has several. */
  _method?: string;
  /** Scheme of an external URL. */
  _scheme?: string;
  /** With scheme and host. Default: false inside of a request, true outside. */
  _external?: boolean;
  [name: string]: unknown;
}

/**
 * The endpoints of the application and the values their URLs need. `app routes --types FILE` writes the declaration
 * that fills it in, and from then on `urlFor` is checked: `interface Endpoints { 'stocks.details': { id: number } }`.
 */
export interface Endpoints {}

/** `.c` and `.b.c` of the endpoint `a.b.c`: what a view of a blueprint may call it. */
type RelativeName<Name extends string> =
  `.${Name}` | (Name extends `${string}.${infer Rest}` ? RelativeName<Rest> : never);

/** What `urlFor` takes: any text as long as `Endpoints` is empty, then the names in there and those relative to a blueprint. */
export type EndpointName = [keyof Endpoints] extends [never] ? string : keyof Endpoints | RelativeName<keyof Endpoints>;

/** An endpoint that is only known when the program runs is not checked. */
export type CheckedEndpoint<Name extends string> = Name extends EndpointName
  ? Name
  : string extends Name
    ? Name
    : EndpointName;

/** The rest of the arguments of `urlFor`: values are required where the endpoint needs some. */
export type UrlForArguments<Name extends string> = Name extends keyof Endpoints
  ? {} extends Endpoints[Name]
    ? [values?: Endpoints[Name] & UrlForValues]
    : [values: Endpoints[Name] & UrlForValues]
  : [values?: UrlForValues];

/** Builds an URL as `Flask.url_for` does: `.name` is an endpoint of the current blueprint. */
export function buildUrl(app: Flacon, target: string, given: UrlForValues): string {
  const { _anchor: anchor, _method: method, _scheme: scheme, _external: external, ...values } = given;
  const ctx = contextVariable.getStore();
  const request = ctx?.app === app ? ctx.request : undefined;
  const endpoint = resolveEndpoint(target, request?.blueprint, request !== undefined);
  const adapter = request === undefined ? app.createUrlAdapter(undefined) : ctx?.urlAdapter;
  if (adapter === undefined) {
    throw new FlaconError("Unable to build URLs outside an active request without 'SERVER_NAME' configured.", {
      code: 'NO_SERVER_NAME',
      fix: "app.config.SERVER_NAME = 'localhost:5000'; APPLICATION_ROOT and PREFERRED_URL_SCHEME as needed",
    });
  }
  const forceExternal = external ?? (request === undefined || scheme !== undefined);
  if (scheme !== undefined && !forceExternal) {
    throw new FlaconError("When '_scheme' is given, '_external' must be true.", {
      code: 'SCHEME_WITHOUT_EXTERNAL',
      fix: '{ _scheme, _external: true }',
    });
  }
  injectUrlDefaults(app, endpoint, values);
  let url: string;
  try {
    url = adapter.build(endpoint, values, { method, urlScheme: scheme, forceExternal });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    Object.assign(values, { _anchor: anchor, _method: method, _scheme: scheme, _external: external });
    return handleBuildError(app, error, endpoint, values);
  }
  return anchor === undefined ? url : `${url}#${quoteAnchor(anchor)}`;
}

function resolveEndpoint(target: string, blueprint: string | undefined, inRequest: boolean): string {
  if (!inRequest || !target.startsWith('.')) return target;
  return blueprint === undefined ? target.slice(1) : blueprint + target;
}

function injectUrlDefaults(app: Flacon, endpoint: string, values: Record<string, unknown>): void {
  if (app.urlDefaultFunctions.size === 0) return;
  const names = endpoint.split('.').slice(0, -1);
  const scopes = [null, ...names.map((_, index) => names.slice(0, index + 1).join('.'))];
  for (const scope of scopes) for (const fn of hookFunctions(app.urlDefaultFunctions, scope)) fn(endpoint, values);
}

function handleBuildError(app: Flacon, error: BuildError, endpoint: string, values: Record<string, unknown>): string {
  let current: unknown = error;
  for (const handler of app.urlBuildErrorHandlers) {
    try {
      const url = handler(error, endpoint, values);
      if (url !== undefined && url !== null) return url;
    } catch (raised) {
      if (!(raised instanceof BuildError)) throw raised;
      current = raised;
    }
  }
  throw current;
}

const anchorSafe = /[^A-Za-z0-9_.~%!#$&'()*+,/:;=?@-]+/g;

function quoteAnchor(anchor: string): string {
  return anchor.replace(anchorSafe, (text) => encodeURIComponent(text));
}
