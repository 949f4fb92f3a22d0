import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KEY, Project, type TerminalShell } from './pty-support.ts';

let project: Project;

afterEach(() => project.close());

/** A shell whose application does not come before `open` is called. */
async function waitingShell(): Promise<{ shell: TerminalShell; open: () => void }> {
  project = new Project();
  const gate = join(project.folder, 'gate');
  project.env['TEST_GATE'] = gate;
  const shell = project.shell();
  await shell.shows(/^> $/);
  return { shell, open: () => writeFileSync(gate, '') };
}

/** Waits until all processes of the project have ended: what a shell starts ends a moment after it. */
async function nothingLeft(): Promise<void> {
  while (project.processes().length > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('a prompt before the application is there', () => {
  it('shows what is typed, and runs it under the name of the application', async () => {
    const { shell, open } = await waitingShell();
    shell.type('answer + 4x');
    await shell.shows(/answer \+ 4x$/);
    shell.type('\u007f0\ranswer');
    await shell.shows(/answer \+ 40$/);
    open();
    await shell.shows(
      /own app \(no server\)\n[^]*\.help for commands\nblog\(dev\)> answer \+ 40\n82\nblog\(dev\)> [^]*answer/,
    );
    shell.type('\r');
    await shell.shows(/\n42\n[^]*blog\(dev\)> $/);
    shell.type(KEY.ctrlD);
    expect(await shell.exited).toBe(0);
    expect(shell.text.match(/answer \+ 40/g)).toHaveLength(1);
    expect(project.journal()).toEqual(['answer + 40', 'answer']);
  });

  it('asks the application whether an entry is whole, and for names', async () => {
    const { shell, open } = await waitingShell();
    shell.type('const add = (a: number) =>\r');
    open();
    await shell.shows(/blog\(dev\)> const add = .* =>\n +\.\.\. $/);
    shell.type(`a + 1\radd(ans${KEY.tab}`);
    await shell.shows(/add\(answer/);
    shell.type(')\r');
    await shell.shows(/\n43\nblog\(dev\)> $/);
    shell.type(KEY.ctrlD);
    await shell.exited;
  });

  it('ends by Ctrl-C with 130, once nothing is typed, and takes the application along', async () => {
    const { shell } = await waitingShell();
    shell.type(`half${KEY.ctrlC}`);
    await shell.shows(/half\n> $/);
    shell.type(KEY.ctrlC);
    expect(await shell.exited).toBe(130);
    expect(project.journal()).toEqual([]);
    await nothingLeft();
  });

  it.each([
    ['Ctrl-D', 0],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('ends by %s, and takes the application along', async (how, code) => {
    const { shell } = await waitingShell();
    if (how === 'Ctrl-D') shell.type(KEY.ctrlD);
    else shell.kill(how);
    expect(await shell.exited).toBe(code);
    await nothingLeft();
  });

  it('is gone without a trace when there is no application', async () => {
    project = new Project({ TEST_BROKEN: '1' });
    const shell = project.shell();
    expect(await shell.exited).toBe(1);
    expect(shell.text).toBe('Error: the application is broken\n');
    expect(shell.raw.lastIndexOf('\u001b[?2004l')).toBeGreaterThan(shell.raw.lastIndexOf('\u001b[?2004h'));
  });

  it('is not there where lines stay as they are', async () => {
    project = new Project();
    const shell = project.shell(['--no-attach', '--plain']);
    await shell.shows(/> $/);
    expect(shell.text).toMatch(/^blog · dev [^]*\nblog\(dev\)> $/);
    shell.type(KEY.ctrlD);
    await shell.exited;
  });
});
