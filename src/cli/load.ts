import { pathToFileURL } from 'node:url';
import type { ModuleLoader } from '../script-info.ts';
import { withPlace } from './load-errors.ts';

let registered: Promise<void> | undefined;

async function registerTsx(): Promise<void> {
  // Both faces: a package without "type": "module" is loaded through `require`.
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  cjs.register();
  esm.register();
}

/** Loads a module, TypeScript or not, through tsx. For commands that run once; `app run` has its own runtime. */
export const loadWithTsx: ModuleLoader = async (file) => {
  await (registered ??= registerTsx());
  try {
    return unwrap((await import(pathToFileURL(file).href)) as Record<string, unknown>);
  } catch (error) {
    throw withPlace(error);
  }
};

/** A module that was loaded as CommonJS has its exports under `default`. */
function unwrap(namespace: Record<string, unknown>): Record<string, unknown> {
  const { default: exports } = namespace;
  const names = Object.keys(namespace).filter((name) => name !== 'default' && name !== 'module.exports');
  if (names.length > 0 || typeof exports !== 'object' || exports === null) return namespace;
  const marked = '__esModule' in exports || Object.getOwnPropertyNames(exports).includes('__esModule');
  return marked ? { ...exports } : namespace;
}
