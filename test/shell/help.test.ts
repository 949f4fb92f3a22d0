import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Flacon } from '../../src/index.ts';
import { keyList } from '../../src/shell/key-list.ts';
import { loadOwnPlugins } from '../../src/shell/own-plugins.ts';
import { plainText } from '../../src/shell/spans.ts';
import { tipOfTheDay } from '../../src/shell/tips.ts';
import { TestHost, type TestClient } from './client-support.ts';

let host: TestHost | undefined;

afterEach(async () => {
  await host?.close();
  host = undefined;
});

async function start(): Promise<TestClient> {
  const app = new Flacon(undefined, { name: 'blog' });
  app.get('/posts', () => 'posts');
  host = await TestHost.start(app, { plugins: await loadOwnPlugins() });
  return host.open();
}

async function run(client: TestClient, command: string): Promise<string> {
  return (await client.run(command)).trimEnd();
}

describe('.help', () => {
  it('is one screen of 80x24, with every command', async () => {
    const client = await start();
    const lines = (await run(client, '.help')).split('\n');
    expect(lines.length).toBeLessThanOrEqual(22);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const names = client.welcome.commands.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['save', 'test', 'export', 'inspect', 'bench', 'set', 'tour', 'copy']),
    );
    for (const name of names) expect(lines.join('\n')).toMatch(new RegExp(`\\.${name}(?: |$)`, 'm'));
  });

  it('answers a mistyped command with the nearest', async () => {
    const client = await start();
    expect(await run(client, '.route')).toBe('no command .route (did you mean .routes?)');
    expect(await run(client, '.inspekt app')).toBe('no command .inspekt (did you mean .inspect?)');
    expect(await run(client, '.pagr off')).toBe('no command .pagr (did you mean .pager?)');
  });
});

describe('the list of keys', () => {
  it.each(['emacs', 'vi'] as const)('fits on a screen (%s)', (keys) => {
    const lines = plainText(keyList(keys, 80)).split('\n');
    expect(lines.length).toBeLessThanOrEqual(20);
    expect(Math.max(...lines.map((line) => line.trimEnd().length))).toBeLessThanOrEqual(80);
    const narrow = plainText(keyList(keys, 40)).split('\n');
    expect(Math.max(...narrow.map((line) => line.trimEnd().length))).toBeLessThanOrEqual(40);
  });
});

describe('.tour', () => {
  it('goes on from stop to stop, and everything it says to type works', async () => {
    const client = await start();
    const types: string[] = [];
    for (let stop = 1; stop <= 10; stop += 1) {
      const shown = await run(client, '.tour');
      expect(shown).toMatch(new RegExp(`^${stop}/10 `));
      types.push(/type {2}(.+?)(?: {5}and then| *$)/m.exec(shown)?.[1] ?? '');
    }
    expect(types[2]).toBe("await client.get('/posts')");
    for (const code of types.filter((type) => type !== 'app.' && !type.startsWith('.test') && !type.startsWith('.doc')))
      expect([code, (await client.eval(code)).status]).toEqual([code, expect.stringMatching(/^(?:value|nothing)$/)]);
    expect(await run(client, '.tour')).toMatch(/^1\/10 /);
    expect(await run(client, '.tour 5')).toMatch(/^5\/10 /);
    expect(await run(client, '.tour 99')).toBe("'99' is no step: .tour, or .tour 1 to .tour 10");
  });
});

describe('the tip of the day', () => {
  let folder: string;
  const day = (number: number): Date => new Date(Date.UTC(2030, 0, number, 12));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flacon-tip-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('comes once a day, from the second day on, and each day another', () => {
    const file = join(folder, 'state', 'tip.json');
    expect(tipOfTheDay(file, day(1))).toBeUndefined();
    expect(tipOfTheDay(file, day(1))).toBeUndefined();
    const first = tipOfTheDay(file, day(2));
    expect(first).toContain('.tour');
    expect(tipOfTheDay(file, day(2))).toBeUndefined();
    const tips = new Set(Array.from({ length: 40 }, (_, index) => tipOfTheDay(file, day(3 + index))));
    expect(tips.size).toBeGreaterThan(10);
    expect(tips).toContain(first);
    for (const tip of tips) expect((tip ?? '').length).toBeLessThanOrEqual(75);
  });

  it('minds no broken file, and gives none where it cannot remember', () => {
    const file = join(folder, 'tip.json');
    writeFileSync(file, 'no JSON');
    expect(tipOfTheDay(file, day(1))).toBeUndefined();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ day: '2030-01-01', next: 0 });
    expect(tipOfTheDay(join(file, 'tip.json'), day(2))).toBeUndefined();
  });
});
