import { BenchTerminal } from './terminal.ts';
import type { Contestant } from './contestants.ts';

/** Milliseconds from the start of a shell. */
export interface Start {
  /** Until its prompt is shown. */
  prompt: number;
  /** Until the answer to an entry that was typed then: only now it was of use. */
  answer: number;
}

/** Starts a shell once. */
async function measureStart({ program, prompt, keepsCode = false }: Contestant, isFirst = false): Promise<Start> {
  const begin = performance.now();
  const terminal = new BenchTerminal(program);
  try {
    const shown = (await terminal.shows(prompt)) - begin;
    terminal.type('6*7\r');
    const answer = (await terminal.shows(/(^|\s)42\s/)) - begin;
    terminal.type('\u0004');
    if (isFirst && keepsCode) await terminal.ended;
    return { prompt: shown, answer };
  } finally {
    terminal.kill();
    await terminal.ended;
  }
}

/** Starts all of them in turns, so that a busy moment meets everybody; what does not work is told, and left out. */
export async function measureStarts(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<{ starts: Map<string, Start[]>; failures: Map<string, string> }> {
  const starts = new Map<string, Start[]>();
  const failures = new Map<string, string>();
  for (const contestant of contestants) {
    try {
      // Warms the disk, too.
      await measureStart(contestant, true);
      starts.set(contestant.name, []);
    } catch (error) {
      failures.set(contestant.name, error instanceof Error ? error.message : String(error));
    }
  }
  for (let round = 0; round < rounds; round += 1)
    for (const contestant of contestants) starts.get(contestant.name)?.push(await measureStart(contestant));
  return { starts, failures };
}
