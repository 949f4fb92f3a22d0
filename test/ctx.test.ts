import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  Flacon,
  copyCurrentRequestContext,
  currentApp,
  g,
  hasAppContext,
  hasRequestContext,
  request,
  session,
} from 'flacon';

const makeApp = (): Flacon =>
  Object.assign(new Flacon(import.meta, { name: 'app' }), { secretKey: 'key', testing: true });

describe('outside of a context', () => {
  it('the proxies say what is missing and what to call', () => {
    expect(() => currentApp.name).toThrow(/Working outside of application context/);
    expect(() => request.path).toThrow(/Working outside of request context/);
    expect(() => session.get('x')).toThrow(/Working outside of request context/);
    expect([hasAppContext(), hasRequestContext()]).toEqual([false, false]);
  });

  it('they print as unbound instead of throwing', () => {
    for (const [proxy, name] of [
      [currentApp, 'currentApp'],
      [request, 'request'],
      [session, 'session'],
      [g, 'g'],
    ] as const) {
      expect(inspect(proxy)).toContain(name);
    }
  });
});

describe('an app context', () => {
  it('makes the app and a fresh g current, and ends with its teardown', () => {
    const app = makeApp();
    const trace: unknown[] = [];
    app.teardownAppContext((error, ctx) => void trace.push(error, ctx.g['x']));
    const result = app.appContext().run(() => {
      g['x'] = 1;
      expect(hasRequestContext()).toBe(false);
      return currentApp.name;
    });
    expect([result, trace, hasAppContext()]).toEqual(['app', [undefined, 1], false]);
    app.appContext().run(() => expect('x' in g).toBe(false));
  });

  it('waits for a promise before it ends', async () => {
    const app = makeApp();
    const trace: string[] = [];
    app.teardownAppContext(() => void trace.push('teardown'));
    await app.appContext().run(async () => {
      await Promise.resolve();
      trace.push(currentApp.name);
    });
    expect(trace).toEqual(['app', 'teardown']);
  });

  it('ends with the error of what ran in it', () => {
    const app = makeApp();
    const errors: unknown[] = [];
    app.teardownAppContext((error) => void errors.push(error));
    const error = new Error('boom');
    expect(() =>
      app.appContext().run(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(errors).toEqual([error]);
  });
});

describe('g', () => {
  it('is a namespace', () => {
    makeApp()
      .appContext()
      .run(() => {
        g['x'] = 1;
        expect([g.get('x'), g.get('y', 2), g.setDefault('z', 3), 'x' in g, [...g]]).toEqual([
          1,
          2,
          3,
          true,
          ['x', 'z'],
        ]);
        expect([g.pop('x'), g.pop('x', 'gone')]).toEqual([1, 'gone']);
        expect(() => g.pop('x')).toThrow(/g has no x/);
        expect(inspect(g)).toContain('z: 3');
      });
  });
});

describe('a request context', () => {
  it('knows the rule, and is the same for proxy and object', () => {
    const app = makeApp();
    app.get('/users/<int:id>', function user() {
      return '';
    });
    const ctx = app.testRequestContext('/users/3?q=1');
    ctx.run(() => {
      expect([request.endpoint, request.viewArgs, request.args.get('q')]).toEqual(['user', { id: 3 }, '1']);
      expect(request instanceof app.requestClass).toBe(true);
      expect(Object.is(request.headers, ctx.request.headers)).toBe(true);
    });
  });

  it('is not mixed up between requests that wait for each other', async () => {
    const app = makeApp();
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    app.get('/<name>', async function view({ name }) {
      g['name'] = name;
      if (name === 'slow') await gate;
      else release();
      return `${String(g['name'])} ${request.path}`;
    });
    const client = app.testClient();
    const [slow, fast] = await Promise.all([client.get('/slow'), client.get('/fast')]);
    expect([slow.text, fast.text]).toEqual(['slow /slow', 'fast /fast']);
  });

  it('can be taken along', async () => {
    const app = makeApp();
    let later: (() => string) | undefined;
    app.get('/x', function view() {
      later = copyCurrentRequestContext(() => request.path);
      return 'ok';
    });
    await app.testClient().get('/x');
    expect(later?.()).toBe('/x');
  });
});
