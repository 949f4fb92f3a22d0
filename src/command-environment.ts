import type { EventEmitter } from 'node:events';
import type { Command, CommanderError, Option } from 'commander';
import { commandPath, generatedVariables } from './command-help.ts';

/**
 * Lets environment variables stand for options: those that an option names, and with a prefix also
 * `FLACON_USERS_CREATE_ROLE` for `--role` of `app users create`. An empty variable counts as none.
 */
export function readEnvironment(command: Command, prefix: string | undefined): void {
  const path = commandPath(command).split(' ').slice(1).join('_');
  for (const option of command.options) {
    const isOwn = option.envVar !== undefined && !generatedVariables.has(option);
    if (isOwn && !isFlag(option)) listen(command, option);
    if (isOwn || prefix === undefined || path === '') continue;
    const key = option.attributeName().replace(/([a-z\d])([A-Z])/g, '$1_$2');
    option.env(`${prefix}_${path}_${key}`.toUpperCase().replace(/[^A-Z\d]+/g, '_'));
    generatedVariables.add(option);
    listen(command, option);
  }
}

/** Takes Commander's place: it takes an empty variable for a value, and any for a flag that is set, `0` and `false` too. */
function listen(command: Command, option: Option): void {
  const event = `optionEnv:${option.name()}`;
  (command as unknown as EventEmitter).removeAllListeners(event);
  command.on(event, () => {
    const text = process.env[option.envVar ?? ''];
    if (text) command.setOptionValueWithSource(option.attributeName(), parse(command, option, text), 'env');
  });
}

function parse(command: Command, option: Option, text: string): unknown {
  try {
    if (isFlag(option)) return requireBoolean(text);
    return option.parseArg === undefined ? text : option.parseArg<unknown>(text, undefined);
  } catch (error) {
    if ((error as Partial<CommanderError>).code !== 'commander.invalidArgument') throw error;
    const { message } = error as Error;
    return command.error(
      `error: option '${option.flags}' value '${text}' from env '${option.envVar}' is invalid. ${message}`,
      {
        code: 'commander.invalidArgument',
      },
    );
  }
}

const isFlag = (option: Option): boolean => !option.required && !option.optional;

function requireBoolean(text: string): boolean {
  const value = parseBoolean(text);
  if (value !== undefined) return value;
  throw Object.assign(new TypeError(`'${text}' is not a valid boolean.`), { code: 'commander.invalidArgument' });
}

/** Click's booleans: 1 true t yes y on, 0 false f no n off. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (['1', 'true', 't', 'yes', 'y', 'on'].includes(word)) return true;
  if (['0', 'false', 'f', 'no', 'n', 'off'].includes(word)) return false;
  return undefined;
}
