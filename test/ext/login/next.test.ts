import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { Flacon } from 'flacon';
import { isSafeUrl, loginRequired, type LoginManager } from 'flacon/login';
import { makeApp, users } from './support.ts';

let app: Flacon;
let manager: LoginManager;
beforeEach(() => {
  ({ app, manager } = makeApp());
});

describe('the way to the login page and back', () => {
  beforeEach(() => {
    manager.userLoader((id) => users.get(id));
    app.get(
      '/secret/<int:n>',
      loginRequired(({ n }) => {
        expectTypeOf(n).toEqualTypeOf<number>();
        return `secret ${n}`;
      }),
    );
  });

  it('leads to the page that was asked for', async () => {
    const client = app.testClient();
    const refused = await client.get('/secret/5?a=b c');
    expect(refused.headers.get('Location')).toBe('/login?next=%2Fsecret%2F5%3Fa%3Db%2520c');
    const answer = await client.post(refused.headers.get('Location') ?? '', { followRedirects: true });
    expect([answer.text, answer.request.fullPath]).toEqual(['secret 5', '/secret/5?a=b%20c']);
  });

  it.each([
    'https://evil.com/',
    'http://localhost.evil.com/',
    'http://localhost@evil.com/',
    '//evil.com',
    '///evil.com',
    '/\\evil.com',
    '\\\\evil.com',
    '/\t/evil.com',
    ' //evil.com',
    'javascript:alert(1)',
    'https:evil.com',
    'evil.com',
    '',
  ])('never leads to %j', async (target) => {
    const client = app.testClient();
    const answer = await client.post('/login', { query: { next: target } });
    expect(answer.headers.get('Location')).toBe('/');
  });

  it.each(['/secret/5', '/secret/5?a=1#x', 'http://localhost/secret/5', '/', 'http://localhost'])(
    'may lead to %j',
    (target) => {
      expect(app.testRequestContext('/').run(() => isSafeUrl(target))).toBe(true);
    },
  );

  it('finds the page in a form, and in the session when told to, once', async () => {
    const client = app.testClient();
    expect((await client.post('/login', { data: { next: '/secret/1' } })).headers.get('Location')).toBe('/secret/1');
    app.config.USE_SESSION_FOR_NEXT = true;
    await client.get('/logout');
    await client.get('/secret/7');
    expect((await client.post('/login')).headers.get('Location')).toBe('/secret/7');
    expect((await client.post('/login')).headers.get('Location')).toBe('/');
  });
});
