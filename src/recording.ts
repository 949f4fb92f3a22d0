import type { BlueprintSetupState, DeferredFunction } from './blueprint-setup.ts';
import type { CallSite } from './endpoints.ts';
import { prepareRule } from './prepared-rule.ts';
import type { KnownRoutes, Route, RouteTable } from './route-table.ts';
import { DEFAULT_CONVERTERS } from './routing/converters.ts';
import type { UrlMap } from './routing/map.ts';
import type { RulePart } from './routing/rule-parts.ts';
import type { Rule } from './routing/rules.ts';
import type { RouteOptions, ViewFunction } from './types.ts';

/** A call of `addUrlRule` on a blueprint. */
export interface RecordedRule {
  readonly rule: string;
  readonly endpoint: string;
  readonly view: ViewFunction | undefined;
  readonly options: RouteOptions;
  readonly source: CallSite;
}

/** All that the rules of a registration depend on. */
interface Circumstances {
  readonly fullName: string;
  readonly urlPrefix: string | undefined;
  readonly subdomain: string | undefined;
  readonly urlDefaults: Readonly<Record<string, unknown>>;
  readonly automaticOptions: boolean;
  readonly mergeSlashes: boolean;
  readonly hostMatching: boolean;
  readonly defaultSubdomain: string;
}

/** What a registration came to: the routes, in the rows that the recorded functions leave between them. */
interface Registration {
  readonly circumstances: Circumstances;
  readonly steps: readonly (KnownRoutes | DeferredFunction)[];
  /** Names of the converters in the rules. */
  readonly converters: readonly string[];
}

/** So many registrations of a blueprint are remembered; those of a reloaded app are the same ones again. */
const MOST_REGISTRATIONS = 8;

/**
 * What was called on a blueprint, to be replayed onto each app. A blueprint whose module did not change is registered
 * in the same way with each new version of the app: from the second time on its rules are known to be right, and the app
 * makes them when it needs them.
 */
export class Recording {
  readonly #calls: (RecordedRule | DeferredFunction)[] = [];
  #registrations: Registration[] = [];

  push(call: RecordedRule | DeferredFunction): void {
    this.#calls.push(call);
    this.#registrations = [];
  }

  replay(state: BlueprintSetupState): void {
    const { routeTable: routes } = state.app;
    if (routes === undefined) {
      for (const call of this.#calls) {
        if (typeof call === 'function') call(state);
        else state.addUrlRule(call.rule, call.endpoint, call.view, call.options, call.source);
      }
      return;
    }
    const known = this.#findRegistration(state);
    if (known === undefined) {
      this.#replayAnew(state, routes);
      return;
    }
    for (const step of known.steps) {
      if (typeof step === 'function') step(state);
      else routes.addKnown(step);
    }
  }

  #findRegistration(state: BlueprintSetupState): Registration | undefined {
    for (const registration of this.#registrations) {
      if (isSame(registration.circumstances, state) && areBuiltIn(registration.converters, state.app.urlMap))
        return registration;
    }
    return undefined;
  }

  #replayAnew(state: BlueprintSetupState, routes: RouteTable): void {
    const circumstances = circumstancesOf(state);
    const steps: (KnownRoutes | DeferredFunction)[] = [];
    const converters = new Set<string>();
    let row: [route: Route, rule: Rule][] = [];
    const endRow = (): void => {
      if (row.length > 0) steps.push(knownRoutes(circumstances.fullName, row));
      row = [];
    };
    for (const call of this.#calls) {
      if (typeof call === 'function') {
        endRow();
        steps.push(call);
        call(state);
        continue;
      }
      const { view, source } = call;
      const { text, name, ruleOptions } = state.resolveRule(call);
      const prepared = prepareRule(text, name, view, ruleOptions, circumstances.automaticOptions);
      const route = { prepared, view, source };
      const rule = routes.add(route);
      for (const { type } of rule.compiled.variables) converters.add(type);
      row.push([route, rule]);
    }
    endRow();
    // Converters of the app's own may say something else in the next app.
    if (!areBuiltIn([...converters], state.app.urlMap)) return;
    this.#registrations.push({ circumstances, steps, converters: [...converters] });
    if (this.#registrations.length > MOST_REGISTRATIONS) this.#registrations.shift();
  }
}

function circumstancesOf({ app, fullName, urlPrefix, subdomain, urlDefaults }: BlueprintSetupState): Circumstances {
  const { mergeSlashes, hostMatching, defaultSubdomain } = app.urlMap;
  const automaticOptions = app.config.PROVIDE_AUTOMATIC_OPTIONS;
  return {
    fullName,
    urlPrefix,
    subdomain,
    urlDefaults,
    automaticOptions,
    mergeSlashes,
    hostMatching,
    defaultSubdomain,
  };
}

function isSame(circumstances: Circumstances, state: BlueprintSetupState): boolean {
  const { urlMap, config } = state.app;
  return (
    circumstances.fullName === state.fullName &&
    circumstances.urlPrefix === state.urlPrefix &&
    circumstances.subdomain === state.subdomain &&
    circumstances.automaticOptions === config.PROVIDE_AUTOMATIC_OPTIONS &&
    circumstances.mergeSlashes === urlMap.mergeSlashes &&
    circumstances.hostMatching === urlMap.hostMatching &&
    circumstances.defaultSubdomain === urlMap.defaultSubdomain &&
    isShallowEqual(circumstances.urlDefaults, state.urlDefaults)
  );
}

function isShallowEqual(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

function areBuiltIn(names: readonly string[], { converters }: UrlMap): boolean {
  return names.every((name) => converters[name] === DEFAULT_CONVERTERS[name]);
}

function knownRoutes(blueprint: string, row: readonly [route: Route, rule: Rule][]): KnownRoutes {
  return {
    routes: row.map(([route, { compiled }]) => ({ ...route, compiled })),
    endpointPrefix: `${blueprint}.`,
    path: commonPath(row.map(([, { parts }]) => parts)),
    hasDefaults: row.some(([, { defaults }]) => defaults !== undefined),
  };
}

/** The contents of the parts that all rules begin with, up to the first with a variable. */
function commonPath([first = [], ...others]: readonly (readonly RulePart[])[]): string[] {
  const path: string[] = [];
  for (const { content, regex } of first) {
    const index = path.length;
    if (content === undefined || regex !== undefined) break;
    if (!others.every((parts) => parts[index]?.content === content)) break;
    path.push(content);
  }
  return path;
}
