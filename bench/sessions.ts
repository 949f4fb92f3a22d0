// Concurrent visitors with sessions and flashes of their own: does anybody see another's value? And what happens while
// Redis is killed and started again? Prints figures; ends with 1 if a promise is broken. `npx tsx bench/sessions.ts`
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { redisMissing, RedisServer } from '../test/support/redis-server.ts';

const clients = 200;
const requests = 10_000;
const requestsOfOutage = 2000;

interface Answer {
  status: number;
  body: { name?: string; again?: string; visits?: number; messages?: string[] };
  milliseconds: number;
}

class Visitor {
  readonly name: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  #cookie = '';
  visits = 0;

  constructor(name: string, port: number) {
    this.name = name;
    this.#port = port;
  }

  async get(path: string): Promise<Answer> {
    const began = performance.now();
    const request = get({
      port: this.#port,
      host: '127.0.0.1',
      path,
      agent: this.#agent,
      headers: { Cookie: this.#cookie },
    });
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const milliseconds = performance.now() - began;
    for (const cookie of response.headers['set-cookie'] ?? []) this.#cookie = cookie.split(';', 1)[0] ?? '';
    const status = response.statusCode ?? 0;
    return { status, body: status === 200 ? (JSON.parse(text) as Answer['body']) : {}, milliseconds };
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function startServer(redisUrl: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(new URL('sessions-server.ts', import.meta.url)), [redisUrl], {
    execArgv: ['--import', 'tsx', '--conditions=flacon-source'],
  });
  const [port] = (await once(child, 'message')) as [number];
  return { child, port };
}

async function makeVisitors(port: number): Promise<Visitor[]> {
  const visitors = Array.from({ length: clients }, (_, index) => new Visitor(`visitor-${index}`, port));
  await Promise.all(visitors.map((visitor) => visitor.get(`/login/${visitor.name}`)));
  return visitors;
}

/** What is wrong with an answer, if anything. */
function leakIn({ body }: Answer, visitor: Visitor): string | undefined {
  const names = [body.name, body.again, ...(body.messages ?? []).map((message) => message.split(' ').at(-1))];
  const stranger = names.find((name) => name !== visitor.name);
  return stranger === undefined ? undefined : `${visitor.name} saw ${stranger}`;
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? NaN;
const problems: string[] = [];

/** Every visitor asks again and again, all at the same time. */
async function isolation(label: string, redisUrl: string): Promise<void> {
  const { child, port } = await startServer(redisUrl);
  const visitors = await makeVisitors(port);
  let leaks = 0;
  let wrong = 0;
  const times: number[] = [];
  const began = performance.now();
  await Promise.all(
    visitors.map(async (visitor) => {
      for (let count = 1; count <= requests / clients; count += 1) {
        const answer = await visitor.get('/visit');
        times.push(answer.milliseconds);
        if (leakIn(answer, visitor) !== undefined) leaks += 1;
        if (answer.status !== 200 || answer.body.visits !== count || answer.body.messages?.length !== 1) wrong += 1;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  console.log(`${label}: ${clients} clients, ${times.length} requests in ${seconds.toFixed(1)} s`);
  console.log(
    `  values or flashes of another: ${leaks}; lost writes or flashes: ${wrong}; p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms`,
  );
  if (leaks + wrong > 0) problems.push(`${label}: ${leaks} leaks, ${wrong} lost writes`);
  for (const visitor of visitors) visitor.close();
  child.kill();
  await once(child, 'exit');
}

/** Redis is killed after a third of the requests and started again after two thirds. */
async function outage(redis: RedisServer): Promise<void> {
  const { child, port } = await startServer(redis.url);
  const visitors = await makeVisitors(port);
  const answers: Answer[] = [];
  let leaks = 0;
  let lost = 0;
  let after = 0;
  let restartedAt = Infinity;
  let recoveredAt: number | undefined;
  const events = { killed: false, restarted: undefined as Promise<void> | undefined };
  const steer = async (): Promise<void> => {
    if (!events.killed && answers.length >= requestsOfOutage / 3) {
      events.killed = true;
      await redis.kill();
    } else if (events.restarted === undefined && answers.length >= (requestsOfOutage * 2) / 3) {
      events.restarted = redis.start().then(() => void (restartedAt = performance.now()));
    }
  };
  await Promise.all(
    visitors.map(async (visitor) => {
      for (let count = 1; count <= requestsOfOutage / clients; count += 1) {
        const answer = await visitor.get('/visit');
        answers.push(answer);
        await steer();
        if (answer.status !== 200) continue;
        if (leakIn(answer, visitor) !== undefined) leaks += 1;
        // A write whose answer got lost may have been done or not; one that was answered must be there.
        if ((answer.body.visits ?? 0) <= visitor.visits) lost += 1;
        visitor.visits = answer.body.visits ?? 0;
      }
    }),
  );
  await events.restarted;
  while (recoveredAt === undefined) {
    const answer = await (visitors[0] as Visitor).get('/visit');
    if (answer.status === 200) recoveredAt = performance.now();
  }
  for (const visitor of visitors) {
    const answer = await visitor.get('/visit');
    if (answer.status === 200 && leakIn(answer, visitor) === undefined && (answer.body.visits ?? 0) > visitor.visits)
      after += 1;
  }
  const slowest = Math.max(...answers.map(({ milliseconds }) => milliseconds));
  const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
  const others = answers.length - count(200) - count(503);
  console.log(`redis killed and restarted: ${clients} clients, ${answers.length} requests`);
  console.log(
    `  200: ${count(200)}, 503: ${count(503)}, other: ${others}; slowest answer ${slowest.toFixed(0)} ms; sessions of another: ${leaks}; answered writes lost: ${lost}`,
  );
  console.log(
    `  first good answer ${Math.max(0, recoveredAt - restartedAt).toFixed(0)} ms after Redis was back; afterwards ${after} of ${clients} visitors have their session`,
  );
  if (slowest > 2000) problems.push(`an answer took ${slowest.toFixed(0)} ms`);
  if (leaks + lost + others > 0 || count(503) === 0 || after !== clients) problems.push('the outage');
  for (const visitor of visitors) visitor.close();
  child.kill();
  await once(child, 'exit');
}

await isolation('sessions in cookies', '');
if (redisMissing === undefined) {
  await using redis = await RedisServer.open();
  await isolation('sessions in Redis', redis.url);
  await outage(redis);
} else console.log(`without Redis: ${redisMissing}`);
for (const problem of problems) console.error(`PROBLEM ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
