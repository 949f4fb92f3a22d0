import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

import { DevProcess, isAlive, sampleFiles } from './dev-process.ts';
import { Project } from './project.ts';

const VIEWS = `
interface Unused {
  a: string;
}

app.get('/loop', function spin() {
  process.stderr.write('looping\\n');
  for (;;);
});
app.get('/busy', () => {
  for (const end = Date.now() + 3000; Date.now() < end; );
  return 'done';
});
app.get('/later', () => {
  setTimeout(() => { process.stderr.write('looping\\n'); for (;;); }, 1);
  return 'answered';
});
app.get('/wait', async () => { const { execSync } = await import('node:child_process'); execSync('sleep 60'); return ''; });
app.get('/exit', () => process.exit(3));
app.get('/memory', () => { const all = []; for (;;) all.push(new Array(1000).fill({})); });
`;

async function start(options: Parameters<typeof DevProcess.start>[1] = {}, execArgv: readonly string[] = []) {
  const project = new Project({ ...sampleFiles, 'app.ts': sampleFiles['app.ts'] + VIEWS });
  const server = await DevProcess.start(project.root, options, execArgv);
  return { project, server, pid: Number(await server.text('/pid')) };
}

const dropped = (server: DevProcess, path: string): Promise<string> =>
  server.get(path).then(
    ({ text }) => text,
    () => 'dropped',
  );

describe('a view that does not come back', () => {
  it('is named with its line, and the next save brings a new process', async () => {
    const { project, server, pid } = await start();
    const loop = dropped(server, '/loop');
    await server.line(/looping/);
    const waiting = server.text('/pid');
    const another = server.text('/');
    await server.line(/No answer for 2\.\d s: it is busy in spin \(app\.ts:18:3\)\.$/);
    await server.line(/starts anew when a file is saved, or after 10 s/);
    project.write('word.ts', `export const word = 'after';`);
    await server.line(/Restarting: word\.ts has changed/);
    expect(await loop).toBe('dropped');
    // It was handed to the old process, which never took it.
    expect(await waiting).not.toBe(String(pid));
    expect(await another).toBe('Hello after');
    expect(isAlive(pid)).toBe(false);
  });

  it('is ended by itself after a while', async () => {
    const { server, pid } = await start({ blockedAfter: 2500 });
    const loop = dropped(server, '/loop');
    await server.line(/Restarting: it did not react for 2\.5 s/);
    expect(await loop).toBe('dropped');
    expect(await server.text('/')).toBe('Hello one');
    expect(isAlive(pid)).toBe(false);
  });

  it('that only takes long goes on', async () => {
    const { server, pid } = await start();
    const busy = server.text('/busy');
    await server.line(/No answer for 2/);
    await server.line(/It goes on, after/);
    expect(await busy).toBe('done');
    expect(await server.text('/pid')).toBe(String(pid));
  });

  it('after its answer, or in a program it waits for, is seen too', async () => {
    const { server } = await start({ blockedAfter: 2500 });
    expect(await server.text('/later')).toBe('answered');
    await server.line(/looping/);
    const next = server.text('/');
    await server.line(/No answer for 2.*app\.ts:25:/);
    await server.line(/Restarting/);
    expect(await next).toBe('Hello one');
    void dropped(server, '/wait');
    await server.line(/No answer for 2.*a call that does not come back/);
    await server.line(/Restarting/);
    expect(await server.text('/')).toBe('Hello one');
  });
});

it('a module that loops while it loads is named, in an update and at the start; a save repairs it', async () => {
  const { project, server } = await start({ blockedAfter: 2500 });
  project.write('word.ts', `export const word = 'x';\nfor (;;);\n`);
  await server.line(/No answer for 2.*word\.ts:2:/);
  await server.line(/Restarting: it did not react/);
  await server.line(/No answer for 2.*word\.ts:2:/);
  await server.line(/starts anew when a file is saved\.$/);
  project.write('word.ts', `export const word = 'repaired';`);
  await server.line(/Restarting: word\.ts has changed/);
  expect(await server.text('/')).toBe('Hello repaired');
});

describe('a process that ends', () => {
  it('by kill -9 is followed by another one, by itself', async () => {
    const { server, pid } = await start();
    process.kill(pid, 'SIGKILL');
    await server.line(/Restarting: the application's process has ended \(SIGKILL\)/);
    expect(await server.text('/')).toBe('Hello one');
  });

  it('by process.exit(3) is followed by another one, by itself', async () => {
    const { server } = await start();
    expect(await dropped(server, '/exit')).toBe('dropped');
    await server.line(/Restarting: the application's process has ended \(exit code 3\)/);
    expect(await server.text('/')).toBe('Hello one');
  });

  it('as it has no memory left is followed by another one, by itself', async () => {
    const { server, pid } = await start({}, ['--max-old-space-size=64']);
    expect(await dropped(server, '/memory')).toBe('dropped');
    await server.line(/heap out of memory/);
    await server.line(/Restarting: the application's process has ended/);
    expect(await server.text('/')).toBe('Hello one');
    expect(isAlive(pid)).toBe(false);
  });
});

it('no worker survives a supervisor that was killed for 2 s, not even in an endless loop', async () => {
  for (const path of ['/', '/loop']) {
    const { server, pid } = await start();
    void dropped(server, path);
    if (path === '/loop') await server.line(/looping/);
    const begin = performance.now();
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
    while (isAlive(pid)) await new Promise(setImmediate);
    expect(performance.now() - begin).toBeLessThan(2000);
  }
});
