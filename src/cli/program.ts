import { commandRows, compare, formatPage, formatUsage, type Row } from '../command-help.ts';
import { ExitRequest, noSuchCommand, runProgram, UsageError } from '../command-runner.ts';
import { createCommandGroup, mountCommands, runAsCommandOf } from '../commands.ts';
import { ScriptInfo } from '../script-info.ts';
import { echo } from '../util/terminal.ts';
import type { BuiltinCommand, CommandContext } from './context.ts';
import { loadDotenv } from './dotenv.ts';
import { debugFlag, globalOptionRows, parseGlobalOptions } from './global-options.ts';
import { report } from './report.ts';

const builtins: Record<string, BuiltinCommand> & { shell: BuiltinCommand } = {
  routes: {
    summary: 'Show the routes of the application.',
    load: async () => (await import('./routes.ts')).defineRoutes,
  },
  run: {
    summary: 'Run the development server, with hot reload.',
    load: async () => (await import('./run.ts')).defineRun,
  },
  shell: {
    summary: 'Open a shell in the running application.',
    load: async () => (await import('./shell.ts')).defineShell,
  },
};

const DESCRIPTION = `The program of a Flacon application.

The application is named by '--app', the environment variable FLACON_APP, or "flacon": { "app": … } in package.json; else it is in app.ts, src/app.ts or wsgi.ts of the current directory.`;

/** Options of {@link main}. */
export interface MainOptions {
  /** What the program was called as. Default: `app`. */
  program?: string;
  /** Where the application comes from. Default: as the options and the environment say. */
  scriptInfo?: Pick<ScriptInfo, 'locate' | 'loadApp'>;
}

/** Runs the program with these arguments. Returns the exit code; everything that is to be said has been printed. */
export async function main(argv: readonly string[], options: MainOptions = {}): Promise<number> {
  try {
    await dispatch(argv, options);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error);
  }
}

async function dispatch(argv: readonly string[], { program = 'app', scriptInfo: given }: MainOptions): Promise<void> {
  const options = parseGlobalOptions(argv, program);
  if (options.version) return showVersion();
  const realEnvironment = { ...process.env };
  const envFiles = loadDotenv({ envFile: options.envFile });
  const debug = debugFlag(options, program);
  // The application reads it while it is being made.
  if (debug !== undefined) process.env['FLACON_DEBUG'] = debug ? '1' : '0';
  const scriptInfo =
    given ?? new ScriptInfo({ app: options.app, load: async (file) => (await import('./load.ts')).loadModule(file) });
  const environment = (): NodeJS.ProcessEnv => {
    const env = { ...realEnvironment };
    loadDotenv({ env, envFile: options.envFile });
    return env;
  };
  const context: CommandContext = { program, app: options.app, debug, scriptInfo, envFiles, environment };

  const [name] = options.rest;
  if (options.help) return echo(await helpPage(context), { nl: false });
  if (name === undefined) {
    if (argv.length > 0) throw usageError(program, 'Missing command.');
    echo(await helpPage(context), { nl: false, err: true });
    throw new ExitRequest(2);
  }
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (name === 'shell') return runShellCommand(builtins.shell, options.rest, context);
  if (builtin !== undefined) return runBuiltin(name, builtin, options.rest, context);
  return runAppCommand(name, options.rest, context);
}

async function runBuiltin(
  name: string,
  builtin: BuiltinCommand,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  const define = await builtin.load();
  // What follows the file of `app shell FILE` is the file's.
  const root = createCommandGroup(context.program).enablePositionalOptions();
  define(root.command(name), context);
  await runProgram(root, args, { envPrefix: 'FLACON' });
}

async function runShellCommand(
  builtin: BuiltinCommand,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  const { openShell, plainOptions } = await import('./open-shell.ts');
  const options = plainOptions(args.slice(1), process.env);
  if (options) return openShell(context, undefined, [], options);
  return runBuiltin('shell', builtin, args, context);
}

async function runAppCommand(name: string, args: readonly string[], context: CommandContext): Promise<void> {
  const app = await context.scriptInfo.loadApp().catch(async (error: unknown) => {
    await report(error);
    echo('', { err: true });
    throw usageError(
      context.program,
      `${noSuchCommand(name, Object.keys(builtins))} (The application did not load, so its own commands are not known.)`,
    );
  });
  const root = createCommandGroup(context.program);
  const reserved = new Set(Object.keys(builtins));
  mountCommands(root, app, reserved);
  const known = root.commands.flatMap((command) => [command.name(), ...command.aliases()]);
  if (!known.includes(name)) throw usageError(context.program, noSuchCommand(name, [...known, ...reserved]));
  await runAsCommandOf(app, () => runProgram(root, args, { envPrefix: 'FLACON' }));
}

function usageError(program: string, message: string): UsageError {
  return new UsageError(message, {
    usage: formatUsage(program, '[OPTIONS] COMMAND [ARGS]...'),
    hint: `Try '${program} --help' for help.`,
  });
}

async function helpPage({ program, scriptInfo }: CommandContext): Promise<string> {
  const rows = new Map<string, Row>();
  for (const [name, { summary }] of Object.entries(builtins)) rows.set(name, [name, summary]);
  try {
    const root = createCommandGroup(program);
    mountCommands(root, await scriptInfo.loadApp(), new Set(rows.keys()));
    for (const command of root.createHelp().visibleCommands(root))
      rows.set(command.name(), [command.name(), command.summary() || command.description()]);
  } catch (error) {
    // Without the application there are still the built-in commands to list.
    await report(error);
    echo('', { err: true });
  }
  return formatPage({
    usage: formatUsage(program, '[OPTIONS] COMMAND [ARGS]...'),
    description: DESCRIPTION,
    sections: [
      ['Options', globalOptionRows],
      ['Commands', commandRows([...rows.values()].sort(([a], [b]) => compare(a, b)))],
    ],
  });
}

async function showVersion(): Promise<void> {
  const { createRequire } = await import('node:module');
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  echo(`Node.js ${process.versions.node}\nFlacon ${version}`);
}
