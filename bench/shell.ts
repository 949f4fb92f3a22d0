// Time from starting `app shell` on the sample application to a prompt that takes a key, and to the first answer: with an
// own app, and attached to its running server. `npm run bench:shell [rounds]`
import { spawn as spawnProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type * as Pty from '@lydell/node-pty';

const { spawn } = createRequire(import.meta.url)('@lydell/node-pty') as typeof Pty;
const program = fileURLToPath(new URL('../bin/app.js', import.meta.url));
const cwd = fileURLToPath(new URL('../sample-app', import.meta.url));
const rounds = Number(process.argv[2] ?? 10);

interface Start {
  prompt: number;
  answer: number;
}

/** One start: milliseconds to the prompt with a typed key shown, and to the answer to `6*7`. */
function startShell(args: readonly string[]): Promise<Start> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const terminal = spawn(process.execPath, [program, 'shell', ...args], { cwd, cols: 80, rows: 24 });
    let seen = '';
    let prompt: number | undefined;
    let answer: number | undefined;
    terminal.onData((data) => {
      seen += stripVTControlCharacters(data);
      if (prompt === undefined && /> ?$/.test(seen.trimEnd())) {
        prompt = performance.now() - begin;
        seen = '';
        terminal.write('6*7\r');
      } else if (prompt !== undefined && answer === undefined && /(^|\s)42\s/.test(seen)) {
        answer = performance.now() - begin;
        terminal.write('\x04');
      }
    });
    terminal.onExit(() => {
      if (prompt === undefined || answer === undefined)
        reject(new Error(`the shell ended without an answer:\n${seen}`));
      else resolve({ prompt, answer });
    });
  });
}

async function measure(name: string, args: readonly string[]): Promise<void> {
  const starts: Start[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const start = await startShell(args);
    if (round >= 0) starts.push(start);
  }
  const median = (values: number[]): string =>
    (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN).toFixed(0);
  const prompt = median(starts.map((start) => start.prompt));
  const answer = median(starts.map((start) => start.answer));
  console.log(`${name.padEnd(24)} prompt ${prompt.padStart(4)} ms   first answer ${answer.padStart(4)} ms`);
}

console.log(`app shell on sample-app, median of ${rounds} starts, node ${process.version}`);
await measure('own app (no server)', ['--no-attach']);
const server = spawnProcess(process.execPath, [program, 'run', '--port', '0'], {
  cwd,
  stdio: ['ignore', 'pipe', 'pipe'],
});
let output = '';
for (const stream of [server.stdout, server.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
while (!/Running on http/.test(output)) await Promise.race([once(server.stdout, 'data'), once(server.stderr, 'data')]);
try {
  // The shell's door opens a moment after the server answers.
  while (spawnSync(process.execPath, [program, 'shell', '--attach', '-e', '1'], { cwd }).status !== 0);
  await measure('attached to the server', ['--attach']);
} finally {
  server.kill('SIGINT');
  await once(server, 'exit');
}
