import { beforeEach, describe, expect, it } from 'vitest';
import { Blueprint, Flacon, renderTemplateString, session } from 'flacon';
import {
  currentUser,
  freshLoginRequired,
  loginAs,
  LoginManager,
  loginRequired,
  loginUser,
  setLoginView,
  userAccessed,
  userLoadedFromCookie,
  userLoggedIn,
  userLoggedOut,
  UserMixin,
  userUnauthorized,
  type LoginUser,
} from 'flacon/login';
import { makeApp, User, users } from './support.ts';

let app: Flacon;
let manager: LoginManager;
beforeEach(() => {
  ({ app, manager } = makeApp());
});

describe('guarded views', () => {
  beforeEach(() => {
    manager.userLoader((id) => users.get(id));
  });

  it('keep the name, and so the endpoint', () => {
    const view = freshLoginRequired(
      loginRequired(function settings() {
        return '';
      }),
    );
    expect(view.name).toBe('settings');
    app.get('/settings', view);
    expect(app.viewFunctions).toHaveProperty('settings');
  });

  it('may be hooks of a blueprint', async () => {
    const admin = new Blueprint('admin');
    admin.beforeRequest(loginRequired(() => undefined));
    admin.get('/a', () => 'admin');
    app.registerBlueprint(admin, { urlPrefix: '/admin' });
    const client = app.testClient();
    expect((await client.get('/admin/a')).status).toBe(302);
    await client.get('/login');
    expect((await client.get('/admin/a')).text).toBe('admin');
  });

  it('have the login page of their blueprint', async () => {
    const admin = new Blueprint('admin');
    admin.get(
      '/a',
      loginRequired(() => 'admin'),
    );
    app.registerBlueprint(admin, { urlPrefix: '/admin' });
    app.appContext().run(() => setLoginView('/admin/enter', admin));
    app.get(
      '/b',
      loginRequired(() => 'b'),
    );
    const client = app.testClient();
    expect((await client.get('/admin/a')).headers.get('Location')).toBe('/admin/enter?next=%2Fadmin%2Fa');
    expect((await client.get('/b')).headers.get('Location')).toBe('/login?next=%2Fb');
  });

  it('let everybody in when logins are disabled', async () => {
    app.config.LOGIN_DISABLED = true;
    app.get(
      '/secret',
      loginRequired(() => `for ${currentUser.getId()}`),
    );
    expect((await app.testClient().get('/secret')).text).toBe('for null');
  });

  it('may refuse with what a handler says, also later', async () => {
    manager.unauthorizedHandler(async () => [{ error: 'no' }, 401]);
    app.get(
      '/secret',
      loginRequired(() => 'secret'),
    );
    const answer = await app.testClient().get('/secret');
    expect([answer.status, answer.json]).toEqual([401, { error: 'no' }]);
  });
});

describe('loaders', () => {
  const calls: string[] = [];
  beforeEach(() => {
    calls.length = 0;
  });

  it('are called when the user is asked for, if they are synchronous', async () => {
    manager.userLoader((id) => {
      calls.push(id);
      return users.get(id);
    });
    const client = app.testClient();
    await client.get('/login');
    await client.get('/who');
    calls.length = 0;
    await client.get('/plain');
    expect(calls).toEqual([]);
    await client.get('/');
    expect(calls).toEqual(['1']);
  });

  it('are called before the view and once, if they are asynchronous', async () => {
    manager.userLoader(async (id) => {
      calls.push(id);
      await Promise.resolve();
      return users.get(id);
    });
    const client = app.testClient();
    expect((await client.get('/')).text).toBe('nobody');
    expect(calls).toEqual([]);
    await client.get('/login?remember');
    expect((await client.get('/')).text).toBe('ann@b.c');
    client.deleteCookie('session');
    expect((await client.get('/who')).text).toBe('1');
    expect(calls).toEqual(['1', '1']);
  });

  it('that fail fail the views that ask for the user, and no others', async () => {
    manager.userLoader(() => Promise.reject(new Error('database is gone')));
    const client = app.testClient();
    app.logger.handlers.push(({ error }) => calls.push(String(error)));
    await client.get('/login');
    expect([(await client.get('/plain')).status, (await client.get('/who')).status]).toEqual([200, 500]);
    expect(calls).toEqual(['Error: database is gone']);
  });

  it('find a user by the request, if there is no other', async () => {
    manager.userLoader((id) => users.get(id));
    manager.requestLoader(async ({ headers }) => users.get(headers.get('X-Token') ?? ''));
    const client = app.testClient();
    expect((await client.get('/who', { headers: { 'X-Token': '2' } })).text).toBe('2');
    expect((await client.get('/who')).text).toBe('null');
    await client.get('/login');
    expect((await client.get('/who', { headers: { 'X-Token': '2' } })).text).toBe('1');
  });

  it('can be run by hand where there is no view', async () => {
    manager.userLoader((id) => Promise.resolve(users.get(id)));
    await app.testRequestContext('/').run(async () => {
      session.set('_user_id', '2');
      expect(() => currentUser.getId()).toThrow(expect.objectContaining({ code: 'ASYNC_USER_LOADER' }));
      expect((await manager.loadUser()).getId()).toBe('2');
      expect(currentUser.getId()).toBe('2');
    });
  });

  it('are missed with what to do about it', async () => {
    app.testing = true;
    await expect(app.testClient().get('/who')).rejects.toThrow(expect.objectContaining({ code: 'NO_USER_LOADER' }));
    const other = new Flacon();
    expect(() => other.testRequestContext('/').run(() => currentUser.getId())).toThrow(
      expect.objectContaining({ code: 'NO_LOGIN_MANAGER' }),
    );
  });
});

describe('users', () => {
  it('are the same if their ids are', () => {
    expect([
      new User(1, 'a').equals(new User(1, 'b')),
      new User(1, 'a').equals(new User(2, 'a')),
      new User(1, 'a').equals({ id: 1 }),
    ]).toEqual([true, false, false]);
  });

  it('need an id', () => {
    expect(() => new UserMixin().getId()).toThrow(expect.objectContaining({ code: 'NO_USER_ID' }));
  });

  it('say whether they are active by a property, not by a method', async () => {
    const login = (user: object): unknown => app.testRequestContext('/').run(() => loginUser(user as LoginUser));
    manager.userLoader(() => null);
    expect(() => login({ isActive: () => false, getId: () => '1' })).toThrow(/a method, not true or false/);
    expect(() => login({ id: 1 })).toThrow(expect.objectContaining({ code: 'NOT_A_USER' }));
    expect(login({ isActive: false, getId: () => '1' })).toBe(false);
  });

  it('are unbound outside of a request', () => {
    expect(() => currentUser.getId()).toThrow(expect.objectContaining({ code: 'OUTSIDE_REQUEST_CONTEXT' }));
    expect(app.appContext().run(() => renderTemplateString('{{ current_user }}'))).toBe('None');
  });

  it('of concurrent requests are not mixed up', async () => {
    manager.userLoader(async (id) => {
      await new Promise((resolve) => setImmediate(resolve));
      return users.get(id);
    });
    app.get('/slow', async () => {
      const before = currentUser.getId();
      await new Promise((resolve) => setImmediate(resolve));
      return [before, currentUser.getId()];
    });
    const clients = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const client = app.testClient();
        await client.get(`/login?u=${(index % 2) + 1}`);
        return client;
      }),
    );
    const seen = await Promise.all(clients.map(async (client) => (await client.get('/slow')).json));
    expect(seen).toEqual(clients.map((_, index) => [String((index % 2) + 1), String((index % 2) + 1)]));
  });
});

describe('signals', () => {
  it('tell what happens to whom', async () => {
    manager.userLoader((id) => users.get(id));
    app.get(
      '/secret',
      loginRequired(() => 'secret'),
    );
    const heard: unknown[] = [];
    const hear = (name: string) => (sender: unknown, payload: object) =>
      void heard.push([name, sender === app, (payload as { user?: User }).user?.id]);
    const connections = [
      userAccessed.connectedTo(hear('accessed')),
      userLoggedIn.connectedTo(hear('in')),
      userLoggedOut.connectedTo(hear('out')),
      userLoadedFromCookie.connectedTo(hear('cookie')),
      userUnauthorized.connectedTo(hear('unauthorized')),
    ];
    const client = app.testClient();
    await client.get('/secret');
    await client.get('/login?remember');
    client.deleteCookie('session');
    await client.get('/who');
    await client.get('/logout');
    for (const connection of connections) connection.dispose();
    expect(heard).toEqual([
      ['accessed', true, undefined],
      ['unauthorized', true, undefined],
      ['in', true, 1],
      ['accessed', true, undefined],
      ['cookie', true, 1],
      ['accessed', true, undefined],
      ['out', true, 1],
    ]);
  });
});

describe('loginAs', () => {
  it('logs the requests of a client in, fresh or not', async () => {
    manager.userLoader((id) => users.get(id));
    manager.refreshView = '/again';
    app.get(
      '/fresh',
      freshLoginRequired(() => currentUser.getId() ?? ''),
    );
    const client = await loginAs(app.testClient(), users.get('2') as User);
    expect((await client.get('/fresh')).text).toBe('2');
    await loginAs(client, users.get('1') as User, { fresh: false });
    expect((await client.get('/fresh')).headers.get('Location')).toBe('/again?next=%2Ffresh');
    expect((await client.get('/who')).text).toBe('1');
  });
});
