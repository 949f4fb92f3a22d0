import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ShellPlugin } from './plugins.ts';

const NAMES = ['routes', 'request', 'session'];

/** The plugins that come with this package. They are written as a stranger's would be, against the public names only. */
export async function loadOwnPlugins(): Promise<ShellPlugin[]> {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, '..', 'shell-plugins');
  const [folder, extension] = existsSync(built) ? [built, 'js'] : [join(here, '..', '..', 'shell-plugins'), 'ts'];
  const modules = await Promise.all(
    NAMES.map(
      (name) =>
        import(/* @vite-ignore */ pathToFileURL(join(folder, `${name}.${extension}`)).href) as Promise<{
          default: ShellPlugin;
        }>,
    ),
  );
  return modules.map((module) => module.default);
}
