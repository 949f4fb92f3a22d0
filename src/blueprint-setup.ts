import type { Flacon } from './app.ts';
import type { Blueprint } from './blueprints.ts';
import type { CommandGroupName } from './commands.ts';
import type { CallSite } from './endpoints.ts';
import type { RecordedRule } from './recording.ts';
import type { RouteOptions, ViewFunction } from './types.ts';

/** Options of one registration; they win over the blueprint's own. */
export interface RegisterOptions {
  urlPrefix?: string;
  subdomain?: string;
  urlDefaults?: Record<string, unknown>;
  /** Register under another name: needed to register a blueprint twice. */
  name?: string;
  cliGroup?: CommandGroupName;
}

/** Options of a blueprint that another one registers. */
export interface NestedOptions extends RegisterOptions {
  namePrefix?: string;
}

/** What a blueprint does at each registration. */
export type DeferredFunction = (state: BlueprintSetupState) => void;

/** One registration of a blueprint with an app: what the recorded functions are replayed against. */
export class BlueprintSetupState {
  readonly blueprint: Blueprint;
  readonly app: Flacon;
  readonly options: RegisterOptions;
  readonly firstRegistration: boolean;
  readonly name: string;
  readonly namePrefix: string;
  readonly urlPrefix: string | undefined;
  readonly subdomain: string | undefined;
  readonly urlDefaults: Readonly<Record<string, unknown>>;
  /** The dotted name under which this registration is known to the app. */
  readonly fullName: string;

  constructor(blueprint: Blueprint, app: Flacon, options: NestedOptions, firstRegistration: boolean) {
    this.blueprint = blueprint;
    this.app = app;
    this.options = options;
    this.firstRegistration = firstRegistration;
    this.name = options.name ?? blueprint.name;
    this.namePrefix = options.namePrefix ?? '';
    this.urlPrefix = options.urlPrefix ?? blueprint.urlPrefix;
    this.subdomain = options.subdomain ?? blueprint.subdomain;
    this.urlDefaults =
      options.urlDefaults === undefined
        ? blueprint.urlDefaultValues
        : { ...blueprint.urlDefaultValues, ...options.urlDefaults };
    this.fullName = this.namePrefix === '' ? this.name : `${this.namePrefix}.${this.name}`;
  }

  /** Adds a rule to the app, with prefix, subdomain, defaults and endpoint of this registration. */
  addUrlRule(
    rule: string,
    endpoint: string,
    view: ViewFunction | undefined,
    options: RouteOptions,
    source?: CallSite,
  ): void {
    const { text, name, ruleOptions } = this.resolveRule({ rule, endpoint, options });
    this.app.addUrlRule(text, name, view, ruleOptions, source);
  }

  /** A recorded rule with prefix, subdomain, defaults and endpoint of this registration. @internal */
  resolveRule({ rule, endpoint, options }: Pick<RecordedRule, 'rule' | 'endpoint' | 'options'>): {
    text: string;
    name: string;
    ruleOptions: RouteOptions;
  } {
    const { urlPrefix } = this;
    const text =
      urlPrefix === undefined
        ? rule
        : rule === ''
          ? urlPrefix
          : `${urlPrefix.replace(/\/+$/, '')}/${rule.replace(/^\/+/, '')}`;
    const subdomain = options.subdomain ?? this.subdomain;
    const defaults = { ...this.urlDefaults, ...options.defaults };
    const ruleOptions: RouteOptions = { ...options, ...(subdomain === undefined ? {} : { subdomain }) };
    if (Object.keys(defaults).length > 0) ruleOptions.defaults = defaults;
    return { text, name: `${this.fullName}.${endpoint}`, ruleOptions };
  }
}
