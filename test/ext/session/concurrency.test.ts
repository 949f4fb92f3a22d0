import { beforeEach, describe, expect, it } from 'vitest';
import { flash, getFlashedMessages, session, TaggedJSONSerializer, Tuple, type Flacon } from 'flacon';
import { MemoryStore, mergeSessions, type Session } from 'flacon/session';
import { cookieOf, HeldStore, makeApp } from './support.ts';

describe('requests of one session at the same time', () => {
  let app: Flacon;
  let sessions: Session;
  let arrive: () => Promise<void>;
  beforeEach(() => {
    ({ app, sessions } = makeApp({}, new HeldStore(new MemoryStore())));
    app.get('/slow/set/<key>/<value>', async ({ key, value }) => {
      const before = session.get<unknown>(key);
      await arrive();
      session.set(key, value);
      return String(before);
    });
    app.get('/slow/delete/<key>', async ({ key }) => {
      await arrive();
      return String(session.delete(key));
    });
    app.get('/slow/flash/<text>', async ({ text }) => {
      await arrive();
      flash(text);
      return '';
    });
    app.get('/slow/flashes', async () => {
      const flashes = getFlashedMessages();
      await arrive();
      return flashes;
    });
    app.get('/slow/clear', async () => {
      await arrive();
      session.clear();
      return '';
    });
  });

  /** Lets `count` views have begun before any of them goes on. */
  function barrier(count: number): () => Promise<void> {
    let missing = count;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    return () => {
      missing -= 1;
      if (missing === 0) open();
      return opened;
    };
  }

  async function together(cookie: string, ...paths: string[]): Promise<unknown> {
    arrive = barrier(paths.length);
    await Promise.all(
      paths.map((path) =>
        app.testClient({ useCookies: false }).get(path, { headers: { Cookie: `session=${cookie}` } }),
      ),
    );
    return sessions.read(cookie);
  }

  async function visitor(): Promise<string> {
    const client = app.testClient();
    await client.get('/set/a/old');
    return cookieOf(await client.get('/set/b/old')) ?? '';
  }

  it('keep what each of them changed', async () => {
    const cookie = await visitor();
    const paths = Array.from({ length: 50 }, (_, index) => `/slow/set/key${index}/${index}`);
    const wanted = Object.fromEntries(paths.map((_, index) => [`key${index}`, String(index)]));
    expect(await together(cookie, ...paths, '/slow/delete/a')).toEqual({ ...wanted, b: 'old', _permanent: true });
  });

  it('of the same key keep the last write, and never mix values', async () => {
    const cookie = await visitor();
    const data = (await together(cookie, '/slow/set/a/one', '/slow/set/a/two', '/slow/set/b/three')) as {
      a: string;
      b: string;
    };
    expect(['one', 'two']).toContain(data.a);
    expect(data.b).toBe('three');
  });

  it('keep the messages that both flashed, and not those that were shown', async () => {
    const cookie = await visitor();
    await together(cookie, '/slow/flash/first');
    const data = (await together(cookie, '/slow/flash/second', '/slow/flashes', '/slow/flash/third')) as {
      _flashes: [string, string][];
    };
    expect(data._flashes.map(([, text]) => text).sort()).toEqual(['second', 'third']);
  });

  it('do not bring back a session that was ended meanwhile', async () => {
    const cookie = await visitor();
    const wait = barrier(2);
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    arrive = () => {
      begin();
      return wait();
    };
    const client = app.testClient({ useCookies: false });
    const running = client.get('/slow/set/a/new', { headers: { Cookie: `session=${cookie}` } });
    await begun;
    await sessions.revoke(cookie);
    await arrive();
    const answer = await running;
    expect(answer.status).toBe(200);
    expect(cookieOf(answer)).toBeUndefined();
    expect(await sessions.read(cookie)).toBeUndefined();
  });
});

describe('mergeSessions', () => {
  const serializer = new TaggedJSONSerializer();
  const merge = (base: object, mine: object, theirs: object): unknown => ({
    ...mergeSessions(base as never, mine as never, theirs as never, (value) => serializer.dumps(value)),
  });

  it.each<[string, object, object, object, object]>([
    ['nothing changed', { a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }],
    ['different keys', { a: 1 }, { a: 1, b: 2 }, { a: 1, c: 3 }, { a: 1, b: 2, c: 3 }],
    ['the same key', { a: 1 }, { a: 2 }, { a: 3 }, { a: 2 }],
    ['one deletes, one leaves', { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 1, c: 1 }, { b: 1, c: 1 }],
    ['the other deletes', { a: 1, b: 1 }, { a: 1, b: 2 }, { b: 1 }, { b: 2 }],
    ['changed within', { a: [1] }, { a: [1, 2] }, { a: [1] }, { a: [1, 2] }],
    ['set back to what it was', { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ['null is a value', { a: null }, { a: null }, {}, {}],
  ])('%s', (_, base, mine, theirs, merged) => {
    expect(merge(base, mine, theirs)).toEqual(merged);
  });

  it.each<[string, string[], string[], string[], string[] | undefined]>([
    ['both add', ['0'], ['0', 'm'], ['0', 't'], ['0', 't', 'm']],
    ['I show, the other adds', ['0'], [], ['0', 't'], ['t']],
    ['the other shows, I add', ['0'], ['0', 'm'], [], ['m']],
    ['both show', ['0'], [], [], undefined],
    ['I show and add', ['0'], ['m'], ['0', 't'], ['t', 'm']],
    ['both show and add', ['0'], ['m'], ['t'], ['t', 'm']],
  ])('flashes: %s', (_, base, mine, theirs, merged) => {
    const flashes = (texts: string[]): object =>
      texts.length === 0 ? {} : { _flashes: texts.map((text) => Tuple.of('message', text)) };
    expect(merge(flashes(base), flashes(mine), flashes(theirs))).toEqual(merged === undefined ? {} : flashes(merged));
  });

  it('compares by how values are written', () => {
    expect(merge({ a: new Date(0) }, { a: new Date(0) }, { a: new Date(5000) })).toEqual({ a: new Date(5000) });
  });
});
