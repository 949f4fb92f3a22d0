import { inspect } from 'node:util';
import { utf8FromLatin1 } from '../http/charset.ts';
import { MapAdapter } from './adapter.ts';
import type { RouteMatch } from './adapter.ts';
import { DEFAULT_CONVERTERS } from './converters.ts';
import type { ConverterClass } from './converters.ts';
import { EndpointIndex } from './endpoint-index.ts';
import { RoutingError } from './exceptions.ts';
import { explainMatch, shadowedRules } from './explain.ts';
import type { ExplainOptions, RuleExplanation, ShadowedRule } from './explain.ts';
import type { RuleFactory } from './factories.ts';
import { isOrdinaryHost, normalizeServerName, subdomainOf } from './hosts.ts';
import { StateMachineMatcher } from './matcher.ts';
import type { QueryArgs, QueryItem } from './query.ts';
import { RuleGroup } from './rule-group.ts';
import type { LateRules, RuleMaker, Slashes } from './rule-group.ts';
import type { Rule, ViewArgs } from './rules.ts';

export { MapAdapter } from './adapter.ts';

/** Options of a `UrlMap`. */
export interface UrlMapOptions {
  /** Subdomain of rules that name none. Default: ''. */
  defaultSubdomain?: string;
  /** `/a` is redirected to the rule `/a/`; false: both match. Default: true. */
  strictSlashes?: boolean;
  /** `//a` is redirected to the rule `/a`; false: it does not match. Default: true. */
  mergeSlashes?: boolean;
  /** A URL that spells out the defaults of another rule, and an alias, is redirected to the other. Default: true. */
  redirectDefaults?: boolean;
  /** Converters to add to, or to put in place of, the built-in ones. */
  converters?: Readonly<Record<string, ConverterClass>>;
  /** Whether the query of a built URL is sorted. Default: false, the order of the values. */
  sortParameters?: boolean;
  /** What the query is sorted by. Default: name, then value. */
  sortKey?: (item: QueryItem) => string | number;
  /** Whether rules are matched by `host`, the whole host, instead of by `subdomain`. Default: false. */
  hostMatching?: boolean;
}

/** Options of `UrlMap.bind`. */
export interface BindOptions {
  /** Path under which the app is mounted. Default: '/'. */
  scriptName?: string;
  /** Default: the map's `defaultSubdomain`. Not for a map with `hostMatching`. */
  subdomain?: string;
  /** `ws` and `wss` match websocket rules. Default: 'http'. */
  urlScheme?: string;
  /** Method for matching when none is given, and the one that is tried first for building. Default: 'GET'. */
  defaultMethod?: string;
  /** Path for matching when none is given. Default: '/'. */
  pathInfo?: string;
  /** Query that redirects keep. */
  queryArgs?: QueryArgs;
}

/** What a map needs to know of a request. */
export interface BindableRequest {
  readonly method: string;
  /** Host and, unless it is the scheme's own, port. */
  readonly host: string;
  readonly scheme: string;
  /** Percent-decoded. */
  readonly path: string;
  readonly rootPath: string;
  /** As it was sent, without `?`, one character a byte. */
  readonly queryString: string;
  /** Whether it asks for a websocket. Default: what Connection and Upgrade say. */
  readonly isWebsocket?: boolean;
  readonly headers?: { get(name: string): string | undefined };
}

/** Options of `UrlMap.bindToRequest`. */
export interface BindToRequestOptions {
  /** The configured name; what the request's host has before it is the subdomain. Default: the request's host. */
  serverName?: string;
  /** The subdomain, where it is not to be taken from the host. */
  subdomain?: string;
}

/**
 * All rules of an application. `bind` or `bindToRequest` give the adapter that matches and builds URLs.
 * It is Werkzeug's `Map`, under a name that JavaScript has not taken.
 */
export class UrlMap {
  readonly defaultSubdomain: string;
  strictSlashes: boolean;
  redirectDefaults: boolean;
  readonly hostMatching: boolean;
  /** Converter classes by name. Add your own before the rules that use them. */
  readonly converters: Record<string, ConverterClass>;
  sortParameters: boolean;
  sortKey: UrlMapOptions['sortKey'];
  readonly #matcher: StateMachineMatcher;
  readonly #index = new EndpointIndex();
  #hasDefaults = false;
  /** As they are now, for the groups of rules that are added. */
  #slashes: Slashes | undefined;
  #warnedOfHost = false;

  constructor(rules: Iterable<RuleFactory> = [], options: UrlMapOptions = {}) {
    this.defaultSubdomain = options.defaultSubdomain ?? '';
    this.strictSlashes = options.strictSlashes ?? true;
    this.redirectDefaults = options.redirectDefaults ?? true;
    this.hostMatching = options.hostMatching ?? false;
    this.converters = { ...DEFAULT_CONVERTERS, ...options.converters };
    this.sortParameters = options.sortParameters ?? false;
    this.sortKey = options.sortKey;
    this.#matcher = new StateMachineMatcher(options.mergeSlashes ?? true);
    for (const factory of rules) this.add(factory);
  }

  get mergeSlashes(): boolean {
    return this.#matcher.mergeSlashes;
  }

  set mergeSlashes(value: boolean) {
    this.#matcher.mergeSlashes = value;
  }

  /** Adds a rule, or those of a factory. Throws RoutingError if one is malformed or bound to a map already. */
  add(factory: RuleFactory): void {
    for (const rule of factory.getRules(this)) {
      rule.bind(this);
      if (!rule.buildOnly) this.#matcher.add(rule);
      this.#index.add(rule);
      if (rule.defaults !== undefined) this.#hasDefaults = true;
    }
  }

  /** Adds rules that `maker` makes when they are first needed. @internal */
  addLater(late: LateRules, maker: RuleMaker): RuleGroup {
    const { strictSlashes, mergeSlashes } = this;
    let slashes = this.#slashes;
    if (slashes?.strictSlashes !== strictSlashes || slashes.mergeSlashes !== mergeSlashes)
      this.#slashes = slashes = { strictSlashes, mergeSlashes };
    const group = new RuleGroup(late, maker, slashes);
    this.#matcher.add(group);
    this.#index.add(group);
    if (late.hasDefaults) this.#hasDefaults = true;
    return group;
  }

  /** The rules of an endpoint, or all: by endpoint, and in the order in which they are tried for building. */
  iterRules(endpoint?: string): IterableIterator<Rule> {
    return (endpoint === undefined ? this.#index.all() : this.#index.of(endpoint)).values();
  }

  [Symbol.iterator](): IterableIterator<Rule> {
    return this.iterRules();
  }

  /** The rules of an endpoint in the order in which they are tried for building. */
  rulesOf(endpoint: string): readonly Rule[] {
    return this.#index.of(endpoint);
  }

  /** Whether a rule of the endpoint has all these variables. */
  isEndpointExpecting(endpoint: string, ...names: string[]): boolean {
    return this.rulesOf(endpoint).some((rule) => names.every((name) => rule.arguments.has(name)));
  }

  /** Sorts what was added. Matching and building do as much of it as they need. */
  update(): void {
    this.#index.update();
  }

  /**
   * Gives the adapter for one host.
   * @param serverName Host, with port unless it is the scheme's own.
   * Throws BadHost if the host has no ASCII form, RoutingError if a subdomain is given to a map with `hostMatching`.
   */
  bind(serverName: string, options: BindOptions = {}): MapAdapter {
    if (this.hostMatching && options.subdomain !== undefined) {
      throw new RoutingError('host matching enabled and a subdomain was provided', {
        code: 'SUBDOMAIN_WITH_HOST_MATCHING',
        fix: 'leave the subdomain out, or turn hostMatching off',
      });
    }
    return new MapAdapter(this, {
      serverName: normalizeServerName(serverName),
      scriptName: options.scriptName ?? '/',
      subdomain: options.subdomain ?? (this.hostMatching ? undefined : this.defaultSubdomain),
      urlScheme: options.urlScheme ?? 'http',
      pathInfo: options.pathInfo ?? '/',
      defaultMethod: options.defaultMethod ?? 'GET',
      queryArgs: options.queryArgs,
    });
  }

  /**
   * Gives the adapter for a request. A host that does not end in `serverName` counts as the subdomain `<invalid>`,
   * which rules with a fixed subdomain do not match.
   */
  bindToRequest(request: BindableRequest, { serverName, subdomain }: BindToRequestOptions = {}): MapAdapter {
    const host = request.host.toLowerCase();
    const secure = request.scheme === 'https' || request.scheme === 'wss';
    let name = host;
    if (serverName !== undefined) name = serverName.toLowerCase().replace(secure ? /:443$/ : /:80$/, '');
    if (subdomain === undefined && !this.hostMatching) {
      subdomain = subdomainOf(host, name);
      if (subdomain === undefined) {
        subdomain = '<invalid>';
        this.#warnOfHost(host, name);
      }
    }
    return this.bind(name, {
      scriptName: request.rootPath,
      urlScheme: asksForWebsocket(request) ? (secure ? 'wss' : 'ws') : request.scheme,
      defaultMethod: request.method,
      pathInfo: request.path,
      queryArgs: utf8FromLatin1(request.queryString),
      ...(subdomain === undefined ? {} : { subdomain }),
    });
  }

  /** Once a map: the host is up to the visitor, who could fill the log otherwise. */
  #warnOfHost(host: string, serverName: string): void {
    if (this.#warnedOfHost) return;
    this.#warnedOfHost = true;
    process.emitWarning(`Current server name '${host}' doesn't match configured server name '${serverName}'`, {
      code: 'FLACON_SERVER_NAME',
    });
  }

  /**
   * The fast way for apps that look at neither host nor subdomain: the match under the default subdomain, or undefined
   * if there is none, if a redirect is due or if the host is suspect. Then bind an adapter and ask its `match`, which
   * says what it is.
   */
  matchRequest(request: BindableRequest): RouteMatch | undefined {
    const { path } = request;
    if (this.hostMatching || path.startsWith('//') || !isOrdinaryHost(request.host)) return undefined;
    const found = this.find(this.defaultSubdomain, path, request.method, asksForWebsocket(request));
    if (found.rule === undefined || found.viewArgs === undefined) return undefined;
    const { alias, redirectTo, defaultsProviders } = found.rule;
    if (redirectTo !== undefined || (this.redirectDefaults && (alias || defaultsProviders.length > 0)))
      return undefined;
    return found as RouteMatch;
  }

  /** @internal What the matcher has to say about a path. */
  find(domain: string, path: string, method: string, websocket: boolean): FindResult {
    const literal = this.#matcher.lookup(domain, path, method, websocket);
    if (literal !== undefined) {
      this.#findDefaults(literal);
      return { rule: literal, viewArgs: literal.defaults === undefined ? {} : { ...literal.defaults } };
    }
    const search = this.#matcher.search(domain, path, method, websocket);
    const { rule } = search;
    if (rule !== undefined) {
      this.#findDefaults(rule);
      const viewArgs = rule.convert(search.values);
      if (viewArgs !== undefined) return { rule, viewArgs };
    }
    const { redirectPath, methods, websocketMismatch } = search;
    return { rule, viewArgs: undefined, redirectPath, methods, websocketMismatch };
  }

  /** Lets a rule know which others of its endpoint have defaults for it. */
  #findDefaults({ endpoint }: Rule): void {
    if (this.#hasDefaults) this.rulesOf(endpoint);
  }

  /** For every rule, whether it answers this path and method, and why not. For `app routes --match`. */
  explain(path: string, method = 'GET', options: ExplainOptions = {}): RuleExplanation[] {
    return explainMatch(this, this.#index.inOrder(), path, method, options);
  }

  /** Rules that an earlier one with the same pattern keeps from answering some or all of their methods. */
  findShadowed(): ShadowedRule[] {
    return shadowedRules(this.#index.inOrder());
  }

  [inspect.custom](): string {
    return `${this.constructor.name}([${Array.from(this.iterRules(), (rule) => inspect(rule)).join(',\n ')}])`;
  }
}

/** @internal The result of `UrlMap.find`. */
export interface FindResult {
  rule: Rule | undefined;
  /** Undefined if nothing matched, or a converter refused a value of `rule`. */
  viewArgs: ViewArgs | undefined;
  redirectPath?: string | undefined;
  methods?: ReadonlySet<string> | undefined;
  websocketMismatch?: boolean;
}

/** RFC 6455 section 4.2.1. */
function asksForWebsocket({ isWebsocket, headers }: BindableRequest): boolean {
  if (isWebsocket !== undefined) return isWebsocket;
  if (headers?.get('Upgrade')?.toLowerCase() !== 'websocket') return false;
  const connection = headers.get('Connection') ?? '';
  return connection.split(',').some((token) => token.trim().toLowerCase() === 'upgrade');
}
