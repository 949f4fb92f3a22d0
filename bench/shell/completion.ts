// The type engine of the shell on the sample application: how soon it answers, and whether a key ever waits for it.
// `node --import tsx bench/shell/completion.ts [rounds]`, or called by the benchmark of the shell.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type * as Pty from '@lydell/node-pty';
import { SessionTypes } from '../../src/shell/session-types.ts';

const { spawn } = createRequire(import.meta.url)('@lydell/node-pty') as typeof Pty;
const program = fileURLToPath(new URL('../../bin/app.js', import.meta.url));
const root = fileURLToPath(new URL('../../sample-app', import.meta.url)).replace(/\/$/, '');

/** Milliseconds, and the memory of the engine's process. */
export interface TypedCompletion {
  /** From starting the engine to the members of `app`; one number for each round. */
  first: number[];
  /** The same question again, with another entry each time. */
  warm: number[];
  /** Resident memory of the engine, in MB. It belongs to the client, never to the server. */
  memory: number;
}

/** How soon types are there. */
export async function measureTypedCompletion(rounds = 5, questions = 200): Promise<TypedCompletion> {
  const first: number[] = [];
  const warm: number[] = [];
  let memory = 0;
  // The engine keeps no process alive.
  const hold = setInterval(() => undefined, 1000);
  for (let round = 0; round < rounds; round += 1) {
    const types = new SessionTypes({ root, appFile: `${root}/app.ts`, onMissing: (why) => console.log(why) });
    types.setOrigins([
      { name: 'app', type: "import('flacon').Flacon" },
      { name: 'users', module: { file: `${root}/models.ts`, export: 'users', isInstance: false } },
    ]);
    const begin = performance.now();
    const items = await types.complete('app.', 4);
    if (items.length === 0) throw new Error('the type engine knows nothing of the application');
    first.push(performance.now() - begin);
    for (let question = 0; question < questions / rounds; question += 1) {
      const code = `users.all().filter((user) => user.id > ${question}).map((user) => user.`;
      const asked = performance.now();
      await types.complete(code, code.length);
      warm.push(performance.now() - asked);
    }
    memory = memoryOf(types.server?.pid);
    const ended = types.server?.ended;
    types.close();
    await ended;
  }
  clearInterval(hold);
  return { first, warm, memory };
}

function memoryOf(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return NaN;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** What the engine does while keys are typed: its work, nothing as it is stopped, or it is gone. */
export type EngineState = 'running' | 'stopped' | 'killed' | 'off';

/** How long keys take to be shown in an entry of 200 lines, in milliseconds. */
export async function measureKeyEcho(state: EngineState, keys = 100): Promise<number[]> {
  const env = { ...process.env, TERM: 'xterm-256color', ...(state === 'off' && { APP_SHELL_COMPLETION: 'off' }) };
  const terminal = spawn(process.execPath, [program, 'shell', '--no-attach'], { cwd: root, cols: 80, rows: 24, env });
  let heard: () => void = () => undefined;
  let shown = '';
  terminal.onData((data) => {
    shown += data;
    heard();
  });
  const shows = (text: string): Promise<void> =>
    new Promise((resolve) => {
      heard = () => {
        if (shown.includes(text)) resolve();
      };
      heard();
    });
  await shows('> ');
  // A question about types: from here on there is an engine, unless it is off.
  if (state !== 'off') {
    terminal.write('.type 40 + 2\r');
    await shows('number');
    const engine = enginesOf(terminal.pid);
    if (engine.length === 0) throw new Error('no type engine was found');
    if (state !== 'running') for (const pid of engine) process.kill(pid, state === 'stopped' ? 'SIGSTOP' : 'SIGKILL');
  }
  const lines = Array.from(
    { length: 199 },
    (_, index) => `  const value${index} = users.all().map((user) => user.id);`,
  );
  terminal.write(`\u001b[200~function long() {\n${lines.join('\n')}\n  console.log(\u001b[201~`);
  await shows('console');
  const times: number[] = [];
  for (let key = 0; key < keys; key += 1) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    shown = '';
    const character = String.fromCharCode(97 + (key % 26));
    const begin = performance.now();
    terminal.write(character);
    await shows(character);
    times.push(performance.now() - begin);
  }
  if (state === 'stopped') for (const pid of enginesOf(terminal.pid)) process.kill(pid, 'SIGCONT');
  const ended = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  terminal.kill('SIGTERM');
  await ended;
  return times;
}

/** The processes of TypeScript that a shell has started. */
function enginesOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.includes('--lsp'))
    .map((line) => Number(line.trim().split(/\s+/)[0]));
}

/** The value below which `part` of all values lie. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

/** Prints all of it. */
export async function reportCompletion(rounds = 5): Promise<void> {
  const { first, warm, memory } = await measureTypedCompletion(rounds);
  const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  console.log(`first typed completion   median ${ms(quantile(first, 0.5))}   worst ${ms(quantile(first, 1))}`);
  console.log(`warm typed completion    p50 ${ms(quantile(warm, 0.5))}   p95 ${ms(quantile(warm, 0.95))}`);
  console.log(`memory of the engine     ${memory.toFixed(0)} MB, beside the client; nothing in the server`);
  for (const state of ['running', 'stopped', 'killed', 'off'] as const) {
    const times = await measureKeyEcho(state);
    console.log(
      `key echo, 200 lines      p50 ${ms(quantile(times, 0.5))}   p95 ${ms(quantile(times, 0.95))}   engine ${state}`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await reportCompletion(Number(process.argv[2] ?? 5));
