/*
 * Hot reload: from the save of a module to the first answer of its new code, against what else there is, and what a
 * client that asks every millisecond sees meanwhile; then the same with 1,000 modules; then what many saves leave behind;
 * then restarts of the whole process.
 *
 *   npm run build && npm run bench:reload -- [--only race,growth,memory,restart] [--saves 15] [--rounds 3] [--peers bun] [--memory 1000]
 *
 * Every contestant has the same 60 modules: parts with a module of data and one of words each, a list of them, and the
 * app. What is saved is a module of words, so that four modules run again. Ours is a whole Flacon app with a blueprint for
 * each part, run by `app run`; the others have a bare handler, or what they are made for.
 */
import { parseArgs } from 'node:util';

import { measureMemory } from './reload/memory.ts';
import { flacon, installPeers, peers } from './reload/peers.ts';
import { quantile, race, Racer } from './reload/race.ts';
import type { Result } from './reload/race.ts';
import { measureRestarts, restartUnderLoad } from './reload/restart.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'race,growth,memory,restart' },
    saves: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: '' },
    memory: { type: 'string', default: '1000' },
  },
});
const parts = values.only.split(',');
const saves = Number(values.saves);
const rounds = Number(values.rounds);

/** Says whether a figure is within what is asked for. */
function judge(what: string, figure: number, bar: number, unit = ''): void {
  const isMet = figure <= bar;
  console.log(`  ${isMet ? 'met   ' : 'missed'}  ${what}: ${format(figure)}${unit}, at most ${bar}${unit}`);
  if (!isMet) process.exitCode = 1;
}

function format(figure: number): string {
  return figure >= 100 ? String(Math.round(figure)) : figure.toFixed(1);
}

function row(name: string, cells: readonly string[]): string {
  return [name.padEnd(22), ...cells.map((cell) => cell.padStart(10))].join('');
}

function resultRow({ name, times, asked, failed, lost }: Result): string {
  const figures = [quantile(times, 0.5), quantile(times, 0.95)].map((figure) =>
    times.length === 0 ? '-' : format(figure),
  );
  return row(name, [...figures, String(failed), String(asked)]) + (lost > 0 ? `   ${lost} saves never shown` : '');
}

const HEAD = row('', ['median ms', 'p95 ms', 'failed', 'asked']);

async function raceAll(): Promise<Result> {
  installPeers();
  const racers: Racer[] = [];
  const notes: string[] = [];
  const wanted = peers().filter(({ name }) => name.includes(values.peers));
  for (const contestant of [flacon, ...wanted]) {
    if ('missing' in contestant) {
      notes.push(`${contestant.name}: missing (${contestant.missing})`);
      continue;
    }
    const racer = new Racer(contestant, 60);
    try {
      await racer.start();
      racers.push(racer);
    } catch (error) {
      if (contestant === flacon) throw error;
      notes.push(`${contestant.name}: missing (${(error as Error).message})`);
      await racer.close();
    }
  }
  await race(racers, saves, rounds);
  for (const racer of racers) await racer.close();
  console.log(`60 modules, ${saves} saves in ${rounds} rounds, Node ${process.versions.node}`);
  console.log(HEAD);
  const results = racers.map(({ result }) => result);
  const byMedian = results.toSorted((a, b) => quantile(a.times, 0.5) - quantile(b.times, 0.5));
  for (const result of byMedian) console.log(resultRow(result));
  for (const note of notes) console.log(note);
  const [ours, ...others] = results as [Result, ...Result[]];
  const medians = others.filter(({ times }) => times.length > 0).map(({ times }) => quantile(times, 0.5));
  judge('median', quantile(ours.times, 0.5), 6, ' ms');
  if (medians.length > 0) judge('median by the best peer’s', quantile(ours.times, 0.5) / Math.min(...medians), 0.6);
  judge('p95', quantile(ours.times, 0.95), 15, ' ms');
  judge('failed requests', ours.failed + ours.lost, 0);
  return ours;
}

async function raceGrowth(): Promise<void> {
  const [small, large] = [60, 1000].map(
    (modules) => new Racer({ ...flacon, name: `flacon, ${modules} modules` }, modules),
  );
  if (!small || !large) return;
  await small.start();
  await large.start();
  await race([small, large], saves, rounds);
  await small.close();
  await large.close();
  console.log(`\nGrowth, ${saves} saves in ${rounds} rounds`);
  console.log(HEAD);
  for (const { result } of [small, large]) console.log(resultRow(result));
  const median = quantile(large.result.times, 0.5);
  judge('median', median, 6, ' ms');
  judge('p95', quantile(large.result.times, 0.95), 15, ' ms');
  judge('1,000 modules by 60', median / quantile(small.result.times, 0.5), 1.5);
  judge('failed requests', large.result.failed + large.result.lost, 0);
}

async function showMemory(count: number): Promise<void> {
  const { early, late } = await measureMemory(count);
  console.log(`\nWhat is left of saves of a module with eight importers, after a garbage collection`);
  console.log(row('', ['heap MB', 'files', 'listeners', 'supervisor’s files']));
  for (const [name, { heap, files, listeners, supervisorFiles }] of [
    ['after 10', early],
    [`after ${count}`, late],
  ] as const) {
    console.log(row(name, [format(heap), String(files), String(listeners), String(supervisorFiles)]));
  }
  judge('more heap', late.heap - early.heap, 3, ' MB');
  if (Number.isFinite(early.files)) {
    judge('more files', late.files - early.files + late.supervisorFiles - early.supervisorFiles, 0);
  }
  judge('more listeners', late.listeners - early.listeners, 0);
}

async function showRestarts(): Promise<void> {
  const { asked, failed, processes } = await restartUnderLoad(10, 2000);
  console.log(`\nRestarts: ${processes - 1} while 20 keep-alive clients sent ${asked} requests; ${failed} failed`);
  judge('failed requests', failed, 0);
  const times = await measureRestarts(10);
  console.log(
    `A copy of sample-app, from the change of .env to the answer of the new process: ${times.map(format).join(' ')} ms`,
  );
  judge('median', quantile(times, 0.5), 400, ' ms');
}

if (parts.includes('race')) await raceAll();
if (parts.includes('growth')) await raceGrowth();
if (parts.includes('memory') && Number(values.memory) > 0) await showMemory(Number(values.memory));
if (parts.includes('restart')) await showRestarts();
