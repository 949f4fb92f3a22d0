import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { flaconCommand } from './peers.ts';
import { flaconProject } from './project.ts';
import type { Files } from './project.ts';
import { Server } from './server.ts';

const CLIENTS = 20;

/** Restarts the process of an app while clients ask it over connections that they keep. */
export async function restartUnderLoad(
  restarts: number,
  requests: number,
): Promise<{ asked: number; failed: number; processes: number }> {
  const server = new Server({ ...flaconProject(60), '.env': 'RESTART=0\n' }, flaconCommand());
  const agents = Array.from({ length: CLIENTS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  try {
    await server.start('/pid');
    const result = { asked: 0, failed: 0, processes: 0 };
    const pids = new Set<string>();
    let isOver = false;
    const clients = agents.map(async (agent, index) => {
      while (!isOver || result.asked < requests) {
        result.asked += 1;
        try {
          pids.add(await server.ask('/pid', {}, agent));
        } catch {
          result.failed += 1;
        }
        await new Promise((resolve) => setTimeout(resolve, 5 + index));
      }
    });
    for (let n = 1; n <= restarts; n++) {
      writeFileSync(join(server.root, '.env'), `RESTART=${n}\n`);
      while (pids.size <= n) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    isOver = true;
    await Promise.all(clients);
    return { ...result, processes: pids.size };
  } finally {
    for (const agent of agents) agent.destroy();
    await server.close();
  }
}

/** Milliseconds from a change of `.env` to the first answer of the new process, of a copy of the sample app. */
export async function measureRestarts(count: number): Promise<number[]> {
  const sample = fileURLToPath(new URL('../../sample-app/', import.meta.url));
  const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));
  const server = new Server(
    { ...readProject(sample), '.env': 'FLACON_SECRET_KEY=benchmark-0\n' },
    flaconCommand(),
    modules,
  );
  try {
    await server.start('/');
    const processOf = async (): Promise<string> => {
      // The script for live reload has the process in its address.
      const page = await server.ask('/', { accept: 'text/html' });
      return /client\.js\?v=(\d+)\./.exec(page)?.[1] ?? '';
    };
    const times: number[] = [];
    for (let n = 1; n <= count; n++) {
      const old = await processOf();
      const begin = performance.now();
      writeFileSync(join(server.root, '.env'), `FLACON_SECRET_KEY=benchmark-${n}\n`);
      while ((await processOf()) === old);
      times.push(performance.now() - begin);
      await new Promise((resolve) => setTimeout(resolve, 1200));
    }
    return times;
  } finally {
    await server.close();
  }
}

function readProject(root: string, folder = root): Files {
  const files: Files = { 'package.json': '{ "type": "module" }' };
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    // Its tsconfig.json extends the one of this repository.
    if (['node_modules', 'instance', 'test', '.env', 'tsconfig.json'].includes(name)) continue;
    if (statSync(path).isDirectory()) Object.assign(files, readProject(root, path));
    else files[relative(root, path)] = readFileSync(path, 'utf8');
  }
  return files;
}
