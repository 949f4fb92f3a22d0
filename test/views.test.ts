import { expect, it } from 'vitest';
import { Flacon, MethodView, View, type RequestContext } from 'flacon';

it('a View answers each request with a new instance', async () => {
  let made = 0;
  class Counter extends View {
    readonly #greeting: string;
    constructor(greeting: string) {
      super();
      made += 1;
      this.#greeting = greeting;
    }
    dispatchRequest(args: Record<string, unknown>, ctx: RequestContext): string {
      return `${this.#greeting} ${String(args['name'])} ${ctx.request.method}`;
    }
  }
  const app = new Flacon(import.meta);
  app.addUrlRule('/<name>', undefined, Counter.asView('counter', 'hello'));
  const client = app.testClient();
  expect([(await client.get('/a')).text, (await client.get('/b')).text, made]).toEqual([
    'hello a GET',
    'hello b GET',
    2,
  ]);
  expect(app.viewFunctions['counter']).toBeDefined();
});

it('a MethodView has a method per HTTP method, inherited ones too; HEAD falls back to get', async () => {
  class Base extends MethodView {
    get(): string {
      return 'got';
    }
  }
  class Item extends Base {
    async post(): Promise<[string, number]> {
      return ['made', 201];
    }
  }
  const app = new Flacon(import.meta);
  app.addUrlRule('/', undefined, Item.asView('item'));
  const client = app.testClient();
  expect((await client.get('/')).text).toBe('got');
  expect((await client.post('/')).status).toBe(201);
  expect((await client.head('/')).status).toBe(200);
  expect((await client.put('/')).status).toBe(405);
});
