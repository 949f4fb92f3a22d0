import { TemplateTypeError } from './errors.ts';
import { callableName, INVOKE, type Invoker, invokerOf } from './marks.ts';
import { str } from './text.ts';
import { Tuple, typeName, UndefinedValue } from './values.ts';

/**
 * How templates call functions of the application. This is the one place where it is decided:
 *
 * - positional arguments come as they are; an undefined value as `undefined` (a strict or debugging one as the object);
 * - keyword arguments come as one object after them, an instance of {@link KeywordArguments}: its own keys are the names
 *   as the template wrote them; what was written in snake_case can also be read in camelCase
 *   (`get_flashed_messages(with_categories=true)` → `({ withCategories }) => …`);
 * - a function marked with `passContext`, `passEvalContext` or `passEnvironment` gets that before everything else;
 * - a filter gets the value first, a test likewise;
 * - `undefined` as a result is an undefined value, null is none.
 */
export class KeywordArguments {
  readonly [name: string]: unknown;
}

/** Makes the constructor of {@link KeywordArguments} with these names; the values are its arguments, in order. */
function keywordShape(names: readonly string[]): new (...values: unknown[]) => KeywordArguments {
  class Shape extends KeywordArguments {
    constructor(...values: unknown[]) {
      super();
      names.forEach((name, index) => setOwn(this, name, values[index]));
    }
  }
  Object.defineProperty(Shape, 'name', { value: 'KeywordArguments' });
  for (const name of names) {
    const camel = camelCase(name);
    if (camel === name || names.includes(camel)) continue;
    // On the prototype, so that going over the keys gives every argument once.
    Object.defineProperty(Shape.prototype, camel, {
      configurable: true,
      get(this: Record<string, unknown>): unknown {
        return this[name];
      },
    });
  }
  return Shape;
}

const shapes = new Map<string, new (...values: unknown[]) => KeywordArguments>();

/** {@link KeywordArguments} of an object of names and values. */
export function keywordArguments(kwargs: Record<string, unknown>): KeywordArguments {
  const names = Object.keys(kwargs);
  const key = names.join(' ');
  let Shape = shapes.get(key);
  if (!Shape) {
    Shape = keywordShape(names);
    if (shapes.size < 1000) shapes.set(key, Shape);
  }
  return new Shape(...names.map((name) => argument(kwargs[name])));
}

function setOwn(target: object, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  else (target as Record<string, unknown>)[name] = value;
}

/** `is_authenticated` → `isAuthenticated`; leading and trailing underscores stay. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[^_])_+([^_])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a marked function gets before its other arguments. */
export type PassMark = 'context' | 'evalContext' | 'environment';

const PASS: unique symbol = Symbol('flacon.jinja.pass');
const SIGNATURE: unique symbol = Symbol('flacon.jinja.signature');

/** The names of a function's parameters; optional ones end in `?`, `*` takes further arguments, `**` further keywords. */
export interface Signature {
  readonly names: readonly string[];
  readonly required: number;
  readonly rest: boolean;
  readonly keywords: boolean;
}

interface Marked {
  [PASS]?: PassMark;
  [SIGNATURE]?: Signature;
}

type AnyFunction = (...args: never[]) => unknown;

/** Marks a function, filter or test that gets the template's context as its first argument. */
export function passContext<F extends AnyFunction>(fn: F): F {
  return mark(fn, 'context');
}

/** Marks a function, filter or test that gets the evaluation context (`autoescape`, `environment`) as its first argument. */
export function passEvalContext<F extends AnyFunction>(fn: F): F {
  return mark(fn, 'evalContext');
}

/** Marks a function, filter or test that gets the environment as its first argument. */
export function passEnvironment<F extends AnyFunction>(fn: F): F {
  return mark(fn, 'environment');
}

function mark<F extends AnyFunction>(fn: F, pass: PassMark): F {
  Object.defineProperty(fn, PASS, { value: pass, configurable: true });
  return Object.defineProperty(fn, INVOKE, { value: markedInvoker(fn), configurable: true });
}

/** What a function is marked to get first. */
export function passMark(fn: unknown): PassMark | undefined {
  return typeof fn === 'function' ? (fn as Marked)[PASS] : undefined;
}

/**
 * Gives the parameters of a function names, so that templates can pass them by keyword as in Python; wrong names and
 * counts are then refused. Names of optional parameters end in `?`.
 */
export function withSignature<F extends AnyFunction>(fn: F, parameters: readonly string[]): F {
  const names = parameters.filter((name) => !name.startsWith('*')).map((name) => name.replace('?', ''));
  const signature: Signature = {
    names,
    required: parameters.filter((name) => !name.startsWith('*') && !name.endsWith('?')).length,
    rest: parameters.includes('*'),
    keywords: parameters.includes('**'),
  };
  Object.defineProperty(fn, SIGNATURE, { value: signature, configurable: true });
  return Object.defineProperty(fn, INVOKE, { value: markedInvoker(fn), configurable: true });
}

/** The named parameters of a function, if it has been given some. */
export function signatureOf(fn: unknown): Signature | undefined {
  return typeof fn === 'function' ? (fn as Marked)[SIGNATURE] : undefined;
}

/** What the evaluation of an expression depends on, besides the variables. */
export interface PassSource {
  readonly evalContext: object;
  readonly environment: object;
}

/** The value for a {@link PassMark}, taken from a context. */
export function passed(context: PassSource, pass: PassMark): unknown {
  if (pass === 'context') return context;
  return pass === 'evalContext' ? context.evalContext : context.environment;
}

function markedInvoker(fn: AnyFunction): Invoker {
  const call = fn as (...args: unknown[]) => unknown;
  return (context, args, kwargs) => {
    const pass = passMark(fn);
    const signature = signatureOf(fn);
    const all = signature ? bindArguments(callableName(fn), signature, args, kwargs) : plainArguments(args, kwargs);
    return pass === undefined ? call(...all) : call(passed(context as PassSource, pass), ...all);
  };
}

/** The arguments of a function that has no signature. */
export function plainArguments(args: readonly unknown[], kwargs: Record<string, unknown> | undefined): unknown[] {
  const all = args.map(argument);
  if (kwargs !== undefined) for (const _ in kwargs) return [...all, keywordArguments(kwargs)];
  return all;
}

/** A value as a function of the application gets it. */
export function argument(value: unknown): unknown {
  return value instanceof UndefinedValue ? value.toArgument() : value;
}

/**
 * Positions for the arguments of a call, by the rules (and with the messages) of Python. Parameters that got nothing
 * are undefined; a `*` parameter gets an array, a `**` parameter an object.
 */
export function bindArguments(
  name: string,
  signature: Signature,
  args: readonly unknown[],
  kwargs: Record<string, unknown> | undefined,
): unknown[] {
  const { names, required } = signature;
  if (args.length > names.length && !signature.rest) {
    const takes = required === names.length ? `${names.length}` : `from ${required} to ${names.length}`;
    throw new TemplateTypeError(
      `${name}() takes ${takes} positional argument${takes === '1' ? '' : 's'} but ${args.length} were given`,
    );
  }
  const bound: unknown[] = names.map((_, index) => args[index]);
  const extra: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(kwargs ?? {})) {
    const position = names.indexOf(key);
    if (position === -1 && !signature.keywords) {
      throw new TemplateTypeError(`${name}() got an unexpected keyword argument '${key}'`);
    }
    if (position === -1) setOwn(extra, key, value);
    else if (position < args.length) throw new TemplateTypeError(`${name}() got multiple values for argument '${key}'`);
    else bound[position] = value;
  }
  const missing = names.slice(0, required).filter((_, index) => bound[index] === undefined);
  if (missing.length > 0) throw missingArguments(name, missing);
  if (signature.rest) bound.push(args.slice(names.length));
  if (signature.keywords) bound.push(extra);
  return bound;
}

function missingArguments(name: string, missing: readonly string[]): TemplateTypeError {
  const quoted = missing.map((parameter) => `'${parameter}'`);
  const last = quoted.pop();
  const list = quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
  return new TemplateTypeError(
    `${name}() missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${list}`,
  );
}

/** Calls anything that a template may call. `owner` is what a method was taken from. */
export function invoke(
  context: unknown,
  callee: unknown,
  args: unknown[],
  kwargs: Record<string, unknown> | undefined,
  owner?: unknown,
): unknown {
  const invoker = invokerOf(callee);
  if (invoker) return invoker.call(callee, context, args, kwargs);
  if (callee instanceof UndefinedValue) return callee.fail();
  if (typeof callee !== 'function') return callMember(callee, args, kwargs);
  return Reflect.apply(callee as AnyFunction, owner, plainArguments(args, kwargs)) as unknown;
}

// Objects of a class are callable as in Python, by a method of that name.
function callMember(callee: unknown, args: unknown[], kwargs: Record<string, unknown> | undefined): unknown {
  const call = callMethodOf(callee);
  if (!call) throw new TemplateTypeError(`'${typeName(callee)}' object is not callable`);
  return Reflect.apply(call, callee, plainArguments(args, kwargs)) as unknown;
}

function callMethodOf(value: unknown): AnyFunction | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { __call__ } = value as { __call__?: unknown };
  return typeof __call__ === 'function' ? (__call__ as AnyFunction) : undefined;
}

/** Whether a template can call a value. */
export function isCallable(value: unknown): boolean {
  // An undefined value has a way to be called, if only to fail.
  if (typeof value === 'function' || value instanceof UndefinedValue) return true;
  return invokerOf(value) !== undefined || callMethodOf(value) !== undefined;
}

/** The positional arguments of `f(*args)`. */
export function spread(value: unknown, iterate: (value: unknown) => Iterable<unknown>): unknown[] {
  return value instanceof Tuple ? value : [...iterate(value)];
}

/** Adds the pairs of `**mapping` to the keyword arguments of a call. */
export function spreadKeywords(
  kwargs: Record<string, unknown>,
  entries: Iterable<readonly [unknown, unknown]> | undefined,
  value: unknown,
): Record<string, unknown> {
  if (!entries) throw new TemplateTypeError(`argument after ** must be a mapping, not ${typeName(value)}`);
  for (const [key, item] of entries) {
    if (typeof key !== 'string') throw new TemplateTypeError('keywords must be strings');
    if (Object.hasOwn(kwargs, key))
      throw new TemplateTypeError(`got multiple values for keyword argument '${str(key)}'`);
    setOwn(kwargs, key, item);
  }
  return kwargs;
}
