// Server CPU per request, for a text and a JSON answer: Flacon (contexts, hooks and a signal in use) against bare
// node:http, Fastify and Hono, all in this run. `npm run bench:request [rounds] [requests]`
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const peers = ['node:http', 'flacon', 'fastify', 'hono'] as const;
const paths = ['/', '/json'] as const;
const rounds = Number(process.argv[2] ?? 7);
const requests = Number(process.argv[3] ?? 20_000);
const connections = 10;

interface Server {
  child: ChildProcess;
  port: number;
}

async function start(peer: string): Promise<Server> {
  const child = fork(fileURLToPath(new URL('request-server.ts', import.meta.url)), [peer], {
    execArgv: ['--import', 'tsx'],
  });
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
}

async function cpuOf({ child }: Server): Promise<number> {
  child.send('cpu');
  const [microseconds] = (await once(child, 'message')) as [number];
  return microseconds;
}

/** Sends `count` requests over one keep-alive connection, each after the answer to the one before. */
function hammer(port: number, path: string, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`;
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let left = count;
    socket.on('data', (data: Buffer) => {
      if (!data.toString('latin1', 0, 12).startsWith('HTTP/1.1 200')) reject(new Error(data.toString('latin1')));
      left -= 1;
      if (left > 0) socket.write(request);
      else socket.end(resolve);
    });
    socket.on('error', reject);
  });
}

async function load(port: number, path: string, total: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => hammer(port, path, total / connections)));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const servers = new Map<string, Server>();
for (const peer of peers) servers.set(peer, await start(peer));
const times = new Map<string, number[]>();
for (let round = -1; round < rounds; round += 1) {
  for (const [peer, server] of servers) {
    for (const path of paths) {
      const before = await cpuOf(server);
      await load(server.port, path, requests);
      const spent = ((await cpuOf(server)) - before) / requests;
      if (round >= 0) times.set(`${peer} ${path}`, [...(times.get(`${peer} ${path}`) ?? []), spent]);
    }
  }
}
for (const { child } of servers.values()) child.kill();

console.log(`server CPU per request, median of ${rounds} rounds of ${requests} requests, node ${process.version}`);
for (const path of paths) {
  const bare = median(times.get(`node:http ${path}`) ?? []);
  for (const peer of peers) {
    const value = median(times.get(`${peer} ${path}`) ?? []);
    console.log(
      `${path.padEnd(6)} ${peer.padEnd(10)} ${value.toFixed(1).padStart(6)} µs  ${(value / bare).toFixed(2)}x bare`,
    );
  }
}
