import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import type { OwnHost } from '../shell/client.ts';
import { forkHost } from '../shell/own-host.ts';
import { findServer } from '../shell/shell-options.ts';
import type { CommandContext } from './context.ts';

/** With these a person gets a shell, and nothing about them can be wrong. */
const PLAIN_OPTIONS = new Set(['--no-attach', '--plain', '--sandbox', '--write', '--no-rc', '--trust']);

let early: Promise<OwnHost> | undefined;

/**
 * Starts the application of a person's shell that will need one, before the command line is read: most of the time until
 * the prompt is that of the application. `args` are what follows `shell`.
 */
export function startEarly(args: readonly string[], { app, scriptInfo }: CommandContext): void {
  const isPlain =
    args.every((arg) => PLAIN_OPTIONS.has(arg)) && !(args.includes('--sandbox') && args.includes('--write'));
  if (!isPlain || !isatty(0)) return;
  try {
    const { file, name } = scriptInfo.locate();
    if (!args.includes('--no-attach') && findServer({ file, name })) return;
  } catch {
    // The command says what is wrong when it comes to that itself.
    return;
  }
  early = forkOwnHost(app);
  early.catch(() => undefined);
}

/** The application that was started early; an application once. */
export function takeEarlyHost(): Promise<OwnHost> | undefined {
  const taken = early;
  early = undefined;
  return taken;
}

/** Ends the application that nobody has taken. */
export async function dropEarlyHost(): Promise<void> {
  const host = await takeEarlyHost()?.catch(() => undefined);
  await host?.stop();
}

/** Starts an application for a shell, in a child process. */
export function forkOwnHost(app: string | undefined): Promise<OwnHost> {
  const entry = import.meta.url.endsWith('.ts') ? './shell-host.ts' : './shell-host.js';
  return forkHost(fileURLToPath(new URL(entry, import.meta.url)), { args: app === undefined ? [] : [app] });
}
