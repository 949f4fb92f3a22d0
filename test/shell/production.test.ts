import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Pty from '@lydell/node-pty';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { TranscriptWorkshop, type TranscriptProject } from './transcript-project.ts';

const pty = createRequire(import.meta.url)('@lydell/node-pty') as typeof Pty;
const workshop = new TranscriptWorkshop();
let project: TranscriptProject;
let server: ChildProcess | undefined;

afterEach(async () => {
  if (server && server.exitCode === null && server.signalCode === null) {
    const exit = once(server, 'exit');
    server.kill('SIGINT');
    await exit;
  }
  server = undefined;
  await project.close();
});
afterAll(() => workshop.remove());

/** Starts `app run`; gives what waits for a line of its log. */
function run(args: readonly string[]): (line: RegExp) => Promise<RegExpExecArray> {
  const child = spawn('app', ['run', '--port', '0', ...args], { cwd: project.folder, env: project.env });
  server = child;
  let log = '';
  let wake = (): void => {};
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      wake();
    });
  child.once('exit', () => wake());
  return async (line) => {
    for (;;) {
      const found = line.exec(log);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`the server ended:\n${log}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
}

/** What lies where shells look for servers. */
function doors(): string[] {
  return readdirSync(project.env['XDG_RUNTIME_DIR'] ?? '', { recursive: true, encoding: 'utf8' });
}

describe('the endpoint of app run', () => {
  it.each([
    ['in development', {}, [], 1],
    ['with NODE_ENV=production', { NODE_ENV: 'production' }, [], 0],
    ['with FLACON_DEBUG=0', { FLACON_DEBUG: '0' }, ['--reload'], 0],
    ['with --no-allow-shell', {}, ['--no-allow-shell'], 0],
    ['in production, with --allow-shell', { NODE_ENV: 'production' }, ['--allow-shell'], 1],
  ] satisfies [string, Record<string, string>, string[], number][])('%s', async (_name, env, args, count) => {
    project = workshop.project(process.execPath, env);
    const logs = run(args);
    const [, url = ''] = await logs(/Running on (http:\S+)/);
    expect((await fetch(`${url}/stocks/`)).status).toBe(200);
    // An endpoint is there before the first reload is over.
    appendFileSync(join(project.folder, 'models.ts'), 'export const later = 1;\n');
    await logs(/models\.ts → \d+ modules/);
    expect(doors().filter((name) => name.endsWith('shell.json'))).toHaveLength(count);
    expect(doors().filter((name) => name.endsWith('.sock')).length).toBeGreaterThanOrEqual(count);
    if (count === 0) expect(doors()).toEqual([]);
    const shell = spawn('app', ['shell', '--attach', '-e', 'process.pid'], { cwd: project.folder, env: project.env });
    const [code] = (await once(shell, 'exit')) as [number];
    expect(code).toBe(count === 0 ? 3 : 0);
  });
});

describe('a shell in production', () => {
  /** Opens it in a terminal; gives what was sent to that, up to the prompt. */
  function open(args: readonly string[]): Promise<string> {
    const terminal = pty.spawn('app', ['shell', ...args], {
      cols: 80,
      rows: 24,
      cwd: project.folder,
      env: project.env,
    });
    let shown = '';
    const isOver = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
    const isThere = new Promise<void>((resolve) =>
      terminal.onData((data) => {
        shown += data;
        if (/portfolio\([a-z ]+\)> /.test(shown)) resolve();
      }),
    );
    return Promise.race([isThere, isOver]).then(async () => {
      terminal.write('.exit\r');
      await isOver;
      return shown;
    });
  }

  it('says so in red, and is in a sandbox unless it may write', async () => {
    project = workshop.project(process.execPath, { NODE_ENV: 'production' });
    const careful = await open([]);
    expect(careful).toMatch(/\u001b\[1m\u001b\[31mportfolio\(production sandbox\)> /);
    expect(careful).toContain('sandbox on — rolled back on exit.');
    const writing = await open(['--write']);
    expect(writing).toMatch(/\u001b\[1m\u001b\[31mportfolio\(production\)> /);
    expect(writing).not.toContain('sandbox');
  });

  it('knows so in a server that is debugged there', async () => {
    project = workshop.project(process.execPath, { NODE_ENV: 'production' });
    const logs = run(['--allow-shell']);
    const [, url = ''] = await logs(/Running on (http:\S+)/);
    expect((await fetch(`${url}/stocks/`)).status).toBe(200);
    appendFileSync(join(project.folder, 'models.ts'), 'export const later = 1;\n');
    await logs(/models\.ts → \d+ modules/);
    expect(await open(['--attach'])).toMatch(/\u001b\[31mportfolio\(production sandbox\)> /);
  });

  it('has a plain colour in development', async () => {
    project = workshop.project(process.execPath);
    const shown = await open([]);
    expect(shown).toMatch(/\u001b\[1mportfolio\(dev\)> /);
    expect(shown).not.toMatch(/\u001b\[31m\S*portfolio\(/);
  });
});
