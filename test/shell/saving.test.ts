import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { literalOf } from '../../src/shell/literal.ts';
import { mergeEntries } from '../../src/shell/merge-entries.ts';
import { readPaste } from '../../src/shell/transcript.ts';
import request from '../../shell-plugins/request.ts';
import type { Flacon } from '../../src/index.ts';
import { TestHost, type TestClient } from './client-support.ts';

let host: TestHost | undefined;
let folder: string;

const APP = `import { Flacon, request } from 'flacon';
import { writeFileSync, existsSync } from 'node:fs';
export const app = new Flacon(import.meta, { name: 'blog' });
export const posts = [{ id: 1, title: 'Hello' }];
app.get('/', () => 'home');
app.get('/posts', () => posts);
app.get('/old', () => new Response(null, { status: 302, headers: { Location: '/posts' } }));
app.post('/posts', async () => {
  const post = { id: posts.length + 1, ...(request.json as object) };
  posts.push(post);
  return [post, 201];
});
app.get('/random', () => ({ random: Math.random() }));
app.shellContextProcessor(() => ({ posts, double: (n: number) => n * 2 }));
`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flacon-save-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(folder, 'node_modules', 'flacon'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'app.ts'), APP);
});

afterEach(async () => {
  await host?.close();
  host = undefined;
  rmSync(folder, { recursive: true });
});

async function start(): Promise<TestClient> {
  const { app } = (await import(pathToFileURL(join(folder, 'app.ts')).href)) as { app: Flacon };
  host = await TestHost.start(app, { plugins: [request] });
  Object.assign(host.target, { root: folder });
  return host.open();
}

async function run(client: TestClient, command: string): Promise<string> {
  return (await client.run(command)).trimEnd();
}

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

function node(file: string): { status: number | null; output: string } {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', tsx, '--test', file], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { status, output: stdout + stderr };
}

describe('literals', () => {
  it.each<[unknown, string | undefined]>([
    [1, '1'],
    [-0, '-0'],
    [2n, '2n'],
    ["it's\n", `"it's\\n"`],
    [[1, 'a', null, undefined, true], "[1, 'a', null, undefined, true]"],
    [{ a: 1, 'b-c': { d: [] } }, "{ a: 1, 'b-c': { d: [] } }"],
    [{}, '{}'],
    [[new Date(0)], "[new Date('1970-01-01T00:00:00.000Z')]"],
    [new Date(NaN), undefined],
    [Object.assign(new Date(0), { zone: 'here' }), undefined],
    [new Map(), undefined],
    [() => 1, undefined],
    [Symbol('s'), undefined],
    // oxlint-disable-next-line no-sparse-arrays
    [[1, , 2], undefined],
    [Array.from({ length: 500 }, () => 0), undefined],
    [Object.assign(Object.create(null) as object, { a: 1 }), '{ __proto__: null, a: 1 }'],
    [Object.create({}), undefined],
  ])('of %o', (value, expected) => {
    expect(literalOf(value)).toBe(expected);
  });

  it('never run a getter, and end in cycles', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(literalOf(cycle)).toBeUndefined();
    const value = {
      get a(): never {
        throw new Error('ran');
      },
    };
    expect(literalOf(value)).toBeUndefined();
  });
});

describe('entries in one file', () => {
  const merge = (...texts: string[]): string[] => {
    const { imports, entries } = mergeEntries(texts);
    return [...imports, ...entries.flatMap(({ code, expression = '' }) => [code, expression])].filter(
      (line) => line !== '',
    );
  };

  it.each<[string, string[], string[]]>([
    [
      'hoists imports, once',
      ['import a from "a"', 'a', 'import a from "a"; import { b, c as d } from "b"'],
      ['import a from "a";', 'import { b, c as d } from "b";', 'a'],
    ],
    [
      'assigns what is declared again',
      ['const a: number = 1', 'let a = 2', 'a'],
      ['let a: number = 1;', 'a = 2;', 'a'],
    ],
    [
      'declares what is new beside it',
      ['const a = 1', 'const { a, b } = x'],
      ['let a = 1;', 'let b;\n({ a, b } = x);'],
    ],
    [
      'keeps the last function',
      ['function f() { return 1 }', 'f()', 'function f() { return 2 }'],
      ['f()', 'function f() { return 2 }'],
    ],
    [
      'keeps the last class and type',
      ['class A {}; type T = 1', 'class A { b = 1 }', 'type T = 2'],
      [';', 'class A { b = 1 }', 'type T = 2'],
    ],
    ['ends statements', ['const f = () => {}', '(1, 2)', '[f]'], ['const f = () => {};', '(1, 2)', '[f]']],
    ['takes an object for one', ['{ a: 1 }'], ['({ a: 1 }\n)']],
    ['keeps comments and loops', ['// why\nfor (const x of y) f(x)'], ['// why\nfor (const x of y) f(x)']],
  ])('%s', (_, texts, expected) => {
    expect(merge(...texts)).toEqual(expected);
  });
});

it('names that occur are those of the code, not of its texts', () => {
  const { names } = mergeEntries(["users.all('/stocks/', `${prices} journal`).client", 'const { a: b } = app']);
  expect([...names].filter((name) => !/^[ab]$/.test(name))).toEqual(['users', 'prices', 'app']);
});

describe('.save', () => {
  it('makes a script of what went well', async () => {
    const client = await start();
    await client.eval('import { join } from "node:path"');
    await client.eval('const a: number = 1');
    await client.eval('throw new Error("no")');
    await client.eval('const a = 2');
    await client.eval('await Promise.resolve(a)');
    await client.eval('_ + 1');
    await client.eval('.ls');
    expect(await run(client, '.save s.ts')).toBe('saved 5 entries as s.ts: app shell s.ts');
    expect(read('s.ts')).toBe(
      `// Made of a session of \`app shell\`. Run it with: app shell FILE
import { join } from "node:path";

let _: any;
let a: number = 1;
a = 2;
_ = await Promise.resolve(a);
_ = _ + 1;
`,
    );
    expect(await run(client, '.save s.ts')).toMatch(/s\.ts is there already \(--force overwrites it\)$/);
    expect(await run(client, '.save s.ts 4-5 --force')).toMatch(/^saved 2 entries/);
    expect(read('s.ts')).toMatch(/\n\n(?:let _: any;\n)?const a = 2;\nawait Promise\.resolve\(a\);\n$/);
  });

  it('lists entries, and refuses what it cannot do', async () => {
    const client = await start();
    expect(await run(client, '.save')).toBe('There is no entry yet.');
    await client.eval('1 + 1');
    expect(await run(client, '.save')).toBe('  1  1 + 1');
    expect(await run(client, '.save s.txt')).toBe('the name of the file has to end in .ts or .json');
    expect(await run(client, '.save no/such/s.ts')).toMatch(/^there is no folder .*no\/such$/);
    expect(await run(client, '.save s.ts 7-9')).toBe('no entry that went well is among them; .save lists all');
    expect(await run(client, '.save one two.ts')).toBe("'one' is too much: one file, and a range such as 12-15");
  });

  it('saves a value as JSON', async () => {
    const client = await start();
    expect(await run(client, '.save posts.map(({ title }) => title) titles.json')).toBe('saved as titles.json');
    expect(JSON.parse(read('titles.json'))).toEqual(['Hello']);
    await client.eval('6 * 7');
    await run(client, '.save titles.json --force');
    expect(read('titles.json')).toBe('42\n');
  });
});

describe('.test save', () => {
  it('makes a test that passes at once', async () => {
    const client = await start();
    await client.eval('const r = await client.post("/posts", { json: { title: "New" } })');
    await client.eval('[r.status, r.json.id]');
    await client.eval('await client.get("/old")');
    await client.eval('double(21)');
    await client.eval('await client.get("/random")');
    await client.eval('.request /posts');
    await client.eval('urlFor("static", { filename: "x.css" })');
    await client.eval('posts.length');
    const said = await run(client, '.test save posts.test.ts');
    expect(said).toBe(
      'saved 8 entries, 12 assertions as posts.test.ts (1 left out: not the same in another run); it passes: node --import tsx --test posts.test.ts',
    );
    const text = read('posts.test.ts');
    expect(text).toContain(`const r = await client.post("/posts", { json: { title: "New" } });
    assert.equal(r.status, 201);
    assert.deepEqual(r.json, { id: 2, title: 'New' });
    const r2 = [r.status, r.json.id];
    assert.deepEqual(r2, [201, 2]);
    const r3 = await client.get("/old");
    assert.equal(r3.status, 302);
    assert.equal(r3.headers.get('Location'), '/posts');
    const r4 = double(21);
    assert.equal(r4, 42);`);
    expect(text).toMatch(/\/\/ not the same in another run: assert\.deepEqual\(r5\.json, \{ random: 0\.\d+ \}\);/);
    expect(text).toContain('const _response = await client.open("/posts", {"method":"GET","headers":[]});');
    expect(readdirSync(folder).filter((name) => name.includes('check'))).toEqual([]);
    const { status, output } = node('posts.test.ts');
    expect([status, output]).toEqual([0, expect.stringContaining('blog: 8 entries of a session')]);
    // It can fail.
    writeFileSync(join(folder, 'posts.test.ts'), text.replace('assert.equal(r4, 42)', 'assert.equal(r4, 43)'));
    expect(node('posts.test.ts').status).toBe(1);
  });

  it('stands in a folder of tests, and imports what the session has imported', async () => {
    mkdirSync(join(folder, 'test'));
    const client = await start();
    Object.assign(host?.target.modules ?? {}, { './app.ts': await import(pathToFileURL(join(folder, 'app.ts')).href) });
    await client.eval('import { posts as all } from "./app.ts"');
    await client.eval('all.length');
    expect(await run(client, '.test save test/all.test.ts')).toMatch(/; it passes: /);
    expect(read('test/all.test.ts')).toContain('import { posts as all } from "../app.ts";');
    expect(read('test/all.test.ts')).toContain("root: new URL('../', import.meta.url)");
  });

  it('says when the test does not pass, and why', async () => {
    const client = await start();
    await client.eval('const file = "once"');
    await client.eval('let n = 1; if (globalThis.neverThere === undefined) n = 2; n');
    await client.eval('process.env["FLACON_CHECK"] === undefined ? 1 : (() => { throw new Error("not here") })()');
    expect(await run(client, '.test save fails.test.ts')).toMatch(/it does not pass: .*not here/);
    expect(existsSync(join(folder, 'fails.test.ts'))).toBe(true);
    expect(await run(client, '.test save other.test.ts 2 --no-run')).toBe(
      'saved 1 entry, 1 assertion as other.test.ts',
    );
    expect(await run(client, '.test')).toBe('where to? .test save FILE.test.ts [N-M]');
  });
});

describe('.export', () => {
  it('makes a transcript without secrets, which runs again when it is pasted', async () => {
    const client = await start();
    await client.eval('const password = "hunter2"');
    await client.eval('function f() {\n  return 1\n}');
    await client.eval('console.log("printed"); f()');
    await client.eval('nothing');
    expect(await run(client, '.export session.md')).toBe('exported 4 entries to session.md');
    const text = read('session.md');
    expect(text).toBe(`# A session of blog

\`\`\`text
blog(test)> const password = "«redacted»"
blog(test)> function f() {
        ...   return 1
        ... }
blog(test)> console.log("printed"); f()
printed
1
blog(test)> nothing
ReferenceError: nothing is not defined
    at shell#4:1:1
\`\`\`
`);
    const prompts = { prompt: 'blog(test)> ', continuation: '        ... ' };
    expect(readPaste(text.split('```text\n')[1]?.split('```')[0] ?? '', prompts).join('\n')).toBe(
      'const password = "«redacted»"\nfunction f() {\n  return 1\n}\nconsole.log("printed"); f()\nnothing',
    );
  });
});
