import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../reload/race.ts';
import { BenchTerminal, type Program } from './terminal.ts';

/** Bytes that an attached shell adds to its server; nothing where the system does not tell (Linux does). */
export async function measureMemory(server: number, program: Program): Promise<number | undefined> {
  const before = await residentOf(server);
  if (before === undefined) return undefined;
  const terminal = new BenchTerminal(program);
  try {
    await terminal.shows(/\(dev\)> $/);
    for (let round = 0; round < 20; round += 1) {
      terminal.type(`users.all().length + ${round}\r`);
      // An answer that comes late is printed where the prompt was.
      await terminal.shows(/(?:\n|> )\d+\n[^]*\(dev\)> $/);
    }
    const after = await residentOf(server);
    return after === undefined ? undefined : after - before;
  } finally {
    terminal.kill();
    await terminal.ended;
  }
}

/** What a process holds in memory, in the middle of two seconds: it comes and goes with collections. */
async function residentOf(pid: number): Promise<number | undefined> {
  const samples: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(statusOf(pid))?.[1];
    if (kilobytes === undefined) return undefined;
    samples.push(Number(kilobytes) * 1024);
    await sleep(100);
  }
  return quantile(samples, 0.5);
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // Not Linux.
    return '';
  }
}
