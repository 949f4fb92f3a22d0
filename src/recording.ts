import type { BlueprintRegistration } from './app.ts';
import type { BlueprintSetupState, DeferredFunction, NestedOptions } from './blueprint-setup.ts';
import type { CallSite } from './endpoints.ts';
import { prepareRule } from './prepared-rule.ts';
import type { AppKind, KnownRoutes, Route, RouteTable } from './route-table.ts';
import { DEFAULT_CONVERTERS } from './routing/converters.ts';
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
  readonly kind: AppKind;
}

/** What a registration came to: the routes, in the rows that the recorded functions leave between them. */
export interface Registration {
  readonly circumstances: Circumstances;
  readonly steps: readonly (KnownRoutes | DeferredFunction)[];
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

  /** Returns what it came to, if another app may take it as it is. */
  replay(state: BlueprintSetupState): Registration | undefined {
    const { routeTable: routes } = state.app;
    if (routes === undefined) {
      for (const call of this.#calls) {
        if (typeof call === 'function') call(state);
        else state.addUrlRule(call.rule, call.endpoint, call.view, call.options, call.source);
      }
      return undefined;
    }
    const known = this.#registrations.find((registration) => isSame(registration, state, routes));
    if (known === undefined) return this.#replayAnew(state, routes);
    for (const step of known.steps) {
      if (typeof step === 'function') step(state);
      else routes.addKnown(step);
    }
    return known;
  }

  #replayAnew(state: BlueprintSetupState, routes: RouteTable): Registration | undefined {
    const { fullName, urlPrefix, subdomain, urlDefaults } = state;
    const { kind } = routes;
    const steps: (KnownRoutes | DeferredFunction)[] = [];
    let areBuiltIn = true;
    let row: [route: Route, rule: Rule][] = [];
    const endRow = (): void => {
      if (row.length > 0) steps.push(knownRoutes(fullName, row));
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
      const prepared = prepareRule(text, name, view, ruleOptions, kind.automaticOptions);
      const route = { prepared, view, source };
      const rule = routes.add(route);
      for (const { type } of rule.compiled.variables) areBuiltIn &&= Object.hasOwn(DEFAULT_CONVERTERS, type);
      row.push([route, rule]);
    }
    endRow();
    const registration: Registration = {
      circumstances: { fullName, urlPrefix, subdomain, urlDefaults: { ...urlDefaults }, kind },
      steps,
    };
    // Converters of the app's own may say something else in the next app.
    if (!kind.hasBuiltInConverters || !areBuiltIn) return undefined;
    this.#registrations.push(registration);
    if (this.#registrations.length > MOST_REGISTRATIONS) this.#registrations.shift();
    return registration;
  }
}

/** A registration of a blueprint that has nothing but rules, in one object. */
export interface Repetition extends Omit<NestedOptions, 'urlDefaults'> {
  readonly fullName: string;
  readonly kind: AppKind;
  readonly routes: readonly KnownRoutes[];
  readonly registration: BlueprintRegistration;
}

/** What a registration is remembered as; undefined if there is more to it than rules. */
export function repetition(
  { urlDefaults, ...options }: NestedOptions,
  replayed: Registration | undefined,
  registration: BlueprintRegistration,
): Repetition | undefined {
  if (replayed === undefined || urlDefaults !== undefined) return undefined;
  const routes = replayed.steps.filter((step) => typeof step !== 'function');
  if (routes.length < replayed.steps.length) return undefined;
  const { fullName, kind } = replayed.circumstances;
  return { ...options, fullName, kind, routes, registration };
}

function isSame({ circumstances }: Registration, state: BlueprintSetupState, routes: RouteTable): boolean {
  return (
    circumstances.fullName === state.fullName &&
    circumstances.urlPrefix === state.urlPrefix &&
    circumstances.subdomain === state.subdomain &&
    circumstances.kind === routes.kind &&
    isShallowEqual(circumstances.urlDefaults, state.urlDefaults)
  );
}

function isShallowEqual(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  for (const name in a) if (!Object.hasOwn(b, name) || a[name] !== b[name]) return false;
  for (const name in b) if (!Object.hasOwn(a, name)) return false;
  return true;
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
