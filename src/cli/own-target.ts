import { AsyncLocalStorage } from 'node:async_hooks';
import { DevApp } from '../dev/dev-app.ts';
import { ModuleRuntime } from '../dev/runtime.ts';
import { locateApp } from '../script-info.ts';
import { LogTail } from '../shell/log-tail.ts';
import { RequestLog } from '../shell/request-log.ts';
import type { LoadedApp } from './run-command.ts';
import type { ReloadEvent, ShellTarget } from '../shell/target.ts';

/** An application that runs for a shell, in this process. */
export interface OwnTarget {
  target: ShellTarget;
  /** The application as it was named. */
  app: string;
  /** Closes what its modules have opened. */
  close(): Promise<void>;
}

/** Loads the application for a shell by the hot runtime. Throws what it cannot be loaded for. */
export async function openOwnTarget(app: string | undefined, cwd = process.cwd()): Promise<OwnTarget> {
  const location = locateApp({ app, cwd });
  const runtime = new ModuleRuntime({ root: location.root });
  runtime.mapStackTraces();
  const log = new LogTail();
  const requests = new RequestLog({ isOfClient: true });
  const devApp = new DevApp(runtime, location, {
    app,
    cwd,
    // No server: nothing happens around requests.
    hooks: {
      onThrow: (error) => {
        throw error;
      },
      beforeResponse: () => undefined,
      onResponse: () => undefined,
      onError: () => undefined,
    },
    onSlow: () => undefined,
    onRetireError: (error) => process.emitWarning(error instanceof Error ? error : String(error)),
  });
  const loaded = await devApp.load();
  if (loaded.kind === 'failed') throw loaded.error;
  const listeners = new Set<(event: ReloadEvent) => void | Promise<void>>();
  // What modules start when they are loaded is the application's, not the session's that asked for it.
  const reload = AsyncLocalStorage.bind(() => reloadAll(devApp));
  const target: ShellTarget = {
    root: location.root,
    app: () => devApp.app,
    generation: () => devApp.generation,
    import: (specifier, parent) => runtime.importFrom(specifier, parent),
    loadedModules: () => runtime.exports(),
    successor: (value) => runtime.successor(value),
    originalPlace: (file, line, column) => runtime.originalPlace(file, line, column),
    onReload(fn) {
      listeners.add(fn);
      return () => listeners.delete(fn);
    },
    async reload() {
      const event = await reload();
      await Promise.all([...listeners].map((listener) => listener(event)));
      return event;
    },
    requests,
    log,
    runCommand: (args) => runCommand(args, { app: () => devApp.app, location }),
    info: () => ({ pid: process.pid }),
  };
  return {
    target,
    app: location.text,
    async close() {
      await devApp.close();
      requests.close();
      log.close();
    },
  };
}

async function reloadAll(devApp: DevApp): Promise<ReloadEvent> {
  const result = await devApp.reload();
  if (result.kind === 'reloaded') return result;
  if (result.kind === 'failed')
    return { kind: 'failed', message: result.error instanceof Error ? result.error.message : String(result.error) };
  if (result.kind === 'restart') return { kind: 'failed', message: `needs a new shell: ${result.reason}` };
  return { kind: 'failed', message: 'there is nothing to load' };
}

/** The program opens shells, and shells run the program: it is loaded by its place, when it is asked for. */
async function runCommand(args: readonly string[], app: LoadedApp): Promise<number> {
  const place = import.meta.url.endsWith('.ts') ? './run-command.ts' : '../cli/run-command.js';
  const program = (await import(new URL(place, import.meta.url).href)) as {
    runCommand(args: readonly string[], app: LoadedApp): Promise<number>;
  };
  return program.runCommand(args, app);
}
