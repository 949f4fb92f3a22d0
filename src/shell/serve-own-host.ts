import { startShellHost } from './host.ts';
import type { SideThread } from '../util/side-thread.ts';
import type { ShellTarget } from './target.ts';

/** Options of {@link serveOwnHost}. */
export interface ServeOwnHostOptions {
  /** The application as it was named. */
  app?: string;
  /** Closes what loading the application has opened; runs at the end. */
  close?: () => unknown;
  /** The thread that can interrupt what blocks this one. Default: one of its own, with the first entry. */
  thread?: SideThread;
}

/**
 * Opens a host for the one shell that has started this process with `forkHost`, and ends the process when that shell
 * is gone.
 */
export async function serveOwnHost(
  target: ShellTarget,
  { app = '', close, thread }: ServeOwnHostOptions = {},
): Promise<void> {
  // Ctrl-C of the terminal reaches every process of its group; what it means is decided by the shell.
  process.on('SIGINT', () => undefined);
  const host = await startShellHost(target, { app, isAttached: false, ...(thread && { thread }) });
  const end = async (code: number): Promise<void> => {
    await host.close();
    await close?.();
    process.exit(code);
  };
  process.once('disconnect', () => void end(Number(process.exitCode ?? 0)));
  process.once('SIGTERM', () => void end(143));
  process.once('SIGHUP', () => void end(129));
  process.send?.(host.record);
}
