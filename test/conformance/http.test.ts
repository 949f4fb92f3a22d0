import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AppShelf,
  inProcess,
  refusal,
  replay,
  SocketTransport,
  throughWebRequest,
  type Corpus,
  type RecordedCase,
  type Transport,
} from '../support/http-recordings.ts';

const corpus = JSON.parse(readFileSync(new URL('./http.json', import.meta.url), 'utf8')) as Corpus;
const topics = [...new Set(corpus.cases.map(({ topic = '' }) => topic))];

/** Cases that are answered differently on purpose, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'http-0066': 'a Set is written as an array: JavaScript has sets where Python would use a list, too',
  'http-0071': 'keys of an object are always text here, so that mixed ones can be sorted',
  'http-1112': 'integers beyond 2^53 are read as JSON.parse reads them',
  'http-1114': 'JSON has one zero here',
  'http-1228': 'cookies are read as UTF-8, which is what browsers send',
  'http-1453': 'a chunked body beyond MAX_CONTENT_LENGTH is refused with 413, and never cut',
};

const shelf = new AppShelf(corpus);
let socket: SocketTransport;

beforeAll(async () => {
  socket = await SocketTransport.open();
});

afterAll(async () => {
  shelf[Symbol.dispose]();
  await socket[Symbol.asyncDispose]();
});

interface Result {
  /** Cases that went wrong without being listed. */
  failed: string[];
  /** Cases that are listed as different, and were not. */
  agreed: string[];
}

async function play(topic: string, transport: Transport): Promise<Result> {
  const result: Result = { failed: [], agreed: [] };
  for (const recorded of corpus.cases.filter((one) => (one.topic ?? '') === topic)) {
    if (refusal(recorded, transport) !== undefined) continue;
    const problem = await replay(shelf, recorded, transport);
    const isListed = recorded.id in DIFFERENCES;
    if (problem === undefined && isListed) result.agreed.push(recorded.id);
    if (problem !== undefined && !isListed) result.failed.push(`${describeCase(recorded)}: ${problem}`);
  }
  return result;
}

function describeCase({ id, tags = ['untagged'], app, steps }: RecordedCase): string {
  return `${id} (${tags.join()}), ${steps.map(({ method = 'GET', target }) => `${method} ${target}`).join(', ')} of ${app}`;
}

const nothing: Result = { failed: [], agreed: [] };

describe('Flask apps, request by request', () => {
  it.each(topics)('%s: in process', async (topic) => {
    expect(await play(topic, inProcess)).toEqual(nothing);
  });

  it.each(topics)('%s: over a socket', async (topic) => {
    expect(await play(topic, socket)).toEqual(nothing);
  });

  it.each(topics)('%s: through web requests', async (topic) => {
    expect(await play(topic, throughWebRequest)).toEqual(nothing);
  });

  it('differ in tagged cases only', () => {
    const tagged = corpus.cases.filter(({ tags = [] }) => tags.length > 0).map(({ id }) => id);
    expect(tagged).toEqual(expect.arrayContaining(Object.keys(DIFFERENCES)));
  });

  it('are nearly all asked in all ways', () => {
    for (const transport of [socket, throughWebRequest]) {
      const played = corpus.cases.filter((recorded) => refusal(recorded, transport) === undefined);
      expect(played.length, transport.name).toBeGreaterThan(corpus.cases.length * 0.8);
    }
  });
});
