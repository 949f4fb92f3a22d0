import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Blueprint, currentApp, echo, Flacon, urlFor } from '../../src/index.ts';
import { main } from '../../src/cli/program.ts';
import { Abort, UsageError } from '../../src/command-runner.ts';
import { bool, float, floatRange, int, intRange, path, uuid } from '../../src/params.ts';
import { confirm, prompt, withAnswers } from '../../src/prompts.ts';
import { secho, stripAnsi, style, withStreams } from '../../src/util/terminal.ts';

// Types of the corpus: applications and their commands as data.
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type ParamType =
  | string
  | { choice: string[] }
  | { intrange: object }
  | { floatrange: object }
  | { path: { exists?: boolean; file_okay?: boolean } };

export interface Param {
  argument?: string;
  option?: string[];
  nargs?: number;
  type?: ParamType;
  default?: Json;
  required?: boolean;
  envvar?: string | string[];
  show_envvar?: boolean;
  show_default?: boolean | string;
  help?: string;
  hidden?: boolean;
  metavar?: string;
  is_flag?: boolean;
  flag_value?: string;
  count?: boolean;
  multiple?: boolean;
  prompt?: boolean | string;
  hide_input?: boolean;
  confirmation_prompt?: boolean;
  confirmation_option?: number;
}

export interface CommandSpec {
  name: string;
  doc?: string;
  help?: string;
  short_help?: string;
  hidden?: boolean;
  deprecated?: boolean;
  epilog?: string;
  no_args_is_help?: boolean;
  add_help_option?: boolean;
  context_settings?: { help_option_names?: string[]; default_map?: Record<string, Json> };
  params?: Param[];
  do?: Record<string, Json>[];
  commands?: CommandSpec[];
  invoke_without_command?: boolean;
  chain?: boolean;
}

interface RouteSpec {
  rule: string;
  endpoint: string;
  methods?: string[];
  host?: string;
  subdomain?: string;
  defaults?: Record<string, Json>;
}

interface BlueprintSpec {
  name: string;
  url_prefix?: string;
  cli_group?: string | null;
  register?: { name?: string; cli_group?: string | null };
  routes?: RouteSpec[];
  commands?: CommandSpec[];
  blueprints?: BlueprintSpec[];
}

export interface AppSpec {
  static?: boolean;
  host_matching?: boolean;
  subdomain_matching?: boolean;
  config?: Record<string, Json>;
  routes?: RouteSpec[];
  commands?: CommandSpec[];
  blueprints?: BlueprintSpec[];
}

/** Builds an application from its declaration. */
export function buildApp(spec: AppSpec): Flacon {
  const app = new Flacon(undefined, {
    name: 'oracle_app',
    staticFolder: spec.static ? 'static' : null,
    hostMatching: spec.host_matching ?? false,
    subdomainMatching: spec.subdomain_matching ?? false,
  });
  app.config.fromMapping(spec.config ?? {});
  addRoutes(app, spec.routes);
  addCommands(app.cli, spec.commands);
  for (const blueprint of spec.blueprints ?? []) registerBlueprint(app, blueprint);
  return app;
}

function addRoutes(target: Flacon | Blueprint, routes: readonly RouteSpec[] = []): void {
  for (const { rule, endpoint, ...options } of routes) target.addUrlRule(rule, endpoint, () => '', options);
}

function registerBlueprint(target: Flacon | Blueprint, spec: BlueprintSpec): void {
  const blueprint = new Blueprint(spec.name, undefined, {
    ...(spec.url_prefix === undefined ? {} : { urlPrefix: spec.url_prefix }),
    ...(spec.cli_group === undefined ? {} : { cliGroup: spec.cli_group }),
  });
  addRoutes(blueprint, spec.routes);
  addCommands(blueprint.cli, spec.commands);
  for (const nested of spec.blueprints ?? []) registerBlueprint(blueprint, nested);
  const { name, cli_group: cliGroup } = spec.register ?? {};
  target.registerBlueprint(blueprint, {
    ...(name === undefined ? {} : { name }),
    ...(cliGroup === undefined ? {} : { cliGroup }),
  });
}

function addCommands(group: Command, commands: readonly CommandSpec[] = []): void {
  for (const spec of commands) {
    const command = group.command(spec.name, { hidden: spec.hidden ?? false });
    command.description(spec.help ?? spec.doc ?? '');
    if (spec.short_help !== undefined) command.summary(spec.short_help);
    if (spec.epilog !== undefined) command.addHelpText('after', `\n  ${spec.epilog}`);
    const names = spec.context_settings?.help_option_names;
    if (names !== undefined) command.helpOption(names.join(', '), 'Show this message and exit.');
    if (spec.add_help_option === false) command.helpOption(false);
    for (const param of spec.params ?? []) addParam(command, param);
    addCommands(command, spec.commands);
    if (spec.do !== undefined || spec.commands === undefined) {
      command.action(async (...args: unknown[]) => {
        if (spec.no_args_is_help && process.argv.length === 0) command.help();
        const values = await collectValues(spec, command, args);
        for (const step of spec.do ?? []) await carryOut(step, values, command);
      });
    }
  }
}

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

function addParam(command: Command, param: Param): void {
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

type Values = Record<string, unknown>;

async function collectValues(spec: CommandSpec, command: Command, args: readonly unknown[]): Promise<Values> {
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

/** JSON as Python writes it, with keys in order. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `{"$tuple": [${value.map(dumps).join(', ')}]}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${dumps(item)}`).join(', ')}}`;
}

const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? 'None'));

const repr = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : value === true ? 'True' : value === false ? 'False' : String(value);

async function carryOut(step: Record<string, Json>, values: Values, command: Command): Promise<void> {
  const [[name, argument] = ['', null]] = Object.entries(step);
  const options = Object(argument) as Record<string, never>;
  switch (name) {
    case 'echo':
      if (typeof argument === 'string') echo(fill(argument, values));
      else echo(fill(options['text'] ?? '', values), { err: options['err'] ?? false, nl: options['nl'] ?? true });
      return;
    case 'params':
      return echo(dumps(values));
    case 'secho':
      return secho(options['text'], { fg: options['fg'], bold: options['bold'] ?? false });
    case 'style':
      return echo(style(options['text'] ?? '', { fg: options['fg'] }));
    case 'unstyle':
      return echo(stripAnsi(String(argument)));
    case 'exit':
    case 'sys_exit':
      return process.exit(Number(argument ?? 0));
    case 'fail':
      throw new UsageError(String(argument), {
        usage: `Usage: app ${command.name()} [OPTIONS]`,
        hint: `Try 'app ${command.name()} --help' for help.`,
      });
    case 'abort':
      throw new Abort();
    case 'prompt': {
      const {
        text,
        hide_input: hideInput = false,
        confirmation_prompt: confirmationPrompt = false,
        default: fallback,
      } = options as Record<string, Json>;
      const answer = await prompt<unknown>(String(text), {
        hideInput: Boolean(hideInput),
        confirmationPrompt: Boolean(confirmationPrompt),
        type: String,
        ...(fallback === undefined ? {} : { default: fallback }),
      });
      return echo(`got ${repr(answer)}`);
    }
    case 'confirm': {
      const { text, default: fallback = false, abort = false } = options as Record<string, Json>;
      return echo(
        `got ${repr(await confirm(String(text), { default: fallback as boolean | null, abort: Boolean(abort) }))}`,
      );
    }
    case 'app_name':
      return echo(currentApp.name);
    case 'config':
      return echo(repr(currentApp.config[String(argument)]));
    case 'url_for':
      return echo(urlFor(String(argument)));
    case 'raise':
      return raise(argument as [string, string], command);
    case 'return':
      return;
    default:
      throw new Error(`No such step: ${name}`);
  }
}

function raise([kind, message]: [string, string], command: Command): never {
  if (kind === 'Abort') throw new Abort();
  if (kind === 'ClickException') command.error(`error: ${message}`, { exitCode: 1 });
  if (kind === 'UsageError')
    throw new UsageError(message, {
      usage: `Usage: app ${command.name()} [OPTIONS]`,
      hint: `Try 'app ${command.name()} --help' for help.`,
    });
  throw new RangeError(message);
}

export interface InvokeCase {
  args: string[];
  input?: string;
  env?: Record<string, string | null>;
  files?: Record<string, string>;
  color?: boolean;
}

export interface Outcome {
  exit_code: number;
  stdout: string;
  stderr: string;
}

/** Runs the program on an app in process, with what it prints collected. */
export async function invoke(
  app: Flacon,
  { args, input = '', env = {}, files = {}, color = false }: InvokeCase,
): Promise<Outcome> {
  const before = { ...process.env };
  for (const [name, value] of Object.entries({ COLUMNS: '80', ...env })) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
  const outcome: Outcome = { exit_code: 0, stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => void (outcome[name] += text) });
  const lines = input.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const answers = {
    nextLine: async (hidden: boolean) => {
      const line = lines.shift();
      if (line !== undefined) outcome.stdout += hidden ? '\n' : `${line}\n`;
      return line;
    },
  };
  const folder = mkdtempSync(join(tmpdir(), 'flacon-cli-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { exit } = process;
  const cwd = process.cwd();
  process.chdir(folder);
  process.exit = ((code: number) => {
    throw Object.assign(new UsageError(''), { exitCode: code, format: () => '' });
  }) as typeof exit;
  try {
    const scriptInfo = {
      loadApp: async () => app,
      locate: () => {
        throw new Error('The app is at hand.');
      },
    };
    outcome.exit_code = await withStreams({ stdout: stream('stdout'), stderr: stream('stderr'), color }, () =>
      withAnswers(answers, () => main(args, { scriptInfo })),
    );
    return outcome;
  } finally {
    process.exit = exit;
    process.chdir(cwd);
    rmSync(folder, { recursive: true });
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
