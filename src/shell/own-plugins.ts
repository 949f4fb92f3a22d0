import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ShellPlugin } from './plugins.ts';
import { brokenPlugin } from './project-plugins.ts';

const NAMES = ['routes', 'request', 'requests', 'ctx', 'templates', 'session', 'database', 'time', 'log'];

/** The plugins that come with this package. They are written as a stranger's would be, against the public names only. */
export async function loadOwnPlugins(): Promise<ShellPlugin[]> {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, '..', 'shell-plugins');
  const [folder, extension] = existsSync(built) ? [built, 'js'] : [join(here, '..', '..', 'shell-plugins'), 'ts'];
  return Promise.all(NAMES.map((name) => loadPlugin(name, join(folder, `${name}.${extension}`))));
}

/** One that cannot be loaded says so where the others are set up: it is named in the shell, and left out. */
async function loadPlugin(name: string, file: string): Promise<ShellPlugin> {
  try {
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default: ShellPlugin };
    return module.default;
  } catch (error) {
    return brokenPlugin(name, error);
  }
}
