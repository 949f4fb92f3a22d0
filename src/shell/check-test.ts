import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** How long a test may take when it is tried, in milliseconds. */
const TIMEOUT_MS = 60_000;

/**
 * Runs a test file that counts its failed assertions, beside the file that it is to become. Gives the numbers of those
 * that failed. Throws with what went wrong when the test fails otherwise.
 */
export async function failedAssertions(text: string, file: string): Promise<ReadonlySet<number>> {
  const program = join(dirname(file), `.${basename(file).replace(/\.ts$/, '')}.check-${process.pid}.ts`);
  const folder = mkdtempSync(join(tmpdir(), 'flacon-check-'));
  const result = join(folder, 'failed.json');
  writeFileSync(program, text, { flag: 'wx' });
  try {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const child = spawn(process.execPath, ['--import', tsx, program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FLACON_CHECK: result, NODE_TEST_CONTEXT: '', NO_COLOR: '1' },
      timeout: TIMEOUT_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return new Set(JSON.parse(readFileSync(result, 'utf8')) as number[]);
    throw new Error(code === null ? `it has not ended after ${TIMEOUT_MS / 1000} s` : reasonIn(output));
  } finally {
    rmSync(program, { force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line of a report that says what went wrong. */
function reasonIn(output: string): string {
  const [, reported] = /^\s*error: ['|"]?-?\s*(.+?)['"]?$/m.exec(output) ?? [];
  const [thrown] = /^\s*(?:\[?\w*Error\b.*)$/m.exec(output) ?? [];
  return (reported ?? thrown ?? output.trim().split('\n').at(-1) ?? 'it failed').trim();
}
