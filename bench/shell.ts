/*
 * The shell: from its start to the first answer, against what else there is; then how fast keys are shown in an entry of
 * 200 lines, completions come and endless code ends; then what an attached shell adds to its server.
 *
 *   npm run build && npm run bench:shell -- [--only start,keys,memory] [--rounds 10]
 *
 * Ours holds the sample application, seeded, by itself or in its running server, and once an application as small as those
 * of the peers: Nest's is a module with one provider, Flask's is empty but for one name; Adonis' shell and those of the
 * languages hold nothing. All are started in a terminal of 80x24 and are asked for 6*7 as soon as a prompt is there that
 * takes it. With an application of its own, that of ours has no name yet: the answer tells when the application is there.
 */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { TranscriptWorkshop, type TranscriptProject } from '../test/shell/transcript-project.ts';
import { quantile } from './reload/race.ts';
import { installPeers, peers, type Contestant, type Entrant } from './shell/contestants.ts';
import { measureCompletion, measureEcho, measureInterrupt } from './shell/keys.ts';
import { measureMemory } from './shell/memory.ts';
import { measureStarts, type Start } from './shell/start.ts';
import type { Program } from './shell/terminal.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: 'start,keys,memory' }, rounds: { type: 'string', default: '10' } },
});
const parts = values.only.split(',');
const rounds = Number(values.rounds);

const OWN = 'app shell, own app';
const SMALL = 'app shell, own small app';
const ATTACHED = 'app shell, attached';
const OURS = [OWN, SMALL, ATTACHED];
const app = fileURLToPath(new URL('../bin/app.js', import.meta.url));

function shell(project: TranscriptProject, ...args: string[]): Program {
  return { file: process.execPath, args: [app, 'shell', ...args], cwd: project.folder, env: project.env };
}

function smallShell({ env }: TranscriptProject): Program {
  const cwd = fileURLToPath(new URL('shell', import.meta.url));
  return { file: process.execPath, args: [app, '--app', 'small-app', 'shell', '--no-attach'], cwd, env };
}

function ours(name: string, program: Program, prompt: RegExp): Contestant {
  return { name, program, isFramework: true, holdsApplication: true, prompt, keepsCode: true };
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

/** A figure, and whether it keeps what is promised. */
function report(what: string, value: number, limit: number, unit: (value: number) => string = ms): void {
  console.log(`  ${what.padEnd(52)} ${unit(value).padStart(9)}   ${value <= limit ? '≤' : 'NOT ≤'} ${unit(limit)}`);
}

function isPresent(entrant: Entrant): entrant is Contestant {
  return !('missing' in entrant);
}

async function compareStarts(project: TranscriptProject): Promise<void> {
  installPeers();
  const entrants: Entrant[] = [
    ours(OWN, shell(project, '--no-attach'), /> $/),
    ours(SMALL, smallShell(project), /> $/),
    ours(ATTACHED, shell(project, '--attach'), /\(dev\)> $/),
    ...peers(project.env),
  ];
  const present = entrants.filter(isPresent);
  const { starts, failures } = await measureStarts(present, rounds);
  console.log(`\nFrom the start to the prompt, and to the first answer (median and 95 % of ${rounds} starts)`);
  const median = (name: string, key: keyof Start): number =>
    quantile(starts.get(name)?.map((start) => start[key]) ?? [], 0.5);
  for (const entrant of entrants.toSorted((a, b) => median(a.name, 'answer') - median(b.name, 'answer'))) {
    const list = starts.get(entrant.name);
    if (!list) continue;
    const [prompt, answer] = (['prompt', 'answer'] as const).map(
      (key) =>
        `${ms(median(entrant.name, key)).padStart(8)} (${ms(
          quantile(
            list.map((start) => start[key]),
            0.95,
          ),
        )})`,
    );
    console.log(`  ${entrant.name.padEnd(25)} prompt ${prompt?.padEnd(20)} answer ${answer}`);
  }
  for (const entrant of entrants) {
    const missing = isPresent(entrant) ? failures.get(entrant.name) : entrant.missing;
    if (missing !== undefined) console.log(`  ${entrant.name.padEnd(25)} missing: ${missing}`);
  }
  report('own app: start to prompt', median(OWN, 'prompt'), 300);
  report('attached: start to prompt', median(ATTACHED, 'prompt'), 150);
  const others = present.filter(({ name, isFramework }) => starts.has(name) && isFramework && !OURS.includes(name));
  const compare = (name: string, among: readonly Contestant[]): void => {
    for (const [key, what] of [
      ['prompt', 'prompt'],
      ['answer', 'first answer'],
    ] as const) {
      const [fastest] = among.toSorted((a, b) => median(a.name, key) - median(b.name, key));
      if (fastest) report(`${name}: ${what}, ${fastest.name}`, median(name, key), median(fastest.name, key));
    }
  };
  console.log('\nAgainst the fastest shell of another framework');
  for (const name of OURS) compare(name, others);
  console.log('\nAgainst the fastest that holds an application');
  for (const name of OURS)
    compare(
      name,
      others.filter(({ holdsApplication }) => holdsApplication),
    );
}

async function measureKeys(project: TranscriptProject): Promise<void> {
  const attached = shell(project, '--attach');
  console.log('\nAt the keys, attached');
  report('a key is shown, 200 lines (95 % of 300)', quantile(await measureEcho(attached), 0.95), 8);
  const { first, warm } = await measureCompletion(attached);
  report('the first completion by types in a shell', first, 400);
  report('completions after it (95 % of 40)', quantile(warm, 0.95), 30);
  for (const code of ['while (true) {}', 'await new Promise(() => {})', 'for (;;) await 0'])
    report(`Ctrl-C of ${code} (slowest of 10)`, Math.max(...(await measureInterrupt(attached, code))), 200);
}

async function measureServer(project: TranscriptProject): Promise<void> {
  const pid = project.serverPid;
  const bytes = pid === undefined ? undefined : await measureMemory(pid, shell(project, '--attach'));
  console.log('\nIn the server');
  if (bytes === undefined) console.log('  memory of an attached shell: this system does not tell');
  else report('memory of an attached shell', bytes / 2 ** 20, 15, (value) => `${value.toFixed(1)} MB`);
}

console.log(`node ${process.version}`);
const workshop = new TranscriptWorkshop();
const project = workshop.project(process.execPath);
try {
  await project.serve();
  // Before any shell was in it.
  if (parts.includes('memory')) await measureServer(project);
  if (parts.includes('start')) await compareStarts(project);
  if (parts.includes('keys')) await measureKeys(project);
} finally {
  await project.close();
  workshop.remove();
}
