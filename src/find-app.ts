import type { Flacon } from './app.ts';
import type { AppLocation } from './script-info.ts';
import type { MaybePromise } from './types.ts';
import { FlaconError } from './util/errors.ts';

/** No application could be had: what was tried, and what to type. */
export class AppLoadError extends FlaconError {
  /** What the program ends with: 2 where the wrong thing was asked for, 1 where the application failed. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { code: string; fix?: string; cause?: unknown; exitCode?: 1 | 2 }) {
    super(message, options);
    this.exitCode = options.exitCode ?? 2;
  }
}

const APP = Symbol.for('flacon.app');
const APP_NAMES = ['app', 'application', 'default'];
const FACTORY_NAMES = ['createApp', 'makeApp'];

/** Whether a value is an application, of this copy of the package or of another one. */
function isApp(value: unknown): value is Flacon {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[APP] === true;
}

/**
 * Takes the application out of a loaded module: the export that was named, else `app`, `application`
 * or the default export, the only application there is, or what `createApp` or `makeApp` returns. Only an asynchronous factory
 * takes time.
 */
export function findApp(namespace: Readonly<Record<string, unknown>>, location: AppLocation): MaybePromise<Flacon> {
  if (location.name !== undefined) return namedApp(namespace, location, location.name);
  for (const name of APP_NAMES) {
    const value = namespace[name];
    if (isApp(value)) return value;
  }
  const apps = Object.entries(namespace).filter(([, value]) => isApp(value));
  const distinct = new Set(apps.map(([, value]) => value));
  if (distinct.size > 1) {
    throw new AppLoadError(
      `The module '${location.module}' exports several applications: ${apps.map(([name]) => name).join(', ')}.`,
      {
        code: 'APP_AMBIGUOUS',
        fix: `say which one: --app ${location.module}:${apps[0]?.[0]}`,
      },
    );
  }
  const [only] = distinct;
  if (isApp(only)) return only;
  const factory = [...FACTORY_NAMES, 'default'].find((name) => isFactory(namespace[name]));
  if (factory !== undefined) return callFactory(namespace[factory] as Factory, factory, [], location);
  throw new AppLoadError(`There is no application in the module '${location.module}'${listExports(namespace)}.`, {
    code: 'APP_NOT_IN_MODULE',
    fix: 'export one: export const app = new Flacon(import.meta); or a factory: export function createApp() { … }; or name what you have: --app module:name',
  });
}

type Factory = (...args: unknown[]) => unknown;

function isFactory(value: unknown): boolean {
  // A class is a function too, but not one that may be called.
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

function listExports(namespace: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(namespace);
  return names.length === 0 ? ': it exports nothing' : ` (it exports ${names.join(', ')})`;
}

function namedApp(
  namespace: Readonly<Record<string, unknown>>,
  location: AppLocation,
  name: string,
): MaybePromise<Flacon> {
  if (!(name in namespace)) {
    throw new AppLoadError(`The module '${location.module}' has no export '${name}'${listExports(namespace)}.`, {
      code: 'APP_EXPORT_NOT_FOUND',
      fix: `export it, or name another one: --app ${location.module}:app`,
    });
  }
  const value = namespace[name];
  if (location.args !== undefined && !isFactory(value)) throw notAnApp(location, `'${name}' is no function`);
  if (isFactory(value)) return callFactory(value as Factory, name, location.args ?? [], location);
  if (isApp(value)) return value;
  throw notAnApp(location, `'${name}' is ${describe(value)}`);
}

function notAnApp(location: AppLocation, what: string): AppLoadError {
  return new AppLoadError(`'${location.text}' is not an application: ${what}.`, {
    code: 'NOT_AN_APP',
    fix: 'name an instance of Flacon, or a function that returns one',
  });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name = (value.constructor as { name?: string } | undefined)?.name;
  return name === undefined || name === 'Object' ? 'a plain object' : `an instance of ${name}`;
}

function callFactory(
  factory: Factory,
  name: string,
  args: readonly unknown[],
  location: AppLocation,
): MaybePromise<Flacon> {
  const fail = (cause: unknown): never => {
    throw factoryFailed(factory, name, args, location, cause);
  };
  const take = (made: unknown): Flacon => {
    if (isApp(made)) return made;
    throw notAnApp(location, `${name}() returned ${describe(made)}`);
  };
  let made: unknown;
  try {
    made = factory(...args);
  } catch (cause) {
    return fail(cause);
  }
  return isPromiseLike(made) ? Promise.resolve(made).then(take, fail) : take(made);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function factoryFailed(
  factory: Factory,
  name: string,
  args: readonly unknown[],
  location: AppLocation,
  cause: unknown,
): AppLoadError {
  // JavaScript calls a function with too few arguments; that it then trips over `undefined` is the same mistake.
  if (cause instanceof TypeError && factory.length > args.length) {
    return new AppLoadError(
      `The factory '${name}' in '${location.module}' could not be called with ${args.length === 0 ? 'no arguments' : `${args.length} of its ${factory.length} arguments`}.`,
      { code: 'FACTORY_ARGUMENTS', fix: `--app '${location.module}:${name}(…)' with its arguments as literals`, cause },
    );
  }
  return new AppLoadError(`The factory '${name}' in '${location.module}' failed.`, {
    code: 'FACTORY_FAILED',
    cause,
    exitCode: 1,
  });
}
