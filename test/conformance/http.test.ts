import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answersOf,
  AppShelf,
  compareAnswers,
  inProcess,
  refusal,
  SocketTransport,
  throughWebRequest,
  type Corpus,
  type RecordedCase,
  type Transport,
} from '../support/http-recordings.ts';

const corpus = JSON.parse(readFileSync(new URL('./http.json', import.meta.url), 'utf8')) as Corpus;
const topics = [...new Set(corpus.cases.map(({ topic }) => topic ?? ''))];
const shelf = new AppShelf(corpus);
let socket: SocketTransport;

beforeAll(async () => {
  socket = await SocketTransport.open();
});

afterAll(async () => {
  shelf[Symbol.dispose]();
  await socket[Symbol.asyncDispose]();
});

/** Cases that are answered differently on purpose, and why. Only tagged ones may be here. */
const DIFFERENCES: Readonly<Record<string, string>> = {};

const tagged = new Set(corpus.cases.filter(({ tags = [] }) => tags.length > 0).map(({ id }) => id));

/** Plays the cases of a topic; what cannot be sent this way is left out. */
async function play(
  topic: string,
  transport: Transport,
  skips: (recorded: RecordedCase) => boolean,
): Promise<{ failed: string[]; agreed: string[] }> {
  const failed: string[] = [];
  const agreed: string[] = [];
  for (const recorded of corpus.cases) {
    if (recorded.topic !== topic || refusal(recorded, transport) !== undefined || skips(recorded)) continue;
    const problem = compareAnswers(recorded.expect, await answersOf(shelf, recorded, transport));
    const isDifferent = recorded.id in DIFFERENCES;
    if (problem === undefined && isDifferent) agreed.push(recorded.id);
    if (problem !== undefined && !isDifferent)
      failed.push(`${recorded.id} (${recorded.tags?.join() ?? 'untagged'}), ${recorded.steps[0]?.target}: ${problem}`);
  }
  return { failed, agreed };
}

describe('in process', () => {
  it.each(topics)('%s', async (topic) => {
    const { failed, agreed } = await play(topic, inProcess, () => false);
    expect(failed).toEqual([]);
    expect(agreed, 'listed as different, but equal').toEqual([]);
  });
});

describe('over a socket', () => {
  it.each(topics)('%s', async (topic) => {
    const { failed } = await play(topic, socket, () => false);
    expect(failed).toEqual([]);
  });
});

describe('through a web request', () => {
  it.each(topics)('%s', async (topic) => {
    const { failed } = await play(topic, throughWebRequest, () => false);
    expect(failed).toEqual([]);
  });
});

it('lists tagged cases only', () => {
  expect(Object.keys(DIFFERENCES).filter((id) => !tagged.has(id))).toEqual([]);
});
