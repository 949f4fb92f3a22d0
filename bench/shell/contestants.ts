import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from './terminal.ts';

/** A shell that is started, and asked for 6 * 7. */
export interface Contestant {
  name: string;
  program: Program;
  /** It is the shell of a framework. */
  isFramework: boolean;
  /** It holds an application of that. */
  holdsApplication: boolean;
  prompt: RegExp;
  /** At its end it keeps what it has compiled, for its next start. */
  keepsCode?: boolean;
}

/** A shell, or why it is not there. */
export type Entrant = Contestant | { name: string; missing: string };

const folder = fileURLToPath(new URL('../shell-peers/', import.meta.url));
const modules = join(folder, 'node_modules');

/** Installs the peers beside their package.json, once; what cannot be had is missing in the comparison. */
export function installPeers(): void {
  if (existsSync(join(modules, 'ts-node'))) return;
  console.log('Installing the peers…');
  const options = ['--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', ['install', ...options], { cwd: folder, stdio: 'inherit' });
}

/** The shells to compare with; their history goes to a home of their own. */
export function peers(env: Readonly<Record<string, string>>): Entrant[] {
  const run = (file: string, ...args: string[]): Program => ({ file, args, cwd: folder, env });
  const package_ = (
    name: string,
    holds: 'application' | 'framework' | 'nothing',
    needed: string,
    ...args: string[]
  ): Entrant => {
    const isFramework = holds !== 'nothing';
    const holdsApplication = holds === 'application';
    return existsSync(join(modules, needed))
      ? { name, isFramework, holdsApplication, prompt: /> (?:\(js\) )?$/, program: run(process.execPath, ...args) }
      : { name, missing: `the package ${needed} could not be installed` };
  };
  return [
    { name: 'node', isFramework: false, holdsApplication: false, prompt: /> $/, program: run(process.execPath) },
    package_('tsx', 'nothing', 'tsx', join(modules, 'tsx/dist/cli.mjs')),
    package_(
      'ts-node',
      'nothing',
      'ts-node',
      join(modules, 'ts-node/dist/bin.js'),
      '--skipProject',
      '-O',
      '{"module":"commonjs"}',
    ),
    package_('nest repl', 'application', '@nestjs/core', 'nest.mjs'),
    package_('adonis repl', 'framework', '@adonisjs/repl', 'adonis.mjs'),
    flask(run),
    irb(run),
    rails(env),
  ];
}

function flask(run: (file: string, ...args: string[]) => Program): Entrant {
  const name = 'flask shell';
  const python = ['/usr/bin/python3', 'python3'].find(
    (each) => spawnSync(each, ['-c', 'import flask'], { stdio: 'ignore' }).status === 0,
  );
  if (python === undefined) return { name, missing: 'no Python with Flask (Debian: python3-flask)' };
  const program = run(python, '-B', '-m', 'flask', '--app', 'flask_app.py', 'shell');
  return { name, isFramework: true, holdsApplication: true, prompt: />>> $/, program };
}

function irb(run: (file: string, ...args: string[]) => Program): Entrant {
  const file = programIn('irb');
  if (file === undefined) return { name: 'irb', missing: 'not installed (Debian: ruby)' };
  return { name: 'irb', isFramework: false, holdsApplication: false, prompt: /irb\S*> $/, program: run(file) };
}

function rails(env: Readonly<Record<string, string>>): Entrant {
  const name = 'rails console';
  const app = process.env['RAILS_APP'];
  if (app === undefined) return { name, missing: 'no application of Rails is named in RAILS_APP' };
  const program = { file: join(app, 'bin/rails'), args: ['console'], cwd: app, env };
  return { name, isFramework: true, holdsApplication: true, prompt: /> $/, program };
}

function programIn(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((each) => join(each, name))
    .find((each) => existsSync(each));
}
