import { inspect } from 'node:util';

import { ANONYMOUS_DEFAULT } from '../util/transpile.ts';
import type { Source } from './source.ts';

/** The exports of one evaluation of a module: getters, as live as the bindings behind them. */
export type Namespace = Record<string, unknown>;

/** A namespace without exports, that prints as Node prints one. */
export function createNamespace(): Namespace {
  const namespace = Object.create(null) as Namespace;
  Object.defineProperty(namespace, Symbol.toStringTag, { value: 'Module', configurable: true });
  Object.defineProperty(namespace, inspect.custom, { value: inspectNamespace, configurable: true });
  return namespace;
}

function inspectNamespace(this: Namespace, _depth: number, options: object): string {
  const exports: Namespace = Object.create(null) as Namespace;
  for (const name of Object.keys(this)) {
    try {
      exports[name] = this[name];
    } catch {
      exports[name] = '<uninitialized>';
    }
  }
  return inspect(exports, options).replace(/^\[Object: null prototype\]/, '[Module: null prototype]');
}

/** `export * from`: every name but `default` that the module does not export itself. */
export function exportAll(target: Namespace, source: Namespace): void {
  for (const name of Object.keys(source)) {
    if (name === 'default' || name in target) continue;
    defineExport(target, name, () => source[name]);
  }
}

/** Makes `view`, which importers hold, show what `source` exports. */
export function redirectNamespace(view: Namespace, source: Namespace): void {
  for (const name of Object.keys(view)) if (!(name in source)) delete view[name];
  for (const name of Object.keys(source)) defineExport(view, name, () => source[name]);
}

/** The names of a CommonJS module: `default` is `module.exports`, its properties are the others. */
export function exportCommonJs(namespace: Namespace, module: { exports: unknown }): void {
  const { exports } = module;
  defineExport(namespace, 'default', () => module.exports);
  if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null) return;
  for (const name of Object.keys(exports)) {
    if (name !== 'default') defineExport(namespace, name, () => (module.exports as Namespace)[name]);
  }
}

export function exportDefault(namespace: Namespace, value: unknown): void {
  defineExport(namespace, 'default', () => value);
}

/** An anonymous default export is called `default`; the transformation had to give it a variable. */
export function nameDefaultExport(namespace: Namespace): void {
  if (!('default' in namespace)) return;
  const value = namespace['default'];
  if (typeof value === 'function' && value.name === ANONYMOUS_DEFAULT) {
    Object.defineProperty(value, 'name', { value: 'default', configurable: true });
  }
}

/** The module has run: what cannot change any more is read without a call. */
export function keepConstants(namespace: Namespace, names: readonly string[]): void {
  for (const name of names) {
    Object.defineProperty(namespace, name, { enumerable: true, configurable: true, value: namespace[name] });
  }
}

/** The error, as Node words it, if one of the names that an import asks for does not exist: in ESM one of linking. */
export function findMissing(
  namespace: Namespace,
  { imports, importedNames }: Source,
  index: number,
): SyntaxError | undefined {
  for (const name of importedNames[index] ?? []) {
    if (name in namespace) continue;
    return new SyntaxError(`The requested module '${imports[index]}' does not provide an export named '${name}'`);
  }
  return undefined;
}

function defineExport(namespace: Namespace, name: string, get: () => unknown): void {
  Object.defineProperty(namespace, name, { enumerable: true, configurable: true, get });
}
