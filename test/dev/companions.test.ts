import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { readProjectConfig } from '../../src/dev/project-config.ts';
import { DevProcess, isAlive, sampleFiles } from './dev-process.ts';
import { Project } from './project.ts';

/** Says who it is, starts a program of its own, and goes on for ever. */
const WATCHER = `import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
console.log('pids ' + process.pid + ' ' + child.pid);
process.stdin.on('end', () => process.exit(9)).resume();
`;

function config(flacon: unknown): string {
  return JSON.stringify({ type: 'module', flacon });
}

async function start(companions: unknown, files: Record<string, string> = {}) {
  const project = new Project({ ...sampleFiles, 'package.json': config({ with: companions }), ...files });
  const server = await DevProcess.start(project.root);
  return { project, server };
}

async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise(setImmediate);
}

describe('companions', () => {
  it('run beside the server, their output with their name, and are stopped with all that they have started', async () => {
    const { server } = await start(['node watch.js', 'sleep 1000'], { 'watch.js': WATCHER });
    const [, pid, child] = await server.line(/^watch │ pids (\d+) (\d+)$/);
    const pids = [Number(pid), Number(child)];
    expect(pids.map(isAlive)).toEqual([true, true]);
    expect(await server.stop('SIGINT')).toBe(0);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('are stopped when the server was killed', async () => {
    const { server } = await start({ front: 'node watch.js' }, { 'watch.js': WATCHER });
    const [, pid, child] = await server.line(/^front │ pids (\d+) (\d+)$/);
    await server.stop('SIGKILL');
    await gone([Number(pid), Number(child)]);
  });

  it('of node_modules/.bin; one that ends is named with its exit code, and the server goes on', async () => {
    const tool = '#!/bin/sh\necho "ran with $1"; echo "and failed" >&2; exit 3\n';
    const project = new Project({
      ...sampleFiles,
      'package.json': config({ with: ['tool now'] }),
      'node_modules/.bin/tool': tool,
    });
    chmodSync(project.path('node_modules/.bin/tool'), 0o755);
    const server = await DevProcess.start(project.root);
    await server.line(/^ \* tool has ended \(exit code 3\)\. The server goes on\.$/);
    expect(server.lines).toEqual(expect.arrayContaining(['tool │ ran with now', 'tool │ and failed']));
    expect(await server.text('/')).toBe('Hello one');
  });

  it('follow package.json: what is new is started, what is gone is stopped, the others stay', async () => {
    const { project, server } = await start(['node watch.js'], {
      'watch.js': WATCHER,
      'other.js': WATCHER,
    });
    const [, first] = await server.line(/^watch │ pids (\d+)/);
    project.write('package.json', config({ with: ['node watch.js', 'node other.js'] }));
    const [, second] = await server.line(/^other │ pids (\d+)/);
    expect(isAlive(Number(first))).toBe(true);
    project.write('package.json', config({ with: ['node other.js'] }));
    await gone([Number(first)]);
    expect(isAlive(Number(second))).toBe(true);
  });
});

describe('"flacon" in package.json', () => {
  const read = (flacon: unknown) => readProjectConfig(new Project({ 'package.json': config(flacon) }).root);

  it('names companions by what they run', () => {
    const commands = [
      'vite build --watch',
      'npx tailwindcss -i a.css',
      'npm run css',
      'node scripts/build.mjs',
      'A=1 vite',
      'npm',
    ];
    expect([...read({ with: commands }).companions.keys()]).toEqual([
      'vite',
      'tailwindcss',
      'css',
      'build',
      'vite2',
      'npm',
    ]);
    expect([...read({ with: { a: 'x y', b: 'z' } }).companions]).toEqual([
      ['a', 'x y'],
      ['b', 'z'],
    ]);
    expect(read(undefined)).toEqual({ companions: new Map(), transpiler: 'oxc' });
  });

  it.each([[{ with: 'vite' }], [{ with: [1] }], [{ with: { a: '' } }], [{ transpiler: 'swc' }]])(
    '%j is an error that says what to type',
    (flacon) => {
      expect(() => read(flacon)).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', fix: expect.stringContaining('"flacon":') }),
      );
    },
  );

  it('a server with such an error does not start', async () => {
    const project = new Project({ ...sampleFiles, 'package.json': config({ with: 'vite' }) });
    await expect(DevProcess.start(project.root)).rejects.toThrow(/"flacon\.with" in .*package\.json is no list/);
  });
});
