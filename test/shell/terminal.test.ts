import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KEY, Project } from './pty-support.ts';

let project: Project;

afterEach(() => project.close());

function journal(): string {
  const folder = join(project.state, 'flacon');
  const name = readdirSync(folder).find((file) => file.endsWith('.jsonl'));
  return name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
}

describe('a shell in a terminal', () => {
  it('greets, answers, and leaves by Ctrl-D', async () => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(
      /^blog · dev · node v[\d.]+ · own app \(no server\)\napp, urlMap, blueprints, client, answer +\.help for commands\nblog\(dev\)> $/,
    );
    shell.type('1 + 1\r');
    await shell.shows(/\n2\nblog\(dev\)> $/);
    shell.type('const a: number = answer\r');
    await shell.shows(/answer\nblog\(dev\)> $/);
    shell.type('{ a }\r');
    await shell.shows(/\n\{ a: 42 \}\n/);
    shell.type(KEY.ctrlD);
    expect(await shell.exited).toBe(0);
    expect(shell.text).toMatch(/\nanswer closed\n$/);
    // Bracketed paste is off and the cursor is there again.
    expect(shell.raw.lastIndexOf('\u001b[?2004l')).toBeGreaterThan(shell.raw.lastIndexOf('\u001b[?2004h'));
  });

  it('sends no escape sequence where there can be none', async () => {
    project = new Project({ TERM: 'dumb' });
    const shell = project.shell();
    await shell.shows(/> $/);
    for (const [entry, answer] of [
      ['.clear', /\nblog\(dev\)> $/],
      ['({ a: [1] })', /\n\{ a: \[ 1 \] \}\n/],
      ['.help', /\.history[^]*> $/],
      ['throw new Error("no")', /Error: no\n/],
    ] as const) {
      shell.type(`${entry}\r`);
      await shell.shows(answer);
    }
    shell.type('.exit\r');
    expect(await shell.exited).toBe(0);
    expect(shell.raw).not.toContain('\u001b');
  });

  it('takes entries of several lines, and gives them back whole after a restart', async () => {
    project = new Project();
    const first = project.shell();
    await first.shows(/\(dev\)> $/);
    first.type('function f() {\r  return "kept"\r}\r');
    await first.shows(/\}\nblog\(dev\)> $/);
    first.type('f()\r');
    await first.shows(/\n'kept'\n/);
    first.type(`${KEY.up}${KEY.up}`);
    await first.shows(/function f\(\) \{\n.* {2}return "kept"\n.*\}/);
    first.type(KEY.ctrlC);
    first.type('.exit\r');
    expect(await first.exited).toBe(0);
    const second = project.shell();
    await second.shows(/\(dev\)> $/);
    second.type(`${KEY.up}${KEY.up}${KEY.up}`);
    await second.shows(/return "kept"/);
    second.type(`\r`);
    second.type('f()\r');
    await second.shows(/\n'kept'\n/);
    second.type(KEY.ctrlD);
    await second.exited;
  });

  it('stops what runs by Ctrl-C, and goes on', async () => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    for (const [code, how] of [
      ['while (true) {}', /\^C interrupted after \d\.\d s\nblog\(dev\)> $/],
      ['await new Promise(() => {})', /\^C interrupted \(promise left pending\)\nblog\(dev\)> $/],
      ['for (;;) await 0', /\^C interrupted .*\nblog\(dev\)> $/],
    ] as const) {
      shell.type(`console.log('begun'); ${code}\r`);
      // The prompt comes back while the code runs: there is something to interrupt.
      await shell.shows(/\nbegun\nblog\(dev\)> $/);
      shell.type(KEY.ctrlC);
      await shell.shows(how);
    }
    shell.type('2 * 3\r');
    await shell.shows(/\n6\n/);
    shell.type(KEY.ctrlD);
    expect(await shell.exited).toBe(0);
  });

  it('writes what is typed to the journal before it runs, without secrets', async () => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    shell.type('const password = "hunter2"\r');
    await shell.shows(/"\nblog\(dev\)> $/);
    shell.type('password.length\r');
    await shell.shows(/\n7\n/);
    shell.type(' "not kept"\r');
    await shell.shows(/\n'not kept'\n/);
    shell.type('process.kill(process.pid, "SIGKILL")\r');
    await shell.shows(/✗ application exited \(code \d+\) — starting it again/);
    expect(journal()).toContain('process.kill(process.pid');
    expect(journal()).toContain('const password = \\"«redacted»\\"');
    expect(journal()).not.toMatch(/hunter2|not kept/);
    const [file = ''] = readdirSync(join(project.state, 'flacon')).filter((name) => name.endsWith('.jsonl'));
    expect(statSync(join(project.state, 'flacon', file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(project.state, 'flacon')).mode & 0o777).toBe(0o700);
    // The shell itself goes on, with an application that was started anew.
    await shell.shows(/↻ restarted · kept 1 \(password\)\n/);
    shell.type('app.name\r');
    await shell.shows(/\n'blog'\n/);
    shell.type(KEY.ctrlD);
    await shell.exited;
  });

  it('ends as the code says, and as signals say', async () => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    shell.type('process.exit(3)\r');
    expect(await shell.exited).toBe(3);
    const other = project.shell();
    await other.shows(/\(dev\)> $/);
    other.kill('SIGTERM');
    expect(await other.exited).toBe(143);
    expect(other.raw).toContain('\u001b[?2004l');
  });

  it('is plain where that is wanted', async () => {
    project = new Project({ NO_COLOR: '1', TERM: 'dumb' });
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    shell.type('({ a: 1 })\r');
    await shell.shows(/\{ a: 1 \}\r?\n/);
    expect(shell.raw).not.toContain('\u001b');
    shell.type(KEY.ctrlD);
    expect(await shell.exited).toBe(0);
  });

  it('completes names of the application', async () => {
    project = new Project();
    const shell = project.shell();
    await shell.shows(/\(dev\)> $/);
    shell.type(`bluep${KEY.tab}`);
    await shell.shows(/blueprints/);
    shell.type('\r');
    await shell.shows(/\n\{\}\n/);
    shell.type(KEY.ctrlD);
    await shell.exited;
  });
});

describe('a shell in a server', () => {
  it('attaches, keeps its variables to itself, and leaves the server running', async () => {
    project = new Project({ TEST_ADDRESS: '127.0.0.1:5000' });
    const server = await project.server();
    const [one, two] = [project.shell([]), project.shell([])];
    await one.shows(new RegExp(`· attached to 127\\.0\\.0\\.1:5000 \\(pid ${server.pid}\\)`));
    await one.shows(/> $/);
    await two.shows(/> $/);
    one.type('const URL = "x"\r');
    await one.shows(/"x"\nblog/);
    one.type('URL\r');
    await one.shows(/\n'x'\n/);
    two.type('typeof URL\r');
    await two.shows(/\n'function'\n/);
    for (const shell of [one, two]) {
      shell.type(KEY.ctrlD);
      expect(await shell.exited).toBe(0);
    }
    expect(server.exitCode).toBe(null);
  });

  it('waits for a server that is restarted, with what is typed', async () => {
    project = new Project();
    const server = await project.server();
    const shell = project.shell([]);
    await shell.shows(/\(dev\)> $/);
    shell.type('"half');
    await shell.shows(/"half/);
    server.send('crash');
    await shell.shows(/✗ server exited \(code 1\) — waiting\n/);
    shell.type('-typed"');
    await project.server();
    await shell.shows(/↻ restarted\n/);
    shell.type('\r');
    await shell.shows(/\n'half-typed'\n/);
    shell.type(KEY.ctrlD);
    expect(await shell.exited).toBe(0);
  });

  it('leaves no files behind', async () => {
    project = new Project();
    const server = await project.server();
    const shell = project.shell([]);
    await shell.shows(/\(dev\)> $/);
    shell.type(KEY.ctrlD);
    await shell.exited;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.disconnect();
    await gone;
    const folder = join(project.env['XDG_RUNTIME_DIR'] ?? '', 'flacon');
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  });
});
