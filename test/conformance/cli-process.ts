import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';
import { renameFactories, translate } from './cli-python.ts';
import type { Outcome } from './cli-support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ProcessCase {
  args: string[];
  files?: Record<string, string>;
  env?: Record<string, string | null>;
  cwd?: string;
  input?: string;
  serve?: string[];
}

/** A project folder with the case's files, its Python in TypeScript. */
export function makeProject(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flacon-project-')));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'flacon'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const modules = Object.keys(files).map((name) => basename(name, '.py'));
  for (const [name, text] of Object.entries(files)) {
    const python = name.endsWith('.py');
    const target = join(
      folder,
      python ? name.replace(/(^|\/)__init__\.py$/, '$1index.ts').replace(/\.py$/, '.ts') : name,
    );
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, python ? translate(text, modules) : text.replaceAll('FLASK_', 'FLACON_'));
  }
  return folder;
}

const argument = (text: string): string => renameFactories(text).replace(/\.py\b/, '.ts');

/** Environment of the child: nothing of ours that would change what the program does. */
export function environment(env: Readonly<Record<string, string | null>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(FLACON_|NODE_OPTIONS$|NODE_ENV$|VITEST|FORCE_COLOR$|NO_COLOR$)/.test(name),
  );
  const own = Object.entries(env).map(([name, value]) => [name.replace(/^FLASK_/, 'FLACON_'), value ?? undefined]);
  return { ...Object.fromEntries(inherited), COLUMNS: '80', ...Object.fromEntries(own) } as NodeJS.ProcessEnv;
}

/** Runs the installed program in a folder of the case's files. */
export async function runProcess(item: ProcessCase): Promise<Outcome> {
  const folder = makeProject(item.files);
  try {
    const child = spawn(process.execPath, [join(root, 'bin/app.js'), ...item.args.map(argument)], {
      cwd: join(folder, item.cwd ?? '.'),
      env: environment(item.env),
    });
    const outcome: Outcome = { exit_code: -1, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
    // A program may end before it has read what is typed.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    child.stdin.end(item.input ?? '');
    outcome.exit_code = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
    return {
      ...outcome,
      stdout: outcome.stdout.replaceAll(folder, '<DIR>'),
      stderr: outcome.stderr.replaceAll(folder, '<DIR>'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a server answered, and what it printed until it was interrupted. */
export interface ServerOutcome {
  responses: [status: number, body: string][];
  stdout: string;
  stderr: string;
}

/** Runs a server, asks it for the case's paths, and interrupts it. One that ends by itself answers nothing. */
export async function runServer(item: ProcessCase): Promise<ServerOutcome> {
  const folder = makeProject(item.files);
  const port = await freePort();
  const withPort = (text: string): string => text.replace('{port}', String(port));
  // Flask's debug mode is off unless asked for; here it is on under `run`.
  const env = { FLASK_DEBUG: item.args.includes('--debug') ? '1' : '0', ...item.env };
  try {
    const child = spawn(
      process.execPath,
      [join(root, 'bin/app.js'), ...item.args.map((text) => withPort(argument(text)))],
      {
        cwd: folder,
        env: environment(
          Object.fromEntries(
            Object.entries(env).map(([name, value]) => [name, value === null ? null : withPort(value)]),
          ),
        ),
      },
    );
    const outcome: ServerOutcome = { responses: [], stdout: '', stderr: '' };
    let ended = false;
    const closed = once(child, 'close').then(() => (ended = true));
    const serving = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        outcome.stderr += text;
        if (outcome.stderr.includes('Press CTRL+C to quit')) resolve();
      });
    });
    await Promise.race([serving, closed]);
    for (const path of ended ? [] : (item.serve ?? [])) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      outcome.responses.push([response.status, await response.text()]);
    }
    if ((item.serve ?? []).length > 0) child.kill('SIGINT');
    await closed;
    const scrub = (text: string): string =>
      text
        .replaceAll(folder, '<DIR>')
        .replaceAll(String(port), '<PORT>')
        .replace(/\[\d\d\/\w+\/\d{4} [\d:]+\]/g, '[<DATE>]');
    return { ...outcome, stdout: scrub(outcome.stdout), stderr: scrub(outcome.stderr) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
