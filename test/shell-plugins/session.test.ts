import { afterEach, describe, expect, it } from 'vitest';
import {
  Flacon,
  session,
  SessionInterface,
  SecureCookieSession,
  SecureCookieSessionInterface,
  type ConfigData,
} from '../../src/index.ts';
import { Session } from '../../src/ext/session/index.ts';
import { TestHost } from '../shell/client-support.ts';

let host: TestHost | undefined;

afterEach(async () => {
  await host?.close();
  host = undefined;
});

function makeApp(config: Partial<ConfigData> = {}): Flacon {
  const app = new Flacon(undefined, { name: 'shop' });
  app.config.fromMapping({ SECRET_KEY: 'key', ...config });
  app.get('/set/<key>/<value>', ({ key, value }) => {
    session.set(key, value);
    return 'set';
  });
  app.get('/get', () => session.toObject());
  return app;
}

/** The cookie that a visitor of these pages has in the end. */
async function cookieAfter(app: Flacon, ...paths: string[]): Promise<string> {
  const client = app.testClient();
  for (const path of paths) await client.get(path);
  return client.getCookie('session')?.value ?? '';
}

/** What the app finds in a session when it gets this cookie. */
async function sessionOf(app: Flacon, cookie: string): Promise<unknown> {
  const client = app.testClient();
  client.setCookie('session', cookie);
  return (await client.get('/get')).json;
}

/** What the shell of an app answers to a command: what it prints, or the error. */
async function ask(app: Flacon, command: string): Promise<string> {
  host ??= await TestHost.start(app);
  const client = await host.open();
  const error = await client.show(command);
  return error === '' ? client.output : error;
}

describe('.session on signed cookies', () => {
  it('shows the data, that the signature is good, and its age', async () => {
    const app = makeApp();
    const cookie = await cookieAfter(app, '/set/name/ann');
    const good = /^signature good, signed \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, \d+ seconds? ago\n\{ name: 'ann' \}\n$/;
    expect(await ask(app, `.session ${cookie}`)).toMatch(good);
    expect(await ask(app, `.session session=${cookie};`)).toMatch(good);
  });

  it('says which one the app does not take: too old, tampered with, or of another key', async () => {
    const app = makeApp({ PERMANENT_SESSION_LIFETIME: { days: 2 } });
    (app.sessionInterface as SecureCookieSessionInterface).now = () => Date.now() - 3 * 86_400_000;
    const old = await cookieAfter(app, '/set/name/ann');
    expect(await ask(app, `.session ${old}`)).toMatch(
      /^signature good, signed \S+, 3 days ago: longer than PERMANENT_SESSION_LIFETIME, the app does not take it\n/,
    );
    const foreign = await cookieAfter(makeApp({ SECRET_KEY: 'other' }), '/set/name/eve');
    const bad = /^signature BAD, claims to be signed \S+, .* ago: the app does not take it.*\n\{ name: 'eve' \}\n$/;
    expect(await ask(app, `.session ${foreign}`)).toMatch(bad);
    expect(await ask(app, `.session set ${foreign} name ann`)).toMatch(/would make a forgery good/);
    expect(await ask(app, '.session nothing')).toMatch(/This is no session cookie: No "?'?\./);
  });

  it('changes keys, to JSON or text, and prints a cookie that the app takes', async () => {
    const app = makeApp();
    const cookie = await cookieAfter(app, '/set/name/ann', '/set/cart/empty');
    const changed = async (command: string): Promise<string> =>
      /^session=(\S+)$/m.exec(await ask(app, command))?.[1] ?? '';
    const second = await changed(`.session set ${cookie} cart {"apples": [1, 2]}`);
    const third = await changed(`.session set ${second} name Ann of Kent`);
    expect(await sessionOf(app, third)).toEqual({ name: 'Ann of Kent', cart: { apples: [1, 2] } });
    expect(await sessionOf(app, await changed(`.session unset ${third} cart`))).toEqual({ name: 'Ann of Kent' });
    expect(await ask(app, `.session unset ${third} color`)).toMatch(/The session has no 'color'\./);
  });

  it('takes cookies of keys that were replaced, and signs with the new one', async () => {
    const cookie = await cookieAfter(makeApp({ SECRET_KEY: 'old' }), '/set/name/ann');
    const app = makeApp({ SECRET_KEY: 'new', SECRET_KEY_FALLBACKS: ['old'] });
    expect(await ask(app, `.session ${cookie}`)).toContain('signature good');
    const [, signed = ''] = /^session=(\S+)$/m.exec(await ask(app, `.session set ${cookie} name eve`)) ?? [];
    expect(await sessionOf(makeApp({ SECRET_KEY: 'new' }), signed)).toEqual({ name: 'eve' });
  });

  it('says what it cannot do', async () => {
    const app = makeApp();
    expect(await ask(app, '.session')).toMatch(/which session\? \.session COOKIE\|ID/);
    expect(await ask(app, '.session set abc name')).toMatch(/\.session set COOKIE\|ID KEY VALUE/);
    expect(await ask(app, '.session revoke abc')).toMatch(/only those on the server can be listed or ended/);
    app.config.SECRET_KEY = null;
    expect(await ask(app, '.session abc')).toMatch(/SECRET_KEY is not set/);
    class OwnSessions extends SessionInterface {
      openSession = (): SecureCookieSession => new SecureCookieSession();
      saveSession(): void {}
    }
    app.sessionInterface = new OwnSessions();
    expect(await ask(app, '.session abc')).toMatch(/OwnSessions keeps the sessions in a way of its own/);
  });
});

describe('.session on sessions of the server', () => {
  it.each([false, true])('finds them by cookie and by id, and changes them there (signed: %s)', async (isSigned) => {
    const app = makeApp({ SESSION_TYPE: 'memory', SESSION_USE_SIGNER: isSigned });
    new Session(app);
    const cookie = await cookieAfter(app, '/set/name/ann');
    const [id = ''] = cookie.split('.');
    expect(await ask(app, `.session ${cookie}`)).toBe(
      `${isSigned ? 'signature good, ' : ''}kept on the server as ${id}\n{ _permanent: true, name: 'ann' }\n`,
    );
    expect(await ask(app, `.session ${id}`)).toMatch(
      /^kept on the server as \S+\n\{ _permanent: true, name: 'ann' \}\n$/,
    );
    expect(await ask(app, `.session set ${id} age 42`)).toBe("{ _permanent: true, name: 'ann', age: 42 }\n");
    expect(await ask(app, `.session unset ${cookie} name`)).toBe('{ _permanent: true, age: 42 }\n');
    expect(await sessionOf(app, cookie)).toEqual({ age: 42 });
    if (isSigned) expect(await ask(app, `.session ${cookie}x`)).toMatch(/There is no session '.*x'/);
  });

  it('lists those of a user, and ends one or all', async () => {
    const app = makeApp({ SESSION_TYPE: 'memory' });
    new Session(app);
    const [first, second, third] = [
      await cookieAfter(app, '/set/_user_id/7'),
      await cookieAfter(app, '/set/_user_id/7', '/set/color/red'),
      await cookieAfter(app, '/set/_user_id/7'),
    ];
    const list = await ask(app, '.session user 7');
    expect(
      list
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      [first, '_permanent, _user_id'],
      [second, '_permanent, _user_id, color'],
      [third, '_permanent, _user_id'],
    ]);
    expect(await ask(app, `.session revoke ${first}`)).toBe('Ended 1 session.\n');
    expect(await ask(app, `.session revoke ${first}`)).toMatch(/There is no session/);
    expect(await ask(app, '.session revoke --user 7')).toBe('Ended 2 sessions.\n');
    expect(await ask(app, '.session user 7')).toBe('User 7 has no session.\n');
    expect(await sessionOf(app, second)).toEqual({});
  });
});
