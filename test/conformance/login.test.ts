import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Flacon } from 'flacon';
import { decodeCookie, encodeCookie, loginUrl, makeNextParam } from 'flacon/login';
import {
  answersOf,
  AppShelf,
  compareAnswers,
  decode,
  inProcess,
  type Corpus,
  type Json,
  type RecordedCase,
} from '../support/http-recordings.ts';
import { loginOptions, withJar, withRecordedMoments } from './login-support.ts';

interface HelperCase {
  readonly id: string;
  readonly op: string;
  readonly tags?: readonly string[];
  readonly secret?: Json;
  readonly key?: string;
  readonly payload?: string;
  readonly cookie?: string;
  readonly args?: readonly string[];
  readonly config?: Readonly<Record<string, string>>;
  readonly expect: { readonly kind: 'ok' | 'error'; readonly value?: Json; readonly class?: string };
}

const corpus = JSON.parse(readFileSync(new URL('./login.json', import.meta.url), 'utf8')) as Corpus;
const isHelper = (recorded: RecordedCase | HelperCase): recorded is HelperCase =>
  'op' in recorded && recorded.op !== 'http';
const everything: readonly (RecordedCase | HelperCase)[] = corpus.cases;
const browsing = corpus.cases.filter((recorded) => !isHelper(recorded));
const helpers = everything.filter(isHelper);

/** Cases that are answered differently on purpose, and why. Only tagged ones may be here. */
const DIFFERENCES: Readonly<Record<string, string>> = {};

async function failures(shelf: AppShelf): Promise<string[]> {
  const failed: string[] = [];
  for (const recorded of browsing) {
    const answers = withRecordedMoments(recorded.expect, await answersOf(shelf, withJar(recorded), inProcess));
    const problem = compareAnswers(recorded.expect, answers);
    if ((problem !== undefined) !== recorded.id in DIFFERENCES)
      failed.push(`${recorded.id} ${recorded.app}: ${problem ?? 'agrees, but is listed as different'}`);
  }
  return failed;
}

describe.each([
  ['synchronous loaders', false],
  ['asynchronous loaders', true],
])('logins with %s', (_, isAsync) => {
  const shelf = new AppShelf(corpus, loginOptions(isAsync));
  afterAll(() => shelf[Symbol.dispose]());

  it(`answers as Flask-Login does (${browsing.length} cases)`, async () => {
    expect(await failures(shelf)).toEqual([]);
  });
});

const operations: Readonly<Record<string, (recorded: HelperCase) => unknown>> = {
  encode_cookie: ({ payload = '', key }) => encodeCookie(payload, key),
  decode_cookie: ({ cookie = '', key }) => decodeCookie(cookie, key) ?? null,
  make_next_param: ({ args = [] }) => makeNextParam(...(args as [string, string])),
  login_url: ({ args = [] }) => loginUrl(...(args as [string, string?, string?])),
};

function answer(recorded: HelperCase): { kind: string; value?: unknown; class?: string } {
  const app = new Flacon();
  app.config.fromMapping({ SECRET_KEY: decode(recorded.secret ?? 'login-key'), ...recorded.config });
  app.route('/login', { endpoint: 'login' }, () => '');
  const run = operations[recorded.op];
  if (run === undefined) throw new Error(`No such operation: ${recorded.op}`);
  try {
    return { kind: 'ok', value: app.testRequestContext('/').run(() => run(recorded)) };
  } catch (error) {
    return { kind: 'error', class: (error as Error).constructor.name };
  }
}

describe('helpers of logins', () => {
  it.each([...new Set(helpers.map(({ op }) => op))])('%s', (op) => {
    const failed: string[] = [];
    for (const recorded of helpers.filter((candidate) => candidate.op === op)) {
      const { kind, value, class: errorClass } = recorded.expect;
      const got = answer(recorded);
      const isEqual = got.kind === kind && got.class === errorClass && (kind === 'error' || got.value === value);
      if (!isEqual !== recorded.id in DIFFERENCES)
        failed.push(`${recorded.id}: ${JSON.stringify(recorded.expect)} expected, got ${JSON.stringify(got)}`);
    }
    expect(failed).toEqual([]);
  });
});

it('lists tagged cases only', () => {
  const tagged = new Set(corpus.cases.filter(({ tags = [] }) => tags.length > 0).map(({ id }) => id));
  expect(Object.keys(DIFFERENCES).filter((id) => !tagged.has(id))).toEqual([]);
});
