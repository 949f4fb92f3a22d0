import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection, Question } from '../../src/shell/connection.ts';
import type { LanguageServer } from '../../src/shell/language-server.ts';
import { openLanguageServer } from '../../src/shell/open-language-server.ts';
import type { HostFrame, ResultFrame } from '../../src/shell/protocol.ts';
import { plainText } from '../../src/shell/spans.ts';
import { TypeAssistant } from '../../src/shell/type-assistant.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

let root: string;
let printed: string[];
let hints: string[][];
let hinted: () => void;
let server: LanguageServer | undefined;
let assistant: TypeAssistant;
/** What the session answers, and how long it takes. */
let answer: (question: Question) => Promise<HostFrame>;
let asked: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flacon-assistant-'));
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'app.ts'), 'export const users = [{ name: "Ada", born: 1815 }];\n');
  printed = [];
  hints = [];
  asked = [];
  hinted = () => undefined;
  answer = async (question) => respond(question);
});

afterEach(async () => {
  assistant.close();
  server?.close();
  await server?.ended;
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

function respond(question: Question): HostFrame {
  if (question.op === 'types')
    return {
      op: 'types',
      id: 1,
      names: [{ name: 'users', module: { file: join(root, 'app.ts'), export: 'users', isInstance: false } }],
    };
  if (question.op === 'complete') {
    const [prefix = ''] = /\w*$/.exec(question.code.slice(0, question.cursor)) ?? [];
    const items = 'atRunTime'.startsWith(prefix) ? [{ text: 'atRunTime', kind: 'property' as const }] : [];
    return { op: 'completions', id: 1, start: question.cursor - prefix.length, end: question.cursor, items };
  }
  return { op: 'checked', id: 1, status: 'empty' };
}

function install(): void {
  for (const name of ['typescript', '@typescript', '@types'])
    symlinkSync(join(repository, 'node_modules', name), join(root, 'node_modules', name));
}

function open(env: NodeJS.ProcessEnv = {}): TypeAssistant {
  const connection = {
    welcome: { attached: true },
    ask(question: Question) {
      asked.push(question.op);
      return answer(question);
    },
  } as unknown as Connection;
  assistant = new TypeAssistant({
    root,
    appFile: join(root, 'app.ts'),
    color: false,
    columns: () => 80,
    connection: () => connection,
    print: (spans) => void printed.push(plainText(spans)),
    printLong: async (spans) => void printed.push(plainText(spans)),
    setHint(rows) {
      hints.push([...rows]);
      hinted();
    },
    withTerminal: (body) => body(),
    openServer: async (...args) => (server = await openLanguageServer(...args)),
    env,
  });
  return assistant;
}

/** What is offered in the end, and at once. */
async function offered(code: string): Promise<string[]> {
  const found = await assistant.complete(code, code.length);
  return ((await found.later) ?? found).items.map(({ label }) => label);
}

function nextHint(): Promise<string[]> {
  return new Promise((resolve) => (hinted = () => resolve(hints.at(-1) ?? [])));
}

const done: ResultFrame = { op: 'result', id: 1, status: 'nothing', printed: [], entry: 1, ms: 1, declares: ['first'] };

describe('help while typing', () => {
  it('offers what types and values know, and more about an item', async () => {
    install();
    open();
    expect(await offered('users[0]!.')).toEqual(['born', 'name', 'atRunTime']);
    const { items } = await assistant.complete('users[0]!.', 10);
    expect(await items[0]?.describe?.()).toEqual(['(property) born: number']);
    assistant.evaluated('const first = users[0]!', done);
    expect(await offered('first.na')).toEqual(['name']);
    expect(await offered('.type first.na')).toEqual(['name']);
  });

  it('does not take in what went wrong, and forgets with the session', async () => {
    install();
    open();
    assistant.evaluated('const first = users[0]!', { ...done, status: 'threw' });
    expect(await offered('first.')).toEqual(['atRunTime']);
    assistant.evaluated('const first = users[0]!', done);
    expect(await offered('first.')).toContain('born');
    assistant.connected(false);
    expect(await offered('first.')).toEqual(['atRunTime']);
  });

  it('goes on without the engine when that is killed, and says so once', async () => {
    install();
    open();
    expect(await offered('users[0]!.')).toContain('born');
    process.kill(server?.pid ?? 0, 'SIGKILL');
    await server?.ended;
    expect(await offered('users[0]!.')).toEqual(['atRunTime']);
    expect(await offered('users[0]!.')).toEqual(['atRunTime']);
    expect(printed).toEqual(['Tab knows values only: the type engine has ended (.type starts it again)']);
    expect(await assistant.run('.type users[0]!.born')).toBe(true);
    expect(printed.at(-1)).toBe('number');
    expect(await offered('users[0]!.')).toContain('born');
  });

  it('shows the values at once while the engine does not answer', async () => {
    install();
    open();
    await offered('users.');
    process.kill(server?.pid ?? 0, 'SIGSTOP');
    const found = await assistant.complete('users.', 6);
    expect(found.items.map(({ label }) => label)).toEqual(['atRunTime']);
    process.kill(server?.pid ?? 0, 'SIGCONT');
    expect((await found.later)?.items.length).toBeGreaterThan(10);
  });

  it('has types while the session does not answer', async () => {
    install();
    open();
    await offered('users.');
    answer = (question) =>
      question.op === 'complete' ? new Promise(() => undefined) : Promise.resolve(respond(question));
    expect(await offered('users[0]!.')).toEqual(['born', 'name']);
  });

  it('says once what a project without TypeScript misses, when it is missed', async () => {
    open();
    assistant.connected(true);
    expect(printed).toEqual([]);
    expect(await offered('users.')).toEqual(['atRunTime']);
    expect(await offered('users.')).toEqual(['atRunTime']);
    expect(printed).toEqual(['Tab knows values only: this project has no TypeScript (npm install -D typescript)']);
    expect(await assistant.run('.type 1')).toBe(false);
    expect(printed.at(-1)).toBe('this project has no TypeScript (npm install -D typescript)');
  });

  it('asks nobody when it is switched off, except about commands', async () => {
    install();
    open({ APP_SHELL_COMPLETION: 'off' });
    assistant.connected(true);
    assistant.changed('users.map(', 10);
    expect(await offered('users.')).toEqual([]);
    expect(asked).toEqual([]);
    await offered('.rel');
    expect(asked).toEqual(['complete']);
    expect(server).toBeUndefined();
    expect(await assistant.run('.type 1 + 1')).toBe(true);
    expect(printed).toEqual(['number']);
  });

  it('leaves the session alone when the way to it is slow', async () => {
    install();
    open();
    const slow = async (question: Question): Promise<HostFrame> => {
      await new Promise((resolve) => setTimeout(resolve, 160));
      return respond(question);
    };
    answer = (question) => (question.op === 'complete' ? slow(question) : Promise.resolve(respond(question)));
    for (let count = 0; count < 3; count += 1) await assistant.complete('users.', 6).then(({ later }) => later);
    while (asked.filter((op) => op === 'check').length === 0) await assistant.complete('users[0]!.', 10);
    expect(printed).toEqual(['the server is slow to answer: Tab knows types only']);
  });
});

describe('the signature of a call', () => {
  it('is shown while it is typed, and goes with the call', async () => {
    install();
    open();
    await offered('users.');
    let next = nextHint();
    assistant.changed('users.at(', 9);
    expect(await next).toEqual([expect.stringMatching(/^at\(index: number\): /) as string]);
    next = nextHint();
    assistant.changed('users.at(1)', 11);
    expect(await next).toEqual([]);
  });

  it('does not come for a text that has changed since', async () => {
    install();
    open();
    await offered('users.');
    const next = nextHint();
    assistant.changed('users.at(', 9);
    assistant.changed('users.map(', 10);
    expect(await next).toEqual([expect.stringMatching(/^map\(/) as string]);
    expect(hints).toHaveLength(1);
  });
});

describe('checking entries', () => {
  it('is off, shows errors, or keeps them from running', async () => {
    install();
    open();
    const wrong = 'const n: string =\n  users[0]!.born';
    expect(await assistant.mayRun(wrong)).toBe(true);
    expect(printed).toEqual([]);
    await assistant.run('.check on');
    expect(await assistant.mayRun(wrong)).toBe(true);
    expect(printed.at(-1)).toBe("1:7  Type 'number' is not assignable to type 'string'.  TS2322");
    await assistant.run('.check strict');
    expect(await assistant.mayRun(wrong)).toBe(false);
    expect(await assistant.mayRun('const n: number = users[0]!.born')).toBe(true);
    expect(await assistant.mayRun('.reload')).toBe(true);
    expect(await assistant.run('.check maybe')).toBe(false);
    expect(printed.at(-1)).toBe("'maybe' is neither on nor off nor strict");
  });

  it('does not hold up an entry when the engine is gone', async () => {
    install();
    open();
    await assistant.run('.check on');
    process.kill(server?.pid ?? 0, 'SIGKILL');
    await server?.ended;
    expect(await assistant.mayRun('1 + 1')).toBe(true);
  });
});
