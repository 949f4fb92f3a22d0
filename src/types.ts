import type { AppContext, RequestContext } from './ctx.ts';
import type { HeadersInit } from './http/headers.ts';
import type { Response } from './http/response.ts';
import type { ConverterTypes } from './routing/converters.ts';

/** A value, or the promise of it. Nothing inside the framework awaits a value that is already there. */
export type MaybePromise<T> = T | Promise<T>;

/** What a response can be made of, without status and headers: see `makeResponse`. */
export type ResponseValue = string | object;

/**
 * What a view may return: a response value, or one of Flask's tuple forms
 * `[body, status]`, `[body, status, headers]`, `[body, headers]`.
 */
export type ResponseReturnValue =
  | ResponseValue
  | readonly [body: ResponseValue, status: number | string]
  | readonly [body: ResponseValue, status: number | string, headers: HeadersInit]
  | readonly [body: ResponseValue, headers: HeadersInit];

type Trim<Text extends string> = Text extends ` ${infer Rest}` | `${infer Rest} ` ? Trim<Rest> : Text;

type Unquote<Text extends string> = Text extends `"${infer Inner}"` | `'${infer Inner}'` ? Inner : Text;

type Choices<List extends string> = List extends `${infer First},${infer Rest}`
  ? Unquote<Trim<First>> | Choices<Rest>
  : Unquote<Trim<List>>;

type ConverterName<Converter extends string> = Converter extends `${infer Name}(${string}` ? Name : Converter;

type ConverterValue<Converter extends string> = Converter extends `any(${infer List})`
  ? Choices<List>
  : ConverterName<Converter> extends keyof ConverterTypes
    ? ConverterTypes[ConverterName<Converter>]
    : unknown;

type Variable<Text extends string> = Text extends `${infer Converter}:${infer Name}`
  ? { [Key in Name]: ConverterValue<Converter> }
  : { [Key in Text]: string };

type Variables<Rule extends string> = Rule extends `${string}<${infer Inner}>${infer Rest}`
  ? Variable<Inner> & Variables<Rest>
  : unknown;

type Flatten<T> = { [Key in keyof T]: T[Key] };

/**
 * The arguments that a URL rule hands to its view, typed from the rule string:
 * `RuleArgs<'/users/<int:id>'>` is `{ id: number }`. Values of custom converters are typed by
 * augmenting `ConverterTypes`; a rule that is not a literal gives `Record<string, unknown>`.
 */
export type RuleArgs<Rule extends string> = string extends Rule ? Record<string, unknown> : Flatten<Variables<Rule>>;

/** A view: the URL arguments and the request's context in, a response value out. */
export type View<Args = Record<string, unknown>> = (
  args: Args,
  ctx: RequestContext,
) => MaybePromise<ResponseReturnValue>;

/** A view as the app stores it, after its argument types have been checked at registration. */
export type ViewFunction = ((args: never, ctx: RequestContext) => unknown) & {
  methods?: readonly string[];
  requiredMethods?: readonly string[];
  provideAutomaticOptions?: boolean;
};

/** Runs before the view; a returned value ends the request with it. */
export type BeforeRequestFunction = (ctx: RequestContext) => unknown;

/** Gets the response and returns it, or another one. `undefined` keeps the one it got. */
export type AfterRequestFunction = (response: Response, ctx: RequestContext) => MaybePromise<Response | void>;

/** Runs when a context ends, with the error that nothing handled, if there was one. */
export type TeardownFunction = (error: unknown, ctx: AppContext) => unknown;

/** Adds values to every template of the app or blueprint. */
export type TemplateContextProcessor = () => Record<string, unknown>;

/** Sees the endpoint and the URL arguments before the view does, and may change the latter. */
export type UrlValuePreprocessor = (endpoint: string | undefined, viewArgs: Record<string, unknown>) => void;

/** Sees endpoint and values of every URL that is built, and may add values. */
export type UrlDefaultFunction = (endpoint: string, values: Record<string, unknown>) => void;

/** Answers for an URL that could not be built; `undefined` leaves it to the next handler. */
export type UrlBuildErrorHandler = (
  error: Error,
  endpoint: string,
  values: Record<string, unknown>,
) => string | undefined;

/** A class of errors: what `errorHandler` takes besides a status code. */
// A constructor of any arity: only `instanceof` is ever asked of it.
export type ErrorClass<E = unknown> = abstract new (...args: never[]) => E;

/** Turns an error into what a view may return. */
export type ErrorHandler<E = unknown> = (error: E, ctx: RequestContext) => MaybePromise<ResponseReturnValue>;

/** Options of a route: Werkzeug's rule options and Flask's own. */
export interface RouteOptions {
  /** HTTP methods; GET adds HEAD. Default: the view's `methods`, else GET. */
  methods?: readonly string[];
  /** Name for `urlFor`. Default: the view function's name, else one made of method and rule. */
  endpoint?: string;
  /** Values for URL arguments that the rule does not contain. */
  defaults?: Record<string, unknown>;
  /** Rule answers on this subdomain only (needs `subdomainMatching` and SERVER_NAME). */
  subdomain?: string;
  /** Rule answers on this host only (needs `hostMatching`). */
  host?: string;
  /** `/a` is redirected to `/a/` when only the latter is a rule. Default: the map's, true. */
  strictSlashes?: boolean;
  /** `//a` is redirected to `/a`. Default: the map's, true. */
  mergeSlashes?: boolean;
  /** Only for building URLs, never matched. Default: false. */
  buildOnly?: boolean;
  /** Another URL of the endpoint, redirected to the canonical one. Default: false. */
  alias?: boolean;
  /** Redirect to this URL instead of calling the view. */
  redirectTo?: string | ((adapter: unknown, values: Record<string, unknown>) => string);
  /** Answers websocket requests only. Default: false. */
  websocket?: boolean;
  /** Answer OPTIONS without the view. Default: PROVIDE_AUTOMATIC_OPTIONS, true. */
  provideAutomaticOptions?: boolean;
  /** Leave the request's body unread: the view takes it from `request.stream`. Default: false. */
  stream?: boolean;
}

/** Options of `app.get`, `app.post`, …: a route's, without `methods`. */
export type MethodRouteOptions = Omit<RouteOptions, 'methods'> & { methods?: never };

/** Where a function was registered: a file and a 1-based line and column. */
export interface SourceLocation {
  file: string;
  line: number;
  column: number;
}
