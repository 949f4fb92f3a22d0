import type { CallSite } from './endpoints.ts';
import type { PreparedRule } from './prepared-rule.ts';
import { DEFAULT_CONVERTERS } from './routing/converters.ts';
import type { UrlMap } from './routing/map.ts';
import type { CompiledRule } from './routing/rule-compiler.ts';
import type { LateRules, RuleGroup, Slashes } from './routing/rule-group.ts';
import { Rule } from './routing/rules.ts';
import type { SourceLocation, ViewFunction } from './types.ts';
import { FlaconError } from './util/errors.ts';

/** A rule with its view and the place where it was written. */
export interface Route {
  readonly prepared: PreparedRule;
  readonly view: ViewFunction | undefined;
  readonly source: CallSite;
}

/** Routes of a blueprint that were added to an app of the same kind before, without an error. */
export interface KnownRoutes extends LateRules {
  readonly routes: readonly (Route & { readonly compiled: CompiledRule })[];
}

/** What the rules of a blueprint depend on in an app. There is one object of each kind. */
export interface AppKind {
  /** OPTIONS is answered where nobody says. */
  readonly automaticOptions: boolean;
  readonly mergeSlashes: boolean;
  readonly hostMatching: boolean;
  readonly defaultSubdomain: string;
  /** The names of the built-in converters stand for them. */
  readonly hasBuiltInConverters: boolean;
}

const BUILT_IN = Object.keys(DEFAULT_CONVERTERS);

const kinds = new Map<string, AppKind>();

/** The rules of an app and the views that answer them. */
export class RouteTable {
  readonly #urlMap: UrlMap;
  readonly #config: { readonly PROVIDE_AUTOMATIC_OPTIONS: boolean };
  #kind: AppKind | undefined;
  readonly #views = Object.create(null) as Record<string, ViewFunction>;
  readonly #sources = new Map<string, CallSite>();
  readonly #automaticOptions = new Set<Rule>();
  readonly #unreadBodies = new Set<Rule>();
  /** What was added with `addKnown` and may not be there yet. */
  #late: RuleGroup[] = [];
  /** What endpoints begin with that the app has given to rules of its own, as if they were a blueprint's. */
  readonly #foreign = new Set<string>();

  constructor(urlMap: UrlMap, config: { readonly PROVIDE_AUTOMATIC_OPTIONS: boolean }) {
    this.#urlMap = urlMap;
    this.#config = config;
  }

  /** The kind of the app, as it is set up now. Asked at each registration: nothing is made where nothing has changed. */
  get kind(): AppKind {
    const last = this.#kind;
    const { mergeSlashes, hostMatching, defaultSubdomain, converters } = this.#urlMap;
    const automaticOptions = this.#config.PROVIDE_AUTOMATIC_OPTIONS;
    let hasBuiltInConverters = true;
    for (const name of BUILT_IN) hasBuiltInConverters &&= converters[name] === DEFAULT_CONVERTERS[name];
    if (
      last !== undefined &&
      last.automaticOptions === automaticOptions &&
      last.mergeSlashes === mergeSlashes &&
      last.hostMatching === hostMatching &&
      last.defaultSubdomain === defaultSubdomain &&
      last.hasBuiltInConverters === hasBuiltInConverters
    ) {
      return last;
    }
    const kind = { automaticOptions, mergeSlashes, hostMatching, defaultSubdomain, hasBuiltInConverters };
    const key = JSON.stringify(kind);
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, kind);
    return (this.#kind = known ?? kind);
  }

  /** The views by endpoint. */
  get views(): Record<string, ViewFunction> {
    this.#settle(this.#late.splice(0));
    return this.#views;
  }

  /** The view of an endpoint: fast for that of a rule that was matched. */
  viewOf(endpoint: string): ViewFunction | undefined {
    return this.#views[endpoint] ?? this.views[endpoint];
  }

  /** Where the view of an endpoint was registered. */
  sourceOf(endpoint: string): SourceLocation | undefined {
    this.#settleBlueprint(endpoint);
    return this.#sources.get(endpoint)?.location;
  }

  /** Whether OPTIONS for this rule is answered without the view. */
  answersOptions(rule: Rule): boolean {
    return this.#automaticOptions.has(rule);
  }

  /** Whether the view of this rule reads the body itself. */
  leavesBodyUnread(rule: Rule): boolean {
    return this.#unreadBodies.has(rule);
  }

  /** Adds a route. Throws FlaconError `ENDPOINT_CLASH`, and what `UrlMap.add` throws. */
  add(route: Route): Rule {
    const { endpoint } = route.prepared;
    this.#settleBlueprint(endpoint);
    const existing = this.#views[endpoint];
    if (route.view !== undefined && existing !== undefined && existing !== route.view) throw this.#clash(endpoint);
    const rule = this.#make(route);
    this.#urlMap.add(rule);
    return rule;
  }

  /** Adds a route that no blueprint has recorded, whatever its endpoint. Throws as `add` does. */
  addForeign(route: Route): void {
    this.add(route);
    const { endpoint } = route.prepared;
    const dot = endpoint.lastIndexOf('.');
    if (dot !== -1) this.#foreign.add(endpoint.slice(0, dot + 1));
  }

  /** Adds routes with nothing to be found wrong: their rules are made when one of them is needed. */
  addKnown(known: KnownRoutes): void {
    const { routes } = known;
    if (this.#foreign.size > 0 && this.#hasSome(known)) {
      for (const route of routes) this.add(route);
      return;
    }
    this.#late.push(this.#urlMap.addLater(known, this));
  }

  /** Makes the rules of what was added with `addKnown`. @internal */
  makeRules({ routes }: KnownRoutes, { strictSlashes, mergeSlashes }: Slashes): Rule[] {
    return routes.map((route) => {
      const rule = this.#make(route);
      rule.strictSlashes ??= strictSlashes;
      rule.mergeSlashes ??= mergeSlashes;
      rule.bind(this.#urlMap, { compiled: route.compiled });
      return rule;
    });
  }

  #hasSome({ routes, endpointPrefix }: KnownRoutes): boolean {
    return (
      this.#foreign.has(endpointPrefix) && routes.some(({ prepared }) => this.#views[prepared.endpoint] !== undefined)
    );
  }

  #make({ prepared, view, source }: Route): Rule {
    const { rule, endpoint, options, answersOptions, leavesBodyUnread } = prepared;
    const made = new Rule(rule, options);
    if (answersOptions) this.#automaticOptions.add(made);
    if (leavesBodyUnread) this.#unreadBodies.add(made);
    if (view !== undefined && this.#views[endpoint] === undefined) {
      this.#views[endpoint] = view;
      this.#sources.set(endpoint, source);
    }
    return made;
  }

  /** Makes what the blueprint of an endpoint has added. */
  #settleBlueprint(endpoint: string): void {
    if (this.#late.length === 0 || !endpoint.includes('.')) return;
    const isOther = ({ late }: RuleGroup): boolean => !endpoint.startsWith(late.endpointPrefix);
    const concerned = this.#late.filter((group) => !isOther(group));
    if (concerned.length === 0) return;
    this.#late = this.#late.filter(isOther);
    this.#settle(concerned);
  }

  #settle(groups: readonly RuleGroup[]): void {
    // Asking for its rules makes them.
    for (const group of groups) void group.rules;
  }

  #clash(endpoint: string): FlaconError {
    const first = this.sourceOf(endpoint);
    const where = first === undefined ? '' : ` (the first is at ${first.file}:${first.line})`;
    return new FlaconError(`Two view functions have the endpoint '${endpoint}'${where}.`, {
      code: 'ENDPOINT_CLASH',
      fix: "name one of the functions differently, or give it { endpoint: '…' }",
    });
  }
}
