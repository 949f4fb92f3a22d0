import { inspect } from 'node:util';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { Tuple } from '../src/json-tag.ts';
import {
  NullSession,
  SecureCookieSession,
  SecureCookieSessionInterface,
  type Session,
  type SessionApp,
  type SessionResponse,
} from '../src/sessions.ts';
import { FlaconError } from '../src/util/errors.ts';

declare module '../src/sessions.ts' {
  interface SessionData {
    typedEmail?: string;
    typedCart?: string[];
  }
}

/** Sessions with any names, as JavaScript sees them. */
type Loose = Session & Record<string, any>;

function makeSession(initial?: Record<string, unknown>): Loose {
  return new SecureCookieSession(initial) as unknown as Loose;
}

describe('SecureCookieSession', () => {
  it('has its keys as properties', () => {
    const session = makeSession({ email: 'a@b.c' });
    expect(session.email).toBe('a@b.c');
    session.count = 1;
    session.count += 1;
    expect(session.get('count')).toBe(2);
    expect('email' in session).toBe(true);
    expect('nobody' in session).toBe(false);
    delete session.email;
    delete session.email;
    expect('email' in session).toBe(false);
    expect(session.email).toBeUndefined();
    expect(Object.keys(session)).toEqual(['count']);
    expect({ ...session }).toEqual({ count: 2 });
    expect(JSON.stringify(session)).toBe('{"count":2}');
    expect(inspect(session)).toBe('Session { count: 2 }');
    expect(Object.getOwnPropertyDescriptor(session, 'count')).toMatchObject({ value: 2, enumerable: true });
  });

  it('has the methods of a mapping', () => {
    const session = makeSession({ a: 1 });
    expect([session.get('a'), session.get('b'), session.get('b', 5)]).toEqual([1, undefined, 5]);
    expect(session.set('b', 2)).toBe(session);
    expect([session.has('b'), session.size]).toEqual([true, 2]);
    expect([...session]).toEqual(['a', 'b']);
    expect([session.keys(), session.values(), session.entries()]).toEqual([
      ['a', 'b'],
      [1, 2],
      [
        ['a', 1],
        ['b', 2],
      ],
    ]);
    expect([session.pop('a'), session.pop('a'), session.pop('a', 'none')]).toEqual([1, undefined, 'none']);
    expect([session.setDefault('c', 3), session.setDefault('c', 4)]).toEqual([3, 3]);
    session.update({ d: 4, e: 5 });
    expect(session.toObject()).toEqual({ b: 2, c: 3, d: 4, e: 5 });
    expect([session.delete('e'), session.delete('e')]).toEqual([true, false]);
    session.clear();
    expect(session.size).toBe(0);
  });

  it.each<[string, (session: Loose) => unknown]>([
    ['property', (session) => session.a],
    ['get', (session) => session.get('a')],
    ['in', (session) => 'a' in session],
    ['size', (session) => session.size],
    ['keys', (session) => Object.keys(session)],
    ['iteration', (session) => [...session]],
    ['permanent', (session) => session.permanent],
    ['pop of nothing', (session) => session.pop('nothing')],
    ['delete of nothing', (session) => delete session.nothing],
    ['setDefault of a key', (session) => session.setDefault('a', 2)],
  ])('notes that it was read: %s', (_name, use) => {
    const session = makeSession({ a: 1 });
    expect([session.accessed, session.modified]).toEqual([false, false]);
    use(session);
    expect([session.accessed, session.modified]).toEqual([true, false]);
  });

  it.each<[string, (session: Loose) => unknown]>([
    ['property', (session) => (session.a = 1)],
    ['set', (session) => session.set('a', 1)],
    ['delete', (session) => delete session.a],
    ['pop', (session) => session.pop('a')],
    ['setDefault', (session) => session.setDefault('b', 1)],
    ['update', (session) => session.update({})],
    ['clear', (session) => session.clear()],
    ['permanent', (session) => (session.permanent = false)],
  ])('notes that it was changed: %s', (_name, use) => {
    const session = makeSession({ a: 1 });
    use(session);
    expect([session.accessed, session.modified]).toEqual([true, true]);
  });

  it('keeps permanent as a key', () => {
    const session = makeSession();
    expect([session.permanent, session.new]).toEqual([false, false]);
    session.permanent = true;
    expect(session.toObject()).toEqual({ _permanent: true });
  });

  it('does not let data and methods mix', () => {
    const session = makeSession();
    expect(() => (session.get = 1 as never)).toThrow(expect.objectContaining({ code: 'SESSION_NAME' }));
    expect(() => (session.toString = 1 as never)).toThrow(FlaconError);
    expect(() => Object.assign(session, { size: 1 })).toThrow(FlaconError);
    expect(() => (session['__proto__'] = {})).toThrow(FlaconError);
    expect(() => Object.setPrototypeOf(session, {})).toThrow(TypeError);
    session.set('get', 1).set('__proto__', 2).set('constructor', 3);
    expect([session.get('get'), session.get('__proto__'), session.get('constructor')]).toEqual([1, 2, 3]);
    expect(session.size).toBe(3);
    expect(session).toBeInstanceOf(SecureCookieSession);
  });

  it('loads from its source when it is first used', () => {
    let loads = 0;
    const session = new SecureCookieSession({
      load: () => {
        loads += 1;
        return { a: 1 };
      },
    });
    expect([session.modified, loads]).toEqual([false, 0]);
    expect(session.get('a')).toBe(1);
    expect(session.has('a')).toBe(true);
    expect(loads).toBe(1);
  });

  it('can be extended, with fields that are no data', () => {
    class StoredSession extends SecureCookieSession {
      readonly sid: string;
      #renewed = false;
      constructor(sid: string) {
        super({ a: 1 });
        this.sid = sid;
      }
      renew(): void {
        this.#renewed = true;
      }
      get isRenewed(): boolean {
        return this.#renewed;
      }
    }
    const session = new StoredSession('id');
    session.renew();
    expect([session.sid, session.isRenewed, session.modified]).toEqual(['id', true, false]);
    expect(session.toObject()).toEqual({ a: 1 });
    expect('sid' in session).toBe(false);
  });

  it('is typed by SessionData', () => {
    const session: Session = new SecureCookieSession();
    expectTypeOf(session.typedEmail).toEqualTypeOf<string | undefined>();
    expectTypeOf(session.get('typedEmail')).toEqualTypeOf<string | undefined>();
    expectTypeOf(session.get('typedEmail', null)).toEqualTypeOf<string | null>();
    expectTypeOf(session.pop('typedCart')).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(session.setDefault('typedCart', [])).toEqualTypeOf<string[]>();
    expectTypeOf(session.get('other')).toEqualTypeOf<unknown>();
    expectTypeOf(session.get<number>('other')).toEqualTypeOf<number | undefined>();
    expectTypeOf(new SecureCookieSession().typedEmail).toEqualTypeOf<string | undefined>();
  });
});

describe('NullSession', () => {
  it('can be read, and says what to do when it is written', () => {
    const session = new NullSession() as unknown as Loose;
    expect([session.a, session.get('a', 1), 'a' in session, session.size]).toEqual([undefined, 1, false, 0]);
    const writes: (() => unknown)[] = [
      () => (session.a = 1),
      () => session.set('a', 1),
      () => delete session.a,
      () => session.pop('a', 1),
      () => session.setDefault('a', 1),
      () => session.update({ a: 1 }),
      () => session.clear(),
      () => (session.permanent = true),
    ];
    for (const write of writes) expect(write).toThrow(expect.objectContaining({ code: 'NO_SECRET_KEY' }));
  });
});

describe('SecureCookieSessionInterface', () => {
  let app: SessionApp & { config: Record<string, unknown>; debug: boolean };
  let warnings: string[];
  let sessions: SecureCookieSessionInterface;

  beforeEach(() => {
    warnings = [];
    sessions = new SecureCookieSessionInterface();
    app = {
      debug: false,
      logger: { warning: (message: string) => void warnings.push(message) },
      config: {
        APPLICATION_ROOT: '/',
        MAX_COOKIE_SIZE: 4093,
        PERMANENT_SESSION_LIFETIME: { minutes: 1 },
        SECRET_KEY: 'key',
        SECRET_KEY_FALLBACKS: null,
        SESSION_COOKIE_DOMAIN: null,
        SESSION_COOKIE_HTTPONLY: true,
        SESSION_COOKIE_NAME: 'session',
        SESSION_COOKIE_PARTITIONED: false,
        SESSION_COOKIE_PATH: null,
        SESSION_COOKIE_SAMESITE: null,
        SESSION_COOKIE_SECURE: false,
        SESSION_REFRESH_EACH_REQUEST: true,
      },
    };
  });

  interface Answer {
    /** Name, value and options of the cookie that was set. */
    set?: [string, string, Record<string, any>];
    deleted?: [string, Record<string, unknown>];
    vary: string[];
  }

  function open(cookie?: string, name = 'session'): Loose | undefined {
    const request = { cookies: { get: (wanted: string) => (wanted === name ? cookie : undefined) } };
    return sessions.openSession(app, request) as Loose | undefined;
  }

  function save(session: Session): Answer {
    const answer: Answer = { vary: [] };
    const response: SessionResponse = {
      setCookie: (...set) => void (answer.set = set),
      deleteCookie: (...deleted) => void (answer.deleted = deleted as unknown as Answer['deleted']),
      vary: { add: (header) => answer.vary.push(header) },
    };
    sessions.saveSession(app, session, response);
    return answer;
  }

  /** One request with the cookie of the one before. */
  function visit(cookie: string | undefined, use: (session: Loose) => void): Answer {
    const session = open(cookie) as Loose;
    use(session);
    return save(session);
  }

  function cookieOf(use: (session: Loose) => void, before?: string): string {
    return visit(before, use).set?.[1] ?? '';
  }

  it('keeps values from request to request', () => {
    const cookie = cookieOf((session) => (session.user = 'ann'));
    const answer = visit(cookie, (session) => expect(session.user).toBe('ann'));
    expect(answer).toEqual({ vary: ['Cookie'] });
  });

  it('does nothing for a visitor without a session', () => {
    expect(visit(undefined, () => undefined)).toEqual({ vary: [] });
    expect(visit(undefined, (session) => session.user)).toEqual({ vary: ['Cookie'] });
  });

  it('sets the cookie with the attributes of the configuration', () => {
    const { set, vary } = visit(undefined, (session) => (session.a = 1));
    expect(set?.[0]).toBe('session');
    expect(set?.[2]).toEqual({
      domain: null,
      httponly: true,
      maxSize: 0,
      partitioned: false,
      path: '/',
      samesite: null,
      secure: false,
    });
    expect(vary).toEqual(['Cookie', 'Cookie']);
    Object.assign(app.config, {
      APPLICATION_ROOT: '/root',
      SESSION_COOKIE_DOMAIN: 'example.com',
      SESSION_COOKIE_HTTPONLY: false,
      SESSION_COOKIE_NAME: 'sid',
      SESSION_COOKIE_PARTITIONED: true,
      SESSION_COOKIE_SAMESITE: 'Lax',
      SESSION_COOKIE_SECURE: true,
    });
    const other = visit(undefined, (session) => (session.a = 1)).set;
    expect([other?.[0], other?.[2]]).toMatchObject([
      'sid',
      { domain: 'example.com', httponly: false, partitioned: true, path: '/root', samesite: 'Lax', secure: true },
    ]);
    app.config.SESSION_COOKIE_PATH = '/app';
    expect(sessions.getCookiePath(app)).toBe('/app');
  });

  it('deletes the cookie of a session that was emptied', () => {
    const cookie = cookieOf((session) => (session.a = 1));
    const answer = visit(cookie, (session) => session.clear());
    expect(answer.deleted?.[0]).toBe('session');
    expect(answer.vary).toContain('Cookie');
    expect(visit(undefined, (session) => session.keys()).deleted).toBeUndefined();
  });

  it('prolongs a permanent session by each request, unless told not to', () => {
    const before = Date.now();
    const { set } = visit(undefined, (session) => {
      session.permanent = true;
      session.a = 1;
    });
    const expires = (set?.[2].expires as Date | undefined)?.getTime();
    expect(expires).toBeGreaterThanOrEqual(before + 60_000);
    expect(expires).toBeLessThanOrEqual(Date.now() + 60_000);

    const untouched = visit(set?.[1], () => undefined);
    expect(untouched.set?.[2].expires).toBeInstanceOf(Date);
    expect(untouched.vary).toEqual(['Cookie']);

    app.config.SESSION_REFRESH_EACH_REQUEST = false;
    expect(visit(set?.[1], () => undefined)).toEqual({ vary: [] });
    expect(visit(set?.[1], (session) => session.a)).toEqual({ vary: ['Cookie'] });
  });

  it('does not check the signature of a session that nobody looks at', () => {
    const cookie = cookieOf((session) => (session.a = 1));
    sessions.serializer.loads = () => {
      throw new Error('loaded');
    };
    expect(visit(cookie, () => undefined)).toEqual({ vary: [] });
  });

  it('starts anew after the lifetime, and with a cookie that is not its own', () => {
    let now = 1_000_000_000_000;
    sessions.now = () => now;
    const cookie = cookieOf((session) => (session.a = 1));
    now += 60_000;
    expect(open(cookie)?.a).toBe(1);
    now += 1000;
    expect(open(cookie)?.a).toBeUndefined();
    now -= 62_000;
    expect(open(cookie)?.a, 'from the future').toBeUndefined();
    now += 1000;
    for (const forged of ['x', `${cookie}x`, cookie.slice(1), 'a.b.c', ''])
      expect(open(forged)?.toObject()).toEqual({});
    sessions.salt = 'other';
    expect(new SecureCookieSessionInterface().salt).toBe('cookie-session');
    expect(warnings).toEqual([]);
  });

  it('takes a lifetime in milliseconds', () => {
    sessions.now = () => 1_000_000_000_000;
    app.config.PERMANENT_SESSION_LIFETIME = 1500;
    const cookie = cookieOf((session) => (session.a = 1));
    sessions.now = () => 1_000_000_001_000;
    expect(open(cookie)?.a).toBe(1);
    sessions.now = () => 1_000_000_002_000;
    expect(open(cookie)?.a).toBeUndefined();
  });

  it('reads cookies of earlier keys and signs with the current one', () => {
    const old = cookieOf((session) => (session.a = 1));
    Object.assign(app.config, { SECRET_KEY: 'new', SECRET_KEY_FALLBACKS: ['key'] });
    expect(open(old)?.a).toBe(1);
    const renewed = cookieOf((session) => (session.b = 2), old);
    Object.assign(app.config, { SECRET_KEY_FALLBACKS: null });
    expect(open(old)?.toObject()).toEqual({});
    expect(open(renewed)?.toObject()).toEqual({ a: 1, b: 2 });
  });

  it('has no session without a key', () => {
    for (const key of [null, '', new Uint8Array()]) {
      app.config.SECRET_KEY = key;
      expect(open('x')).toBeUndefined();
    }
    const nothing = sessions.makeNullSession(app);
    expect([sessions.isNullSession(nothing), sessions.isNullSession(new SecureCookieSession())]).toEqual([true, false]);
  });

  it('starts anew, and says so, when a signed cookie cannot be read', () => {
    const signer = sessions.getSigningSerializer(app);
    expect(open(signer?.dumps([1]))?.toObject()).toEqual({});
    expect(open(signer?.makeSigner().sign('x'))?.toObject()).toEqual({});
    expect(warnings).toEqual([
      'A session cookie with a valid signature does not contain an object.',
      expect.stringContaining('A session cookie with a valid signature could not be read:'),
    ]);
  });

  it('keeps types that JSON does not have', () => {
    const values = {
      day: new Date(1_704_164_645_000),
      bytes: new Uint8Array([0, 255]),
      pair: Tuple.of<unknown>(1, 'a'),
      big: 2n ** 70n,
    };
    const cookie = cookieOf((session) => session.update(values));
    expect(open(cookie)?.toObject()).toEqual(values);
  });

  it('names the value that a cookie cannot keep', () => {
    class Account {}
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const [name, value] of Object.entries({
      account: new Account(),
      map: new Map(),
      run: () => 1,
      circular,
      day: new Date(NaN),
    })) {
      const attempt = (): Answer => visit(undefined, (session) => session.update({ fine: 1, [name]: value }));
      expect(attempt).toThrow(
        expect.objectContaining({ code: 'SESSION_VALUE', message: expect.stringContaining(`session.${name} `) }),
      );
    }
  });

  describe('in debug mode', () => {
    beforeEach(() => {
      app.debug = true;
    });

    it('warns of a change from within that will be lost', () => {
      const cookie = cookieOf((session) => session.update({ cart: ['a'], other: { b: 1 } }));
      expect(visit(cookie, (session) => session.cart.push('b')).set).toBeUndefined();
      expect(warnings).toEqual([
        'session.cart was changed from within, which is not noticed and will be lost. Set session.modified = true after the change.',
      ]);
      warnings.length = 0;
      visit(cookie, (session) => session.cart.length);
      visit(cookie, (session) => {
        session.cart.push('b');
        session.modified = true;
      });
      expect(warnings).toEqual([]);
    });

    it('refuses a cookie that browsers would drop, naming what is large', () => {
      const attempt = (): Answer =>
        visit(undefined, (session) => session.update({ small: 1, large: randomText(6000) }));
      expect(attempt).toThrow(
        expect.objectContaining({
          code: 'SESSION_TOO_LARGE',
          message: expect.stringMatching(
            /^The session cookie has \d+ bytes, .* more than 4093\. Largest values: large \(6002 bytes\), small/,
          ),
        }),
      );
    });
  });

  it('warns of a cookie that browsers would drop', () => {
    const { set } = visit(undefined, (session) => (session.large = randomText(6000)));
    expect(set).toBeDefined();
    expect(warnings).toEqual([expect.stringContaining('Largest values: large')]);
    app.config.MAX_COOKIE_SIZE = 0;
    visit(undefined, (session) => (session.large = randomText(6000)));
    expect(warnings).toHaveLength(1);
  });

  it('saves only sessions of its own kind', () => {
    expect(() => save({} as Session)).toThrow(expect.objectContaining({ code: 'SESSION_CLASS' }));
  });
});

/** Text that does not compress well, the same in every run. */
function randomText(length: number): string {
  let seed = 1;
  const next = (): string => String.fromCharCode(33 + ((seed = (seed * 48_271) % 2_147_483_647) % 90));
  return Array.from({ length }, next).join('').replaceAll(/["\\]/g, 'x');
}
