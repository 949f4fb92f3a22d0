import { types } from 'node:util';
import type { SessionScope } from './scope.ts';

/** What became of the variables of a session when modules were evaluated anew. */
export interface Upgrade {
  /** Variables whose objects are instances of the new classes now. */
  upgraded: string[];
  /** Variables that still hold an old function or class. */
  stale: string[];
}

type Callable = (...args: never[]) => unknown;

/** What is known of modules that were evaluated anew. */
export interface NewModules {
  /** What they export. */
  modules: readonly Record<string, unknown>[];
  /** What has taken the place of a function or class that a replaced version of a module exported. */
  successor(value: object): unknown;
}

/** Objects of one variable that are looked at. */
const OBJECT_LIMIT = 10_000;

/**
 * Turns instances of classes that were evaluated anew into instances of the new ones: same object, same fields, new
 * methods. A class is known by where it was exported, as others may have its name. Functions cannot be turned; they are
 * named.
 */
export function upgradeVariables(scope: SessionScope, { modules, successor }: NewModules): Upgrade {
  const result: Upgrade = { upgraded: [], stale: [] };
  const current = new Set(modules.flatMap((module) => Object.values(module).filter((value) => isCallable(value))));
  if (current.size === 0) return result;
  const newer = (old: unknown): Callable | undefined => {
    const found = isCallable(old) ? successor(old) : undefined;
    return isCallable(found) && found !== old ? found : undefined;
  };
  const isOfModules = (made: unknown): boolean => current.has(made as Callable) || newer(made) !== undefined;
  for (const { name, kind, value } of scope.list()) {
    // Imports are the new ones already.
    if (kind === 'import') continue;
    if (typeof value === 'function') {
      if (newer(value) !== undefined) result.stale.push(name);
    } else if (instancesIn(value, isOfModules).filter((instance) => upgradeInstance(instance, newer)).length > 0)
      result.upgraded.push(name);
  }
  return result;
}

/** Nothing of a proxy may run. */
function isCallable(value: unknown): value is Callable {
  return typeof value === 'function' && !types.isProxy(value);
}

/**
 * The objects that can be reached from a value by data alone: elements, entries, fields of plain objects and of instances
 * of the modules' classes. What other objects, such as the application, hold is theirs. Nothing of them runs.
 */
function instancesIn(value: unknown, isOfModules: (made: unknown) => boolean): object[] {
  const found = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && found.size < OBJECT_LIMIT) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || types.isProxy(next) || found.has(next)) continue;
    found.add(next);
    if (ArrayBuffer.isView(next)) continue;
    if (types.isMap(next)) for (const pair of Map.prototype.entries.call(next)) waiting.push(...pair);
    else if (types.isSet(next)) waiting.push(...Set.prototype.values.call(next));
    if (isData(next, isOfModules)) waiting.push(...dataOf(next));
  }
  return [...found];
}

function isData(object: object, isOfModules: (made: unknown) => boolean): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype || Array.isArray(object)) return true;
  return isOfModules(Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value);
}

function dataOf(object: object): unknown[] {
  const keys = Reflect.ownKeys(object).slice(0, OBJECT_LIMIT);
  return keys.map((key) => Object.getOwnPropertyDescriptor(object, key)?.value as unknown);
}

function upgradeInstance(instance: object, newer: (old: unknown) => Callable | undefined): boolean {
  const prototype: unknown = Object.getPrototypeOf(instance);
  if (typeof prototype !== 'object' || prototype === null) return false;
  const old: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const found = newer(old);
  if (!isClass(found) || !isClass(old) || !Object.isExtensible(instance)) return false;
  Object.setPrototypeOf(instance, found.prototype as object);
  return true;
}

function isClass(value: unknown): value is Callable & { prototype: unknown } {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
