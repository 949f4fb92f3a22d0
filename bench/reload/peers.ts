import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { flaconProject, flaskProject, plainProject, pythonWords, words } from './project.ts';
import type { Files } from './project.ts';
import type { Command } from './server.ts';

/** Who takes part in the race, and how. */
export interface Contestant {
  name: string;
  files: (modules: number) => Files;
  command: Command;
  /** What stands for its node_modules. */
  modules?: string;
  /** The file that is saved. */
  saved: { name: string; text: (token: string) => string };
}

const peersFolder = fileURLToPath(new URL('../peers/', import.meta.url));
const peerModules = join(peersFolder, 'node_modules');
const peerRequire = createRequire(join(peersFolder, 'package.json'));
const saved = { name: 'src/words0.ts', text: (token: string) => words(0, token) };

export const flacon: Contestant = {
  name: 'flacon (app run)',
  files: (modules) => flaconProject(modules),
  command: flaconCommand(),
  saved,
};

/** `app run` of the build of this repository. */
export function flaconCommand(): Command {
  const program = fileURLToPath(new URL('../../bin/app.js', import.meta.url));
  return { program: process.execPath, args: (port) => [program, 'run', '--port', String(port)] };
}

/** Installs the peers beside `bench/peers/package.json`, once; what cannot be had is missing in the race. */
export function installPeers(): void {
  const names = ['hot-hook', 'nodemon', 'tsx', 'vite-node'];
  if (names.every((name) => existsSync(join(peerModules, name)))) return;
  console.log('Installing the peers…');
  const options = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', options, { cwd: peersFolder, stdio: 'inherit' });
}

/** A peer, or why it is missing. */
export type Peer = Contestant | { name: string; missing: string };

export function peers(): Peer[] {
  const bun = platformBinary(['@oven/bun-linux-x64/bin/bun', '@oven/bun-linux-aarch64/bin/bun']);
  const deno = platformBinary(['@deno/linux-x64-glibc/deno', '@deno/linux-arm64-glibc/deno']);
  return [
    bun === undefined
      ? { name: 'bun --hot', missing: 'no package of it for this platform' }
      : plain('bun --hot', { 'server.ts': BUN_SERVER }, { program: bun, args: () => ['--hot', 'server.ts'] }),
    node('hot-hook', 'hot-hook', { 'server.ts': HOT_HOOK_SERVER, 'package.json': HOT_HOOK_PACKAGE }, () => [
      ...importing('tsx', 'hot-hook/register'),
      'server.ts',
    ]),
    node('vite-node', 'vite-node', { 'server.ts': VITE_SERVER }, () => [
      join(peerModules, 'vite-node/dist/cli.mjs'),
      '--watch',
      'server.ts',
    ]),
    deno === undefined
      ? { name: 'deno --watch-hmr', missing: 'no package of it for this platform' }
      : plain(
          'deno --watch-hmr',
          { 'server.ts': DENO_SERVER },
          {
            program: deno,
            args: () => ['run', '--allow-all', '--no-check', '--watch-hmr', 'server.ts'],
            env: () => ({ DENO_NO_UPDATE_CHECK: '1' }),
          },
        ),
    node('node --watch', 'tsx', { 'server.ts': NODE_SERVER }, () => ['--watch', ...importing('tsx'), 'server.ts']),
    node('nodemon + tsx', 'nodemon', { 'server.ts': NODE_SERVER }, () => [
      join(peerModules, 'nodemon/bin/nodemon.js'),
      '--quiet',
      '--ext',
      'ts',
      '--exec',
      `"${process.execPath}" ${importing('tsx').join(' ')} server.ts`,
    ]),
    node('tsx watch', 'tsx', { 'server.ts': NODE_SERVER }, () => [
      join(peerModules, 'tsx/dist/cli.mjs'),
      'watch',
      'server.ts',
    ]),
    flask(),
  ];
}

function plain(name: string, files: Files, command: Command): Contestant {
  return { name, files: (modules) => ({ ...plainProject(modules), ...files }), command, modules: peerModules, saved };
}

function node(name: string, needs: string, files: Files, args: () => string[]): Peer {
  if (!existsSync(join(peerModules, needs))) return { name, missing: `${needs} could not be installed` };
  return plain(name, files, { program: process.execPath, args: () => args() });
}

function importing(...modules: string[]): string[] {
  return modules.flatMap((module) => ['--import', module]);
}

function platformBinary(candidates: readonly string[]): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const suffix = process.arch === 'arm64' ? /arm64|aarch64/ : /x64/;
  for (const candidate of candidates) {
    if (!suffix.test(candidate)) continue;
    try {
      return peerRequire.resolve(candidate);
    } catch {
      // Not installed.
    }
  }
  return undefined;
}

function flask(): Peer {
  const name = 'flask --debug';
  const python = ['/usr/bin/python3', 'python3'].find(
    (program) => spawnSync(program, ['-m', 'flask', '--version'], { stdio: 'ignore' }).status === 0,
  );
  if (python === undefined) return { name, missing: 'no python3 with Flask' };
  return {
    name,
    files: flaskProject,
    command: {
      program: python,
      args: (port) => ['-m', 'flask', '--app', 'app', '--debug', 'run', '--port', String(port)],
    },
    saved: { name: 'src/words0.py', text: (token) => pythonWords(0, token) },
  };
}

const NODE_SERVER = `import { createServer } from 'node:http';
import { answer } from './app.ts';

createServer((request, response) => {
  const text = answer(request.url ?? '');
  response.statusCode = text === undefined ? 404 : 200;
  response.end(text);
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const BUN_SERVER = `import { answer } from './app.ts';

export default {
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
  fetch(request: Request): Response {
    const text = answer(new URL(request.url).pathname);
    return new Response(text, { status: text === undefined ? 404 : 200 });
  },
};
`;

const DENO_SERVER = `import { answer } from './app.ts';

Deno.serve({ port: Number(Deno.env.get('PORT')), hostname: '127.0.0.1' }, (request) => {
  const text = answer(new URL(request.url).pathname);
  return new Response(text, { status: text === undefined ? 404 : 200 });
});
`;

const HOT_HOOK_PACKAGE = `{ "type": "module", "hotHook": { "boundaries": ["./app.ts"] } }`;

const HOT_HOOK_SERVER = `import { createServer } from 'node:http';

createServer(async (request, response) => {
  const { answer } = await import('./app.ts', import.meta.hot?.boundary);
  const text = answer(request.url ?? '');
  response.statusCode = text === undefined ? 404 : 200;
  response.end(text);
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const VITE_SERVER = `import { createServer } from 'node:http';
import { answer as first } from './app.ts';

let answer = first;
createServer((request, response) => {
  const text = answer(request.url ?? '');
  response.statusCode = text === undefined ? 404 : 200;
  response.end(text);
}).listen(Number(process.env.PORT), '127.0.0.1');

import.meta.hot?.accept('./app.ts', (module) => {
  if (module) answer = module.answer;
});
`;
