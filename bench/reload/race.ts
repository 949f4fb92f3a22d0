import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Contestant } from './peers.ts';
import { Server } from './server.ts';

/** What a contestant did. */
export interface Result {
  name: string;
  /** Milliseconds from each save to the first answer with the new code. */
  times: number[];
  asked: number;
  failed: number;
  /** Saves that never came to an answer; the server was started anew after each. */
  lost: number;
}

/** A save that is not answered by then never will be. */
const PATIENCE_MS = 15_000;

/** A pause between two saves; a random part so that those who look at the files now and then are not met in step. */
const pause = (): Promise<void> => sleep(150 + Math.random() * 100);

/** One server in the race. */
export class Racer {
  readonly result: Result;
  readonly #contestant: Contestant;
  readonly #server: Server;
  #saves = 0;

  constructor(contestant: Contestant, modules: number) {
    this.#contestant = contestant;
    this.result = { name: contestant.name, times: [], asked: 0, failed: 0, lost: 0 };
    this.#server = new Server(contestant.files(modules), contestant.command, contestant.modules);
  }

  start(): Promise<void> {
    return this.#server.start('/part0/');
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** Saves so many times, while a client asks every millisecond, its next question after the answer. */
  async run(saves: number): Promise<void> {
    const { result } = this;
    const { saved } = this.#contestant;
    let expected: string | undefined;
    let begin = 0;
    let seen: (() => void) | undefined;
    let isOver = false;
    const client = (async () => {
      while (!isOver) {
        const asked = performance.now();
        result.asked += 1;
        try {
          const text = await this.#server.ask('/part0/');
          if (text === expected) {
            result.times.push(performance.now() - begin);
            expected = undefined;
            seen?.();
          }
        } catch {
          result.failed += 1;
        }
        await sleep(Math.max(0, 1 - (performance.now() - asked)));
      }
    })();
    for (let n = 0; n < saves; n++) {
      await pause();
      const token = `token${(this.#saves += 1)}`;
      const answered = new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), PATIENCE_MS);
        seen = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      expected = token;
      begin = performance.now();
      writeFileSync(join(this.#server.root, saved.name), saved.text(token));
      if (await answered) continue;
      result.lost += 1;
      expected = undefined;
      await this.#server.kill();
      await this.#server.start('/part0/');
    }
    isOver = true;
    await client;
  }
}

/** Lets all run in turn, in rounds, so that what else happens on the machine meets all of them. */
export async function race(racers: readonly Racer[], saves: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const share = Math.floor(saves / rounds) + (round < saves % rounds ? 1 : 0);
    for (const racer of racers) await racer.run(share);
  }
}

/** Value below which the given share of the values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
