import { HTTPException, MethodNotAllowed, NotFound } from '../http/exceptions.ts';
import { MultiDict } from '../http/multidict.ts';
import { quotePath, urlJoin } from '../http/urls.ts';
import { BuildError, RequestRedirect, WebsocketMismatch } from './exceptions.ts';
import type { UrlMap } from './map.ts';
import { queryText } from './query.ts';
import type { QueryArgs } from './query.ts';
import type { Rule, ViewArgs } from './rules.ts';

/** What an adapter is bound to; `UrlMap.bind` fills in the defaults. */
export interface MapAdapterOptions {
  serverName: string;
  scriptName: string;
  subdomain: string | undefined;
  urlScheme: string;
  pathInfo: string;
  defaultMethod: string;
  queryArgs: QueryArgs | undefined;
}

/** The rule that matches a path, and the values of its variables. */
export interface RouteMatch {
  rule: Rule;
  viewArgs: ViewArgs;
}

/** Options of `MapAdapter.match`. */
export interface MatchOptions {
  /** Query that a redirect keeps. Default: the one that was bound. */
  queryArgs?: QueryArgs;
  /** Whether to match websocket rules. Default: whether the bound scheme is `ws` or `wss`. */
  websocket?: boolean;
}

/** Options of `MapAdapter.build`. */
export interface BuildOptions {
  /** Only rules that answer this method. Default: those of the bound method, then any. */
  method?: string;
  /** An absolute URL even if it is on the bound host. Default: false. */
  forceExternal?: boolean;
  /** Values that the rule does not know become the query; false: they are ignored. Default: true. */
  appendUnknown?: boolean;
  /** Scheme of an absolute URL; '' leaves it out: `//host/`. Default: the bound one. */
  urlScheme?: string;
}

/** Options of `MapAdapter.dispatch`. */
export interface DispatchOptions {
  pathInfo?: string;
  method?: string;
  /** Return HTTP exceptions, those of the view included, instead of throwing them. Default: false. */
  catchHttpExceptions?: boolean;
}

/** Matches and builds URLs for one host and one request. Made by `UrlMap.bind` and `UrlMap.bindToRequest`. */
export class MapAdapter {
  readonly map: UrlMap;
  readonly serverName: string;
  /** Ends with a slash. */
  readonly scriptName: string;
  /** Undefined for a map with `hostMatching`. */
  readonly subdomain: string | undefined;
  readonly urlScheme: string;
  readonly pathInfo: string;
  readonly defaultMethod: string;
  readonly queryArgs: QueryArgs | undefined;
  readonly websocket: boolean;
  /** The script name without the slash at its end. */
  readonly #rootPath: string;

  constructor(map: UrlMap, options: MapAdapterOptions) {
    this.map = map;
    this.serverName = options.serverName;
    this.scriptName = options.scriptName.endsWith('/') ? options.scriptName : `${options.scriptName}/`;
    this.#rootPath = this.scriptName === '/' ? '' : this.scriptName.replace(/\/+$/, '');
    this.subdomain = options.subdomain;
    this.urlScheme = options.urlScheme;
    this.pathInfo = options.pathInfo;
    this.defaultMethod = options.defaultMethod;
    this.queryArgs = options.queryArgs;
    this.websocket = options.urlScheme === 'ws' || options.urlScheme === 'wss';
  }

  get #domain(): string {
    return this.map.hostMatching ? this.serverName : (this.subdomain ?? this.serverName);
  }

  /**
   * Finds the rule for a path, percent-decoded. Throws NotFound, MethodNotAllowed, WebsocketMismatch, or
   * RequestRedirect if the URL is not the canonical one.
   */
  match(pathInfo: string = this.pathInfo, method: string = this.defaultMethod, options: MatchOptions = {}): RouteMatch {
    const { queryArgs = this.queryArgs, websocket = this.websocket } = options;
    const upperMethod = method.toUpperCase();
    const path = pathInfo === '' ? '' : `/${withoutLeadingSlashes(pathInfo)}`;
    const found = this.map.find(this.#domain, path, upperMethod, websocket);
    const { rule, viewArgs } = found;
    if (rule === undefined || viewArgs === undefined) {
      if (found.redirectPath !== undefined)
        throw new RequestRedirect(this.makeRedirectUrl(quotePath(found.redirectPath), queryArgs));
      if (found.methods !== undefined) throw new MethodNotAllowed(null, { validMethods: [...found.methods].sort() });
      throw found.websocketMismatch === true ? new WebsocketMismatch() : new NotFound();
    }
    if (this.map.redirectDefaults) {
      const canonical = rule.alias
        ? this.#aliasTarget(rule, viewArgs, upperMethod, queryArgs)
        : this.getDefaultRedirect(rule, upperMethod, viewArgs, queryArgs);
      if (canonical !== undefined) throw new RequestRedirect(canonical);
    }
    if (rule.redirectTo !== undefined) throw new RequestRedirect(this.#redirectTarget(rule, viewArgs));
    return { rule, viewArgs };
  }

  #aliasTarget(rule: Rule, values: ViewArgs, method: string, queryArgs: QueryArgs | undefined): string {
    const url = this.build(rule.endpoint, values, { method, appendUnknown: false, forceExternal: true });
    const query = queryText(queryArgs);
    return query === '' ? url : `${url}?${query}`;
  }

  #redirectTarget(rule: Rule, values: ViewArgs): string {
    const { redirectTo } = rule;
    const target =
      typeof redirectTo === 'function'
        ? redirectTo(this, values)
        : (redirectTo ?? '').replace(/<([^>]+)>/g, (_, name: string) => rule.toUrl(name, values[name]));
    const host = this.subdomain ? `${this.subdomain}.${this.serverName}` : this.serverName;
    return urlJoin(`${this.urlScheme || 'http'}://${host}${this.scriptName}`, target);
  }

  /** Whether a path matches, be it by way of a redirect. */
  test(pathInfo?: string, method?: string): boolean {
    try {
      this.match(pathInfo, method);
    } catch (error) {
      if (error instanceof RequestRedirect) return true;
      if (error instanceof HTTPException) return false;
      throw error;
    }
    return true;
  }

  /** The methods that rules for a path answer, sorted; none if a rule answers all. */
  allowedMethods(pathInfo?: string): readonly string[] {
    try {
      // No rule has this method, so that all of them have their say.
      this.match(pathInfo, '--');
    } catch (error) {
      if (error instanceof MethodNotAllowed) return error.validMethods;
      if (!(error instanceof HTTPException)) throw error;
    }
    return [];
  }

  /** Matches and calls the view. A redirect is returned, not thrown. */
  dispatch<T>(view: (endpoint: string, args: ViewArgs) => T, options: DispatchOptions = {}): T | HTTPException {
    try {
      let found: RouteMatch;
      try {
        found = this.match(options.pathInfo, options.method);
      } catch (error) {
        if (error instanceof RequestRedirect) return error;
        throw error;
      }
      return view(found.rule.endpoint, found.viewArgs);
    } catch (error) {
      if (options.catchHttpExceptions === true && error instanceof HTTPException) return error;
      throw error;
    }
  }

  /** The host for a subdomain, or with `hostMatching` the host itself; without one, the bound host. */
  getHost(domain?: string): string {
    if (this.map.hostMatching) return domain ?? this.serverName;
    const subdomain = domain ?? this.subdomain;
    return subdomain ? `${subdomain}.${this.serverName}` : this.serverName;
  }

  /** The URL of the rule whose defaults the values are, if there is one. */
  getDefaultRedirect(rule: Rule, method: string, values: ViewArgs, queryArgs?: QueryArgs): string | undefined {
    for (const other of rule.defaultsProviders) {
      if (!other.suitableFor(values, method)) continue;
      const built = other.build({ ...values, ...other.defaults });
      if (built !== undefined) return this.makeRedirectUrl(built.path, queryArgs, built.domain);
    }
    return undefined;
  }

  /** An absolute URL from an encoded path below the root of the app. */
  makeRedirectUrl(path: string, queryArgs: QueryArgs | undefined = this.queryArgs, domain?: string): string {
    const query = queryText(queryArgs);
    const root = this.scriptName.replace(/^\/+|\/+$/g, '');
    const fullPath = `${root === '' ? '' : `/${root}`}/${withoutLeadingSlashes(path)}`;
    return `${this.urlScheme || 'http'}://${this.getHost(domain)}${fullPath}${query === '' ? '' : `?${query}`}`;
  }

  /**
   * Builds the URL of an endpoint: a path if it is on the bound host, otherwise absolute. Values of `null` or
   * `undefined` count as missing, those that the rule does not know become the query, lists repeat their name.
   * Throws BuildError if no rule fits; a value that a converter cannot write throws RoutingError.
   */
  build(endpoint: string, values: Readonly<ViewArgs> | MultiDict<unknown> = {}, options: BuildOptions = {}): string {
    const { method, appendUnknown = true, urlScheme = this.urlScheme } = options;
    const given = withoutMissing(values);
    const built = this.#buildPartly(endpoint, given, method, appendUnknown);
    if (built === undefined) throw new BuildError({ endpoint, values: given, method, adapter: this });

    const path = withoutLeadingSlashes(built.path);
    // A browser needs the whole URL of a websocket.
    const isExternal = options.forceExternal === true || built.rule.websocket || !this.#isBoundDomain(built.domain);
    if (!isExternal) return `${this.#rootPath}/${path}`;
    const secure = urlScheme === 'https' || urlScheme === 'wss';
    let scheme = '';
    if (built.rule.websocket) scheme = secure ? 'wss:' : 'ws:';
    else if (urlScheme !== '') scheme = secure ? 'https:' : 'http:';
    return `${scheme}//${this.getHost(built.domain)}${this.scriptName.slice(0, -1)}/${path}`;
  }

  #isBoundDomain(domain: string): boolean {
    return this.map.hostMatching ? domain === this.serverName : domain === this.subdomain;
  }

  #buildPartly(
    endpoint: string,
    values: ViewArgs,
    method: string | undefined,
    appendUnknown: boolean,
  ): Built | undefined {
    if (method === undefined) {
      const built = this.#buildPartly(endpoint, values, this.defaultMethod, appendUnknown);
      if (built !== undefined) return built;
    }
    let first: Built | undefined;
    for (const rule of this.map.rulesOf(endpoint)) {
      if (!rule.suitableFor(values, method)) continue;
      const built = rule.build(values, appendUnknown);
      if (built === undefined) continue;
      // The rule of this host is better than that of another.
      const { domain, path } = built;
      if (!this.map.hostMatching || domain === this.serverName) return { rule, domain, path };
      first ??= { rule, domain, path };
    }
    return first;
  }
}

interface Built {
  rule: Rule;
  domain: string;
  path: string;
}

function withoutLeadingSlashes(path: string): string {
  let start = 0;
  while (path[start] === '/') start += 1;
  return path.slice(start);
}

function withoutMissing(values: Readonly<ViewArgs> | MultiDict<unknown>): ViewArgs {
  const given = Object.create(null) as ViewArgs;
  if (values instanceof MultiDict) {
    for (const [name, list] of values.lists()) if (list.length > 0) given[name] = list.length === 1 ? list[0] : list;
  } else {
    for (const name of Object.keys(values)) {
      const value = values[name];
      if (value !== null && value !== undefined) given[name] = value;
    }
  }
  return given;
}
