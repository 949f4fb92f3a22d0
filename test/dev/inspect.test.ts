import { expect, it } from 'vitest';

import { DevProcess, sampleFiles } from './dev-process.ts';
import { Project } from './project.ts';

it('a debugger attaches to the application, not to its supervisor, and finds the next process at the same port', async () => {
  const project = new Project(sampleFiles);
  const server = await DevProcess.start(project.root, {}, ['--inspect=127.0.0.1:0']);
  const debugged = async (): Promise<{ port: string; title: string }> => {
    const [, port = ''] = await server.line(/^Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//);
    const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as [{ title: string }];
    return { port, title: target.title };
  };
  const first = await debugged();
  expect(first.title).toMatch(/worker\.c?js$/);
  project.write('.env', 'A=1');
  expect(await debugged()).toEqual(first);
  expect(await server.text('/')).toContain('Hello');
  expect(server.lines.join('\n')).not.toContain('address already in use');
});
