import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { findTypeScript } from '../../src/shell/find-typescript.ts';
import { LanguageServerGone, type LanguageServer } from '../../src/shell/language-server.ts';
import { parameterRange } from '../../src/shell/lsp-answers.ts';
import { LspServer } from '../../src/shell/lsp-server.ts';
import { MessageReader } from '../../src/shell/message-process.ts';
import { documentPath, openLanguageServer } from '../../src/shell/open-language-server.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const fake = fileURLToPath(new URL('fixtures/language-server.mjs', import.meta.url));

let opened: LanguageServer[] = [];
let folders: string[] = [];

afterEach(async () => {
  for (const server of opened) server.close();
  await Promise.all(opened.map(({ ended }) => ended));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  opened = [];
  folders = [];
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'flacon-types-'));
  folders.push(made);
  return made;
}

function scripted(text = ''): LanguageServer {
  const root = folder();
  const program = { command: process.execPath, args: [fake], cwd: root };
  const server = new LspServer({ program, root, file: join(root, 'shell.ts'), version: '7' });
  opened.push(server);
  server.update(text);
  return server;
}

describe('messages with a length', () => {
  it('are put together, whatever the pieces', () => {
    const body = JSON.stringify({ text: 'é€😀' });
    const framed = Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`.repeat(3));
    for (const size of [1, 7, framed.length]) {
      const reader = new MessageReader();
      const messages: unknown[] = [];
      for (let at = 0; at < framed.length; at += size) messages.push(...reader.read(framed.subarray(at, at + size)));
      expect(messages).toEqual([{ text: 'é€😀' }, { text: 'é€😀' }, { text: 'é€😀' }]);
    }
  });

  it('are refused without one', () => {
    expect(() => [...new MessageReader().read(Buffer.from('Content-Type: x\r\n\r\n{}'))]).toThrow(SyntaxError);
    expect(() => [...new MessageReader().read(Buffer.alloc(5000, 'x'))]).toThrow(SyntaxError);
  });
});

describe('the client of a language server', () => {
  async function heard(server: LanguageServer): Promise<{ text: string; cancelled: number[] }> {
    return JSON.parse((await server.hover(0))?.signature ?? '{}') as { text: string; cancelled: number[] };
  }

  it('sends the document, then what changed in it', async () => {
    const server = scripted('one\ntwo\nthree');
    server.update('one\nzwei\nthree');
    server.update('one\nzwei\nthree\nfour');
    server.update('zwei\nthree\nfour');
    expect((await heard(server)).text).toBe('zwei\nthree\nfour');
  });

  it('gives suggestions with their reach', async () => {
    const items = await scripted('al').complete(2);
    expect(items.map(({ text, start, kind, reach }) => ({ text, start, kind, reach }))).toEqual([
      { text: 'alpha', start: 0, kind: 'variable', reach: 'local' },
      { text: 'while', start: 0, kind: 'keyword', reach: 'global' },
    ]);
  });

  it('rejects with the error of the server', async () => {
    await expect(scripted('// error').complete(0)).rejects.toThrow('it broke');
  });

  it('takes a request back that nobody waits for', async () => {
    const server = scripted('// silent');
    const controller = new AbortController();
    const answer = server.complete(0, controller.signal);
    controller.abort();
    await expect(answer).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect((await heard(server)).cancelled).toHaveLength(1);
    await expect(server.complete(0, controller.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });

  it('rejects everything when the process ends, and says so', async () => {
    const server = scripted('// silent');
    const waiting = server.complete(0);
    server.update('// die');
    await expect(server.hover(0)).rejects.toThrow(LanguageServerGone);
    await expect(waiting).rejects.toThrow(LanguageServerGone);
    await server.ended;
    await expect(server.hover(0)).rejects.toThrow(LanguageServerGone);
  });

  it('ends what is no language server', async () => {
    const server = scripted('// garbage');
    await expect(server.complete(0)).rejects.toThrow(LanguageServerGone);
  });

  it('says so when the program is not there', async () => {
    const root = folder();
    const program = { command: join(root, 'nothing'), args: [], cwd: root };
    const server = new LspServer({ program, root, file: join(root, 'shell.ts'), version: '7' });
    server.update('');
    await expect(server.complete(0)).rejects.toThrow(LanguageServerGone);
  });

  it.each([
    [['a: string', 'b: string'], 1, 'b: string'],
    [['a: A', 'aa: A'], 1, 'aa: A'],
    [[[2, 6] as const, [8, 13] as const], 0, 'a: A'],
    [['a: A'], 3, undefined],
  ])('finds parameter %#', (parameters, active, expected) => {
    const label = parameters[0] === 'a: string' ? 'f(a: string, b: string): void' : 'f(a: A, aa: A): void';
    const range = parameterRange(label, parameters, active);
    expect(range && label.slice(...range)).toBe(expected);
  });
});

describe('TypeScript of a project', () => {
  it('is found where its modules find it', () => {
    expect(findTypeScript(repository)).toMatchObject({
      kind: 'program',
      version: expect.stringMatching(/^7\./) as string,
    });
    expect(findTypeScript(folder())).toBeUndefined();
  });

  it('is none where the package for this system is missing', () => {
    const root = folder();
    mkdirSync(join(root, 'node_modules', 'typescript'), { recursive: true });
    writeFileSync(join(root, 'node_modules', 'typescript', 'package.json'), '{ "version": "7.9.9" }');
    expect(findTypeScript(root)).toBeUndefined();
  });

  it('has a document under a name that no file has', () => {
    const root = folder();
    writeFileSync(join(root, 'flacon-shell-session.ts'), '');
    expect(documentPath(root)).toBe(join(root, 'flacon-shell-session2.ts'));
  });
});

/** A project with a TypeScript and a module. */
function project(typescript = 'typescript'): string {
  const root = folder();
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(join(repository, 'node_modules', typescript), join(root, 'node_modules', 'typescript'));
  for (const name of ['@typescript', '@types'])
    symlinkSync(join(repository, 'node_modules', name), join(root, 'node_modules', name));
  writeFileSync(
    join(root, 'tsconfig.json'),
    '{ "compilerOptions": { "module": "nodenext", "strict": true, "allowImportingTsExtensions": true, "noEmit": true, "types": [], "paths": { "~/*": ["./*"] } } }',
  );
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'models.ts'), MODELS);
  return root;
}

const MODELS = `/** Somebody. */
export class User {
  name = 'Ada';
  /** How old they are, in years. */
  age(at: Date): number {
    return at.getFullYear() - 1815;
  }
}

export function greet(user: User, word = 'Hello'): string {
  return word + user.name;
}
`;

describe.each(['typescript', 'typescript-5'])('the types of a project with %s', (typescript) => {
  async function open(root: string): Promise<LanguageServer> {
    const server = await openLanguageServer(root, documentPath(root));
    if (!server) throw new Error('no TypeScript');
    opened.push(server);
    return server;
  }

  it('knows a document that is not on the disk as one of the project', async () => {
    const server = await open(project(typescript));
    const text = "import { User } from '~/models.ts';\nnew User().";
    server.update(text);
    const items = await server.complete(text.length);
    expect(items.map((item) => item.text).sort()).toEqual(['age', 'name']);
    expect(await server.describe(items.find((item) => item.text === 'age') ?? items[0]!)).toEqual({
      signature: '(method) User.age(at: Date): number',
      doc: 'How old they are, in years.',
    });
  });

  it('tells types, signatures, declarations and errors', async () => {
    const root = project(typescript);
    const server = await open(root);
    const text = "import { greet, User } from './models.ts';\nconst g: number = greet(new User(), ";
    server.update(text);
    expect(await server.signature(text.length)).toEqual({
      label: 'greet(user: User, word?: string): string',
      active: [18, 31],
      overload: [1, 1],
    });
    expect(await server.definitions(text.indexOf('greet(') + 5)).toEqual([
      { file: join(root, 'models.ts'), line: 10, column: 17, endLine: 12 },
    ]);
    expect(await server.hover(text.indexOf('greet'))).toMatchObject({
      signature: expect.stringContaining('function greet(user: User, word?: string): string') as string,
    });
    server.update(`${text} 'x')`);
    expect(await server.problems()).toEqual([
      { start: 49, end: 50, code: 2322, message: "Type 'string' is not assignable to type 'number'." },
    ]);
    expect(await server.hover({ file: join(root, 'models.ts'), line: 3, column: 4 })).toEqual({
      signature: '(property) User.name: string',
      doc: '',
    });
  });

  it('hears of files that change', async () => {
    const root = project(typescript);
    const server = await open(root);
    const text = "import { User } from './models.ts';\nnew User().";
    server.update(text);
    expect(await server.complete(text.length)).toHaveLength(2);
    writeFileSync(join(root, 'models.ts'), MODELS.replace("name = 'Ada';", "name = 'Ada'; email = '';"));
    server.filesChanged([join(root, 'models.ts')]);
    expect(await server.complete(text.length)).toHaveLength(3);
  });

  it('ends with its client', async () => {
    const server = await open(project(typescript));
    server.update('1');
    await server.hover(0);
    const { pid } = server;
    server.close();
    await server.ended;
    expect(() => process.kill(pid ?? 0, 0)).toThrow(/ESRCH/);
  });
});
