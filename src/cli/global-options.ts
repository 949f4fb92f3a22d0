import { existsSync } from 'node:fs';
import { parseBoolean } from '../command-environment.ts';
import { noSuchOption, UsageError } from '../command-runner.ts';
import type { Row } from '../command-help.ts';

/** What stands before the command. */
export interface GlobalOptions {
  app: string | undefined;
  debug: boolean | undefined;
  envFile: string | undefined;
  help: boolean;
  version: boolean;
  /** The command and what follows it. */
  rest: string[];
}

/** The rows of the options in the help page. */
export const globalOptionRows: readonly Row[] = [
  [
    '-e, --env-file FILE',
    "Load environment variables from this file. They win over those of '.env' and '.flaconenv'; the real environment wins over all.",
  ],
  [
    '-A, --app IMPORT',
    "The application or factory to load: 'module', 'module:name' or 'module:createApp(\"arg\")'. The module is a path, with or without extension.",
  ],
  ['--debug / --no-debug', "Set debug mode. 'run' has it on unless told otherwise."],
  ['--version', 'Show the version and exit.'],
  ['--help', 'Show this message and exit.'],
];

const LONG_OPTIONS = ['--env-file', '--app', '--debug', '--no-debug', '--version', '--help'];
const SHORT_OPTIONS: Record<string, string> = { '-e': '--env-file', '-A': '--app' };

/** Reads the options before the command, by hand: nothing needs to be loaded to find out which command is meant. */
export function parseGlobalOptions(argv: readonly string[], program: string): GlobalOptions {
  const options: GlobalOptions = {
    app: undefined,
    debug: undefined,
    envFile: undefined,
    help: false,
    version: false,
    rest: [],
  };
  const fail = (message: string): UsageError =>
    new UsageError(message, {
      usage: `Usage: ${program} [OPTIONS] COMMAND [ARGS]...`,
      hint: `Try '${program} --help' for help.`,
    });
  const args = [...argv];
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (arg === '--') break;
    if (!arg.startsWith('-') || arg === '-') {
      args.unshift(arg);
      break;
    }
    const [name, attached] = splitOption(arg);
    const value = (): string => {
      const text = attached ?? args.shift();
      if (text === undefined) throw fail(`Option '${arg}' requires an argument.`);
      return text;
    };
    const flag = (): true => {
      if (attached !== undefined) throw fail(`Option '${name}' does not take a value.`);
      return true;
    };
    if (name === '--app') options.app = value();
    else if (name === '--env-file') options.envFile = value();
    else if (name === '--debug') options.debug = flag();
    else if (name === '--no-debug') options.debug = !flag();
    else if (name === '--version') options.version = flag();
    else if (name === '--help') options.help = flag();
    else throw fail(noSuchOption(arg, LONG_OPTIONS));
  }
  options.envFile ??= process.env['FLACON_ENV_FILE'] || undefined;
  if (options.envFile !== undefined && !existsSync(options.envFile)) {
    throw fail(`Invalid value for '-e' / '--env-file': File '${options.envFile}' does not exist.`);
  }
  return { ...options, rest: args };
}

function splitOption(arg: string): [name: string, attached: string | undefined] {
  if (!arg.startsWith('--')) {
    const name = SHORT_OPTIONS[arg.slice(0, 2)] ?? arg.slice(0, 2);
    return [name, arg.length > 2 ? arg.slice(2) : undefined];
  }
  const at = arg.indexOf('=');
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** Whether debug mode is asked for, by option or by FLACON_DEBUG; `undefined` if nobody said. */
export function debugFlag(options: Pick<GlobalOptions, 'debug'>, program: string): boolean | undefined {
  if (options.debug !== undefined) return options.debug;
  const text = process.env['FLACON_DEBUG'];
  if (text === undefined || text === '') return undefined;
  const value = parseBoolean(text);
  if (value === undefined) {
    throw new UsageError(`Invalid value for '--debug': '${text}' is not a valid boolean (from FLACON_DEBUG).`, {
      usage: `Usage: ${program} [OPTIONS] COMMAND [ARGS]...`,
      hint: `Try '${program} --help' for help.`,
    });
  }
  return value;
}
