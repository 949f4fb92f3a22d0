import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShellPlugin } from './plugins.ts';
import type { ShellTarget } from './target.ts';

interface PackageFile {
  flacon?: { shellPlugins?: unknown };
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const PACKAGE_NAME = /^(?:@[^/]+\/)?flacon-shell-/;

/**
 * The plugins that the package.json of a project names: those of `"flacon": { "shellPlugins": […] }`, paths or packages,
 * and its dependencies whose names begin with `flacon-shell-`. One that cannot be loaded is named where plugins are
 * set up, and left out.
 */
export async function loadProjectPlugins(target: ShellTarget): Promise<ShellPlugin[]> {
  const file = join(target.root, 'package.json');
  return Promise.all(pluginNames(file).map((name) => loadProjectPlugin(target, name, file)));
}

function pluginNames(file: string): string[] {
  const { flacon, ...rest } = readPackage(file);
  const dependencies = { ...rest.dependencies, ...rest.devDependencies, ...rest.optionalDependencies };
  const given = flacon?.shellPlugins ?? [];
  const listed = (Array.isArray(given) ? given : [given]).map(String);
  return [...new Set([...Object.keys(dependencies).filter((name) => PACKAGE_NAME.test(name)), ...listed])];
}

function readPackage(file: string): PackageFile {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof content === 'object' && content !== null ? content : {};
  } catch {
    // A project needs no package.json, and one that is broken is Node's to complain about.
    return {};
  }
}

async function loadProjectPlugin(target: ShellTarget, name: string, parent: string): Promise<ShellPlugin> {
  try {
    const { default: plugin } = await target.import(name, parent);
    if (typeof plugin === 'object' && plugin !== null) return plugin as ShellPlugin;
    throw new Error('it has no plugin as its default export: export default definePlugin({ … })');
  } catch (error) {
    return brokenPlugin(name, error);
  }
}

/** Stands for a plugin that could not be loaded: it says so where it is set up. */
export function brokenPlugin(name: string, error: unknown): ShellPlugin {
  return {
    name,
    setup() {
      throw error;
    },
  };
}
