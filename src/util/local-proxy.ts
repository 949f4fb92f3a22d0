import { inspect, type InspectOptionsStylized } from 'node:util';

/** How {@link createProxy} makes its proxy. */
export interface CreateProxyOptions {
  /** Let the proxy itself be called and constructed, for proxies of functions; `typeof` then says 'function'. Default false. */
  callable?: boolean;
}

interface ProxyRecord {
  get: () => object | undefined;
  unbound: () => Error;
  label: string;
}

const records = new WeakMap<object, ProxyRecord>();

/**
 * A stand-in for whatever `get` returns at the moment of each use: reading, writing, deleting, `in`, `Object.keys`,
 * method calls, `instanceof` and printing all reach the current object, `#private` fields included.
 *
 * Methods come out bound to the current object; functions that were stored on the object, and classes, come out as
 * they are. When `get` returns undefined, every use throws what `unbound` makes, except printing (`<unbound label: …>`),
 * `instanceof` (false) and `await` (the proxy itself). The raw object: {@link getCurrentObject}.
 */
export function createProxy<T extends object>(
  get: () => T | undefined,
  unbound: () => Error,
  label: string,
  options: CreateProxyOptions = {},
): T {
  const current = (): T => {
    const object = get();
    if (object === undefined) throw unbound();
    return object;
  };

  const proxy = new Proxy(dummyTarget(get, unbound, label, options.callable === true), {
    get(_target, key) {
      const object = get();
      if (object === undefined) {
        if (key === 'then' || key === Symbol.toStringTag || key === inspect.custom) return undefined;
        throw unbound();
      }
      const value = (object as Record<PropertyKey, unknown>)[key];
      return typeof value === 'function' ? bindMethod(object, key, value) : value;
    },
    set(_target, key, value) {
      const object = current();
      return Reflect.set(object, key, value, object);
    },
    has: (_target, key) => Reflect.has(current(), key),
    deleteProperty: (_target, key) => Reflect.deleteProperty(current(), key),
    ownKeys: () => Reflect.ownKeys(current()),
    getOwnPropertyDescriptor(_target, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(current(), key);
      // The engine refuses a non-configurable property that the dummy target does not have.
      if (descriptor) descriptor.configurable = true;
      return descriptor;
    },
    defineProperty: (_target, key, descriptor) => Reflect.defineProperty(current(), key, descriptor),
    getPrototypeOf(target) {
      return Reflect.getPrototypeOf(get() ?? target);
    },
    setPrototypeOf: (_target, prototype) => Reflect.setPrototypeOf(current(), prototype),
    preventExtensions: () => false,
    apply: (_target, thisArgument, args) => Reflect.apply(callable(current(), label), thisArgument, args) as unknown,
    construct: (_target, args) => Reflect.construct(callable(current(), label), args) as object,
  }) as T;
  records.set(proxy, { get, unbound, label });
  return proxy;
}

/** The object behind a proxy of {@link createProxy} or `LocalProxy`; any other value comes back as it is. Throws the unbound error. */
export function getCurrentObject<T>(value: T): T {
  const record = recordOf(value);
  if (!record) return value;
  const object = record.get();
  if (object === undefined) throw record.unbound();
  return object as T;
}

/** What printers need to know of a proxy: its name and, if there is one, the object behind it. Undefined for other values. */
export function describeProxy(value: unknown): { label: string; object?: object; unbound: string } | undefined {
  const record = recordOf(value);
  if (!record) return undefined;
  const object = record.get();
  return { label: record.label, unbound: unboundText(record), ...(object === undefined ? {} : { object }) };
}

function recordOf(value: unknown): ProxyRecord | undefined {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? records.get(value) : undefined;
}

// Binding anew costs about 6 ns; remembering the bound function in a WeakMap costs 900 ns per fresh object, and every
// request is a fresh object. So `request.getJson !== request.getJson`, as in Python.
function bindMethod(object: object, key: PropertyKey, value: Function): unknown {
  if (key === 'constructor' || Object.hasOwn(object, key) || isClass(value)) return value;
  return value.bind(object) as unknown;
}

/** Methods, arrow and async functions have no `prototype`; a plain function's is writable, a class's is not. */
function isClass(value: Function): boolean {
  if (value.prototype === undefined) return false;
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

function callable(object: object, label: string): Function {
  if (typeof object === 'function') return object;
  throw new TypeError(`${label} is not a function`);
}

// util.inspect looks through a proxy at its target, and asks that for an own inspect function. The target's properties
// must be configurable: the engine insists that `ownKeys` reports the others.
function dummyTarget(get: () => object | undefined, unbound: () => Error, label: string, isCallable: boolean): object {
  // A bound function can be constructed, and has no `prototype` that would have to be reported.
  const target: object = isCallable ? function () {}.bind(undefined) : {};
  Object.defineProperty(target, inspect.custom, {
    configurable: true,
    value: (depth: number, options: InspectOptionsStylized) => {
      const object = get();
      if (object === undefined) return options.stylize(unboundText({ get, unbound, label }), 'special');
      // Boxed primitives are how LocalProxy holds a string or a number.
      const value: unknown = isBoxed(object) ? object.valueOf() : object;
      return inspect(value, { ...options, depth });
    },
  });
  return target;
}

function isBoxed(object: object): boolean {
  return object instanceof String || object instanceof Number || object instanceof Boolean;
}

function unboundText({ unbound, label }: ProxyRecord): string {
  const error = unbound();
  const { fix } = error as Error & { fix?: string };
  return `<unbound ${label}: ${fix ?? error.message.split('\n', 1)[0]}>`;
}
