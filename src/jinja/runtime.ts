import { Markup } from '../util/markup.ts';
import { attribute, element, methodOf, ownOrDeclared } from './attributes.ts';
import {
  argument,
  camelCase,
  invoke,
  keywordArguments,
  passMark,
  plainArguments,
  spread,
  spreadKeywords,
} from './calls.ts';
import { contains, equal, greater, greaterEqual, less, lessEqual } from './compare.ts';
import type { Context, Variables } from './context.ts';
import type { Environment } from './environment.ts';
import type { Template } from './template.ts';
import { TemplateNotFound, TemplateRuntimeError, TemplateTypeError, TemplateValueError } from './errors.ts';
import { AsyncLoopContext, LoopContext, type Recurse } from './loops.ts';
import { createMacro } from './macros.ts';
import { INVOKE } from './marks.ts';
import { callMethod } from './methods.ts';
import { Namespace } from './namespace.ts';
import { add, concat, divide, floorDivide, modulo, multiply, negate, positive, power, subtract } from './operators.ts';
import { join, joinAsync, TemplateModule, TemplateReference } from './references.ts';
import { slice } from './slices.ts';
import { htmlText, str } from './text.ts';
import { traced } from './trace.ts';
import { Undefined } from './undefined.ts';
import {
  dictOf,
  entriesOf,
  isPlainObject,
  isText,
  iterate,
  toList,
  truth,
  Tuple,
  typeName,
  UndefinedValue,
} from './values.ts';

/** What generated code works with. One for every environment, because undefined values are of its class. */
export type Runtime = ReturnType<typeof createRuntime>;

export function createRuntime(environment: Environment) {
  const undefinedName = (name: string): unknown => new environment.undefined({ name });
  const undefinedHint = (hint: string, name?: string): unknown => new environment.undefined({ hint, name });

  /** `object.name` */
  const getAttribute = (object: unknown, name: string): unknown => {
    if (object instanceof UndefinedValue) return object.attribute(name);
    const value = attribute(object, name);
    if (value !== undefined) return value;
    const item = element(object, name);
    return item === undefined ? new environment.undefined({ object, name }) : item;
  };

  /** `object[key]` */
  const getItem = (object: unknown, key: unknown): unknown => {
    if (object instanceof UndefinedValue) return object.attribute(key);
    const value = element(object, key);
    if (value !== undefined) return value;
    if (isText(key)) {
      const found = attribute(object, key.toString());
      if (found !== undefined) return found;
    }
    return new environment.undefined({ object, name: key instanceof Markup ? key.toString() : key });
  };

  /** `object.0`: the keys of objects are no numbers, though `object[0]` finds what JavaScript would find. */
  const getPosition = (object: unknown, position: unknown): unknown =>
    isPlainObject(object) ? new environment.undefined({ object, name: position }) : getItem(object, position);

  const result = (value: unknown): unknown =>
    value === undefined ? undefinedHint('the result of a function call is undefined') : value;

  const call = (context: Context, callee: unknown, args: unknown[], kwargs?: Variables): unknown =>
    result(invoke(context, callee, args, kwargs));

  /** A call from inside of a loop or block that has set variables: functions that get the context see them. */
  const callScoped = (
    context: Context,
    callee: unknown,
    args: unknown[],
    kwargs: Variables | undefined,
    ...locals: Variables[]
  ): unknown =>
    call(
      passMark(callee) === 'context' ? context.derived(Object.assign({}, ...locals) as Variables) : context,
      callee,
      args,
      kwargs,
    );

  /** `object.name(…)`: unlike `object.name`, it prefers a method of a dictionary to data of the same name. */
  const callAttribute = (
    context: Context,
    object: unknown,
    name: string,
    args: unknown[],
    kwargs?: Variables,
  ): unknown => {
    if (isPlainObject(object) || typeof object === 'string') {
      const method = methodOf(object, name);
      if (method && typeof (isPlainObject(object) ? object[name] : undefined) !== 'function')
        return result(callMethod(method, object, args, kwargs));
    }
    if (typeof object === 'object' && object !== null && !(object instanceof UndefinedValue)) {
      const own = methodToCall(object, name);
      if (own) {
        const value: unknown = Reflect.apply(own, object, plainArguments(args, kwargs));
        // Python's `get` answers none for what is missing.
        return value === undefined && name === 'get' && !isPlainObject(object) ? null : result(value);
      }
    }
    return call(context, getAttribute(object, name), args, kwargs);
  };

  return {
    undefinedName,
    undefinedHint,
    getAttribute,
    getItem,
    getPosition,
    result,
    call,
    callScoped,
    callAttribute,
    call0: (context: Context, f: unknown): unknown => (isPlain(f) ? result(f()) : call(context, f, [])),
    call1: (context: Context, f: unknown, a: unknown): unknown =>
      isPlain(f) ? result(f(argument(a))) : call(context, f, [a]),
    call2: (context: Context, f: unknown, a: unknown, b: unknown): unknown =>
      isPlain(f) ? result(f(argument(a), argument(b))) : call(context, f, [a, b]),
    callExtension: (
      context: Context,
      identifier: string,
      name: string,
      args: unknown[],
      kwargs?: Variables,
    ): unknown => {
      const extension = environment.extensions[identifier] as unknown as Record<string, unknown>;
      return result(invoke(context, extension[name], args, kwargs, extension));
    },
    extensionAttribute: (identifier: string, name: string): unknown =>
      (environment.extensions[identifier] as unknown as Record<string, unknown>)[name],
    createLoop: (items: unknown, recurse?: Recurse, depth0?: number): LoopContext =>
      new LoopContext(items, environment.undefined, recurse, depth0),
    createAsyncLoop: (items: unknown, recurse?: Recurse, depth0?: number): AsyncLoopContext =>
      new AsyncLoopContext(items, environment.undefined, recurse, depth0),
    templateName,
    getTemplate: (name: unknown, options: { parent: string | undefined }): Template =>
      environment.getOrSelectTemplate(templateName(name), options),
    /** For `extends` and `import`. */
    getOneTemplate: (name: unknown, options: { parent: string | undefined }): Template => {
      const one = templateName(name);
      if (Array.isArray(one))
        throw new TemplateTypeError(`the name of a template must be a string, not ${typeName(name)}`);
      return environment.getTemplate(one, options);
    },
    /** For `ignore missing`. */
    findTemplate: (name: unknown, options: { parent: string | undefined }): Template | undefined => {
      try {
        return environment.getOrSelectTemplate(templateName(name), options);
      } catch (error) {
        if (error instanceof TemplateNotFound) return undefined;
        throw error;
      }
    },
    exportedName: (module: TemplateModule, name: string, where: string): unknown => {
      if (Object.hasOwn(module, name)) return module[name];
      const hint = `the template ${TemplateModule.describe(module)} (imported on ${where}) does not export the requested name '${name}'`;
      return undefinedHint(hint, name);
    },
    noFilter: (name: string): never => {
      throw new TemplateRuntimeError(`No filter named '${name}' found.`);
    },
    noTest: (name: string): never => {
      throw new TemplateRuntimeError(`No test named '${name}' found.`);
    },
    ...SHARED,
  };
}

/** What `extends`, `include` and `import` were given: names, templates, or lists of these. */
function templateName(value: unknown): string | Template | (string | Template)[] {
  if (typeof value === 'string') return value;
  if (value instanceof Markup) return value.toString();
  if (value instanceof UndefinedValue) return value.fail();
  // Nothing to choose from.
  if (value === null) return [];
  if (isTemplate(value)) return value;
  if (Array.isArray(value)) return value.map((item) => templateName(item) as string | Template);
  throw new TemplateTypeError(`the name of a template must be a string, not ${typeName(value)}`);
}

function isTemplate(value: unknown): value is Template {
  return typeof value === 'object' && value !== null && 'contextFrom' in value;
}

type PlainFunction = (...args: unknown[]) => unknown;

function isPlain(value: unknown): value is PlainFunction {
  return typeof value === 'function' && (value as { [INVOKE]?: unknown })[INVOKE] === undefined;
}

/** A method of an object of the application, to be called with the object as `this`. */
function methodToCall(object: object, name: string): Function | undefined {
  if (
    Array.isArray(object) ||
    object instanceof Markup ||
    object instanceof Map ||
    object instanceof Set ||
    object instanceof Date
  )
    return undefined;
  const value =
    ownOrDeclared(object, name) ?? (name.includes('_') ? ownOrDeclared(object, camelCase(name)) : undefined);
  return isPlain(value) ? value : undefined;
}

/** `for a, b in …` and `set a, b = …`: exactly so many values. */
function unpack(value: unknown, count: number): unknown[] {
  if (Array.isArray(value) && value.length === count) return value;
  if (typeof value !== 'object' && typeof value !== 'string') {
    throw new TemplateTypeError(`cannot unpack non-iterable ${typeName(value)} object`);
  }
  if (value === null) throw new TemplateTypeError('cannot unpack non-iterable NoneType object');
  const items = toList(value);
  if (items.length > count) throw new TemplateValueError(`too many values to unpack (expected ${count})`);
  if (items.length < count)
    throw new TemplateValueError(`not enough values to unpack (expected ${count}, got ${items.length})`);
  return items;
}

/** Refuses `set a.b = …` for anything but a namespace. */
function namespaceOf(value: unknown): Namespace {
  if (value instanceof Namespace) return value;
  throw new TemplateRuntimeError('cannot assign attribute on non-namespace object');
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

/** The input of a built-in filter where templates are rendered asynchronously: gathered, with its parts awaited. */
async function gather(value: unknown): Promise<unknown> {
  const awaited = await value;
  if (typeof awaited !== 'object' || awaited === null) return awaited;
  const isLazy =
    Symbol.asyncIterator in awaited ||
    (awaited as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Generator';
  if (!isLazy) return Array.isArray(awaited) && awaited.some(isPromise) ? Promise.all(awaited) : awaited;
  const items: unknown[] = [];
  for await (const item of awaited as AsyncIterable<unknown>) items.push(item);
  return items;
}

/** What an asynchronous loop goes through. */
function iterateAsync(value: unknown): AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value && !(Symbol.iterator in value)) {
    return value as AsyncIterable<unknown>;
  }
  return iterate(value);
}

const SHARED = {
  add,
  argument,
  concat,
  createMacro,
  dictOf,
  divide,
  equal,
  escape: (value: unknown): string =>
    typeof value === 'number' && Number.isInteger(value) ? `${value}` : htmlText(value),
  floorDivide,
  gather,
  greater,
  greaterEqual,
  invoke,
  /** `item in container`; the item is evaluated first. */
  isIn: (item: unknown, container: unknown): boolean => contains(container, item),
  isPromise,
  iterate,
  iterateAsync,
  join,
  joinAsync,
  keywordArguments,
  less,
  lessEqual,
  Markup,
  markup: (text: string): Markup => new Markup(text),
  modulo,
  multiply,
  namespaceOf,
  negate,
  /** What a method is called on: an undefined value fails before the arguments are looked at. */
  owner: (object: unknown, name: string): unknown =>
    object instanceof UndefinedValue ? object.attribute(name) : object,
  positive,
  power,
  slice,
  spread: (value: unknown): unknown[] => spread(value, iterate),
  spreadKeywords: (kwargs: Variables, value: unknown): Variables => spreadKeywords(kwargs, entriesOf(value), value),
  str,
  subtract,
  TemplateModule,
  TemplateReference,
  TemplateRuntimeError,
  traced,
  truth,
  tuple: (items: unknown[]): Tuple => new Tuple(items),
  undefinedCondition: (hint: string): Undefined => new Undefined({ hint }),
  UndefinedValue,
  unpack,
};
