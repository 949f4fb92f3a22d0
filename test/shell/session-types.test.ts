import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { specifierOf, typeInSignature } from '../../src/shell/origin-types.ts';
import { SessionTypes } from '../../src/shell/session-types.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const MODELS = `/** A text that was published. */
export class Post {
  title = '';
  /** Newest published posts first. */
  static published(limit = 10): Promise<Post[]> {
    return Promise.resolve([]);
  }
}
export interface Row { id: number; title: string }
export const rows: Row[] = [];
export class Database { all(): Row[] { return rows } }
`;

const APP = `import { Database, Post } from './models.ts';
export function register(app: { context(fn: () => object): void }) {
  app.context(() => ({
    get database(): Database { return new Database() },
    Post,
    today: (): Date => new Date(),
    find(id: number): Promise<Post> { throw id },
    hidden: (() => { class Local {} ; return new Local() })(),
  }));
}
`;

let root: string;
let types: SessionTypes;
let missing: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flacon-types-'));
  missing = [];
  mkdirSync(join(root, 'src', 'node_modules'), { recursive: true });
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'src', 'models.ts'), MODELS);
  writeFileSync(join(root, 'src', 'app.ts'), APP);
  types = new SessionTypes({ root, appFile: join(root, 'src', 'app.ts'), onMissing: (why) => missing.push(why) });
});

afterEach(async () => {
  const ended = types.server?.ended;
  types.close();
  await ended;
  rmSync(root, { recursive: true, force: true });
});

function install(): void {
  for (const name of ['typescript', '@typescript', '@types'])
    symlinkSync(join(repository, 'node_modules', name), join(root, 'node_modules', name));
  writeFileSync(
    join(root, 'tsconfig.json'),
    '{ "compilerOptions": { "module": "nodenext", "target": "es2022", "strict": true, "allowImportingTsExtensions": true, "noEmit": true, "types": ["node"], "noUnusedLocals": true }, "include": ["src"] }',
  );
}

describe('types of a session', () => {
  beforeEach(install);

  async function labels(code: string): Promise<string[]> {
    return (await types.complete(code, code.length))
      .filter(({ reach }) => reach === 'local')
      .map(({ text }) => text)
      .sort();
  }

  it('know names of the context, and what entries declared', async () => {
    const models = join(root, 'src', 'models.ts');
    types.setOrigins([
      { name: 'Post', module: { file: models, export: 'Post', isInstance: false } },
      { name: 'one', module: { file: models, export: 'Post', isInstance: true } },
      { name: 'limit', type: 'number' },
    ]);
    expect(await labels('one.')).toEqual(['title']);
    expect(await labels('(await Post.published(limit))[0]!.')).toEqual(['title']);
    types.add('const list = await Post.published()', ['list']);
    types.add("import { rows } from './src/models.ts'", ['rows']);
    expect(await labels('list.map((each) => each.')).toEqual(['title']);
    expect(await labels('rows[0]?.')).toEqual(['id', 'title']);
    expect(await labels('fs.promises.readFi')).toContain('readFile');
    types.forget(['list']);
    expect(await labels('list[0].')).not.toContain('title');
  });

  it('ask for the types of names that nobody may evaluate', async () => {
    const place = { file: join(root, 'src', 'app.ts'), line: 3 };
    types.setOrigins(['database', 'today', 'find', 'hidden'].map((name) => ({ name, place })));
    await types.start();
    await types.refined;
    expect(await types.typeOf('database')).toMatchObject({ type: 'Database' });
    expect(await types.typeOf('today()')).toMatchObject({ type: 'Date' });
    expect(await types.typeOf('find(1)')).toEqual({ type: 'Promise<Post>', expanded: undefined });
    expect(await types.typeOf('hidden')).toMatchObject({ type: 'any' });
  });

  it('tell types, and what a short one of data is made of', async () => {
    types.add("import { Post, rows } from './src/models.ts'", ['Post', 'rows']);
    expect(await types.typeOf('Post.published()')).toEqual({ type: 'Promise<Post[]>', expanded: undefined });
    expect(await types.typeOf('rows[0]!')).toEqual({
      type: 'Row',
      expanded: '{\n    id: number;\n    title: string;\n}',
    });
    expect(await types.typeOf('[1, "a"] as const')).toMatchObject({ type: 'readonly [1, "a"]' });
    await expect(types.typeOf('1 +')).rejects.toThrow('SyntaxError: Expression expected.');
  });

  it('tell documentation and places', async () => {
    types.add("import { Post } from './src/models.ts'", ['Post']);
    types.add('function twice(n: number) {\n  return n * 2;\n}', ['twice']);
    expect(await types.describeName('Post.published')).toEqual({
      signature: '(method) Post.published(limit?: number): Promise<Post[]>',
      doc: 'Newest published posts first.',
    });
    expect(await types.describeName('nobody')).toMatchObject({ signature: 'any' });
    expect(await types.definition('Post.published')).toMatchObject({
      file: join(root, 'src', 'models.ts'),
      line: 5,
      endLine: 7,
    });
    expect(await types.definition('twice')).toEqual({ text: 'function twice(n: number) {\n  return n * 2;\n}' });
    expect(await types.definition('nobody')).toBeUndefined();
    const file = join(root, 'src', 'models.ts');
    types.setOrigins([
      { name: 'one', module: { file, export: 'Post', isInstance: true } },
      { name: 'all', module: { file, export: 'rows', isInstance: false } },
      { name: 'other', type: 'any' },
    ]);
    expect(await types.definition('one')).toMatchObject({ file, line: 2, endLine: 8 });
    expect(await types.definition('all')).toMatchObject({ file, line: 10, endLine: 10 });
    expect(await types.definition('other')).toBeUndefined();
  });

  it('find the errors of an entry, and not what is usual in a shell', async () => {
    const code = 'const n: number = "x"; await 1; const unused = 2';
    expect(await types.problems(code)).toEqual([
      { start: 6, end: 7, code: 2322, message: "Type 'string' is not assignable to type 'number'." },
    ]);
    types.add('const n = 1', ['n']);
    expect(await types.problems('const n = "x"; n.length; _.x; Out[1]')).toEqual([]);
  });

  it('see files that were saved', async () => {
    types.add("import { Post } from './src/models.ts'", ['Post']);
    expect(await labels('new Post().')).toEqual(['title']);
    writeFileSync(join(root, 'src', 'models.ts'), MODELS.replace("title = '';", "title = ''; views = 0;"));
    types.filesChanged([join(root, 'src', 'models.ts')]);
    expect(await labels('new Post().')).toEqual(['title', 'views']);
  });

  it('are gone when their process is killed, and come back when they are asked for by name', async () => {
    const server = await types.start();
    process.kill(server?.pid ?? 0, 'SIGKILL');
    await server?.ended;
    expect(missing).toEqual([expect.stringContaining('has ended') as string]);
    expect(await types.complete('1.', 2)).toEqual([]);
    expect(await types.signature('f(', 2)).toBeUndefined();
    expect(await types.typeOf('1 + 1')).toMatchObject({ type: 'number' });
    expect(missing).toHaveLength(1);
  });

  it('write nothing into the project', async () => {
    types.add('const a = 1', ['a']);
    await labels('a.');
    const { readdirSync } = await import('node:fs');
    expect(readdirSync(join(root, 'src')).sort()).toEqual(['app.ts', 'models.ts', 'node_modules']);
  });
});

describe('without TypeScript', () => {
  it('there are no types, and that is said once', async () => {
    expect(await types.complete('1.', 2)).toEqual([]);
    expect(await types.complete('1.', 2)).toEqual([]);
    expect(missing).toEqual([expect.stringContaining('npm install -D typescript') as string]);
    await expect(types.typeOf('1')).rejects.toThrow('this project has no TypeScript (npm install -D typescript)');
    expect(await types.definition('x')).toBeUndefined();
  });
});

describe('a type in what TypeScript shows', () => {
  it.each([
    ['db', '(accessor) db: Database', 'Database'],
    ['db', '(property) db: { a: 1;\n  b: 2; }', '{ a: 1; b: 2; }'],
    [
      'today',
      '(method) today(at: Date, ...more: (() => void)[]): Promise<string>',
      '(at: Date, ...more: (() => void)[]) => Promise<string>',
    ],
    ['first', '(method) first<T>(list: T[]): T', '<T>(list: T[]) => T'],
    ['maybe', '(property) maybe?: string', 'string'],
    ['long', '(property) long: { a: 1; ... 20 more ...; b: 2; }', undefined],
    ['other', '(property) something: string', undefined],
  ])('%s in %s', (name, signature, expected) => {
    expect(typeInSignature(name, signature)).toBe(expected);
  });

  it('comes from a file as an import says it', () => {
    expect(specifierOf('/a/b/c.ts', '/a/b')).toBe('./c.ts');
    expect(specifierOf('/a/c.ts', '/a/b')).toBe('../c.ts');
  });
});
