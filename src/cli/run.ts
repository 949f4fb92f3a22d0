import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { Option } from 'commander';
import { ExitRequest } from '../command-runner.ts';
import type { Command } from '../commands.ts';
import type { DevServerOptions } from '../dev/supervisor.ts';
import { int, intRange } from '../params.ts';
import { confirm } from '../prompts.ts';
import { echo, style } from '../util/terminal.ts';
import type { CommandContext } from './context.ts';

interface RunOptions {
  host: string;
  port: number;
  debug: boolean;
  reload?: boolean;
  debugger?: boolean;
  liveReload: boolean;
  extraFiles?: string;
  excludePatterns?: string;
  reloadType: 'auto' | 'poll';
  reloadInterval: number;
  blockedAfter: number;
  shell?: boolean;
  allowShell?: boolean;
}

/** `app run`. */
export function defineRun(command: Command, context: CommandContext): void {
  command
    .description(
      'Run a local development server: a save is in the running application at once, no request is dropped.\n\nIt is for development only: it shows errors, and has one process.',
    )
    .option('-h, --host <host>', 'The interface to bind to.', '127.0.0.1')
    .option('-p, --port <integer>', 'The port to bind to; 0 takes any that is free.', port, 5000)
    .option('--debug', 'Set debug mode. On unless told otherwise.', context.debug ?? true)
    .option('--no-debug')
    .option('--reload', 'Enable or disable hot reload. On in debug mode unless told otherwise.')
    .option('--no-reload')
    .option('--debugger', 'Enable or disable the debugger in the browser. On in debug mode unless told otherwise.')
    .option('--no-debugger')
    .option('--no-live-reload', 'Leave open pages alone, and put no script into them.')
    .option('--extra-files <paths>', `More files to watch, separated by '${delimiter}'.`)
    .option('--exclude-patterns <patterns>', `Patterns of files not to watch, separated by '${delimiter}'.`)
    .addOption(
      new Option(
        '--reload-type <type>',
        'How changes are seen: told by the system, or looked for where it does not tell.',
      )
        .choices(['auto', 'poll'])
        .default('auto'),
    )
    .option(
      '--reload-interval <milliseconds>',
      'How often to look for changes with --reload-type poll.',
      intRange({ min: 1 }),
      300,
    )
    .option(
      '--blocked-after <seconds>',
      'Restart an application that has not reacted for so long; 0 for never.',
      intRange({ min: 0 }),
      10,
    )
    .option('--shell', 'Open the shell of the application in this terminal.')
    .option('--allow-shell', "Let 'app shell' attach. On in debug mode, except where NODE_ENV is production.")
    .option('--no-allow-shell')
    .action((options: RunOptions) => run(options, context));
}

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const { debug, host } = options;
  // The application reads it while it is being made.
  process.env['FLACON_DEBUG'] = debug ? '1' : '0';
  context.scriptInfo.locate();
  const hasKeys = options.shell !== true && process.stdin.isTTY === true && process.stdout.isTTY === true;
  const { startDevServer } = await import('../dev/supervisor.ts');
  const isDevelopment = debug && process.env['NODE_ENV'] !== 'production';
  const allowShell = options.shell === true || (options.allowShell ?? isDevelopment);
  const settings: DevServerOptions = {
    app: context.app,
    cwd: process.cwd(),
    host,
    port: options.port,
    debug,
    reload: options.reload ?? debug,
    debugger: options.debugger ?? debug,
    liveReload: options.liveReload,
    extraFiles: split(options.extraFiles),
    excludePatterns: split(options.excludePatterns),
    pollInterval: options.reloadType === 'poll' ? options.reloadInterval : undefined,
    blockedAfter: options.blockedAfter * 1000,
    restartFiles: context.envFiles,
    environment: context.environment,
    commands: new URL(import.meta.url.endsWith('.ts') ? './run-command.ts' : '../cli/run-command.js', import.meta.url)
      .href,
    shell: allowShell,
    shellCommand: options.shell || !allowShell ? undefined : shellCommand(context.program),
    keys: hasKeys,
  };
  const server = await startDevServer(settings).catch(async (error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return startDevServer({ ...settings, port: await anotherPort(host, options.port) });
    const problem = LISTEN_PROBLEMS[code ?? ''];
    throw problem ? new ExitRequest(1, `Cannot listen at ${host}, port ${options.port}: ${problem}`) : error;
  });
  if (options.shell || hasKeys) {
    const { DevTerminal } = await import('../dev/terminal.ts');
    const terminal = new DevTerminal(server);
    if (options.shell) await terminal.openShell().finally(() => server.close());
    else terminal.start();
  }
  process.exit(await server.closed);
}

/** Says of what is no number the same as everywhere else. */
function port(text: string): number {
  return intRange({ min: 0, max: 65_535 })(String(int(text)));
}

/** What to do about an address that cannot be had. */
const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'it is for administrators only. Take a port from 1024 upwards: --port 5000',
  EADDRNOTAVAIL: 'this machine has no such address. Take one that it has: --host 127.0.0.1',
  ENOTFOUND: 'no machine has this name. Take an address of this one: --host 127.0.0.1',
};

function split(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(delimiter).filter((part) => part !== '');
}

/** How to open a shell from where this was started: by a script of npm, by npx, or by the program's own name. */
function shellCommand(program: string): string {
  const { npm_lifecycle_event: script, npm_package_json: manifest } = process.env;
  if (script === 'npx') return `npx ${program} shell`;
  return script !== undefined && manifest !== undefined && hasShellScript(manifest)
    ? 'npm run shell'
    : `${program} shell`;
}

function hasShellScript(manifest: string): boolean {
  const { scripts } = JSON.parse(readFileSync(manifest, 'utf8')) as { scripts?: { shell?: string } };
  return scripts?.shell !== undefined;
}

/** Says who has the port, and asks for another one where there is somebody to ask. */
async function anotherPort(host: string, port: number): Promise<number> {
  const { findPortOwner, nextFreePort } = await import('./port.ts');
  const owner = findPortOwner(port);
  const free = await nextFreePort(host, port);
  const by = owner === undefined ? 'another program' : `process ${owner.pid} (${owner.command})`;
  const message = `Port ${port} is in use by ${by}.`;
  if (free === undefined) throw new ExitRequest(1, message);
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new ExitRequest(1, `${message} Stop it, or take another port: --port ${free}`);
  echo(style(message, { fg: 'yellow' }), { err: true });
  if (await confirm(`Use ${free} instead?`, { default: true })) return free;
  throw new ExitRequest(1);
}
