import type { Command, CommanderError, Option } from 'commander';
import { readEnvironment } from './command-environment.ts';
import { argumentName, commandPath, optionName, usageLine } from './command-help.ts';
import { closeMatches, closestName } from './suggest.ts';
import { currentStreams } from './util/terminal.ts';

/** A command was typed wrongly: exit code 2, with the usage of the command that was meant. */
export class UsageError extends Error {
  readonly exitCode = 2;
  /** `Usage: …` of the command, if it is known which. */
  readonly usage: string | undefined;
  /** What to type to learn more. */
  readonly hint: string | undefined;

  constructor(message: string, { usage, hint }: { usage?: string; hint?: string } = {}) {
    super(message);
    this.name = 'UsageError';
    this.usage = usage;
    this.hint = hint;
  }

  /** Usage, hint and message, as Click prints them. */
  format(): string {
    const head = [this.usage, this.hint].filter((line) => line !== undefined).join('\n');
    return `${head === '' ? '' : `${head}\n\n`}Error: ${this.message}\n`;
  }
}

/** A command asked to end: its help was shown, or it called `command.error`. */
export class ExitRequest extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message = '') {
    super(message);
    this.name = 'ExitRequest';
    this.exitCode = exitCode;
  }
}

/** The question was not answered: end of input, or `confirm({ abort: true })` denied. Exit code 1. */
export class Abort extends Error {
  constructor() {
    super('Aborted!');
    this.name = 'Abort';
  }
}

/** Settings of a run. */
export interface RunOptions {
  /** Prefix of the environment variables that stand for options (`FLACON` for `FLACON_RUN_PORT`); without it none do. */
  envPrefix?: string;
}

/**
 * Parses arguments and runs the command they name.
 * Throws `UsageError`, `ExitRequest`, and whatever the command throws; never ends the process.
 */
export async function runProgram(program: Command, args: readonly string[], options: RunOptions = {}): Promise<void> {
  adopt(program, options);
  await program.parseAsync([...args], { from: 'user' });
}

function adopt(command: Command, options: RunOptions): void {
  command.exitOverride((error) => {
    throw translate(command, error);
  });
  // Commander prints its messages before it asks us; ours say the same in Click's words.
  command.configureOutput({
    outputError: () => {},
    writeOut: (text) => currentStreams().stdout.write(text),
    writeErr: (text) => currentStreams().stderr.write(text),
  });
  readEnvironment(command, options.envPrefix);
  for (const sub of command.commands) adopt(sub, options);
}

const hintFor = (command: Command): string | undefined => {
  const option = command
    .createHelp()
    .visibleOptions(command)
    .find((candidate) => !command.options.includes(candidate));
  return option === undefined ? undefined : `Try '${commandPath(command)} ${option.short ?? option.long}' for help.`;
};

function translate(command: Command, error: CommanderError): Error {
  if (error.exitCode === 0) return new ExitRequest(0);
  // A group without a command: its help went to stderr.
  if (error.code === 'commander.help') return new ExitRequest(2);
  if (error.code === 'commander.error') return new ExitRequest(error.exitCode, error.message.replace(/^error: /, ''));
  // Click says no more than this where it stopped reading the line.
  if (error.code === 'commander.optionMissingArgument') return new UsageError(usageMessage(command, error));
  const hint = hintFor(command);
  return new UsageError(usageMessage(command, error), {
    usage: usageLine(command),
    ...(hint === undefined ? {} : { hint }),
  });
}

function usageMessage(command: Command, error: CommanderError): string {
  // Commander's `error: option '--port <n>' argument 'x' is invalid. …`, in one line of its own.
  const text = error.message.replace(/^error: /, '');
  const quoted = /'((?:[^'\\]|\\.)*)'/.exec(text)?.[1] ?? '';
  const option = (): Option | undefined => command.options.find((candidate) => candidate.flags === quoted);
  switch (error.code) {
    case 'commander.unknownOption':
      return noSuchOption(quoted, longNames(command));
    case 'commander.unknownCommand':
      return noSuchCommand(
        command.args[0] ?? quoted,
        command.commands.map((sub) => sub.name()),
      );
    case 'commander.missingArgument':
      return `Missing argument '${missingArgument(command, quoted)}'.`;
    case 'commander.optionMissingArgument':
      return `Option '${option()?.long ?? option()?.short ?? quoted}' requires an argument.`;
    case 'commander.missingMandatoryOptionValue':
      return `Missing option ${nameOf(option(), quoted)}.`;
    case 'commander.excessArguments': {
      const extra = command.args.slice(command.registeredArguments.length);
      return `Got unexpected extra argument${extra.length === 1 ? '' : 's'} (${extra.join(' ')})`;
    }
    case 'commander.invalidArgument':
      return invalidValue(command, text, quoted);
    default:
      return text;
  }
}

const nameOf = (option: Option | undefined, flags: string): string =>
  option === undefined ? `'${flags}'` : optionName(option);

const longNames = (command: Command): string[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map((option) => option.long)
    .filter((name) => name !== undefined && name !== null);

/** `No such option: --prot Did you mean --port?` */
export function noSuchOption(typed: string, options: readonly string[]): string {
  const long = typed.startsWith('--');
  const name = long ? (typed.split('=', 1)[0] ?? typed) : typed.slice(0, 2);
  const near = long ? closeMatches(name, options) : [];
  if (near.length === 0) return `No such option: ${name}`;
  return `No such option: ${name} ${near.length === 1 ? `Did you mean ${near[0]}?` : `(Possible options: ${near.sort().join(', ')})`}`;
}

/** `No such command 'init-db'. Did you mean 'init_db'?` */
export function noSuchCommand(typed: string, commands: Iterable<string>): string {
  const near = closestName(typed, commands);
  return `No such command '${typed}'.${near === undefined ? '' : ` Did you mean '${near}'?`}`;
}

function missingArgument(command: Command, name: string): string {
  const argument = command.registeredArguments.find((candidate) => candidate.name() === name);
  return argument === undefined ? name : argumentName(argument);
}

const INVALID_OPTION =
  /^option '(?<flags>.*?)' (?:argument|value) '(?<value>.*?)'(?: from env '(?<env>.*?)')? is invalid\. (?<why>.*)$/s;
const INVALID_ARGUMENT = /^command-argument value '(?<value>.*)' is invalid for argument '(?<name>.*?)'\. (?<why>.*)$/s;

function invalidValue(command: Command, text: string, quoted: string): string {
  const found = (INVALID_OPTION.exec(text) ?? INVALID_ARGUMENT.exec(text))?.groups;
  if (found === undefined) return text;
  const { flags, value = '', name, why = '', env } = found;
  const option = command.options.find((candidate) => candidate.flags === flags);
  const argument = command.registeredArguments.find((candidate) => candidate.name() === name);
  const label =
    flags !== undefined ? nameOf(option, quoted) : `'${argument === undefined ? name : argumentName(argument)}'`;
  const message = `Invalid value for ${label}: ${describeInvalid(value, why, option?.argChoices ?? argument?.argChoices)}`;
  return env === undefined ? message : `${message.replace(/\.$/, '')} (from the environment variable ${env}).`;
}

/** A parser's message in place of the value: as a sentence of its own, or continuing `'x' …`. */
function describeInvalid(value: string, why: string, choices: readonly string[] | undefined): string {
  if (choices !== undefined) return `'${value}' is not one of ${choices.map((choice) => `'${choice}'`).join(', ')}.`;
  return why.trim() === '' ? `'${value}' is not valid.` : why;
}
