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
 * methods. A class is the same one when a module exports one of its name, unless the session has declared it itself.
 * Functions cannot be turned; they are named.
 */
export function upgradeVariables(scope: SessionScope, modules: readonly Record<string, unknown>[]): Upgrade {
  const variables = scope.list();
  const current = new Map<string, Callable>();
  for (const module of modules) {
    for (const value of Object.values(module)) {
      const name = nameOf(value);
      if (name !== undefined) current.set(name, value as Callable);
    }
  }
  for (const { name, kind } of variables) if (kind === 'class' || kind === 'function') current.delete(name);
  const result: Upgrade = { upgraded: [], stale: [] };
  if (current.size === 0) return result;
  for (const { name, kind, value } of variables) {
    // Imports are the new ones already.
    if (kind === 'import') continue;
    if (typeof value === 'function') {
      const newer = current.get(nameOf(value) ?? '');
      if (newer !== undefined && newer !== value) result.stale.push(name);
    } else if (instancesIn(value, current).filter((instance) => upgradeInstance(instance, current)).length > 0)
      result.upgraded.push(name);
  }
  return result;
}

/** The name of a function. It may be a proxy, or have a property of its own called so: nothing of it runs. */
function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'function' || types.isProxy(value)) return undefined;
  const name: unknown = Object.getOwnPropertyDescriptor(value, 'name')?.value;
  return typeof name === 'string' && name !== '' ? name : undefined;
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
  return current.has(nameOf(made) ?? '');
}

function dataOf(object: object): unknown[] {
  const keys = Reflect.ownKeys(object).slice(0, OBJECT_LIMIT);
  return keys.map((key) => Object.getOwnPropertyDescriptor(object, key)?.value as unknown);
}

function upgradeInstance(instance: object, current: ReadonlyMap<string, Callable>): boolean {
  const prototype: unknown = Object.getPrototypeOf(instance);
  if (typeof prototype !== 'object' || prototype === null) return false;
  const old: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const newer = current.get(nameOf(old) ?? '');
  if (newer === undefined || newer === old || !isClass(newer) || !isClass(old) || !Object.isExtensible(instance))
    return false;
  Object.setPrototypeOf(instance, newer.prototype as object);
  return true;
}

function isClass(value: unknown): value is Callable & { prototype: unknown } {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
