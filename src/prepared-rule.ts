import { normalizeMethods } from './routing/methods.ts';
import type { RuleOptions } from './routing/rules.ts';
import type { RouteOptions, ViewFunction } from './types.ts';
import { FlaconError } from './util/errors.ts';

/** A rule as an app adds it: all that follows from how it was registered, so that it need not be found out again. */
export interface PreparedRule {
  readonly rule: string;
  readonly endpoint: string;
  readonly options: Readonly<RuleOptions>;
  /** OPTIONS is answered without the view. */
  readonly answersOptions: boolean;
  /** The view reads the body itself. */
  readonly leavesBodyUnread: boolean;
}

/** Works out the methods of a rule. `automaticOptions`: whether OPTIONS is answered where nobody says. */
export function prepareRule(
  rule: string,
  endpoint: string,
  view: ViewFunction | undefined,
  options: RouteOptions,
  automaticOptions: boolean,
): PreparedRule {
  const { provideAutomaticOptions: provide, stream, methods = view?.methods ?? ['GET'], ...ruleOptions } = options;
  if (typeof methods === 'string') {
    throw new FlaconError('Allowed methods are a list of strings.', {
      code: 'METHODS_NOT_A_LIST',
      fix: `methods: ['${String(methods)}']`,
    });
  }
  const allowed = new Set([...methods, ...(view?.requiredMethods ?? [])].map((method) => method.toUpperCase()));
  const answersOptions = provide ?? view?.provideAutomaticOptions ?? (!allowed.has('OPTIONS') && automaticOptions);
  if (answersOptions) allowed.add('OPTIONS');
  const { websocket = false } = ruleOptions;
  return {
    rule,
    endpoint,
    options: { ...ruleOptions, endpoint, methods: normalizeMethods(allowed, websocket) },
    answersOptions,
    leavesBodyUnread: stream ?? false,
  };
}
