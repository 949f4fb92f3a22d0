import { describe, expect, it } from 'vitest';
import { Blueprint, Flacon, request, urlFor } from 'flacon';

function makeApp(): Flacon {
  const app = new Flacon(import.meta, { name: 'app' });
  app.testing = true;
  return app;
}

describe('a blueprint', () => {
  it('is replayed with prefix, defaults and name, twice under two names', async () => {
    const app = makeApp();
    const pages = new Blueprint('pages', import.meta, { urlPrefix: '/pages' });
    pages.get('/<lang>', function show() {
      return `${request.endpoint} ${urlFor('.show', { lang: 'x' })}`;
    });
    pages.get('', function root() {
      return 'root';
    });
    app.registerBlueprint(pages);
    app.registerBlueprint(pages, { name: 'again', urlPrefix: '/more/' });
    const client = app.testClient();
    expect((await client.get('/pages/en')).text).toBe('pages.show /pages/x');
    expect((await client.get('/more/en')).text).toBe('again.show /more/x');
    expect((await client.get('/pages')).text).toBe('root');
    expect(Object.keys(app.blueprints)).toEqual(['pages', 'again']);
  });

  it('is not registered twice under one name', () => {
    const app = makeApp();
    const part = new Blueprint('part', import.meta);
    app.registerBlueprint(part);
    expect(() => app.registerBlueprint(part)).toThrow(/'part' is already registered for this blueprint/);
    expect(() => app.registerBlueprint(new Blueprint('part'))).toThrow(
      /'part' is already registered for a different blueprint/,
    );
  });

  it('nests: prefixes join, names are dotted', async () => {
    const app = makeApp();
    const outer = new Blueprint('outer', import.meta, { urlPrefix: '/outer' });
    const inner = new Blueprint('inner', import.meta, { urlPrefix: '/inner' });
    inner.get('/', function index() {
      return [request.endpoint, request.blueprint, ...request.blueprints].join(' ');
    });
    outer.registerBlueprint(inner);
    app.registerBlueprint(outer);
    expect((await app.testClient().get('/outer/inner/')).text).toBe('outer.inner.index outer.inner outer.inner outer');
    expect(() => outer.registerBlueprint(outer)).toThrow(/can no longer be called on the blueprint 'outer'/);
  });

  it('can be registered with another app: nothing of the first one sticks', async () => {
    const part = new Blueprint('part', import.meta);
    part.get('/', function index() {
      return 'part';
    });
    for (const app of [makeApp(), makeApp()]) {
      app.registerBlueprint(part);
      expect((await app.testClient().get('/')).text).toBe('part');
    }
  });

  it('keeps its error handlers to itself, for errors raised in its views', async () => {
    const app = makeApp();
    const part = new Blueprint('part', import.meta, { urlPrefix: '/part' });
    part.errorHandler(404, () => ['part', 404]);
    app.errorHandler(404, () => ['app', 404]);
    app.registerBlueprint(part);
    expect((await app.testClient().get('/part/nothing')).text).toBe('app');
  });

  it('refuses setup after its registration, dots in names, and an empty name', () => {
    const app = makeApp();
    const part = new Blueprint('part', import.meta);
    app.registerBlueprint(part);
    expect(() => part.get('/late', () => '')).toThrow(/can no longer be called/);
    expect(() => new Blueprint('a.b')).toThrow(/may not contain a dot/);
    expect(() => new Blueprint('')).toThrow(/needs a name/);
  });
});
