import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KEY, Project, type TerminalShell } from './pty-support.ts';
import { randomLine, randomNumbers } from './random-lines.ts';

let project: Project;

afterEach(() => project.close());

const PASTE_ON = '\u001b[?2004h';
const PASTE_OFF = '\u001b[?2004l';
const SHOW_CURSOR = '\u001b[?25h';

function expectRestored(shell: TerminalShell): void {
  expect(shell.raw.lastIndexOf(PASTE_OFF)).toBeGreaterThan(shell.raw.lastIndexOf(PASTE_ON));
  expect(shell.raw.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(shell.raw.lastIndexOf('\u001b[?25l'));
}

function endpoints(): string[] {
  const folder = join(project.env['XDG_RUNTIME_DIR'] ?? '', 'flacon');
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** No process of the project is left, and no file of an endpoint. */
async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => project.processes(), { timeout: 20_000 }).toEqual([]);
  expect(endpoints()).toEqual([]);
}

describe('a shell in a terminal', () => {
  it('takes a thousand lines of anything', async () => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    const random = randomNumbers(4242);
    // Keys that leave or stop a shell, or open an editor, do what they are for.
    const typed = (line: string): string => line.replaceAll(/[\u0004\u0018\u001a\u001c]/g, '');
    for (let round = 0; round < 20; round += 1) {
      for (let line = 0; line < 50; line += 1) shell.type(`${typed(randomLine(random))}\r${KEY.ctrlC}`);
      // Out of a search, a menu, a paste that is not ended, a half-typed entry; then something that must be right.
      shell.type(`\u001b[201~\u0007${KEY.ctrlC}${KEY.ctrlC}"round " + ${round}\r`);
      await shell.shows(new RegExp(`\n'round ${round}'\n`));
    }
    shell.type(KEY.ctrlC + KEY.ctrlD);
    expect(await shell.exited).toBe(0);
    expectRestored(shell);
    await expectNothingLeft();
  });

  it('ends with its application when it is killed, and the history is whole', async () => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    shell.type('const before = 1; before\r');
    await shell.shows(/\n1\n/);
    shell.type('console.log("begun"); while (true) {}\r');
    await shell.shows(/\nbegun\nblog\(dev\)> $/);
    shell.kill('SIGKILL');
    await shell.exited;
    await expectNothingLeft();
    expect(project.journal()).toEqual(['const before = 1; before', 'console.log("begun"); while (true) {}']);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('restores the terminal and closes what it has opened at %s', async (signal, code) => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    shell.type('console.log("begun"); await new Promise(() => {})\r');
    await shell.shows(/\nbegun\nblog\(dev\)> $/);
    shell.kill(signal);
    expect(await shell.exited).toBe(code);
    expectRestored(shell);
    await expectNothingLeft();
  });

  it('leaves nothing that would keep its process', async () => {
    project = new Project();
    for (const args of [['--resources', '--no-attach'], ['--resources']]) {
      if (args.length === 1) await project.server();
      const shell = project.shell(args);
      await shell.shows(/\(dev\)> $/);
      shell.type('1 + 1\r');
      await shell.shows(/\n2\n/);
      shell.type(`app.${KEY.tab}`);
      await shell.shows(/importMeta/);
      shell.type(KEY.ctrlC);
      shell.type(KEY.ctrlD);
      const [, left = ''] = await shell.shows(/resources (\[.*\])/);
      const others = (JSON.parse(left) as string[]).filter((name) => !/^(TTYWrap|PipeWrap|TTYWRAP)$/.test(name));
      expect(others).toEqual([]);
      expect(await shell.exited).toBe(0);
    }
  });
});

describe('a shell in a server', () => {
  it('may be killed: the server goes on, also where it was in the middle of something', async () => {
    project = new Project();
    const server = await project.server();
    const codes = ['1 + 1', 'await new Promise(() => {})', 'for (;;) await 0'].map(
      (code) => `console.log("begun"); ${code}`,
    );
    for (const code of codes) {
      const shell = project.shell([]);
      await shell.shows(/\(dev\)> $/);
      shell.type(`${code}\r`);
      await shell.shows(/\nbegun\n(?:2\n)?blog\(dev\)> $/);
      shell.kill('SIGKILL');
      await shell.exited;
    }
    const next = project.shell([]);
    await next.shows(/\(dev\)> $/);
    next.type('1 + 2\r');
    await next.shows(/\n3\n/);
    next.type(KEY.ctrlD);
    expect(await next.exited).toBe(0);
    await expect.poll(() => project.processes()).toEqual([server.pid]);
    expect(project.journal()).toEqual([...codes, '1 + 2']);
  });

  it('waits for a server that was killed, in the middle of anything, and has its variables again', async () => {
    project = new Project();
    let server = await project.server();
    const shell = project.shell([]);
    await shell.shows(/\(dev\)> $/);
    shell.type('const kept = [1, 2], f = () => kept; f()\r');
    await shell.shows(/\n\[ 1, 2 \]\n/);
    // What can be kept of an entry comes behind its answer, and at the latest before the next one runs.
    shell.type('"kept by now"\r');
    await shell.shows(/\n'kept by now'\n/);
    const begun = 'console.log("begun");';
    for (const keys of [
      '"typed',
      `${begun} await new Promise(() => {})\r`,
      `${begun} while (true) {}\r`,
      `app.${KEY.tab}`,
    ]) {
      shell.type(keys);
      await shell.shows(keys.endsWith('\r') ? /\nbegun\nblog\(dev\)> $/ : /typed|importMeta/);
      server.kill('SIGKILL');
      await shell.shows(/✗ server gone — waiting\n/);
      server = await project.server();
      await shell.shows(/↻ restarted · kept 1 \(kept\) · lost 1: f \(function\) — \.rebuild to run/);
      // The first one may be for a menu.
      shell.type(KEY.ctrlC + KEY.ctrlC);
      shell.type('kept.length\r');
      await shell.shows(/\n2\n/);
    }
    server.kill('SIGKILL');
    await shell.shows(/✗ server gone — waiting\n/);
    shell.type(KEY.ctrlC + KEY.ctrlD);
    expect(await shell.exited).toBe(0);
    expectRestored(shell);
    // What the killed server has left is no obstacle for the next one, and goes with it.
    await project.server().then((last) => last.disconnect());
    await expectNothingLeft();
  });

  it('says that a server does not answer, can be left meanwhile, and gets the one that takes its place', async () => {
    project = new Project();
    const server = await project.server();
    server.kill('SIGSTOP');
    const left = project.shell([]);
    await left.shows(new RegExp(`^the server \\(pid ${server.pid}\\) does not answer — Ctrl-C gives up\n> $`));
    left.type(KEY.ctrlC);
    expect(await left.exited).toBe(130);
    const ended = project.shell([]);
    await ended.shows(/does not answer.*\n> $/);
    ended.kill('SIGTERM');
    expect(await ended.exited).toBe(143);
    const patient = project.shell([]);
    await patient.shows(/does not answer.*\n> $/);
    server.kill('SIGKILL');
    const next = await project.server();
    await patient.shows(new RegExp(`attached to .*\\(pid ${next.pid}\\)[^]*\\(dev\\)> $`));
    patient.type('6 * 7\r');
    await patient.shows(/\n42\n/);
    patient.type(KEY.ctrlD);
    expect(await patient.exited).toBe(0);
  });

  it('asks before it stops the server', async () => {
    project = new Project();
    const exit = once(await project.server(), 'exit');
    const shell = project.shell([]);
    await shell.shows(/\(dev\)> $/);
    shell.type('process.exit(3)\r');
    await shell.shows(/this stops the dev server: y\/N $/);
    shell.type('\r');
    await shell.shows(/\nblog\(dev\)> $/);
    shell.type('process.exit(3)\r');
    await shell.shows(/y\/N $/);
    shell.type('y\r');
    await shell.shows(/✗ server exited \(code 3\) — waiting\n/);
    expect(await exit).toEqual([3, null]);
    shell.type(KEY.ctrlD);
    expect(await shell.exited).toBe(0);
    expect(project.journal()).toEqual(['process.exit(3)', 'process.exit(3)']);
  });
});
