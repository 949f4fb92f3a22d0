import type { Command } from 'commander';
import { bool, float, floatRange, int, intRange, path, uuid } from '../../src/params.ts';
import { confirm, prompt } from '../../src/prompts.ts';
import type { CommandSpec, Json, Param, ParamType } from './cli-types.ts';

const NAMES: Record<string, string> = { int: 'integer', float: 'float', bool: 'boolean', uuid: 'uuid', str: 'text' };

function parserOf(type: ParamType | undefined): ((text: string) => unknown) | undefined {
  if (typeof type === 'string') return { int, float, bool, uuid, str: String }[type];
  if (type === undefined || 'choice' in type) return undefined;
  if ('intrange' in type) return intRange(type.intrange);
  if ('floatrange' in type) {
    const { min, max, max_open: maxOpen, min_open: minOpen, clamp } = type.floatrange as Record<string, never>;
    return floatRange(JSON.parse(JSON.stringify({ min, max, maxOpen, minOpen, clamp })) as object);
  }
  return path({ exists: type.path.exists ?? false, fileOkay: type.path.file_okay ?? true });
}

function placeholder({ type, metavar }: Param): string {
  if (metavar !== undefined) return metavar;
  if (typeof type === 'string') return NAMES[type] ?? type;
  if (type === undefined || 'choice' in type) return 'text';
  if ('intrange' in type) return 'integer range';
  return 'floatrange' in type ? 'float range' : 'path';
}

export function addParam(command: Command, param: Param): void {
  if (param.argument !== undefined) {
    const variadic = param.nargs === -1;
    const required = param.required ?? (!variadic && param.default === undefined);
    const name = `${param.argument}${variadic ? '...' : ''}`;
    const argument = command.createArgument(required ? `<${name}>` : `[${name}]`);
    const parse = parserOf(param.type);
    if (parse !== undefined)
      argument.argParser<unknown>(
        variadic ? (text, before) => [...((before as unknown[] | undefined) ?? []), parse(text)] : parse,
      );
    if (param.default !== undefined) argument.default(param.default);
    command.addArgument(argument);
    return;
  }
  if (param.confirmation_option !== undefined) {
    command.option('--yes', 'Confirm the action without prompting.');
    return;
  }
  if (param.flag_value !== undefined) {
    const [name = '', key = ''] = param.option ?? [];
    command.addOption(command.createOption(name, param.help ?? '').implies({ [key]: param.flag_value }));
    if (param.default === true) command.setOptionValueWithSource(key, param.flag_value, 'default');
    return;
  }
  for (const [flags, defaultValue] of flagsOf(param)) {
    const option = command.createOption(flags, param.help ?? '');
    if (typeof param.type === 'object' && 'choice' in param.type) option.choices(param.type.choice);
    const parse = parserOf(param.type);
    if (param.count) option.argParser<number>((_, before) => before + 1).default(0);
    else if (param.multiple)
      option
        .argParser((text: string, before: unknown[] = []) => [...before, parse === undefined ? text : parse(text)])
        .default([], '');
    else if (parse !== undefined) option.argParser(parse);
    if (defaultValue !== undefined)
      option.default(defaultValue, typeof param.show_default === 'string' ? param.show_default : undefined);
    if (typeof param.envvar === 'string') option.env(param.envvar);
    if (param.required) option.makeOptionMandatory();
    if (param.hidden) option.hideHelp();
    command.addOption(option);
  }
}

function flagsOf(param: Param): [flags: string, defaultValue: Json | undefined][] {
  const names = (param.option ?? []).filter((name) => name.startsWith('-')).sort((a, b) => a.length - b.length);
  const [first = '', second = ''] = names;
  if (first.includes('/')) {
    const [on = [], off = []] = [0, 1].map((side) => names.map((name) => name.split('/')[side] ?? ''));
    const value = param.default ?? false;
    return [
      [on.join(', '), value],
      [off.join(', '), undefined],
    ];
  }
  const flag = param.is_flag === true || param.count === true;
  const spelled =
    names.length > 2 ? [first, names.at(-1)].join(', ') : [first, second].filter((name) => name !== '').join(', ');
  return [
    [
      flag ? spelled : `${spelled} <${placeholder(param)}>`,
      param.default ?? (param.is_flag === true ? false : undefined),
    ],
  ];
}

export type Values = Record<string, unknown>;

export async function collectValues(spec: CommandSpec, command: Command, args: readonly unknown[]): Promise<Values> {
  const values: Values = {};
  const options = command.opts();
  let position = 0;
  for (const param of spec.params ?? []) {
    if (param.argument !== undefined) values[param.argument] = args[position++] ?? null;
    else if (param.confirmation_option !== undefined) {
      if (options['yes'] !== true) await confirm(String(param.prompt), { abort: true });
    } else {
      const name = keyOf(param);
      const option = command.options.find((candidate) =>
        param.option?.some((flags) => flags.split('/').includes(candidate.long ?? candidate.short ?? '')),
      );
      let value = options[param.flag_value === undefined ? (option?.attributeName() ?? '') : name] as unknown;
      value ??= spec.context_settings?.default_map?.[name];
      if (value === undefined && param.prompt) value = await ask(param, name);
      values[name] = encode(value ?? null, param.type);
    }
  }
  return values;
}

const keyOf = ({ option = [] }: Param): string =>
  option.find((name) => !name.startsWith('-')) ??
  (option.find((name) => name.startsWith('--')) ?? option[0] ?? '')
    .split('/', 1)[0]!
    .replace(/^-+/, '')
    .replaceAll('-', '_');

const encode = (value: unknown, type: ParamType | undefined): unknown => {
  if (type === 'uuid' && typeof value === 'string') return { $uuid: value };
  return typeof value === 'number' && type === 'float' ? pythonFloat(value) : value;
};

const pythonFloat = (value: number): unknown =>
  Number.isInteger(value)
    ? { $float: `${value}.0` }
    : Number.isFinite(value)
      ? value
      : { $float: String(value).toLowerCase().replace('infinity', 'inf') };

function ask(param: Param, name: string): Promise<unknown> {
  const text =
    typeof param.prompt === 'string' ? param.prompt : name[0]!.toUpperCase() + name.slice(1).replaceAll('_', ' ');
  const type = parserOf(param.type);
  return prompt<unknown>(text, {
    hideInput: param.hide_input ?? false,
    confirmationPrompt: param.confirmation_prompt ?? false,
    type: type ?? String,
    ...(typeof param.type === 'object' && 'choice' in param.type ? { choices: param.type.choice } : {}),
  });
}
