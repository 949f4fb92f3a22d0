import { inspect, isDeepStrictEqual } from 'node:util';
import type { MapAdapter } from './adapter.ts';
import type { ConverterArguments } from './converter-args.ts';
import { ValidationError } from './converters.ts';
import type { BaseConverter } from './converters.ts';
import { RoutingError } from './exceptions.ts';
import type { RuleFactory } from './factories.ts';
import type { UrlMap } from './map.ts';
import { normalizeMethods } from './methods.ts';
import { compareItems, compareKeys, encodeQuery, flattenQuery } from './query.ts';
import { compileRule, convertersOf, makeConverter, UNBOUND } from './rule-compiler.ts';
import type { CompiledRule } from './rule-compiler.ts';
import type { RulePart } from './rule-parts.ts';
import { quoted } from './spelling.ts';
import { fillTemplate } from './url-template.ts';
import type { Slot } from './url-template.ts';

/** Values of the variables of a rule, by name. */
export type ViewArgs = Record<string, unknown>;

/** Where a rule redirects to: a URL with `<variables>`, relative to the root of the app, or a function that makes one. */
export type RedirectTarget = string | ((adapter: MapAdapter, values: ViewArgs) => string);

/** Options of a `Rule`. */
export interface RuleOptions {
  /** Name of what answers this URL, and of the URL for `build`. Default: '' (a rule that only redirects). */
  endpoint?: string;
  /** Methods that the rule answers; GET adds HEAD. Default: all. */
  methods?: Iterable<string>;
  /** Values that the URL does not contain. Another rule with the same endpoint that has them as variables redirects here. */
  defaults?: Readonly<ViewArgs>;
  /** Pattern of the subdomain. Default: the map's `defaultSubdomain`. */
  subdomain?: string;
  /** Pattern of the whole host, for a map with `hostMatching`. Default: ''. */
  host?: string;
  /** `/a` is redirected to the rule `/a/`. Default: the map's, true. */
  strictSlashes?: boolean;
  /** `//a` is redirected to the rule `/a`. Default: the map's, true. */
  mergeSlashes?: boolean;
  /** Only for building URLs, never matched. Default: false. */
  buildOnly?: boolean;
  /** Another URL of the endpoint: redirected to the rule that is no alias. Default: false. */
  alias?: boolean;
  /** Redirect instead of an endpoint. */
  redirectTo?: RedirectTarget;
  /** Answers websocket requests only, and its URLs are `ws:` or `wss:`. Default: false. */
  websocket?: boolean;
}

/** Options of `Rule.bind`. */
export interface BindRuleOptions {
  /** Bind a rule that has a map already to another one. Default: false. */
  rebind?: boolean;
  /** What an equal rule, of a map with the same settings and built-in converters, was compiled to. @internal */
  compiled?: CompiledRule | undefined;
}

/**
 * One URL pattern: a path with variables as `<converter(arguments):name>`, and what it stands for. It works once it
 * is bound to a map, by `UrlMap.add`.
 * @see https://werkzeug.palletsprojects.com/en/stable/routing/
 */
export class Rule implements RuleFactory {
  /** The pattern as it was written. */
  readonly rule: string;
  readonly endpoint: string;
  readonly methods: ReadonlySet<string> | undefined;
  readonly defaults: Readonly<ViewArgs> | undefined;
  readonly host: string | undefined;
  readonly buildOnly: boolean;
  readonly alias: boolean;
  readonly redirectTo: RedirectTarget | undefined;
  readonly websocket: boolean;
  subdomain: string | undefined;
  strictSlashes: boolean | undefined;
  mergeSlashes: boolean | undefined;
  /** Rules of the endpoint that come first and have defaults for this one: a match may have to redirect there. */
  defaultsProviders: readonly Rule[] = [];
  #map: UrlMap | undefined;
  #compiled: CompiledRule = UNBOUND;
  #converters: readonly Slot[] | undefined;
  #arguments: ReadonlySet<string> | undefined;

  constructor(rule: string, options: RuleOptions = {}) {
    if (!rule.startsWith('/')) {
      throw new RoutingError(`URL rule '${rule}' must start with a slash.`, {
        code: 'RULE_WITHOUT_SLASH',
        fix: `'/${rule}'`,
      });
    }
    this.rule = rule;
    this.endpoint = options.endpoint ?? '';
    this.websocket = options.websocket ?? false;
    this.methods = options.methods && normalizeMethods(options.methods, this.websocket);
    this.defaults = options.defaults;
    this.subdomain = options.subdomain;
    this.host = options.host;
    this.strictSlashes = options.strictSlashes;
    this.mergeSlashes = options.mergeSlashes;
    this.buildOnly = options.buildOnly ?? false;
    this.alias = options.alias ?? false;
    this.redirectTo = options.redirectTo;
  }

  /** Whether the rule does not end with a slash. */
  get isLeaf(): boolean {
    return !this.isBranch;
  }

  /** Whether the rule ends with a slash. */
  get isBranch(): boolean {
    return this.rule.endsWith('/');
  }

  /** The map that the rule is bound to. */
  get map(): UrlMap | undefined {
    return this.#map;
  }

  /** What the matcher goes by. */
  get parts(): readonly RulePart[] {
    return this.#compiled.parts;
  }

  /** What the texts of the rule came to. @internal */
  get compiled(): CompiledRule {
    return this.#compiled;
  }

  /** Domain and path of a rule without variables. @internal */
  get literal(): string | undefined {
    return this.#compiled.literal;
  }

  /** The variables of domain and path, with what converts them. */
  get variables(): readonly Slot[] {
    return (this.#converters ??= convertersOf(this.#compiled, this.#map as UrlMap));
  }

  /** Names of all variables, defaults included. */
  get arguments(): ReadonlySet<string> {
    return (this.#arguments ??=
      this.defaults === undefined
        ? this.#compiled.names
        : new Set([...Object.keys(this.defaults), ...this.#compiled.names]));
  }

  /** An unbound copy, with some things different. */
  empty({ rule = this.rule, ...changes }: RuleOptions & { rule?: string } = {}): Rule {
    return new (this.constructor as typeof Rule)(rule, { ...this.getEmptyOptions(), ...changes });
  }

  /** The options that `empty` hands to the copy: for subclasses that have more. */
  getEmptyOptions(): RuleOptions {
    const { endpoint, methods, defaults, subdomain, host, strictSlashes, mergeSlashes } = this;
    const { buildOnly, alias, redirectTo, websocket } = this;
    const options = {
      endpoint,
      methods,
      defaults,
      subdomain,
      host,
      strictSlashes,
      mergeSlashes,
      buildOnly,
      alias,
      redirectTo,
    };
    return { ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)), websocket };
  }

  getRules(): Iterable<Rule> {
    return [this];
  }

  /** Compiles the rule for a map, whose settings fill in for missing ones. Throws RoutingError `RULE_BOUND` if it has one. */
  bind(map: UrlMap, { rebind = false, compiled }: BindRuleOptions = {}): void {
    if (this.#map !== undefined && !rebind) {
      throw new RoutingError(`The rule ${inspect(this)} is already bound to a map.`, {
        code: 'RULE_BOUND',
        fix: 'add rule.empty(), a copy of it',
      });
    }
    this.#map = map;
    this.strictSlashes ??= map.strictSlashes;
    this.mergeSlashes ??= map.mergeSlashes;
    this.subdomain ??= map.defaultSubdomain;
    if (compiled === undefined) this.#compile(map);
    else this.#compiled = compiled;
  }

  /** The converter of a variable. Throws RoutingError `UNKNOWN_CONVERTER`. */
  getConverter(variable: string, name: string, { args, options }: ConverterArguments): BaseConverter {
    const converters = this.#map?.converters ?? {};
    const Converter = Object.hasOwn(converters, name) ? converters[name] : undefined;
    if (Converter === undefined) {
      throw new RoutingError(`the converter ${quoted(name)} of <${variable}> does not exist`, {
        code: 'UNKNOWN_CONVERTER',
        fix: `use one of ${Object.keys(converters).join(', ')}, or set map.converters.${name} before the rule is added`,
      });
    }
    return makeConverter(Converter, this.#map as UrlMap, { args, options });
  }

  #compile(map: UrlMap): void {
    const { rule, defaults } = this;
    const domain = (map.hostMatching ? this.host : this.subdomain) ?? '';
    const path = this.mergeSlashes && rule.includes('//') ? rule.replace(/\/{2,}/g, '/') : rule;
    const isPlain = this.getConverter === Rule.prototype.getConverter;
    const { compiled, converters } = compileRule(
      { rule, domain, path, defaults },
      map,
      (...variable) => this.getConverter(...variable),
      isPlain,
    );
    this.#compiled = compiled;
    this.#converters = converters;
    this.#arguments = undefined;
  }

  /** The view's arguments from the matched texts; undefined if a converter refuses one. */
  convert(texts: readonly string[]): ViewArgs | undefined {
    const args: ViewArgs = {};
    const converters = this.variables;
    try {
      for (let i = 0; i < converters.length; i++) {
        const { name, converter } = converters[i] as Slot;
        args[name] = converter.toValue(texts[i] as string);
      }
    } catch (error) {
      if (error instanceof ValidationError) return undefined;
      throw error;
    }
    return this.defaults === undefined ? args : Object.assign(args, this.defaults);
  }

  /** Writes a value as the variable's converter does. */
  toUrl(variable: string, value: unknown): string {
    const slot = this.variables.find(({ name }) => name === variable);
    if (slot !== undefined) return slot.converter.toUrl(value);
    throw new RoutingError(`'${this.rule}' has no variable '${variable}'.`, { code: 'UNKNOWN_VARIABLE' });
  }

  /** Domain and path with these values in place, the others as query; undefined if a converter refuses one. */
  build(values: Readonly<ViewArgs>, appendUnknown = true): { domain: string; path: string } | undefined {
    try {
      const domain = fillTemplate(this.#compiled.domainTemplate, this.variables, values);
      const path = fillTemplate(this.#compiled.pathTemplate, this.variables, values);
      const query = appendUnknown ? this.#buildQuery(values) : '';
      return { domain, path: query === '' ? path : `${path}?${query}` };
    } catch (error) {
      if (error instanceof ValidationError) return undefined;
      throw error;
    }
  }

  #buildQuery(values: Readonly<ViewArgs>): string {
    const names = Object.keys(values).filter((name) => !this.arguments.has(name));
    if (names.length === 0) return '';
    const items = flattenQuery(Object.fromEntries(names.map((name) => [name, values[name]])));
    if (this.#map?.sortParameters === true) {
      const { sortKey } = this.#map;
      items.sort(sortKey === undefined ? compareItems : (a, b) => compareKeys(sortKey(a), sortKey(b)));
    }
    return encodeQuery(items);
  }

  /** Whether the rule's endpoint can be built with these values and method. */
  suitableFor(values: Readonly<ViewArgs>, method?: string): boolean {
    if (method !== undefined && this.methods?.has(method) === false) return false;
    for (const name of this.arguments) {
      const given = Object.hasOwn(values, name);
      if (this.defaults !== undefined && Object.hasOwn(this.defaults, name)) {
        if (given && !isSame(this.defaults[name], values[name])) return false;
      } else if (!given) {
        return false;
      }
    }
    return true;
  }

  /** Whether this is the URL to prefer over that of `rule` when the values are this rule's defaults. */
  providesDefaultsFor(rule: Rule): boolean {
    return (
      !this.buildOnly &&
      this.defaults !== undefined &&
      Object.keys(this.defaults).length > 0 &&
      this.endpoint === rule.endpoint &&
      this.arguments.size === rule.arguments.size &&
      [...this.arguments].every((name) => rule.arguments.has(name)) &&
      !isDeepStrictEqual(this.#compiled.trace, rule.#compiled.trace)
    );
  }

  /** Where the rule stands among those of its endpoint when a URL is built: first comes the lesser. */
  compareForBuild(other: Rule): number {
    const defaults = (rule: Rule): number => (rule.defaults === undefined ? 0 : Object.keys(rule.defaults).length);
    return (
      Number(this.alias) - Number(other.alias) ||
      other.arguments.size - this.arguments.size ||
      defaults(other) - defaults(this)
    );
  }

  toString(): string {
    return this.rule;
  }

  [inspect.custom](): string {
    if (this.#map === undefined) return `<${this.constructor.name} (unbound)>`;
    const text = this.#compiled.trace.map((item) => (item.isVariable ? `<${item.text}>` : item.text)).join('');
    const methods = this.methods === undefined ? '' : ` (${[...this.methods].sort().join(', ')})`;
    return `<${this.constructor.name} ${quoted(text.replace(/^\|+/, ''))}${methods} -> ${this.endpoint}>`;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && isDeepStrictEqual(a, b));
}
