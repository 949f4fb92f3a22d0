import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { main } from '../../src/cli/program.ts';
import { UsageError } from '../../src/command-runner.ts';
import { Blueprint, Flacon } from '../../src/index.ts';
import { withAnswers } from '../../src/prompts.ts';
import { withStreams } from '../../src/util/terminal.ts';
import { addParam, collectValues } from './cli-params.ts';
import { carryOut } from './cli-steps.ts';
import type { AppSpec, BlueprintSpec, CommandSpec, RouteSpec } from './cli-types.ts';

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
