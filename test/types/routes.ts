// Compiled by typecheck.test.ts, never run: a line that should not compile says so.
import { Blueprint, Flacon, type RuleArgs } from 'flacon';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_equal: Equal<A, B>): void => undefined;

declare module 'flacon' {
  interface ConverterTypes {
    month: Date;
  }
}

same<RuleArgs<'/'>, {}>(true);
same<RuleArgs<'/users/<id>'>, { id: string }>(true);
same<RuleArgs<'/users/<int:id>'>, { id: number }>(true);
same<RuleArgs<'/users/<int(min=1):id>/<path:rest>'>, { id: number; rest: string }>(true);
same<RuleArgs<'/<float:x>,<float:y>'>, { x: number; y: number }>(true);
same<RuleArgs<'/<uuid:key>'>, { key: string }>(true);
same<RuleArgs<'/<any(about, help, "imprint"):page>'>, { page: 'about' | 'help' | 'imprint' }>(true);
same<RuleArgs<'/<month:when>'>, { when: Date }>(true);
same<RuleArgs<string>, Record<string, unknown>>(true);

const app = new Flacon(import.meta);

app.get('/users/<int:id>', ({ id }) => `#${id.toFixed(0)}`);
app.get('/page/<any(a, b):name>', ({ name }) => (name === 'a' ? 'first' : 'second'));
app.route('/all', { defaults: { page: 1 } }, ({ page }) => `page ${page.toFixed(0)}`);
app.get('/context', (_args, { request, session, g }) =>
  [request.path, session.get('x') ?? '', g.get('y') ?? ''].join(),
);
app.get('/created', () => ['created', 201]);
app.get('/json', () => ({ some: ['json'] }));
const index = app.get('/', function index() {
  return 'index';
});
same<ReturnType<typeof index>, string>(true);

// @ts-expect-error -- `id` is a number
app.get('/wrong/<int:id>', ({ id }) => id.toUpperCase());
// @ts-expect-error -- the rule has no `name`
app.get('/wrong/<int:id>', ({ name }) => String(name));
// @ts-expect-error -- a view returns something
app.get('/nothing', () => undefined);
// @ts-expect-error -- a number is no response
app.get('/number', () => 42);
// @ts-expect-error -- `get` takes no methods
app.get('/methods', { methods: ['POST'] }, () => 'no');

const users = new Blueprint('users', import.meta);
users.route('/<int:id>', { methods: ['PUT'] }, async ({ id }) => ({ id: id + 1 }));
// @ts-expect-error -- endpoint names are text
users.get('/x', { endpoint: 1 }, () => 'no');

app.config.SECRET_KEY = 'typed';
// @ts-expect-error -- a lifetime is a number or a duration
app.config.PERMANENT_SESSION_LIFETIME = 'a while';

class OutOfStock extends Error {
  left = 0;
}
for (const scaffold of [app, users]) {
  scaffold.errorHandler(404, (error) => [`${error.code}: ${error.description}`, 404]);
  scaffold.errorHandler(OutOfStock, ({ left }) => ({ left: left.toFixed(0) }));
  scaffold.errorHandler(Error, (error, { request }) => [`${request.path}: ${error.message}`, 500]);
}
users.appErrorHandler(403, ({ name }) => [name, 403]);
users.appErrorHandler(OutOfStock, ({ left }) => ({ left }));
// @ts-expect-error -- an error of this class has no such property
app.errorHandler(OutOfStock, ({ right }) => ({ right }));
// @ts-expect-error -- a handler returns what a view may return
app.errorHandler(404, () => 404);
