import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ShellPlugin } from './plugins.ts';
import { brokenPlugin } from './project-plugins.ts';

/**
 * The plugins that come with this package. They are written as a stranger's would be, against the public names only; the
 * build puts them into one file. Should it not load, the shell says so and does without them.
 */
export async function loadOwnPlugins(): Promise<readonly ShellPlugin[]> {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, '..', 'shell-plugins', 'index.js');
  const file = existsSync(built) ? built : join(here, '..', '..', 'shell-plugins', 'index.ts');
  try {
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default: readonly ShellPlugin[] };
    return module.default;
  } catch (error) {
    return [brokenPlugin('of this package', error)];
  }
}
