import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { otherNodes, SUPPORTED, testedLines } from '../support/nodes.ts';
import { cases } from './evaluator-cases.ts';
import type { Played } from './evaluator-play.ts';
import { describeTranscripts } from './transcript-suite.ts';

const program = fileURLToPath(new URL('evaluator-program.ts', import.meta.url));

it('every supported line of Node is tested by CI', () => {
  // `.ci/run` names them; elsewhere it is the Node at hand, and what a person names.
  const isComplete = process.env['CI'] && process.env['FLACON_NODES'] !== undefined;
  expect(testedLines()).toEqual(expect.arrayContaining(isComplete ? SUPPORTED : [parseInt(process.version.slice(1))]));
});

describe.each(otherNodes)('on $version', ({ path, version }) => {
  it('the shell makes of every input what it should', async () => {
    const args = ['--import', import.meta.resolve('tsx'), program];
    const { stdout } = await promisify(execFile)(path, args, { maxBuffer: 64 * 1024 * 1024 });
    const answer = JSON.parse(stdout) as { version: string; played: Record<string, Played[]> };
    expect(answer.version).toBe(version);
    expect(Object.keys(answer.played)).toEqual(Object.keys(cases));
    const results = Object.values(answer.played).flat();
    expect(results.length).toBe(Object.values(cases).flat().length);
    expect(results.map(([got]) => got)).toEqual(results.map(([, expected]) => expected));
  });

  describeTranscripts(path);
});
