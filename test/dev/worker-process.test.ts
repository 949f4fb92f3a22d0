import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';

import { DevProcess, sampleFiles } from './dev-process.ts';
import { Project } from './project.ts';

const OPTIONS = `\napp.get('/options', () => process.execArgv.filter((option) => option.includes('pool')).join(' '));\n`;

async function optionsOfWorker(execArgv: readonly string[] = []): Promise<string> {
  const project = new Project({ ...sampleFiles, 'app.ts': sampleFiles['app.ts'] + OPTIONS });
  return (await DevProcess.start(project.root, {}, execArgv)).text('/options');
}

it('a worker has as many threads for compilers as processors can be spared, four at the most; an option wins', async () => {
  const spared = Math.max(1, Math.floor(availableParallelism() / 2));
  const own = spared < 4 ? [`--v8-pool-size=${spared}`] : [];
  expect(await optionsOfWorker()).toBe(own.join(' '));
  // The last one counts.
  expect(await optionsOfWorker(['--v8-pool-size=3'])).toBe([...own, '--v8-pool-size=3'].join(' '));
});
