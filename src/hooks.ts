/** Functions of one kind of hook: `null` is the app's own list, else a blueprint's dotted name. */
export type HookMap<F> = Map<string | null, F[]>;

const none: readonly never[] = Object.freeze([]);

/** The functions registered for one scope. */
export function hookFunctions<F>(hooks: HookMap<F>, scope: string | null): readonly F[] {
  return hooks.get(scope) ?? none;
}

/** Adds a function to a scope's list. */
export function addHook<F>(hooks: HookMap<F>, scope: string | null, fn: F): void {
  const functions = hooks.get(scope);
  if (functions === undefined) hooks.set(scope, [fn]);
  else functions.push(fn);
}

/** Copies a blueprint's own functions to its name in the app's table. */
export function mergeHooks<F>(
  into: HookMap<F>,
  from: HookMap<F>,
  rename: (scope: string | null) => string | null,
): void {
  if (from.size === 0) return;
  for (const [scope, functions] of from) for (const fn of functions) addHook(into, rename(scope), fn);
}

/** Scopes from the innermost blueprint out to the app. */
function hookScopes(blueprints: readonly string[]): (string | null)[] {
  return [...blueprints, null];
}

/** What runs on the way in: the app's functions, then those of the blueprints, the outermost first. */
export function inwardHooks<F>(hooks: HookMap<F>, blueprints: readonly string[]): readonly F[] {
  if (blueprints.length === 0) return hookFunctions(hooks, null);
  return [null, ...blueprints.toReversed()].flatMap((scope) => hookFunctions(hooks, scope));
}

/** What runs on the way out: the innermost blueprint's functions first, the app's last, each kind last come first served. */
export function outwardHooks<F>(hooks: HookMap<F>, blueprints: readonly string[]): readonly F[] {
  if (blueprints.length > 0) return hookScopes(blueprints).flatMap((scope) => hookFunctions(hooks, scope).toReversed());
  const functions = hookFunctions(hooks, null);
  return functions.length < 2 ? functions : functions.toReversed();
}
