import type { Flacon } from './app.ts';
import type { Blueprint } from './blueprints.ts';
import type { CommandGroupName } from './commands.ts';
import type { CallSite } from './endpoints.ts';
import { prepareRule, type PreparedRule } from './prepared-rule.ts';
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
  readonly urlDefaults: Record<string, unknown>;
  /** The dotted name under which this registration is known to the app. */
  readonly fullName: string;
  /** What an earlier registration like this one made of the recorded rules. @internal */
  registration: Registration | undefined;

  constructor(blueprint: Blueprint, app: Flacon, options: NestedOptions, firstRegistration: boolean) {
    this.blueprint = blueprint;
    this.app = app;
    this.options = options;
    this.firstRegistration = firstRegistration;
    this.name = options.name ?? blueprint.name;
    this.namePrefix = options.namePrefix ?? '';
    this.urlPrefix = options.urlPrefix ?? blueprint.urlPrefix;
    this.subdomain = options.subdomain ?? blueprint.subdomain;
    this.urlDefaults = { ...blueprint.urlDefaultValues, ...options.urlDefaults };
    this.fullName = `${this.namePrefix}.${this.name}`.replace(/^\.+/, '');
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

/** A call of `addUrlRule` on a blueprint. */
export interface RecordedRule {
  rule: string;
  endpoint: string;
  view: ViewFunction | undefined;
  options: RouteOptions;
  source: CallSite;
}

/** What a registration makes of the recorded rules, in their order. */
interface Registration {
  readonly fullName: string;
  readonly urlPrefix: string | undefined;
  readonly subdomain: string | undefined;
  readonly urlDefaults: Readonly<Record<string, unknown>>;
  readonly automaticOptions: boolean;
  readonly rules: PreparedRule[];
}

/** So many registrations of a blueprint are remembered; those of a reloaded app are the same ones again. */
const MOST_REGISTRATIONS = 8;

/**
 * The rules that a blueprint has recorded. What a registration makes of them is worked out once: a blueprint whose
 * module did not change is registered with each new version of the app, in the same way.
 */
export class RecordedRules {
  readonly #registrations: Registration[] = [];
  #count = 0;

  /** What adds the rule at each registration, after `begin`. */
  record(recorded: RecordedRule): DeferredFunction {
    const { rule, endpoint, view, options, source } = recorded;
    const index = this.#count++;
    return (state) => {
      const { app, registration } = state;
      if (registration === undefined) return state.addUrlRule(rule, endpoint, view, options, source);
      let prepared = registration.rules[index];
      if (prepared === undefined) {
        const { text, name, ruleOptions } = state.resolveRule(recorded);
        prepared = prepareRule(text, name, view, ruleOptions, registration.automaticOptions);
        registration.rules[index] = prepared;
      }
      app.addPreparedRule(prepared, view, source);
    };
  }

  /** A registration begins: finds an earlier one that was the same. */
  begin(state: BlueprintSetupState): void {
    const { app, fullName, urlPrefix, subdomain, urlDefaults } = state;
    // An app that adds its rules in its own way is asked to.
    if (!app.takesPreparedRules) return;
    const automaticOptions = app.config.PROVIDE_AUTOMATIC_OPTIONS;
    state.registration = this.#registrations.find(
      (known) =>
        known.fullName === fullName &&
        known.urlPrefix === urlPrefix &&
        known.subdomain === subdomain &&
        known.automaticOptions === automaticOptions &&
        isShallowEqual(known.urlDefaults, urlDefaults),
    );
    if (state.registration !== undefined) return;
    state.registration = { fullName, urlPrefix, subdomain, urlDefaults, automaticOptions, rules: [] };
    this.#registrations.push(state.registration);
    if (this.#registrations.length > MOST_REGISTRATIONS) this.#registrations.shift();
  }
}

function isShallowEqual(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}
