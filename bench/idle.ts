import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * CPU time of a development server that nobody uses, beside that of a Node process that only waits. Both processes of
 * the server are counted, with all their threads. Linux only: it reads /proc. Argument: seconds, default 20.
 */
const seconds = Number(process.argv[2] ?? 20);
/** V8 tidies up to three times, eight seconds apart, what a start has left; a process that only waits has nothing to tidy. */
const WARM_UP_MS = 45_000;
const TICKS_PER_SECOND = 100;
const root = fileURLToPath(new URL('..', import.meta.url));

interface Usage {
  ms: number;
  switches: number;
}

function usageOf(pids: readonly number[]): Usage {
  let ms = 0;
  let switches = 0;
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ms += ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    switches += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]);
  }
  return { ms, switches };
}

const folder = mkdtempSync(join(tmpdir(), 'flacon-idle-'));
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
const modules = Array.from({ length: 60 }, (_, n) => `m${n}`);
for (const name of modules) writeFileSync(join(folder, `${name}.ts`), `export const ${name}: string = '${name}';\n`);
writeFileSync(
  join(folder, 'app.ts'),
  `import { Flacon } from 'flacon';
${modules.map((name) => `import { ${name} } from './${name}.ts';`).join('\n')}
export const app = new Flacon(import.meta);
app.get('/', () => [process.pid, process.ppid, ${modules.join(', ')}]);
`,
);

const idle = spawn(process.execPath, ['-e', 'require("node:net").createServer().listen(0)'], { stdio: 'ignore' });
const server = spawn(process.execPath, [join(root, 'bin', 'app.js'), 'run', '--port', '0'], {
  cwd: folder,
  stdio: ['ignore', 'ignore', 'pipe'],
});
try {
  const url = await new Promise<string>((resolve) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      const [, found] = /Running on (http:\S+)/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const answer = (await (await fetch(url)).json()) as [worker: number, supervisor: number];
  const subjects = [
    { name: 'node that waits', pids: [idle.pid ?? 0] },
    { name: 'app run', pids: [answer[1], answer[0]] },
  ];
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  const before = subjects.map(({ pids }) => usageOf(pids));
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = subjects.map(({ pids }) => usageOf(pids));
  console.log(`CPU of ${seconds} s without a request, a save or an open page (60 modules)\n`);
  for (const [index, { name }] of subjects.entries()) {
    const ms = (after[index]?.ms ?? 0) - (before[index]?.ms ?? 0);
    const switches = (after[index]?.switches ?? 0) - (before[index]?.switches ?? 0);
    const share = ((ms / (seconds * 1000)) * 100).toFixed(2);
    console.log(`${name.padEnd(16)} ${String(ms).padStart(5)} ms  ${share.padStart(5)} %  woken ${switches} times`);
  }
} finally {
  idle.kill();
  server.kill('SIGINT');
  await new Promise((resolve) => server.once('exit', resolve));
  rmSync(folder, { recursive: true });
}
