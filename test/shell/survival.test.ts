import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Flacon } from '../../src/index.ts';
import { Connection, ConnectionLost } from '../../src/shell/connection.ts';
import {
  encodeFrame,
  FrameReader,
  PROTOCOL_VERSION,
  type ClientFrame,
  type WelcomeFrame,
} from '../../src/shell/protocol.ts';
import { TestHost, type TestClient } from './client-support.ts';
import { randomLine, randomNumbers } from './random-lines.ts';

type Op = ClientFrame['op'];
type SampleOf<O extends Op> = Omit<Extract<ClientFrame, { op: O }>, 'op' | 'id'>;

/** One request of each sort that a client can make: an operation that is missing here is a type error. */
const SAMPLES: { [O in Op]: SampleOf<O> } = {
  hello: {
    protocol: PROTOCOL_VERSION,
    token: 'x',
    client: { pid: 1, user: 'tester', mode: 'terminal', columns: 80, color: false },
  },
  eval: { code: 'await new Promise(() => {})' },
  check: { code: 'a +' },
  complete: { code: 'ap', cursor: 2 },
  types: {},
  locate: { code: 'app' },
  endpoint: { name: 'index' },
  preview: { code: '1 + 1' },
  inspect: { handle: 1, node: 0, offset: 0, limit: 10 },
  'inspect-end': { handle: 1 },
  frames: {},
  interrupt: { target: 1 },
  reload: {},
  subscribe: { topics: [] },
  resize: { columns: 40 },
  send: { code: 'await new Promise(() => {})', filename: 'a.ts' },
  sessions: {},
  restore: { state: { data: '', kinds: {}, imports: [], lost: [], entry: 0 } },
  stop: { exitCode: 0 },
  close: {},
};
const OPS = Object.keys(SAMPLES) as Op[];

let hosts: TestHost[] = [];
let servers: Server[] = [];

afterEach(async () => {
  for (const host of hosts) await host.close();
  for (const server of servers) server.close();
  hosts = [];
  servers = [];
});

async function startHost(): Promise<TestHost> {
  const app = new Flacon(undefined, { name: 'blog' });
  app.get('/', () => 'hello');
  const host = await TestHost.start(app);
  hosts.push(host);
  return host;
}

async function isGone(host: TestHost, client: TestClient): Promise<void> {
  client.socket.destroy();
  await expect.poll(() => host.host.clients).toBe(0);
}

describe('a connection that is cut', () => {
  it.each(OPS)('at %s: before it is said, half said, said, and answered', async (op) => {
    const host = await startHost();
    const folder = dirname(host.host.record.socket);
    const text = encodeFrame({ op, id: 2, ...SAMPLES[op] } as ClientFrame);
    for (const cut of [0, Math.floor(text.length / 2), text.length]) {
      const client = await host.open();
      client.socket.write(text.slice(0, cut));
      await isGone(host, client);
    }
    const client = await host.open();
    client.socket.write(text);
    client.socket.write(encodeFrame({ op: 'check', id: 3, code: '1' }));
    // Whatever it answers, and whether it does.
    await Promise.race([
      client.closed(),
      client.next((frame): frame is typeof frame => 'id' in frame && frame.id >= 2),
    ]);
    await isGone(host, client);
    const next = await host.open();
    expect(await next.show('1 + 1')).toBe('2');
    expect((await host.target.current?.testClient().get('/'))?.text).toBe('hello');
    expect(readdirSync(folder).sort()).toEqual(['control.sock', 'shell.json', 'shell.sock']);
    await isGone(host, next);
    await host.host.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('before hello, and in the middle of it', async () => {
    const host = await startHost();
    const { token } = host.host.record;
    const hello = encodeFrame({ op: 'hello', id: 1, ...SAMPLES.hello, token });
    for (const cut of [0, 1, Math.floor(hello.length / 2), hello.length - 1, hello.length]) {
      const client = host.connect();
      client.socket.write(hello.slice(0, cut));
      client.socket.end();
      await client.closed();
    }
    await expect.poll(() => host.host.clients).toBe(0);
  });
});

describe('a client whose server goes away', () => {
  /** A host that says welcome, and ends the connection at whatever comes next. */
  async function rudeHost(folder: string, cut: (socket: Socket) => void): Promise<string> {
    const path = join(folder, 'rude.sock');
    const server = createServer((socket) => {
      const reader = new FrameReader<ClientFrame>();
      socket.on('error', () => undefined);
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        for (const frame of reader.read(chunk)) {
          const welcome = { op: 'welcome', id: 1, protocol: PROTOCOL_VERSION, session: 1 } as WelcomeFrame;
          if (frame.op === 'hello') socket.write(encodeFrame(welcome));
          else cut(socket);
        }
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return path;
  }

  it.each(OPS.filter((op) => op !== 'hello'))('at %s hears of it, at once', async (op) => {
    const host = await startHost();
    for (const cut of [
      (socket: Socket) => void socket.destroy(),
      // In the middle of the answer.
      (socket: Socket) => void socket.end('{"op":"done","id":2'),
    ]) {
      const socket = await rudeHost(dirname(host.host.record.socket), cut);
      let lost = 0;
      const events = { frame: () => undefined, lost: () => (lost += 1) };
      const connection = await Connection.open({ socket, token: 'x' }, SAMPLES.hello.client, events);
      const question = { op, ...SAMPLES[op] } as Parameters<Connection['ask']>[0];
      await expect(connection.ask(question)).rejects.toThrow(ConnectionLost);
      expect(lost).toBe(1);
      servers.pop()?.close();
    }
  });
});

describe('what a shell may be given', () => {
  it('is anything: a thousand lines end neither host nor session', async () => {
    const host = await startHost();
    const client = await host.open();
    const random = randomNumbers(42);
    for (let line = 0; line < 1000; line += 1) {
      const code = line % 250 === 249 ? `"${'x'.repeat(2_000_000)}` : randomLine(random);
      const { status } = await client.eval(code);
      expect(['value', 'nothing', 'threw', 'invalid', 'incomplete'], JSON.stringify(code)).toContain(status);
      client.frames.length = 0;
    }
    expect(await client.show('app.name')).toBe("'blog'");
    const other = await host.open();
    expect(await other.show('typeof a')).toBe("'undefined'");
  });

  it('also where it is only looked at', async () => {
    const host = await startHost();
    const client = await host.open();
    const random = randomNumbers(7);
    for (let line = 0; line < 300; line += 1) {
      const code = randomLine(random);
      const checked = await client.ask({ op: 'check', code });
      expect(checked.op, JSON.stringify(code)).toBe('checked');
      const completed = await client.ask({ op: 'complete', code, cursor: random(code.length + 5) });
      expect(completed.op, JSON.stringify(code)).toBe('completions');
      client.frames.length = 0;
    }
    expect(await client.show('1 + 1')).toBe('2');
  });

  it('even what is no request: frames with missing, wrong and hostile parts', async () => {
    const host = await startHost();
    const client = await host.open();
    const parts = [undefined, null, 0, -1, 1e9, '', 'x', [], {}, { length: -1 }, true];
    let id = 1000;
    for (const op of [...OPS.filter((name) => name !== 'close' && name !== 'stop'), 'nothing', '__proto__'])
      for (const part of parts)
        client.socket.write(
          `${JSON.stringify({ op, id: (id += 1), code: part, cursor: part, target: part, columns: part, state: part, path: part, topics: part })}\n`,
        );
    expect(await client.show('1 + 1')).toBe('2');
  });
});
