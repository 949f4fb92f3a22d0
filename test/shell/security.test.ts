import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { endpointPaths, prepareEndpoint, readEndpoint, writeEndpoint } from '../../src/shell/endpoint.ts';
import { TestHost } from './client-support.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let open: TestHost[] = [];
let folders: string[] = [];

afterEach(async () => {
  for (const host of open) await host.close();
  open = [];
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders = [];
});

/** `denial`: what a wrong token costs, in ms. */
async function startHost(denial = 1): Promise<TestHost> {
  const host = await TestHost.start(undefined, { denial });
  open.push(host);
  return host;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flacon-door-'));
  folders.push(folder);
  return folder;
}

/** Runs a program as a user who is nobody here; gives what it prints. */
async function asNobody(program: string): Promise<string> {
  const child = spawn(process.execPath, ['-e', program], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  return text.trim();
}

/** Only root can be somebody else: elsewhere these tests say so, and CI runs them. */
describe.runIf(isRoot)('another user of the system (tested as root, by a process of nobody)', () => {
  it('can neither connect, nor read the token, nor list the folder', async () => {
    const host = await startHost();
    const { socket } = host.host.record;
    const folder = dirname(socket);
    // Nothing but the endpoint's own folders is in the way.
    chmodSync(dirname(dirname(folder)), 0o755);
    const connect = (path: string): string =>
      `require('node:net').connect(${JSON.stringify(path)}).on('connect', () => { console.log('connected'); process.exit() }).on('error', (error) => console.log(error.code))`;
    const read = (call: string): string =>
      `try { ${call}; console.log('read') } catch (error) { console.log(error.code) }`;
    expect(await asNobody(connect(socket))).toBe('EACCES');
    await host.open().then((client) => client.eval('1'));
    expect(await asNobody(connect(join(folder, 'control.sock')))).toBe('EACCES');
    expect(await asNobody(read(`require('node:fs').readFileSync(${JSON.stringify(join(folder, 'shell.json'))})`))).toBe(
      'EACCES',
    );
    expect(await asNobody(read(`require('node:fs').readdirSync(${JSON.stringify(dirname(folder))})`))).toBe('EACCES');
    // The socket itself is closed to others, too, should somebody open the folders.
    for (const path of [folder, dirname(folder)]) chmodSync(path, 0o755);
    expect(await asNobody(connect(socket))).toBe('EACCES');
    expect(await asNobody(read(`require('node:fs').readFileSync(${JSON.stringify(join(folder, 'shell.json'))})`))).toBe(
      'EACCES',
    );
    for (const path of [folder, dirname(folder)]) chmodSync(path, 0o700);
  });

  it('cannot put an endpoint where one is looked for', () => {
    const folder = newFolder();
    const paths = endpointPaths({ file: '/project/app.ts' }, { XDG_RUNTIME_DIR: folder });
    mkdirSync(dirname(paths.folder), { mode: 0o700 });
    chownSync(dirname(paths.folder), NOBODY, NOBODY);
    expect(() => prepareEndpoint(paths)).toThrow(/belongs to another user/);
    chownSync(dirname(paths.folder), 0, 0);
    prepareEndpoint(paths);
    writeEndpoint(paths, { socket: paths.socket, token: 'theirs', pid: process.pid, app: '' });
    chownSync(paths.record, NOBODY, NOBODY);
    expect(() => readEndpoint(paths)).toThrow(/belongs to another user/);
  });
});

describe('who is let in', () => {
  it('needs the token, whole, in its first frame', async () => {
    const host = await startHost();
    const { token } = host.host.record;
    for (const wrong of ['', 'x', token.slice(1), `${token}x`, token.toUpperCase()]) {
      const stranger = host.connect();
      expect(await stranger.hello(wrong)).toMatchObject({ op: 'failed', message: 'denied: wrong token' });
      // Nothing else is heard before the token.
      stranger.send({ op: 'eval', code: '1' });
      await stranger.closed();
    }
    expect(host.audit).toEqual(Array.from({ length: 5 }, () => 'shell refused: wrong token'));
    for (const nothing of [undefined, null, 5, {}, [token]]) {
      const stranger = host.connect();
      const hello = `${JSON.stringify({ op: 'hello', id: 1, protocol: 1, token: nothing, client: {} })}\n`;
      stranger.socket.write(hello.repeat(3));
      await stranger.closed();
      expect(stranger.frames.map(({ op }) => op)).toEqual(['failed', 'failed', 'failed']);
    }
    const client = await host.open();
    expect(client.welcome.session).toBe(1);
  });

  it('may try three times: then the connection is closed, and says so', async () => {
    const host = await startHost();
    const { token } = host.host.record;
    const late = host.connect();
    await late.hello('first');
    await late.hello('second');
    expect(await late.hello(token)).toMatchObject({ op: 'welcome' });
    expect(await late.show('1 + 1')).toBe('2');

    const stranger = host.connect();
    const answers = [await stranger.hello('a'), await stranger.hello('b'), await stranger.hello('c')];
    const message = 'denied: wrong token, 3 times: the connection is closed';
    expect(answers).toMatchObject([
      { message: 'denied: wrong token' },
      { message: 'denied: wrong token' },
      { message },
    ]);
    stranger.hello(token).catch(() => undefined);
    await stranger.closed();
    expect(stranger.frames).toHaveLength(3);
    expect(host.audit.at(-1)).toBe('shell refused: wrong token, 3 times: the connection is closed');
  });

  it('pays for each wrong token, also over several connections', async () => {
    const denial = 60;
    const host = await startHost(denial);
    const begin = performance.now();
    await Promise.all([1, 2, 3].map(() => host.connect().hello('guess')));
    // Timers may be a millisecond early.
    expect(performance.now() - begin).toBeGreaterThan(3 * (denial - 1));
  });

  it('does not wait for those who guess', async () => {
    const host = await startHost(3_600_000);
    const stranger = host.connect();
    void stranger.hello('guess');
    await expect.poll(() => host.audit).toEqual(['shell refused: wrong token']);
    expect((await host.open()).welcome.session).toBe(1);
    expect(stranger.frames).toEqual([]);
  });

  it('is written to the log of the server, with process and user', async () => {
    const host = await startHost();
    const client = await host.open();
    await client.ask({ op: 'close' });
    expect(host.audit).toEqual(['shell 1 attached: pid 1, tester', 'shell 1 detached']);
  });

  it.each([0o770, 0o720, 0o707, 0o750])('not through a folder with the mode %o', (mode) => {
    const folder = newFolder();
    const paths = endpointPaths({ file: '/project/app.ts' }, { XDG_RUNTIME_DIR: folder });
    mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
    chmodSync(paths.folder, mode);
    expect(() => prepareEndpoint(paths)).toThrow(/is open to other users/);
  });
});

describe('what killed processes leave behind', () => {
  it('is swept at the next start; what lives, or is in the making, stays', () => {
    const folder = newFolder();
    const env = { XDG_RUNTIME_DIR: folder };
    const paths = endpointPaths({ file: '/project/app.ts' }, env);
    const parent = dirname(paths.folder);
    const dead = 2 ** 22 - 3;
    const make = (name: string, pid?: number): string => {
      const path = join(parent, name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (pid !== undefined) writeFileSync(join(path, 'shell.json'), JSON.stringify({ pid }), { mode: 0o600 });
      return path;
    };
    const old = new Date(Date.now() - 3_600_000);
    const gone = [make(`own-${dead}-0123abcd`), make('0123456789abcdef', dead), make('1123456789abcdef')];
    utimesSync(gone[2] ?? '', old, old);
    const stay = [make(`own-${process.pid}-0123abcd`), make('2123456789abcdef', process.pid), make('3123456789abcdef')];
    const foreign = make('notes');
    utimesSync(foreign, old, old);
    prepareEndpoint(paths);
    expect(gone.filter((path) => existsSync(path))).toEqual([]);
    expect([...stay, foreign].filter((path) => !existsSync(path))).toEqual([]);
  });
});
