import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Flacon } from './app.ts';
import { ScriptInfo } from './script-info.ts';

/** Options of {@link loadApp}. */
export interface LoadAppOptions {
  /** Folder of the project, or its file URL. Default: the working directory. */
  root?: string | URL;
  /** What `--app` takes, such as `src/app.ts` or `app:createApp()`. Default: as the `app` program finds it. */
  app?: string;
}

/**
 * Finds and loads the application of a project, as the `app` program does: for tests that know the folder, but not the
 * module. Rejects with an `AppLoadError` that says what was tried; an error of the application's own is its `cause`.
 */
export function loadApp({ root = process.cwd(), app }: LoadAppOptions = {}): Promise<Flacon> {
  const cwd = typeof root === 'string' ? root : fileURLToPath(root);
  const load = (file: string): Promise<Record<string, unknown>> =>
    import(/* @vite-ignore */ pathToFileURL(file).href) as Promise<Record<string, unknown>>;
  return new ScriptInfo({ cwd, app, load }).loadApp();
}
