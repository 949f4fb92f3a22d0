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

/** Elements of a list that are looked at. */
const LIST_LIMIT = 1000;

/**
 * Turns instances of classes that were evaluated anew into instances of the new ones: same object, same fields, new
 * methods. A class is the same one when its module exports it under the same name. Functions cannot be turned; they are
 * named.
 */
export function upgradeVariables(scope: SessionScope, modules: readonly Record<string, unknown>[]): Upgrade {
  const current = new Map<string, Callable>();
  for (const module of modules) {
    for (const value of Object.values(module))
      if (typeof value === 'function') current.set(value.name, value as Callable);
  }
  const result: Upgrade = { upgraded: [], stale: [] };
  if (current.size === 0) return result;
  for (const { name, kind, value } of scope.list()) {
    // Imports are the new ones already.
    if (kind === 'import') continue;
    if (typeof value === 'function') {
      const newer = current.get(value.name);
      if (newer !== undefined && newer !== value) result.stale.push(name);
    } else if (instancesIn(value).filter((instance) => upgradeInstance(instance, current)).length > 0)
      result.upgraded.push(name);
  }
  return result;
}

/** The value, or the elements of a list, a set or a map. */
function instancesIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return [];
  const list =
    Array.isArray(value) || types.isSet(value) || types.isMap(value) ? [...value.values()].slice(0, LIST_LIMIT) : [];
  return [
    value,
    ...list.filter((item): item is object => typeof item === 'object' && item !== null && !types.isProxy(item)),
  ];
}

function upgradeInstance(instance: object, current: ReadonlyMap<string, Callable>): boolean {
  const prototype: unknown = Object.getPrototypeOf(instance);
  if (typeof prototype !== 'object' || prototype === null) return false;
  const old: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof old !== 'function') return false;
  const newer = current.get(old.name);
  if (newer === undefined || newer === old || !isClass(newer) || !isClass(old) || !Object.isExtensible(instance))
    return false;
  Object.setPrototypeOf(instance, newer.prototype as object);
  return true;
}

function isClass(value: unknown): value is Callable & { prototype: unknown } {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
