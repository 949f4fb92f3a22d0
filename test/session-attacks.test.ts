import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Flacon, session } from 'flacon';
import { LoginManager, loginUser, UserMixin } from 'flacon/login';
import { Session } from 'flacon/session';
import { TimestampSigner } from 'flacon/signer';
import { RawConnection, startServer } from './support/raw-http.ts';

class User extends UserMixin {
  readonly id = 'ann';
}

function makeApp(onServer = false): Flacon {
  const app = new Flacon();
  app.config.SECRET_KEY = 'current key';
  app.config.PERMANENT_SESSION_LIFETIME = { hours: 1 };
  const manager = new LoginManager(app);
  manager.userLoader((id) => (id === 'ann' ? new User() : null));
  app.get('/set/<value>', ({ value }) => {
    session.set('value', value);
    return '';
  });
  app.get('/login', () => String(loginUser(new User())));
  app.get('/get', () => session.toObject());
  if (!onServer) return app;
  app.config.SESSION_TYPE = 'memory';
  app.config.SESSION_USE_SIGNER = true;
  new Session(app);
  return app;
}

/** What a visitor with this Cookie header has in the session. */
async function seenWith(app: Flacon, header: string): Promise<unknown> {
  const answer = await app.testClient({ useCookies: false }).get('/get', { headers: { Cookie: header } });
  expect(answer.status).toBe(200);
  return answer.json;
}

async function sessionCookie(app: Flacon, path = '/set/mine'): Promise<string> {
  const client = app.testClient();
  await client.get(path);
  return client.getCookie('session')?.value ?? '';
}

/** What Flask would sign, whatever it is. */
function signed(payload: string): string {
  return new TimestampSigner('current key', {
    salt: 'cookie-session',
    keyDerivation: 'hmac',
    digestMethod: 'sha1',
  }).sign(payload);
}

afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ['in a cookie', false],
  ['on the server', true],
])('a session %s', (_, onServer) => {
  let app: Flacon;
  let lines: string[];
  beforeEach(() => {
    app = makeApp(onServer);
    lines = [];
    app.logger.handlers.push(({ message }) => lines.push(message));
  });

  it('that an attacker planted does not become the login of the victim (fixation)', async () => {
    const planted = await sessionCookie(app);
    const victim = app.testClient();
    victim.setCookie('session', planted);
    await victim.get('/login');
    expect(victim.getCookie('session')?.value).not.toBe(planted);
    expect((await victim.get('/get')).json).toMatchObject({ _user_id: 'ann' });
    expect(await seenWith(app, `session=${planted}`)).not.toHaveProperty('_user_id');
  });

  it('whose cookie was tampered with is a new one', async () => {
    const cookie = await sessionCookie(app);
    expect(await seenWith(app, `session=${cookie}`)).toMatchObject({ value: 'mine' });
    for (let index = 0; index < cookie.length - 1; index += 1) {
      const other = cookie[index] === 'A' ? 'B' : 'A';
      expect(await seenWith(app, `session=${cookie.slice(0, index)}${other}${cookie.slice(index + 1)}`)).toEqual({});
    }
  });

  it('that expired is a new one', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    app = makeApp(onServer);
    const cookie = await sessionCookie(app);
    vi.setSystemTime(Date.now() + 3_605_000);
    expect(await seenWith(app, `session=${cookie}`)).toEqual({});
  });

  it('signed with an old key is read as long as the key is a fallback', async () => {
    const cookie = await sessionCookie(app);
    app.config.SECRET_KEY = 'next key';
    expect(await seenWith(app, `session=${cookie}`)).toEqual({});
    app.config.SECRET_KEY_FALLBACKS = ['current key'];
    expect(await seenWith(app, `session=${cookie}`)).toMatchObject({ value: 'mine' });
  });

  it('does not come from a nameless cookie', async () => {
    const cookie = await sessionCookie(app);
    expect(await seenWith(app, `=session=${cookie}`)).toEqual({});
    expect(await seenWith(app, `=; =x; session=${cookie}`)).toMatchObject({ value: 'mine' });
  });

  it('does not come from a cookie of 1 MB', async () => {
    const cookie = await sessionCookie(app);
    const junk = 'A'.repeat(1_000_000);
    expect(await seenWith(app, `session=${junk}`)).toEqual({});
    expect(await seenWith(app, `session=.${junk}.${junk}.${junk}`)).toEqual({});
    expect(await seenWith(app, `other=${junk}; session=${cookie}`)).toMatchObject({ value: 'mine' });
    await using server = await startServer(app.listener);
    await using connection = await RawConnection.open(server.port);
    connection.write(`GET /get HTTP/1.1\r\nHost: localhost\r\nCookie: session=${junk}\r\n\r\n`);
    expect(await connection.readUntil('\r\n')).toBe('HTTP/1.1 431 Request Header Fields Too Large\r\n');
  });

  it('does not unpack a compressed bomb', async () => {
    const bomb = deflateSync(Buffer.alloc(200_000_000, ' ')).toString('base64url');
    const before = process.memoryUsage().arrayBuffers;
    expect(await seenWith(app, `session=.${bomb}.aaaaaa.${'a'.repeat(27)}`)).toEqual({});
    expect(await seenWith(app, `session=${signed(`.${bomb}`)}`)).toEqual({});
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
    if (!onServer) expect(lines).toEqual([expect.stringContaining('could not be read')]);
  });
});

it('a remember cookie of somebody else is not believed', async () => {
  const app = makeApp();
  const forged = `ann|${createHash('sha512').update('ann').digest('hex')}`;
  const client = app.testClient();
  client.setCookie('remember_token', forged);
  await client.get('/get');
  expect((await client.get('/get')).json).toEqual({});
});
