import { EXIT } from './script.ts';
import { runScriptMode } from './script-mode.ts';
import { findServer, type ShellOptions } from './shell-options.ts';

export { findServer, type OwnHost, type ShellOptions } from './shell-options.ts';

/**
 * Runs a shell to its end and gives the exit code: 0 fine, 1 the code threw, 2 a syntax error, 3 no server to attach to.
 * Nothing of the application is loaded here, unless `openTarget` does it.
 */
export async function runShell(options: ShellOptions): Promise<number> {
  const { stdin = process.stdin, stderr = process.stderr } = options;
  const isScript = options.code !== undefined || options.file !== undefined || stdin.isTTY !== true;
  const attach = options.attach ?? 'auto';
  const record = attach === true || (attach === 'auto' && !isScript) ? findServer(options.subject) : undefined;
  if (attach === true && !record) {
    stderr.write(`no running server of this project\nhint: start one with 'app run', or leave out --attach\n`);
    return EXIT.noServer;
  }
  if (isScript) return runScriptMode(options, record);
  const { runTerminalShell } = await import('./terminal-shell.ts');
  return runTerminalShell(options, record);
}
