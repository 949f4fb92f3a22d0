import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endpointPaths, readEndpoint, type EndpointRecord } from '../../src/shell/endpoint.ts';
import type { HostFrame, NoticeFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import { TestClient } from './client-support.ts';
import { TranscriptWorkshop, type TranscriptProject } from './transcript-project.ts';

const workshop = new TranscriptWorkshop();
let project: TranscriptProject;

beforeEach(async () => {
  project = workshop.project(process.execPath);
  await project.serve();
});

afterEach(() => project.close());
afterAll(() => workshop.remove());

function endpoint(): EndpointRecord | undefined {
  return readEndpoint(endpointPaths({ file: join(project.folder, 'app.ts') }, project.env));
}

async function attach(): Promise<TestClient> {
  const record = endpoint();
  if (!record) throw new Error('no endpoint');
  const client = new TestClient(record.socket);
  await client.hello(record.token);
  return client;
}

const isReload = (frame: HostFrame): frame is NoticeFrame => frame.op === 'notice' && frame.kind === 'reloaded';

function edit(file: string, from: string, to: string): void {
  const path = join(project.folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

describe('.app', () => {
  it('runs commands of the program and of the application, whose exit codes end nothing', async () => {
    const client = await attach();
    await client.eval('.app routes');
    expect(client.output).toMatch(/^stocks\.index +GET +\/stocks\/ *$/m);
    expect(await client.show('.app users create')).toBe('exit code 2');
    expect(client.output).toContain("Missing argument 'EMAIL'.");
    expect(await client.show('.app nothing')).toBe('exit code 2');
    expect(await client.show('.app run')).toBe("'app run' is for a terminal of its own");
    edit(
      'commands.ts',
      'app.cli\n',
      "app.cli.command('leave').action(() => { console.log('leaving'); process.exit(5) });\n  app.cli.command('ask').action(async () => void (await (await import('flacon')).prompt('Name')));\n  app.cli\n",
    );
    await client.next(isReload);
    expect(await client.show('.app leave')).toBe('exit code 5');
    expect(client.output).toMatch(/leaving\n/);
    expect(await client.show('.app ask')).toBe('exit code 1');
    expect(client.output).toContain('A command cannot ask here');
    expect(await client.show('1 + 1')).toBe('2');
    expect((await project.request('GET', '/stocks/')).status).toBe(200);
    // What was said there was said to the shell only.
    expect(project.log).not.toMatch(/leaving|Missing argument/);
    const answer = await client.ask({ op: 'complete', code: '.app us', cursor: 7 });
    expect(answer.op === 'completions' && answer.items.map(({ text }) => text)).toEqual(['users']);
    client.socket.destroy();
  });
});

describe('a reload', () => {
  it('is there at the next entry: 20 saves, from the file on', async () => {
    const client = await attach();
    await client.eval('const kept = []');
    const times: number[] = [];
    for (let save = 0; save < 20; save += 1) {
      const isThere = client.next(
        (frame): frame is NoticeFrame =>
          isReload(frame) && !seen.has(frame) && plainText(frame.printed).includes('models.ts'),
      );
      const seen = new Set<HostFrame>(client.frames);
      const file = join(project.folder, 'models.ts');
      const text = readFileSync(file, 'utf8').replace(/\nexport const version = \d+;\n/, '');
      const begin = performance.now();
      writeFileSync(file, `${text}\nexport const version = ${save};\n`);
      await isThere;
      const shown = await client.show(`kept.push((await import('./models.ts')).version)`);
      times.push(performance.now() - begin);
      expect(shown).toBe(String(save + 1));
      client.frames.length = 0;
    }
    expect(await client.show('kept.join()')).toBe(`'${[...Array(20).keys()].join()}'`);
    times.sort((a, b) => a - b);
    console.log(
      `save → new behaviour at the prompt: median ${times[10]?.toFixed(0)} ms, p95 ${times[18]?.toFixed(0)} ms`,
    );
    client.socket.destroy();
  });

  it('by .reload evaluates everything anew, for everybody, and what follows && comes after it', async () => {
    const [client, other] = [await attach(), await attach()];
    await client.eval('const old = app');
    await client.eval('const before = (await import("./models.ts")).users');
    expect(await client.show('.reload && (await import("./models.ts")).users === before')).toBe('false');
    expect(plainText((await other.next(isReload)).printed)).toMatch(/^↻ reloaded app\.ts \(\d+ modules, \d+ ms\)/);
    await project.logs(/app\.ts → \d+ modules/);
    expect(client.output).not.toContain('app.ts →');
    edit('models.ts', 'export ', 'export export ');
    await client.next((frame): frame is NoticeFrame => frame.op === 'notice' && frame.kind === 'failed');
    expect(await client.show('.reload && 1')).toMatch(/^not reloaded: /);
    for (const { socket } of [client, other]) socket.destroy();
  });

  it('by a restart of the server hands the variables over', async () => {
    const client = await attach();
    await client.eval('import { users } from "./models.ts"');
    await client.eval('let n = 1, rows = [{ id: n }]; const f = () => n');
    await client.eval('setTimeout(() => (n = 5), 1); await new Promise((resolve) => setTimeout(resolve, 10))');
    edit('package.json', '1.0.0', '1.0.1');
    const ending = await client.next((frame): frame is Extract<HostFrame, { op: 'ending' }> => frame.op === 'ending');
    expect(ending).toEqual({ op: 'ending', how: 'restart' });
    await client.closed();
    const kept = client.frames.findLast((frame) => frame.op === 'kept');
    if (kept?.op !== 'kept') throw new Error('nothing kept');
    await expect.poll(() => endpoint()?.pid ?? client.welcome.pid, { timeout: 20_000 }).not.toBe(client.welcome.pid);
    const next = await attach();
    expect(await next.ask({ op: 'restore', state: kept.state })).toMatchObject({
      kept: ['users', 'n', 'rows'],
      lost: [{ name: 'f', why: 'function' }],
    });
    await next.eval('.rebuild');
    expect(await next.show('[f(), n, rows, users.all().length]')).toBe('[ 5, 5, [ { id: 1 } ], 1 ]');
    next.socket.destroy();
  });
});
