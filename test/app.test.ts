import { describe, expect, it } from 'vitest';
import {
  Blueprint,
  Flacon,
  abort,
  afterThisRequest,
  currentApp,
  g,
  NotFound,
  redirect,
  request,
  session,
  urlFor,
} from 'flacon';

function makeApp(): Flacon {
  const app = new Flacon(import.meta, { name: 'app' });
  app.testing = true;
  app.secretKey = 'key';
  return app;
}

describe('routes', () => {
  it('answers with what the view returns, arguments converted', async () => {
    const app = makeApp();
    app.get('/', () => '<h1>Hello</h1>');
    app.get('/users/<int:id>', ({ id }) => ({ id, next: id + 1 }));
    const client = app.testClient();
    const hello = await client.get('/');
    expect([hello.status, hello.headers.get('Content-Type'), hello.text]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<h1>Hello</h1>',
    ]);
    expect((await client.get('/users/41')).json).toEqual({ id: 41, next: 42 });
    expect((await client.get('/users/x')).status).toBe(404);
  });

  it('answers HEAD and OPTIONS by itself, and 405 with Allow', async () => {
    const app = makeApp();
    app.get('/', () => 'body');
    const client = app.testClient();
    const head = await client.head('/');
    expect([head.status, head.text, head.headers.get('Content-Length')]).toEqual([200, '', '4']);
    const options = await client.options('/');
    expect(options.headers.get('Allow')?.split(', ').toSorted()).toEqual(['GET', 'HEAD', 'OPTIONS']);
    const post = await client.post('/');
    expect(post.status).toBe(405);
    expect(post.headers.get('Allow')?.split(', ').toSorted()).toEqual(['GET', 'HEAD', 'OPTIONS']);
  });

  it('gives views their context as a second parameter: the same objects as the imports', async () => {
    const app = makeApp();
    app.get('/same', (_args, ctx) => {
      g['x'] = 1;
      return { request: ctx.request.path === request.path, g: ctx.g['x'] === 1, app: currentApp.name === app.name };
    });
    expect((await app.testClient().get('/same')).json).toEqual({ request: true, g: true, app: true });
  });

  it('refuses two views on one endpoint, and says where the first one is', () => {
    const app = makeApp();
    app.get('/a', function view() {
      return 'a';
    });
    expect(() =>
      app.get('/b', function view() {
        return 'b';
      }),
    ).toThrow(/endpoint 'view' \(the first is at .*app\.test\.ts:\d+\)/);
  });

  it('names anonymous views after method and rule', () => {
    const app = makeApp();
    app.get('/', () => '');
    app.post('/users/<int:id>/edit', () => '');
    expect([...app.urlMap.iterRules()].map((rule) => rule.endpoint)).toEqual([
      'static',
      'get_index',
      'post_users_id_edit',
    ]);
  });

  it('closes setup with the first request', async () => {
    const app = makeApp();
    await app.testClient().get('/');
    expect(() => app.get('/late', () => '')).toThrow(/'get' can no longer be called on the application/);
  });
});

describe('the order of a request', () => {
  function traced(): { app: Flacon; trace: string[]; child: Blueprint } {
    const app = makeApp();
    const trace: string[] = [];
    const parent = new Blueprint('parent', import.meta);
    const child = new Blueprint('child', import.meta);
    for (const [name, part] of [
      ['app', app],
      ['parent', parent],
      ['child', child],
    ] as const) {
      for (const index of [1, 2]) {
        part.urlValuePreprocessor((endpoint) => void trace.push(`url ${name}${index} ${endpoint}`));
        part.beforeRequest(() => void trace.push(`before ${name}${index}`));
        part.afterRequest(() => void trace.push(`after ${name}${index}`));
        part.teardownRequest(
          (error) => void trace.push(`teardown ${name}${index} ${error instanceof Error ? error.message : '-'}`),
        );
      }
    }
    app.teardownAppContext(() => void trace.push('teardown context'));
    child.get('/view', function view() {
      afterThisRequest(() => void trace.push('after this'));
      trace.push('view');
      return 'ok';
    });
    child.get('/fail', function fail() {
      throw new Error('boom');
    });
    parent.registerBlueprint(child);
    app.registerBlueprint(parent);
    return { app, trace, child };
  }

  it("is Flask's", async () => {
    const { app, trace } = traced();
    await app.testClient().get('/view');
    expect(trace).toEqual([
      ...['app', 'parent', 'child'].flatMap((name) => [1, 2].map((index) => `url ${name}${index} parent.child.view`)),
      ...['app', 'parent', 'child'].flatMap((name) => [1, 2].map((index) => `before ${name}${index}`)),
      'view',
      'after this',
      ...['child', 'parent', 'app'].flatMap((name) => [2, 1].map((index) => `after ${name}${index}`)),
      ...['child', 'parent', 'app'].flatMap((name) => [2, 1].map((index) => `teardown ${name}${index} -`)),
      'teardown context',
    ]);
  });

  it('tears down with the error that nothing handled', async () => {
    const { app, trace } = traced();
    await expect(app.testClient().get('/fail')).rejects.toThrow('boom');
    expect(trace.at(-2)).toBe('teardown app1 boom');
  });

  it('runs every teardown, and then throws what they threw', async () => {
    const app = makeApp();
    const trace: string[] = [];
    app.teardownRequest(() => void trace.push('first'));
    app.teardownRequest(() => {
      throw new Error('second');
    });
    app.get('/', () => 'ok');
    await expect(app.testClient().get('/')).rejects.toThrow('second');
    expect(trace).toEqual(['first']);
  });

  it('stops at a value that a before function returns', async () => {
    const app = makeApp();
    app.beforeRequest(async () => ['stopped', 418]);
    app.beforeRequest(() => {
      throw new Error('not reached');
    });
    app.get('/', () => 'view');
    const response = await app.testClient().get('/');
    expect([response.status, response.text]).toEqual([418, 'stopped']);
  });
});

describe('errors', () => {
  it('go to the handler of the code first, then of the class, from the blueprint out', async () => {
    class Broken extends Error {}
    const app = makeApp();
    const part = new Blueprint('part', import.meta);
    part.get('/missing', () => abort(404));
    part.get('/broken', () => {
      throw new Broken('x');
    });
    part.errorHandler(NotFound, () => ['blueprint', 404]);
    part.errorHandler(Error, () => ['any', 500]);
    app.errorHandler(Broken, () => ['app', 500]);
    app.errorHandler(404, (error) => [`app ${error.message}`.slice(0, 3), 404]);
    app.registerBlueprint(part);
    const client = app.testClient();
    expect((await client.get('/missing')).text).toBe('blueprint');
    expect((await client.get('/broken')).text).toBe('any');
    expect((await client.get('/nowhere')).text).toBe('app');
  });

  it('are a 500 with a log line, unless they propagate', async () => {
    const app = new Flacon(import.meta);
    const lines: string[] = [];
    app.logger.handlers.push(({ message, error }) => lines.push(`${message}: ${String(error)}`));
    app.get('/', () => {
      throw new TypeError('boom');
    });
    const response = await app.testClient().get('/');
    expect(response.status).toBe(500);
    expect(response.text).toContain('<title>500 Internal Server Error</title>');
    expect(lines).toEqual(['Exception on / [GET]: TypeError: boom']);
    app.config.PROPAGATE_EXCEPTIONS = true;
    await expect(app.testClient().get('/')).rejects.toThrow('boom');
  });

  it('of a view that returns nothing name the view', async () => {
    const app = makeApp();
    app.addUrlRule('/', 'silent', () => undefined);
    await expect(app.testClient().get('/')).rejects.toThrow(
      /view function for 'silent' did not return a valid response/,
    );
  });
});

describe('sessions and redirects', () => {
  it('keep values in a cookie', async () => {
    const app = makeApp();
    app.post('/login', () => {
      session.set('email', request.form.get('email'));
      return redirect(urlFor('me'));
    });
    app.get('/me', function me() {
      return session.get('email') ?? 'nobody';
    });
    const client = app.testClient();
    expect((await client.get('/me')).text).toBe('nobody');
    const response = await client.post('/login', { data: { email: 'a@b.c' }, followRedirects: true });
    expect([response.status, response.text, response.history.map(({ status }) => status)]).toEqual([
      200,
      'a@b.c',
      [302],
    ]);
    expect((await app.testClient().get('/me')).text).toBe('nobody');
  });

  it('are at hand in tests', async () => {
    const app = makeApp();
    app.get('/me', function me() {
      return session.get('email') ?? 'nobody';
    });
    const client = app.testClient();
    await client.sessionTransaction((visitor) => visitor.set('email', 'x@y.z'));
    expect((await client.get('/me')).text).toBe('x@y.z');
  });
});

describe('urlFor', () => {
  it('builds from the current request, and from SERVER_NAME without one', () => {
    const app = makeApp();
    app.get('/items/<int:id>', function item() {
      return '';
    });
    expect(
      app
        .testRequestContext('/')
        .run(() => urlFor('item', { id: 3, q: ['a b', 'c'], none: undefined, _anchor: 'top x' })),
    ).toBe('/items/3?q=a+b&q=c#top%20x');
    expect(() => app.appContext().run(() => urlFor('item', { id: 3 }))).toThrow(/without 'SERVER_NAME'/);
    app.config.SERVER_NAME = 'example.org';
    expect(app.appContext().run(() => urlFor('item', { id: 3, _scheme: 'https' }))).toBe('https://example.org/items/3');
    expect(() => app.appContext().run(() => urlFor('itm', { id: 3 }))).toThrow(/Did you mean 'item' instead\?/);
  });

  it('takes a leading dot for an endpoint of the current blueprint', async () => {
    const app = makeApp();
    const shop = new Blueprint('shop', import.meta, { urlPrefix: '/shop' });
    shop.get('/', function index() {
      return urlFor('.cart');
    });
    shop.get('/cart', function cart() {
      return urlFor('static', { filename: 'x.css' });
    });
    app.registerBlueprint(shop);
    const client = app.testClient();
    expect((await client.get('/shop/')).text).toBe('/shop/cart');
    expect((await client.get('/shop/cart')).text).toBe('/static/x.css');
  });
});
