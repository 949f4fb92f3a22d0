import { chmodSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { isAlive } from './dev-process.ts';
import { Project } from './project.ts';
import { TerminalProcess } from './terminal-process.ts';

const APP = `import { Flacon } from 'flacon';
import { word } from './word.ts';
export const app = new Flacon(import.meta);
app.get('/', () => word);
app.get('/pids', () => [process.pid, process.ppid]);
`;

async function start(args: readonly string[] = [], env: Record<string, string> = {}) {
  const project = new Project({ 'app.ts': APP, 'word.ts': `export const word = 'one';` });
  const terminal = new TerminalProcess(project.root, args, env);
  const [, url = ''] = await terminal.shows(/Running on (http:\S+)/);
  const pids = async (): Promise<[number, number]> => (await (await fetch(`${url}/pids`)).json()) as [number, number];
  return { project, terminal, url, pids };
}

it('keys: restart, the browser, a line between, quit; the terminal is given back', async () => {
  const browser = new Project({
    'open.sh': '#!/bin/sh\necho "$1" > "$0.url.tmp"; mv "$0.url.tmp" "$0.url"; kill -USR2 $PPID\n',
  });
  chmodSync(browser.path('open.sh'), 0o755);
  // The server tells when it has been opened.
  const told = `data:text/javascript,process.on('SIGUSR2',()=>process.stderr.write('opened'+String.fromCharCode(10)))`;
  const { terminal, url, pids } = await start([], {
    BROWSER: browser.path('open.sh'),
    NODE_OPTIONS: `--import=${told}`,
  });
  await terminal.shows(/\* Keys: r restart · o open in the browser · s shell · q quit\n/);
  const [before] = await pids();
  terminal.type('r');
  await terminal.shows(/\* Restarting: asked for/);
  // The old process may have had the request before it was told.
  let [after] = await pids();
  while (after === before) [after] = await pids();
  terminal.type('o');
  await terminal.shows(/opened/);
  expect(readFileSync(browser.path('open.sh.url'), 'utf8').trim()).toBe(url);
  terminal.type('\r');
  await terminal.shows(/^\n/);
  terminal.type('xq');
  await terminal.shows(/^icanon echo {2}left with 0\n/);
  expect(isAlive(after)).toBe(false);
});

it('s: a shell in the same terminal, the log above its prompt, the keys back after it, also across restarts', async () => {
  const { project, terminal, url, pids } = await start();
  await pids();
  terminal.type('s');
  await terminal.shows(/app\(dev\)> $/);
  terminal.type('1 + 1\r');
  await terminal.shows(/\n2\n/);
  terminal.type('app.na');
  await fetch(url);
  await terminal.shows(/"GET \/ HTTP\/1\.1" 200.*\n[^\n]*app\(dev\)> app\.na$/);
  project.write('word.ts', `export const word = 'two';`);
  await terminal.shows(/\* word\.ts → 2 modules, .*\n/);
  project.write('.env', 'A=1');
  await terminal.shows(/\* Restarting: \.env has changed\n[^]*restarted/);
  terminal.type('me\r');
  await terminal.shows(/'app'\n[^\n]*app\(dev\)> $/);
  // At an empty prompt, Ctrl-C has nothing to stop, and nothing to show.
  terminal.type('\u0003\u0004');
  await terminal.shows(/\* Keys: r restart/);
  terminal.type('r');
  await terminal.shows(/\* Restarting: asked for\n/);
  const [worker] = await pids();
  terminal.type('\u0003');
  await terminal.shows(/icanon echo {2}left with 0/);
  expect(isAlive(worker)).toBe(false);
});

it('the terminal is given back after SIGTERM, and when the server itself fails', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 0],
    ['SIGUSR2', 1],
  ] as const) {
    const crash = `data:text/javascript,process.on('SIGUSR2',()=>{throw(new(Error)('crash'))})`;
    const { terminal, pids } = await start([], { NODE_OPTIONS: `--import=${crash}` });
    await pids();
    terminal.type('r');
    await terminal.shows(/Restarting/);
    const [worker, supervisor] = await pids();
    process.kill(supervisor, signal);
    await terminal.shows(new RegExp(`(^|[^-])icanon echo {2}left with ${code}`));
    while (isAlive(worker)) await new Promise(setImmediate);
  }
});

it('app run --shell: the shell from the start; the server ends with it', async () => {
  const { terminal, url, pids } = await start(['--shell']);
  await terminal.shows(/app\(dev\)> $/);
  expect(terminal.text).not.toContain('Keys:');
  const [worker] = await pids();
  await terminal.shows(/"GET \/pids HTTP\/1\.1" 200.*\n[^\n]*app\(dev\)> $/);
  terminal.type('\u0003');
  terminal.type('app.name\r');
  await terminal.shows(/'app'/);
  terminal.type('\u0004');
  await terminal.shows(/icanon echo {2}left with 0/);
  expect(isAlive(worker)).toBe(false);
  await expect(fetch(url)).rejects.toThrow();
});
