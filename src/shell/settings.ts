import { closestName } from '../suggest.ts';
import { CLIENT_SETTINGS } from './client-command-list.ts';
import type { ShellCommand } from './plugins.ts';
import { FlaconError } from '../util/errors.ts';

/** Something that the person at the prompt can switch: `.set NAME VALUE`. */
export interface Setting {
  readonly name: string;
  readonly description: string;
  /** The values that it may have, where there are few. */
  readonly values: readonly string[];
  get(): string;
  /** Throws for a value that it cannot have. */
  set(text: string): void;
}

/** A setting that is on or off, kept as a property of `target`. */
export function switchSetting<Key extends string>(
  name: string,
  description: string,
  target: Record<Key, boolean>,
  key: Key,
): Setting {
  return {
    name,
    description,
    values: ['on', 'off'],
    get: () => (target[key] ? 'on' : 'off'),
    set(text) {
      if (text !== 'on' && text !== 'off') throw new Error(`'${text}' is neither on nor off`);
      target[key] = text === 'on';
    },
  };
}

/** A setting that is a whole number, kept as a property of `target`. */
export function numberSetting<Key extends string>(
  name: string,
  description: string,
  target: Record<Key, number>,
  key: Key,
): Setting {
  return {
    name,
    description,
    values: [],
    get: () => String(target[key]),
    set(text) {
      const number = Number(text);
      if (text.trim() === '' || !Number.isInteger(number) || number < 0) throw new Error(`'${text}' is not a ${name}`);
      target[key] = number;
    },
  };
}

/** The setting of a name. Throws, with the nearest one, when there is none. */
export function findSetting(settings: readonly Setting[], name: string): Setting {
  const found = settings.find((setting) => setting.name === name);
  if (found) return found;
  const nearest = closestName(name, [...settings.map((setting) => setting.name), ...Object.keys(CLIENT_SETTINGS)]);
  throw new FlaconError(`no setting '${name}'`, {
    code: 'UNKNOWN_SETTING',
    fix: nearest === undefined ? '.set lists them' : `did you mean ${nearest}?`,
  });
}

/** What `.set` shows: a name, its value, and what it is for. */
export function settingRows(settings: readonly Setting[]): string[][] {
  return settings.map(({ name, description, get }) => [name.padEnd(8), get().padEnd(5), description]);
}

/** `.set` for these settings. */
export function setCommand(settings: readonly Setting[]): ShellCommand {
  return {
    name: 'set',
    usage: '.set [NAME [VALUE]]',
    description: 'Show the settings, or change one.',
    group: 'shell',
    complete: (_shell, args) => valuesToComplete(settings, args),
    run(shell, args) {
      const [name = '', ...value] = args.split(/\s+/);
      if (name === '') return shell.table(['', '', ''], settingRows(settings));
      const setting = findSetting(settings, name);
      if (value.length > 0) setting.set(value.join(' '));
      shell.print(`${name} is ${setting.get()}`);
    },
  };
}

/** What may follow `.set` and the words that are typed. */
function valuesToComplete(settings: readonly Setting[], args: string): readonly string[] {
  const [, name] = /^(\S+)\s/.exec(args) ?? [];
  if (name === undefined) return [...settings.map((setting) => setting.name), ...Object.keys(CLIENT_SETTINGS)];
  return settings.find((setting) => setting.name === name)?.values ?? CLIENT_SETTINGS[name] ?? [];
}

/** `.NAME [VALUE]`, short for `.set NAME VALUE`. */
export function settingCommand(setting: Setting, group: string): ShellCommand {
  const { name, description, values } = setting;
  return {
    name,
    usage: `.${name} ${values.length > 0 ? values.join('|') : 'N'}`,
    description,
    group,
    complete: () => values,
    run(shell, args) {
      if (args !== '') setting.set(args);
      shell.print(`${name} is ${setting.get()}`);
    },
  };
}
