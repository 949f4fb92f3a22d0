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

/** Objects of one variable that are looked at. */
const OBJECT_LIMIT = 10_000;

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
    } else if (instancesIn(value, current).filter((instance) => upgradeInstance(instance, current)).length > 0)
      result.upgraded.push(name);
  }
  return result;
}

/**
 * The objects that can be reached from a value by data alone: elements, entries, fields of plain objects and of instances
 * of `current`. What other objects, such as the application, hold is theirs. Nothing of them runs.
 */
function instancesIn(value: unknown, current: ReadonlyMap<string, Callable>): object[] {
  const found = new Set<object>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && found.size < OBJECT_LIMIT) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || types.isProxy(next) || found.has(next)) continue;
    found.add(next);
    if (ArrayBuffer.isView(next)) continue;
    if (types.isMap(next)) for (const pair of Map.prototype.entries.call(next)) waiting.push(...pair);
    else if (types.isSet(next)) waiting.push(...Set.prototype.values.call(next));
    if (isData(next, current)) waiting.push(...dataOf(next));
  }
  return [...found];
}

function isData(object: object, current: ReadonlyMap<string, Callable>): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype || Array.isArray(object)) return true;
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof made === 'function' && current.has(made.name);
}

function dataOf(object: object): unknown[] {
  const keys = Reflect.ownKeys(object).slice(0, OBJECT_LIMIT);
  return keys.map((key) => Object.getOwnPropertyDescriptor(object, key)?.value as unknown);
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
