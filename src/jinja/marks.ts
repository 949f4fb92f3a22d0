/**
 * Functions that templates call in a way of their own (macros, Python's methods, what was marked with `passContext`) have
 * a property of this name: `(context, args, kwargs) => result`.
 */
export const INVOKE: unique symbol = Symbol('flacon.jinja.invoke');

/** How a marked function is called: by {@link INVOKE}. */
export type Invoker = (context: unknown, args: unknown[], kwargs: Record<string, unknown> | undefined) => unknown;

/** The {@link INVOKE} of a function or object; undefined for plain functions and everything that cannot be called. */
export function invokerOf(value: unknown): Invoker | undefined {
  if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return undefined;
  return (value as { [INVOKE]?: Invoker })[INVOKE];
}

/** The name of a function in messages. */
export function callableName(value: Function): string {
  return value.name === '' ? '<lambda>' : value.name;
}
