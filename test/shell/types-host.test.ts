import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOwnTarget, type OwnTarget } from '../../src/cli/own-target.ts';
import { Flacon } from '../../src/index.ts';
import { locate } from '../../src/shell/locate.ts';
import { nameOrigins, type NameOrigin } from '../../src/shell/name-origins.ts';
import { Session } from '../../src/shell/session.ts';
import { TestHost } from './client-support.ts';

const APP = `import { Flacon } from 'flacon';
import { database, greet, Post, Rows, secret } from './models.ts';

export class Blog extends Flacon {}

export const app = new Blog(import.meta, { name: 'blog' });
app.get('/', function index() {
  return 'hello';
});
app.get('/posts/<int:id>', { endpoint: 'show' }, ({ id }) => {
  return String(id);
});
app.shellContextProcessor(() => ({
  database,
  greet,
  Post,
  rows: new Rows(),
  limit: 10,
  local: () => 1,
  proxied: new Proxy({}, { get: () => touched(), getPrototypeOf: () => touched(), ownKeys: () => touched() }),
  get lazy() {
    return touched();
  },
}));

function touched(): never {
  secret.touched += 1;
  throw new Error('user code ran');
}
`;

const MODELS = `export const secret = { touched: 0 };
export const database = { all: () => [] };
export function greet() {
  return 'hi';
}
/* a comment */
export class Post {
  title = '';
  get slug() {
    secret.touched += 1;
    return this.title;
  }
}
export class Rows {}
export default database;
`;

let folder: string;
let own: OwnTarget;
let session: Session;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'flacon-origins-')));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'app.ts'), APP);
  writeFileSync(join(folder, 'models.ts'), MODELS);
  own = await openOwnTarget('app.ts', folder);
  const events = { output: () => undefined, uncaught: () => undefined, exit: () => undefined };
  session = await Session.open(own.target, {
    events,
    number: 1,
    mode: 'terminal',
    columns: 80,
    color: false,
    isAttached: false,
  });
});

afterEach(async () => {
  await session.close();
  await own.close();
  rmSync(folder, { recursive: true, force: true });
});

async function touched(): Promise<unknown> {
  const { secret } = (await own.target.import('./models.ts', join(folder, 'app.ts'))) as {
    secret: { touched: number };
  };
  return secret.touched;
}

describe('origins of the names of a session', () => {
  function origin(name: string): NameOrigin | undefined {
    return nameOrigins(session.context, own.target).find((each) => each.name === name);
  }

  it('are exports by identity, instances by class, plain values by what they are', async () => {
    const models = join(folder, 'models.ts');
    expect(origin('database')?.module).toEqual({ file: models, export: 'database', isInstance: false });
    expect(origin('greet')?.module).toEqual({ file: models, export: 'greet', isInstance: false });
    expect(origin('Post')?.module).toEqual({ file: models, export: 'Post', isInstance: false });
    expect(origin('rows')?.module).toEqual({ file: models, export: 'Rows', isInstance: true });
    expect(origin('limit')).toMatchObject({ type: 'number' });
    expect(origin('local')).toEqual({ name: 'local', place: { file: join(folder, 'app.ts'), line: 13 } });
    expect(origin('lazy')).toEqual({ name: 'lazy', place: { file: join(folder, 'app.ts'), line: 13 } });
    expect(origin('proxied')?.module).toBeUndefined();
    expect(await touched()).toBe(0);
  });

  it('of the package are its own types; an app of another class has that one', () => {
    expect(origin('client')).toEqual({ name: 'client', type: "import('flacon/testing').FlaconClient" });
    expect(origin('app')?.module).toEqual({ file: join(folder, 'app.ts'), export: 'app', isInstance: false });
  });
});

describe('where things are', () => {
  it('finds endpoints, functions, classes and methods', async () => {
    const app = join(folder, 'app.ts');
    const models = join(folder, 'models.ts');
    expect(locate(session, own.target, { code: 'index' })).toMatchObject({ file: app, line: 7, endLine: 9 });
    expect(locate(session, own.target, { code: 'show' })).toMatchObject({ file: app, line: 10, endLine: 12 });
    expect(locate(session, own.target, { code: 'greet' })).toMatchObject({ file: models, line: 3, endLine: 5 });
    expect(locate(session, own.target, { code: 'Post' })).toMatchObject({ file: models, line: 7, endLine: 13 });
    expect(locate(session, own.target, { code: 'database.all' })).toMatchObject({ file: models, line: 2, endLine: 2 });
    expect(await touched()).toBe(0);
  });

  it('finds nothing for values, unknown names, the engine itself and what would have to run', async () => {
    for (const code of ['limit', 'nobody', 'Array.prototype.map', 'lazy', 'lazy.x', 'greet()', ''])
      expect(locate(session, own.target, { code })).toBeUndefined();
    expect(await touched()).toBe(0);
  });
});

describe('the host', () => {
  it('answers about types and places, and says what an entry declares', async () => {
    const app = new Flacon(undefined, { name: 'blog' });
    const host = await TestHost.start(app);
    try {
      const client = await host.open();
      const types = await client.ask({ op: 'types' });
      expect(types).toMatchObject({ op: 'types' });
      expect(types.op === 'types' && types.names.map(({ name }) => name)).toContain('urlFor');
      expect(await client.ask({ op: 'locate', code: 'nothing' })).toMatchObject({ op: 'located' });
      const entry = 'const { a, b: [c] } = { a: 1, b: [2] }; function f() {} d = 4';
      expect((await client.eval(entry)).declares).toEqual(['a', 'c', 'f', 'd']);
      expect((await client.eval('a + c')).declares).toBeUndefined();
    } finally {
      await host.close();
    }
  });
});
