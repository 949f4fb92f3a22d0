import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { flaconCommand } from './peers.ts';
import { flaconProject, sharedModule } from './project.ts';
import { Server } from './server.ts';

/** What a server holds. */
export interface Usage {
  /** MB after a garbage collection. */
  heap: number;
  /** Event listeners of the process of the app. */
  listeners: number;
  /** Open files of it, and of its supervisor. */
  files: number;
  supervisorFiles: number;
}

const IMPORTERS = 8;

/** Usage after 10 saves of a module with eight importers, and after many. */
export async function measureMemory(saves: number): Promise<{ early: Usage; late: Usage }> {
  const server = new Server(flaconProject(60, { sharedBy: IMPORTERS }), flaconCommand());
  try {
    await server.start('/part0/shared');
    let early: Usage | undefined;
    for (let n = 1; n <= saves; n++) {
      writeFileSync(join(server.root, 'src/shared.ts'), sharedModule(`save${n}`));
      while ((await server.ask('/part0/shared')) !== `save${n}`);
      if (n === 10) early = await usageOf(server);
    }
    const late = await usageOf(server);
    return { early: early ?? late, late };
  } finally {
    await server.close();
  }
}

async function usageOf(server: Server): Promise<Usage> {
  // What follows a reload (files for the watch, closing the old app) is over by then.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { pid, heap, listeners } = JSON.parse(await server.ask('/usage')) as Record<
    'pid' | 'heap' | 'listeners',
    number
  >;
  return { heap: heap / 2 ** 20, listeners, files: openFiles(pid), supervisorFiles: openFiles(server.pid) };
}

/** Without /proc nothing can be said. */
function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}
