import { Markup } from '../util/markup.ts';
import { ATTRIBUTE } from './attributes.ts';
import { KeywordArguments } from './calls.ts';
import type { Context } from './context.ts';
import { TemplateTypeError } from './errors.ts';
import { INVOKE } from './marks.ts';
import { REPR, repr } from './text.ts';
import { Tuple } from './values.ts';

/** What the compiler knows of a macro. */
export interface MacroInfo {
  name: string | undefined;
  arguments: readonly string[];
  /** Whether its body uses `kwargs`, `varargs` or `caller`. */
  catchKwargs: boolean;
  catchVarargs: boolean;
  caller: boolean;
}

/** A macro is a function: templates call it by {@link INVOKE}, JavaScript with plain arguments. */
export type Macro = (...args: unknown[]) => unknown;

/** Makes the function of a macro. `body` gets an argument for every parameter; undefined stands for one that is missing. */
export function createMacro(
  context: Context,
  info: MacroInfo,
  body: (...args: unknown[]) => string | Promise<string>,
): Macro {
  const defaultAutoescape = context.evalContext.autoescape;
  const invoke = (args: readonly unknown[], kwargs: Record<string, unknown>, autoescape: boolean): unknown => {
    const text = body(...bind(context, info, args, kwargs));
    const marked = (value: string): string | Markup => (autoescape ? new Markup(value) : value);
    return typeof text === 'string' ? marked(text) : text.then(marked);
  };
  const macro: Macro = (...args) => {
    const last = args.at(-1);
    return last instanceof KeywordArguments
      ? invoke(args.slice(0, -1), { ...last }, defaultAutoescape)
      : invoke(args, {}, defaultAutoescape);
  };
  return Object.assign(macro, {
    [INVOKE]: (caller: unknown, args: unknown[], kwargs: Record<string, unknown> | undefined) =>
      invoke(args, kwargs ?? {}, (caller as Context | undefined)?.evalContext.autoescape ?? defaultAutoescape),
    [ATTRIBUTE]: (name: string) => macroAttribute(info, name),
    [REPR]: () => `<Macro ${info.name === undefined ? 'anonymous' : repr(info.name)}>`,
  });
}

function macroAttribute(info: MacroInfo, name: string): unknown {
  switch (name) {
    case 'name':
      return info.name ?? null;
    case 'arguments':
      return new Tuple(info.arguments);
    case 'catch_kwargs':
      return info.catchKwargs;
    case 'catch_varargs':
      return info.catchVarargs;
    case 'caller':
      return info.caller;
    default:
      return undefined;
  }
}

function bind(context: Context, info: MacroInfo, args: readonly unknown[], given: Record<string, unknown>): unknown[] {
  const names = info.arguments;
  const bound = args.slice(0, names.length);
  const kwargs = { ...given };
  let foundCaller = bound.length === names.length && names.includes('caller');
  for (const name of names.slice(bound.length)) {
    bound.push(Object.hasOwn(kwargs, name) ? kwargs[name] : undefined);
    delete kwargs[name];
    if (name === 'caller') foundCaller = true;
  }
  if (info.caller && !foundCaller) {
    bound.push(kwargs.caller ?? new context.environment.undefined({ hint: 'No caller defined', name: 'caller' }));
    delete kwargs.caller;
  }
  if (info.catchKwargs) bound.push(kwargs);
  else refuseKeywords(info, kwargs);
  if (info.catchVarargs) bound.push(new Tuple(args.slice(names.length)));
  else if (args.length > names.length) {
    throw new TemplateTypeError(`macro ${repr(info.name ?? null)} takes not more than ${names.length} argument(s)`);
  }
  return bound;
}

function refuseKeywords(info: MacroInfo, kwargs: Record<string, unknown>): void {
  const [name] = Object.keys(kwargs);
  if (name === undefined) return;
  const macro = `macro ${repr(info.name ?? null)}`;
  if (Object.hasOwn(kwargs, 'caller')) {
    throw new TemplateTypeError(
      `${macro} was invoked with two values for the special caller argument. This is most likely a bug.`,
    );
  }
  throw new TemplateTypeError(`${macro} takes no keyword argument ${repr(name)}`);
}
