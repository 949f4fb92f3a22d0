import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { errorPage } from '../src/debug/page.ts';
import { readTraceback } from '../src/debug/traceback.ts';
import { abort, Flacon, redirect, request, sendFromDirectory, session, urlFor } from '../src/index.ts';
import type { RawAnswer } from './support/raw-http.ts';
import { RawConnection, startServer } from './support/raw-http.ts';
import { URLSafeTimedSerializer } from '../src/util/signer.ts';

const root = mkdtempSync(join(tmpdir(), 'flacon-history-'));
mkdirSync(join(root, 'static', 'sub'), { recursive: true });
writeFileSync(join(root, 'static', 'sub', 'a.txt'), 'public');
writeFileSync(join(root, 'secret.py'), 'secret');
afterAll(() => rmSync(root, { recursive: true }));

function makeApp(): Flacon {
  const app = new Flacon(undefined, { staticFolder: join(root, 'static') });
  app.secretKey = 'key';
  app.logger.level = 'CRITICAL';
  return app;
}

/** The answer to a target exactly as it stands, which no client or URL parser has tidied up. */
async function ask(app: Flacon, target: string, headers = 'Host: this.test\r\n'): Promise<RawAnswer> {
  await using running = await startServer(app.listener);
  await using connection = await RawConnection.open(running.port);
  connection.write(`GET ${target} HTTP/1.1\r\n${headers}\r\n`);
  return await connection.answer();
}

// One test for each hole in Flask's change log, and for those of Werkzeug that an application opens or closes.
describe('files', () => {
  const outside = [
    '..\\secret.py',
    '%2e%2e/secret.py',
    '%2e%2e%2fsecret.py',
    '../secret.py',
    'sub/../../secret.py',
    'sub%2f..%2f..%2fsecret.py',
    '..%5csecret.py',
    'C:/secret.py',
    '/etc/passwd',
    '%2fetc/passwd',
    'sub/a.txt%00.png',
    'sub',
    '',
  ];

  it.each(outside)('Flask 0.6.1: /static/%s is no file of the folder', async (path) => {
    const answer = await ask(makeApp(), `/static/${path}`);
    expect(answer.body).not.toBe('secret');
    expect([404, 308]).toContain(answer.status);
    if (answer.status === 308)
      expect((await ask(makeApp(), new URL(answer.headers['location'] ?? '').pathname)).status).toBe(404);
  });

  it.each(outside)('Flask 0.6.1: sendFromDirectory refuses %s', async (path) => {
    const app = makeApp();
    app.get('/files', () => sendFromDirectory(join(root, 'static'), request.args.get('path') ?? ''));
    expect((await ask(app, `/files?path=${path}`)).status).toBe(404);
  });

  it('sends what is in the folder', async () => {
    expect((await ask(makeApp(), '/static/sub/a.txt')).body).toBe('public');
  });
});

describe('sessions', () => {
  const loose = session as unknown as Record<string, unknown>;

  /** The answer to a visitor who has a session, to whom a view says what it did with it. */
  async function visit(
    app: Flacon,
    view: () => unknown,
    isPermanent = false,
  ): ReturnType<ReturnType<Flacon['testClient']>['get']> {
    app.get('/login', () => {
      session.permanent = isPermanent;
      session.update({ user: 'ann' });
      return '';
    });
    app.get('/', () => String(view()));
    const client = app.testClient();
    await client.get('/login');
    return await client.get('/');
  }

  it('CVE-2023-30861: a session that is only prolonged is not for shared caches', async () => {
    const answer = await visit(makeApp(), () => 'nothing', true);
    expect(answer.headers.get('Set-Cookie')).toContain('Expires=');
    expect(answer.headers.get('Vary')).toBe('Cookie');
  });

  it.each([
    ['in', () => 'user' in session],
    ['has', () => session.has('user')],
    ['size', () => session.size],
    ['keys', () => session.keys()],
    ['Object.keys', () => Object.keys(session)],
    ['iteration', () => [...session]],
    ['get', () => session.get('user')],
    ['a property', () => loose.user],
    ['a missing property', () => loose.nobody],
  ])('CVE-2026-27205: an answer that depends on the session by %s is not for shared caches', async (_, look) => {
    expect((await visit(makeApp(), look)).headers.get('Vary')).toBe('Cookie');
  });

  it('CVE-2025-47278: a cookie is signed with the key, and not with a fallback', async () => {
    const app = makeApp();
    app.config.SECRET_KEY_FALLBACKS = ['oldest', 'old'];
    app.get('/', () => {
      session.update({ user: 'ann' });
      return '';
    });
    const client = app.testClient();
    await client.get('/');
    const cookie = client.getCookie('session')?.value ?? '';
    const options = { salt: 'cookie-session', signerOptions: { keyDerivation: 'hmac', digestMethod: 'sha1' } } as const;
    expect(new URLSafeTimedSerializer('key', options).loads(cookie)).toEqual({ user: 'ann' });
    for (const fallback of ['oldest', 'old'])
      expect(() => new URLSafeTimedSerializer(fallback, options).loads(cookie)).toThrow();
  });

  const now = Date.now();
  const sign = (key: string, salt: string, at = now): string =>
    new URLSafeTimedSerializer(key, {
      salt,
      signerOptions: { keyDerivation: 'hmac', digestMethod: 'sha1', now: () => at },
    }).dumps({ user: 'eve' });
  const good = sign('key', 'cookie-session');
  const month = 32 * 86_400_000;

  it.each([
    ['another key', sign('other', 'cookie-session')],
    ['another salt', sign('key', 'remember')],
    ['a time long ago', sign('key', 'cookie-session', now - month)],
    ['a time to come', sign('key', 'cookie-session', now + month)],
    ['a changed payload', `x${good}`],
    ['a signature cut short', good.slice(0, -1)],
    ['no signature', good.slice(0, good.lastIndexOf('.'))],
    ['an empty signature', `${good.slice(0, good.lastIndexOf('.'))}.`],
    ['Werkzeug 0.3.1: nothing but a payload', Buffer.from('{"user":"eve"}').toString('base64url')],
    ['a payload that does not inflate', '.eJw.x.y'],
    ['nothing that makes sense', '..........'],
  ])('a cookie with %s is no session, and no error', async (_, cookie) => {
    const app = makeApp();
    app.get('/', () => `${session.get('user')} ${session.size}`);
    const client = app.testClient();
    client.setCookie('session', cookie);
    expect((await client.get('/')).text).toBe('undefined 0');
    client.setCookie('session', good);
    expect((await client.get('/')).text).toBe('eve 1');
  });
});

describe('redirects', () => {
  it.each(['//evil.test/a', '///evil.test/a', '/%2fevil.test/a', '/\\evil.test/a', '//evil.test/%2e%2e/a'])(
    'CVE-2020-28724: the missing slash of %s is added on this host',
    async (target) => {
      const app = makeApp();
      app.get('/<path:page>/', ({ page }) => page);
      const { status, headers } = await ask(app, target);
      expect(status).toBe(308);
      expect(new URL(headers['location'] ?? '', 'http://this.test/').host).toBe('this.test');
      expect(headers['location']).toMatch(/^http:\/\/this\.test\/(?![\\/])/);
    },
  );

  it('Werkzeug 0.8: to a location with line breaks are an error, and no header', async () => {
    const app = makeApp();
    app.get('/', () => redirect(request.args.get('next') ?? ''));
    const answer = await ask(app, '/?next=/%0d%0aSet-Cookie:%20a=1');
    expect(answer.status).toBe(500);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('Werkzeug 0.8.3: show the location as text', async () => {
    const app = makeApp();
    app.get('/', () => redirect(request.args.get('next') ?? ''));
    expect((await ask(app, '/?next=%22%3E%3Cscript%3E')).body).not.toMatch(/"><script>/);
  });
});

describe('hosts', () => {
  const header = (host: string): string => `Host: ${host}\r\n`;

  it.each(['evil@this.test', 'a b', 'x/y', '[::1', 'a,b', '"><script>'])(
    'Werkzeug 3.1.8: %j is no host, and in no URL',
    async (host) => {
      const app = makeApp();
      app.get('/here/', () => urlFor('static', { filename: 'x', _external: true }));
      const page = await ask(app, '/here/', header(host));
      const slash = await ask(app, '/here', header(host));
      for (const text of [page.body, slash.headers['location'] ?? '', slash.body]) expect(text).not.toContain(host);
    },
  );

  it.each(['evil.test', 'this.test.evil.test', 'evilthis.test', ''])(
    'TRUSTED_HOSTS: %j is answered with 400, whatever the view',
    async (host) => {
      const app = makeApp();
      app.config.TRUSTED_HOSTS = ['this.test'];
      app.get('/', () => 'secret');
      const answer = await ask(app, '/', header(host));
      expect([answer.status, answer.body.includes('secret')]).toEqual([400, false]);
      expect((await ask(app, '/')).body).toBe('secret');
    },
  );

  it('SERVER_NAME is the host of URLs outside of a request, and no header changes it', () => {
    const app = makeApp();
    app.config.SERVER_NAME = 'this.test';
    expect(app.urlFor('static', { filename: 'x' })).toBe('http://this.test/static/x');
  });
});

describe('errors', () => {
  it.each([false, true])('without the development server tell the visitor nothing (debug: %s)', async (debug) => {
    const app = makeApp();
    app.debug = debug;
    app.config.PROPAGATE_EXCEPTIONS = false;
    app.get('/', () => {
      throw new Error('password=hunter2');
    });
    const { status, body, headers } = await ask(app, '/');
    expect(status).toBe(500);
    expect(body + JSON.stringify(headers)).not.toMatch(/hunter2|\.ts\b|node:|at \w/);
    for (const path of ['/console', '/?__debugger__=yes&cmd=resource&f=debugger.js', '/?__debugger__=yes&cmd=printpin'])
      expect((await ask(app, path)).body).not.toMatch(/EVALEX|SECRET|pin/i);
  });

  it('CVE-2016-10516: of the development server show message, names and source as text', () => {
    const attack = '</title><script>alert(1)</script>';
    const error = Object.assign(new Error(attack, { cause: new Error(attack) }), { name: attack, fix: attack });
    error.stack = `${attack}: ${attack}\n    at ${attack} (file:///${attack}/a.ts:1:1)`;
    const page = errorPage(readTraceback(error), { heading: attack, note: attack, scriptUrl: `"${attack}` });
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;alert');
  });

  it('show their description as text', async () => {
    const app = makeApp();
    app.get('/', () => abort(404, request.args.get('q') ?? ''));
    expect((await ask(app, '/?q=%3Cscript%3E')).body).not.toContain('<script>');
    expect((await ask(app, '/%3Cscript%3E')).body).not.toContain('<script>');
  });
});
