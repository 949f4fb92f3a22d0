import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** What {@link measure} found; times in milliseconds. */
export interface Measured {
  runs: number;
  /** The median of the times of one run. */
  median: number;
  /** The median of the distances from it. */
  deviation: number;
  total: number;
  /** How often garbage was collected meanwhile, and how long that took. */
  collections: number;
  collecting: number;
}

/** For how long is measured. */
const TIME_MS = 1000;
const MAX_RUNS = 1_000_000;
/** A sample takes at least this: shorter ones would measure the clock. */
const SAMPLE_MS = 2;

/** Runs a function again and again and takes the time. Ends at the signal with what it has; rejects when the function throws. */
export async function measure(body: () => unknown, signal: AbortSignal): Promise<Measured> {
  const collector = new Collector();
  const samples: number[] = [];
  let runs = 0;
  const begin = performance.now();
  let batch = 1;
  do {
    const ms = await timeOf(body, batch);
    runs += batch;
    // What is too short to be measured makes the next batch larger, and counts as warming up.
    if (ms < SAMPLE_MS && runs + batch * 2 < MAX_RUNS) batch *= 2;
    else samples.push(ms / batch);
    await setImmediate();
  } while (!signal.aborted && performance.now() - begin < TIME_MS && runs + batch <= MAX_RUNS);
  const total = performance.now() - begin;
  const median = medianOf(samples);
  const deviation = medianOf(samples.map((sample) => Math.abs(sample - median)));
  return { runs, median, deviation, total, ...(await collector.end()) };
}

async function timeOf(body: () => unknown, count: number): Promise<number> {
  const begin = performance.now();
  for (let run = 0; run < count; run += 1) {
    const value = body();
    if (value instanceof Promise) await value;
  }
  return performance.now() - begin;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

/** Counts the collections of garbage. */
class Collector {
  #count = 0;
  #ms = 0;
  readonly #observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      this.#count += 1;
      this.#ms += duration;
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  async end(): Promise<{ collections: number; collecting: number }> {
    // What was observed comes with the next turn of the loop.
    await setImmediate();
    this.#observer.disconnect();
    return { collections: this.#count, collecting: this.#ms };
  }
}
