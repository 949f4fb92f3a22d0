import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { flash, getFlashedMessages, session, Tuple, type Flacon } from 'flacon';
import { LoginManager, loginUser, logoutUser, UserMixin } from 'flacon/login';
import {
  MemoryStore,
  regenerateSession,
  ServerSideSession,
  Session,
  sessionId,
  type SessionStore,
} from 'flacon/session';
import { cookieOf, HeldStore, makeApp } from './support.ts';

class User extends UserMixin {
  readonly id: string;
  constructor(id: string) {
    super();
    this.id = id;
  }
}

function addLogins(app: Flacon): void {
  const manager = new LoginManager(app);
  manager.userLoader((id) => new User(id));
  app.get('/login/<name>', ({ name }) => String(loginUser(new User(name))));
  app.get('/logout', () => String(logoutUser()));
}

// The same behaviour, whether the store answers at once or later.
describe.each<[string, () => SessionStore]>([
  ['a store that answers at once', () => new MemoryStore()],
  ['a store that answers later', () => new HeldStore(new MemoryStore())],
])('server-side sessions in %s', (_, makeStore) => {
  let app: Flacon;
  let sessions: Session;
  beforeEach(() => {
    ({ app, sessions } = makeApp({}, makeStore()));
  });

  it('keeps the data on the server, and only an id in the cookie', async () => {
    const client = app.testClient();
    const first = await client.get('/set/email/ann@b.c');
    const id = cookieOf(first) ?? '';
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(first.headers.get('Set-Cookie')).toMatch(/; Expires=[^;]+; HttpOnly; Path=\/$/);
    expect(first.headers.get('Vary')).toBe('Cookie');
    expect((await client.get('/get')).json).toEqual({ email: 'ann@b.c' });
    expect(await sessions.read(id)).toEqual({ email: 'ann@b.c', _permanent: true });
    expect(cookieOf(await client.get('/set/a/1'))).toBe(id);
  });

  it('stores nothing for visitors who only look', async () => {
    const client = app.testClient();
    const answer = await client.get('/get');
    expect([answer.json, cookieOf(answer), answer.headers.get('Vary')]).toEqual([{}, undefined, 'Cookie']);
    expect((await client.get('/plain')).headers.has('Vary')).toBe(false);
  });

  it('ends a session that is emptied', async () => {
    const client = app.testClient();
    const id = cookieOf(await client.get('/set/a/1')) ?? '';
    const answer = await client.get('/clear');
    expect(cookieOf(answer)).toBe('');
    expect(await sessions.read(id)).toBeUndefined();
  });

  it('never takes over an id that it did not make', async () => {
    const client = app.testClient();
    const planted = 'x'.repeat(43);
    client.setCookie('session', planted);
    const id = cookieOf(await client.get('/set/a/1'));
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(id).not.toBe(planted);
    expect(await sessions.read(planted)).toBeUndefined();
  });

  it('gives a session a new id at login: the old one is worth nothing (fixation)', async () => {
    addLogins(app);
    const attacker = app.testClient();
    const planted = cookieOf(await attacker.get('/set/cart/1')) ?? '';
    const victim = app.testClient();
    victim.setCookie('session', planted);
    const id = cookieOf(await victim.get('/login/ann'));
    expect(id).not.toBe(planted);
    expect((await victim.get('/get')).json).toMatchObject({ cart: '1', _user_id: 'ann' });
    expect((await attacker.get('/get')).json).toEqual({});
    expect(await sessions.read(planted)).toBeUndefined();
  });

  it('gives a session a new id on demand', async () => {
    const ids: string[] = [];
    app.get('/renew', () => {
      ids.push(sessionId());
      regenerateSession();
      ids.push(sessionId());
      return '';
    });
    const client = app.testClient();
    const before = cookieOf(await client.get('/set/a/1'));
    const after = cookieOf(await client.get('/renew'));
    expect(ids).toEqual([before, after]);
    expect((await client.get('/get')).json).toEqual({ a: '1' });
  });

  it('ends one session, or all of a user, or all but one', async () => {
    addLogins(app);
    const clients = [app.testClient(), app.testClient(), app.testClient(), app.testClient()] as const;
    const ids: string[] = [];
    for (const [index, client] of clients.entries())
      ids.push(cookieOf(await client.get(`/login/${index < 3 ? 'ann' : 'bob'}`)) ?? '');
    const users = async (): Promise<unknown[]> =>
      Promise.all(clients.map(async (client) => ((await client.get('/get')).json as { _user_id?: string })._user_id));
    expect(await sessions.idsOf('ann')).toEqual(ids.slice(0, 3));
    expect([await sessions.revoke(ids[0] ?? ''), await sessions.revoke(ids[0] ?? '')]).toEqual([true, false]);
    expect(await users()).toEqual([undefined, 'ann', 'ann', 'bob']);
    expect(await sessions.revokeUser('ann', { except: ids[2] ?? '' })).toBe(1);
    expect(await users()).toEqual([undefined, undefined, 'ann', 'bob']);
    expect([await sessions.revokeUser('ann'), await sessions.revokeUser('ann')]).toEqual([1, 0]);
    expect(await users()).toEqual([undefined, undefined, undefined, 'bob']);
  });

  it('knows no sessions of a user who has logged out', async () => {
    addLogins(app);
    const client = app.testClient();
    await client.get('/set/a/1');
    await client.get('/login/ann');
    await client.get('/logout');
    expect(await sessions.idsOf('ann')).toEqual([]);
    expect((await client.get('/get')).json).toEqual({ a: '1' });
  });

  it('lets a session be changed from outside', async () => {
    const client = app.testClient();
    const id = cookieOf(await client.get('/set/a/1')) ?? '';
    expect(await sessions.write(id, { ...(await sessions.read(id)), b: 2 })).toBe(true);
    expect((await client.get('/get')).json).toEqual({ a: '1', b: 2 });
    expect([await sessions.write('nobody', {}), await sessions.read('nobody')]).toEqual([false, undefined]);
  });

  it('keeps flashes across a redirect, once', async () => {
    app.get('/flash', () => {
      flash('first', 'error');
      flash('second');
      return app.redirect('/flashes');
    });
    app.get('/flashes', () => getFlashedMessages({ withCategories: true }));
    const client = app.testClient();
    const answer = await client.get('/flash', { followRedirects: true });
    expect(answer.json).toEqual([
      ['error', 'first'],
      ['message', 'second'],
    ]);
    expect((await client.get('/flashes')).json).toEqual([]);
  });

  it('serves sessionTransaction of the test client', async () => {
    const client = app.testClient();
    await client.sessionTransaction((data) => data.set('a', 1));
    expect((await client.get('/get')).json).toEqual({ a: 1 });
  });
});

describe('settings of server-side sessions', () => {
  it('signs the id when told to, in the bytes of Flask-Session', async () => {
    const { app, sessions } = makeApp({ SESSION_TYPE: 'memory', SESSION_USE_SIGNER: true, SECRET_KEY: 'a' });
    const client = app.testClient();
    const cookie = cookieOf(await client.get('/set/a/1')) ?? '';
    expect(cookie).toMatch(/^[\w-]{43}\.[\w-]{27}$/);
    expect(await sessions.read(cookie)).toMatchObject({ a: '1' });
    client.setCookie('session', cookie.slice(0, 43));
    expect((await client.get('/get')).json).toEqual({});
    client.setCookie('session', cookie);
    app.config.SECRET_KEY = 'b';
    expect((await client.get('/get')).json).toEqual({});
    app.config.SECRET_KEY_FALLBACKS = ['a'];
    client.setCookie('session', cookie);
    expect((await client.get('/get')).json).toEqual({ a: '1' });
  });

  it('has sessions that end with the browser when told to', async () => {
    const { app } = makeApp({ SESSION_TYPE: 'memory', SESSION_PERMANENT: false });
    app.get('/stay', () => String((session.permanent = true)));
    const client = app.testClient();
    expect((await client.get('/set/a/1')).headers.get('Set-Cookie')).not.toContain('Expires');
    expect(cookieOf(await client.get('/get'))).toBeUndefined();
    expect((await client.get('/stay')).headers.get('Set-Cookie')).toContain('Expires');
    expect((await client.get('/get')).headers.get('Set-Cookie')).toContain('Expires');
    expect((await client.get('/get')).json).toEqual({ a: '1' });
  });

  it('says what to set', async () => {
    expect(() => makeApp({})).toThrow(expect.objectContaining({ code: 'SESSION_TYPE' }));
    expect(() => makeApp({ SESSION_TYPE: 'redis' })).toThrow(expect.objectContaining({ code: 'NO_REDIS_CLIENT' }));
    expect(() => makeApp({ SESSION_TYPE: 'mongo' as never })).toThrow(/SESSION_TYPE is 'mongo'/);
    await expect(new Session().idsOf(1)).rejects.toThrow(expect.objectContaining({ code: 'NO_APP' }));
  });

  it('ends a session that was not used for its lifetime, and prolongs it by each use', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { app } = makeApp({ SESSION_TYPE: 'memory', PERMANENT_SESSION_LIFETIME: { minutes: 1 } });
    const client = app.testClient();
    const cookie = cookieOf(await client.get('/set/a/1')) ?? '';
    const visit = async (seconds: number): Promise<unknown> => {
      vi.setSystemTime(Date.now() + seconds * 1000);
      client.setCookie('session', cookie);
      return (await client.get('/get')).json;
    };
    expect([await visit(50), await visit(50), await visit(61)]).toEqual([{ a: '1' }, { a: '1' }, {}]);
    vi.useRealTimers();
  });

  it('keeps types that JSON does not have', async () => {
    const { app } = makeApp({ SESSION_TYPE: 'memory' });
    const when = new Date(1_700_000_000_000);
    const seen: unknown[] = [];
    app.get('/write', () => {
      session.update({ when, pair: Tuple.of('one', 'two'), bytes: Buffer.from('ü') });
      return '';
    });
    app.get('/look', () => String(seen.push(session.get('when'), session.get('pair'), session.get('bytes'))));
    const client = app.testClient();
    await client.get('/write');
    await client.get('/look');
    expect(seen).toEqual([when, Tuple.of('one', 'two'), expect.anything()]);
    expect(Buffer.from(seen[2] as Uint8Array).toString()).toBe('ü');
  });

  it('names the value that cannot be stored', async () => {
    const { app } = makeApp({ SESSION_TYPE: 'memory', TESTING: true });
    app.get('/bad', () => {
      session.update({ fine: 1, wrong: 10n ** 30n, worse: Symbol('x') });
      return '';
    });
    await expect(app.testClient().get('/bad')).rejects.toThrow(expect.objectContaining({ code: 'SESSION_VALUE' }));
  });

  it('starts anew, and says so, when what is stored is no session', async () => {
    const store = new MemoryStore();
    const { app } = makeApp({}, store);
    const lines: string[] = [];
    app.logger.handlers.push(({ message }) => lines.push(message));
    const client = app.testClient();
    store.replace(`session:${'y'.repeat(43)}`, '[broken', undefined, 60);
    client.setCookie('session', 'y'.repeat(43));
    expect((await client.get('/get')).json).toEqual({});
    expect(lines).toEqual([expect.stringContaining('could not be read')]);
  });

  it('warns in debug mode of a change from within that will be lost', async () => {
    const { app } = makeApp({ SESSION_TYPE: 'memory', DEBUG: true });
    const lines: string[] = [];
    app.logger.handlers.push(({ message }) => lines.push(message));
    app.get('/fill', () => {
      session.set('cart', ['a']);
      return '';
    });
    app.get('/add', () => {
      session.get<string[]>('cart')?.push('b');
      return '';
    });
    const client = app.testClient();
    await client.get('/fill');
    await client.get('/add');
    expect(lines).toEqual([expect.stringContaining('session.cart was changed from within')]);
  });
});

afterEach(() => {
  vi.useRealTimers();
});

it('knows its own sessions', () => {
  const { app } = makeApp({ SESSION_TYPE: 'memory' });
  const ctx = app.testRequestContext('/');
  expect(ctx.session).toBeInstanceOf(ServerSideSession);
  expect(ctx.session.new).toBe(true);
});
