import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A folder with an application, in which the built program can be run. */
export class Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'flacon-project-')));

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(join(this.folder, 'node_modules'));
    symlinkSync(root, join(this.folder, 'node_modules', 'flacon'));
    this.write({ 'package.json': '{ "type": "module" }', ...files });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
  }

  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ChildProcess & { ended: Promise<Ended>; output: () => string } {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(FLACON_|npm_|NODE_OPTIONS$|NODE_ENV$|VITEST|FORCE_COLOR$|NO_COLOR$)/.test(name),
    );
    const child = spawn(process.execPath, [join(root, 'bin/app.js'), ...args], {
      cwd: this.folder,
      env: { ...Object.fromEntries(inherited), COLUMNS: '80', ...env },
    });
    const ended: Ended = { code: null, signal: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
    const done = new Promise<Ended>((resolve) => {
      child.once('close', (code, signal) => {
        const relative = (text: string): string => text.replaceAll(this.folder, '<DIR>');
        resolve({ code, signal, stdout: relative(ended.stdout), stderr: relative(ended.stderr) });
      });
    });
    return Object.assign(child, { ended: done, output: () => ended.stdout + ended.stderr });
  }

  /** Runs the program to its end. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<Ended> {
    const child = this.start(args, env);
    // The program may end before it has read this; anything else shows in what it prints.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    return child.ended;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Resolves when the output of a child contains a text; rejects with the output if it ends before. */
export function waitFor(child: ReturnType<Project['start']>, text: string | RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (typeof text === 'string' ? child.output().includes(text) : text.test(child.output())) resolve(child.output());
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => reject(new Error(`ended before ${String(text)}:\n${child.output()}`)));
    look();
  });
}
