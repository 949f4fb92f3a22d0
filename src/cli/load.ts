import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModuleLoader } from '../script-info.ts';
import { withPlace } from './load-errors.ts';

/**
 * Loads the application's module for a command that runs once: through tsx, and where the package is not one of ES
 * modules by the runtime of `app run`. tsx would make CommonJS of its TypeScript, which then could not do what the
 * same file can under `app run`, such as await at its top level.
 */
export const loadModule: ModuleLoader = (file) => {
  const folder = packageFolder(dirname(file));
  return isEsModule(file, folder) ? loadWithTsx(file) : loadWithRuntime(file, folder);
};

function isEsModule(file: string, folder: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true;
  const manifest = join(folder, 'package.json');
  return !/\.c[jt]s$/.test(file) && existsSync(manifest) && typeOf(manifest) === 'module';
}

function typeOf(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: unknown } | null)?.type;
  } catch {
    // Not valid JSON: Node says so, and where, when it reads the file.
    return undefined;
  }
}

function packageFolder(from: string): string {
  for (let folder = from; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return from;
}

let registered: Promise<void> | undefined;

async function registerTsx(): Promise<void> {
  // Both faces: a module may `require` another one.
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  cjs.register();
  esm.register();
}

async function loadWithTsx(file: string): Promise<Record<string, unknown>> {
  await (registered ??= registerTsx());
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw withPlace(error);
  }
}

async function loadWithRuntime(file: string, root: string): Promise<Readonly<Record<string, unknown>>> {
  const { ModuleRuntime } = await import('../dev/runtime.ts');
  const runtime = new ModuleRuntime({ root });
  runtime.mapStackTraces();
  return runtime.import(file);
}
