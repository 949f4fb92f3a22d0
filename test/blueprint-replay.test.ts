import { expect, it } from 'vitest';
import { Blueprint, Flacon, urlFor } from 'flacon';
import type { BlueprintSetupState } from 'flacon';
import { BaseConverter } from 'flacon/routing';

/** A new app with these blueprints, as each reload makes one. */
function appOf(register: (app: Flacon) => void): Flacon {
  const app = new Flacon(import.meta, { name: 'app', staticFolder: null });
  app.testing = true;
  register(app);
  return app;
}

function listing(app: Flacon): string[] {
  return [...app.urlMap].map((rule) => `${rule.rule} ${rule.endpoint} ${[...(rule.methods ?? [])].sort().join()}`);
}

const text = async (app: Flacon, path: string): Promise<string> => (await app.testClient().get(path)).text;

function shop(): Blueprint {
  const part = new Blueprint('shop', import.meta, { urlPrefix: '/shop' });
  part.get('/', function index() {
    return urlFor('.item', { id: 3 });
  });
  part.route('/<int:id>', { methods: ['GET', 'POST'] }, function item({ id }) {
    return `item ${id}`;
  });
  return part;
}

it('a blueprint gives every app the same rules, and each app rules of its own', async () => {
  const part = shop();
  const apps = [0, 1, 2].map(() => appOf((app) => app.registerBlueprint(part)));
  const rules = apps.map((app) => [...app.urlMap]);
  for (const app of apps) {
    expect(listing(app)).toEqual([
      '/shop/ shop.index GET,HEAD,OPTIONS',
      '/shop/<int:id> shop.item GET,HEAD,OPTIONS,POST',
    ]);
    expect(await text(app, '/shop/')).toBe('/shop/3');
    expect(await text(app, '/shop/7')).toBe('item 7');
    expect((await app.testClient().delete('/shop/7')).status).toBe(405);
    expect((await app.testClient().options('/shop/7')).headers.get('Allow')).toBe('GET, HEAD, OPTIONS, POST');
    expect([...app.urlMap].every((rule) => rule.map === app.urlMap)).toBe(true);
    expect(app.viewSource('shop.item')?.file).toContain('blueprint-replay.test');
    expect(app.blueprintPrefixes).toEqual({ shop: '/shop' });
    expect(Object.keys(app.viewFunctions)).toEqual(['shop.index', 'shop.item']);
  }
  expect(new Set(rules.flat()).size).toBe(6);
});

it('prefix, name, defaults and subdomain of a registration count each time', async () => {
  const part = shop();
  appOf((app) => app.registerBlueprint(part));
  const moved = appOf((app) => {
    app.registerBlueprint(part, { urlPrefix: '/moved' });
    app.registerBlueprint(part, { name: 'again', urlPrefix: '/again', urlDefaults: { id: 9 } });
  });
  expect(await text(moved, '/moved/')).toBe('/moved/3');
  expect((await moved.testClient().get('/shop/')).status).toBe(404);
  expect(moved.urlMap.bind('x.test').build('again.item')).toBe('/again/9');
  const other = appOf((app) =>
    app.registerBlueprint(part, { name: 'again', urlPrefix: '/again', urlDefaults: { id: 5 } }),
  );
  expect(other.urlMap.bind('x.test').build('again.item')).toBe('/again/5');
  const back = appOf((app) => app.registerBlueprint(part));
  expect(await text(back, '/shop/')).toBe('/shop/3');
  expect(() => back.registerBlueprint(part)).toThrow(/can no longer be called/);
});

it('nested blueprints are replayed below their parent', async () => {
  const outer = new Blueprint('outer', import.meta, { urlPrefix: '/outer' });
  outer.registerBlueprint(shop());
  for (const prefix of ['/outer', '/else', '/outer']) {
    const app = appOf((target) => target.registerBlueprint(outer, { urlPrefix: prefix }));
    expect(await text(app, `${prefix}/shop/`)).toBe(`${prefix}/shop/3`);
    expect(Object.keys(app.blueprints)).toEqual(['outer', 'outer.shop']);
  }
});

it('a converter that the next app lacks is missed when the blueprint is registered', async () => {
  class Word extends BaseConverter {
    override regex = '[a-z]+';
  }
  const part = new Blueprint('words', import.meta);
  part.get('/<word:w>' as '/<w>', function word({ w }) {
    return w;
  });
  const good = appOf((app) => {
    app.urlMap.converters['word'] = Word;
    app.registerBlueprint(part);
  });
  expect(await text(good, '/abc')).toBe('abc');
  expect(() => appOf((app) => app.registerBlueprint(part))).toThrow(/the converter 'word' of <w> does not exist/);
});

it('a converter that the next app replaces is used by it', async () => {
  class Negative extends BaseConverter {
    override regex = '\\d+';
    override toValue(value: string): number {
      return -Number(value);
    }
  }
  const part = shop();
  expect(
    await text(
      appOf((app) => app.registerBlueprint(part)),
      '/shop/4',
    ),
  ).toBe('item 4');
  const other = appOf((app) => {
    app.urlMap.converters['int'] = Negative;
    app.registerBlueprint(part);
  });
  expect(await text(other, '/shop/4')).toBe('item -4');
  const later = appOf((app) => {
    app.registerBlueprint(part);
    app.urlMap.converters['int'] = Negative;
  });
  expect(await text(later, '/shop/4')).toBe('item 4');
});

it('the order of registration decides between rules of one pattern, also with rules of the app in between', async () => {
  const named = (name: string): Blueprint => {
    const part = new Blueprint(name, import.meta);
    part.get('/same/<x>', function view() {
      return name;
    });
    part.get('/literal', function literal() {
      return name;
    });
    return part;
  };
  const [a, b] = [named('a'), named('b')];
  const own = (app: Flacon): void => {
    app.get('/same/<x>', function view() {
      return 'app';
    });
    app.get('/literal', function literal() {
      return 'app';
    });
  };
  const orders: Array<[string, ((app: Flacon) => void)[]]> = [
    ['a', [(app) => app.registerBlueprint(a), own, (app) => app.registerBlueprint(b)]],
    ['b', [(app) => app.registerBlueprint(b), (app) => app.registerBlueprint(a), own]],
    ['app', [own, (app) => app.registerBlueprint(a), (app) => app.registerBlueprint(b)]],
    ['a', [(app) => app.registerBlueprint(a), own, (app) => app.registerBlueprint(b)]],
  ];
  for (const [first, steps] of orders) {
    const app = appOf((target) => steps.forEach((step) => step(target)));
    expect([await text(app, '/literal'), await text(app, '/same/1')]).toEqual([first, first]);
    expect(await text(app, '/literal')).toBe(first);
    const listed = appOf((target) => steps.forEach((step) => step(target)));
    expect(listing(listed)).toEqual(listing(app));
  }
});

it('two views on one endpoint are an error, whoever comes first and however often', () => {
  const part = shop();
  const clash = (app: Flacon): void => app.addUrlRule('/mine', 'shop.item', () => 'mine');
  for (let round = 0; round < 3; round++) {
    expect(() =>
      appOf((app) => {
        app.registerBlueprint(part);
        clash(app);
      }),
    ).toThrow(/Two view functions have the endpoint 'shop.item'/);
    expect(() =>
      appOf((app) => {
        clash(app);
        app.registerBlueprint(part);
      }),
    ).toThrow(/Two view functions have the endpoint 'shop.item'/);
  }
});

it('what a blueprint records is run for each app, in its place among the rules', () => {
  const part = new Blueprint('part', import.meta);
  const seen: string[] = [];
  part.get('/a', function a() {
    return 'a';
  });
  part.record((state: BlueprintSetupState) => {
    seen.push(state.fullName);
    state.addUrlRule('/between', 'between', () => 'between', {});
  });
  part.get('/b', function b() {
    return 'b';
  });
  const listings = [0, 1, 2].map(() => listing(appOf((app) => app.registerBlueprint(part))));
  expect(seen).toEqual(['part', 'part', 'part']);
  expect(listings[0]!.map((line) => line.split(' ')[0])).toEqual(['/a', '/between', '/b']);
  expect(listings[1]).toEqual(listings[0]);
  expect(listings[2]).toEqual(listings[0]);
});

it('an app with an addUrlRule of its own gets every rule by it', () => {
  const seen: string[] = [];
  class Counting extends Flacon {
    override addUrlRule(...args: Parameters<Flacon['addUrlRule']>): void {
      seen.push(args[0]);
      super.addUrlRule(...args);
    }
  }
  const part = shop();
  appOf((app) => app.registerBlueprint(part));
  for (let round = 0; round < 2; round++) {
    const app = new Counting(import.meta, { name: 'counting', staticFolder: null });
    app.registerBlueprint(part);
  }
  expect(seen).toEqual(['/shop/', '/shop/<int:id>', '/shop/', '/shop/<int:id>']);
});

it('automatic OPTIONS is as the app wants it', async () => {
  const part = shop();
  const without = (): Flacon =>
    appOf((app) => {
      app.config.PROVIDE_AUTOMATIC_OPTIONS = false;
      app.registerBlueprint(part);
    });
  const withOptions = (): Flacon => appOf((app) => app.registerBlueprint(part));
  for (const [app, status] of [
    [withOptions(), 200],
    [without(), 405],
    [withOptions(), 200],
    [without(), 405],
  ] as const) {
    expect((await app.testClient().options('/shop/')).status).toBe(status);
  }
});

it('a blueprint does not keep the apps it was registered with', async () => {
  const part = shop();
  const count = 20;
  const apps = Array.from({ length: count }, () => {
    const app = appOf((target) => target.registerBlueprint(part));
    app.urlMap.bind('x.test').match('/shop/3');
    return new WeakRef(app.urlMap);
  });
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  await new Promise((resolve) => setImmediate(resolve));
  (runInNewContext('gc') as () => void)();
  expect(apps.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(count / 2);
});
