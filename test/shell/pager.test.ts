import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Typed } from '../../src/shell/keys.ts';
import { Pager } from '../../src/shell/pager.ts';
import { Paging } from '../../src/shell/paging.ts';
import { EditorSession } from '../support/editor-session.ts';

const SIZE = { columns: 60, rows: 5 };
const text = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

/** A pager, and what is seen after keys: text, or the names of actions in brackets. */
class Reader {
  readonly pager: Pager;
  size = SIZE;

  constructor(content: string, color = false) {
    this.pager = new Pager(content, { color });
    this.pager.rows(SIZE);
  }

  press(...keys: string[]): string[] {
    for (const key of keys) {
      const [, action] = /^\[(.+)\]$/.exec(key) ?? [];
      const typed = (action === undefined ? { text: key } : { action }) as Typed;
      if (this.pager.key(typed, this.size) === 'end') return ['the end'];
    }
    return this.pager.rows(this.size).map((row) => row.trimEnd());
  }
}

describe('the pager', () => {
  it('shows a page and where it is', () => {
    expect(new Reader(text(100)).press()).toEqual(
      ['line 1', 'line 2', 'line 3', 'line 4', ' 1–4 of 100  space b: pages  j k: lines  / n N: search  g G: e'].map(
        (row) => row.slice(0, 60),
      ),
    );
  });

  it.each<[string, string[], string]>([
    ['a page on', [' '], 'line 5'],
    ['pages on', ['f', '[page-down]'], 'line 9'],
    ['a page back', [' ', ' ', 'b'], 'line 5'],
    ['never above the beginning', ['[page-up]', 'k'], 'line 1'],
    ['lines', ['j', 'j', '[accept]', '[down]', 'k', '[up]'], 'line 3'],
    ['half pages', ['d', 'd', 'u'], 'line 3'],
    ['the end', ['G'], 'line 97'],
    ['never behind the end', ['G', ' ', 'j'], 'line 97'],
    ['the beginning', ['G', 'g'], 'line 1'],
  ])('goes %s', (_, keys, first) => {
    expect(new Reader(text(100)).press(...keys)[0]).toBe(first);
  });

  it.each(['q', '[escape]', '[interrupt]', '[delete-or-eof]'])('ends with %s', (key) => {
    expect(new Reader(text(100)).press(key)).toEqual(['the end']);
  });

  it('searches forwards, again, backwards and around the end', () => {
    const reader = new Reader(text(100));
    expect(reader.press('/', '3', '3').at(-1)).toBe('/33');
    expect(reader.press('[backspace]').at(-1)).toBe('/3');
    expect(reader.press('[accept]')[0]).toBe('line 3');
    expect(reader.press('n')[0]).toBe('line 13');
    expect(reader.press('n', 'n', 'N')[0]).toBe('line 23');
    expect(reader.press('N', 'N', 'N')[0]).toBe('line 93');
    expect(reader.press('/', 'n', 'o', 'n', 'e', '[accept]').at(-1)).toBe(' 93–96 of 100  not found: none');
    expect(reader.press('j')[0]).toBe('line 94');
    expect(reader.press('/', 'x', '[escape]')[0]).toBe('line 94');
  });

  it('minds capitals only where one is typed', () => {
    const reader = new Reader(`${text(10)}A Word\n${text(10)}`);
    expect(reader.press('/', 'w', 'o', 'r', 'd', '[accept]')[0]).toBe('A Word');
    expect(reader.press('g', '/', 'W', 'O', '[accept]').at(-1)).toContain('not found: WO');
  });

  it('marks what was found', () => {
    const reader = new Reader(`\u001b[32mone\u001b[39m two\n${text(10)}`, true);
    expect(reader.press('/', 't', 'w', '[accept]')[0]).toBe('one \u001b[7mtw\u001b[27mo');
  });

  it('wraps long lines, and keeps its place in another size', () => {
    const reader = new Reader(`${'x'.repeat(130)}\n${text(20)}`);
    expect(reader.press('j', 'j')[0]).toBe('x'.repeat(10));
    expect(reader.press('j', 'j')[0]).toBe('line 2');
    reader.size = { columns: 20, rows: 8 };
    expect(reader.press()[0]).toBe('line 2');
  });

  it('has room for a short text', () => {
    expect(new Reader('one\n').press().slice(0, 4)).toEqual(['one', '', '', '']);
  });
});

describe('a full screen', () => {
  it('takes all keys, and gives the entry back', async () => {
    const session = new EditorSession({ height: 5 }).run();
    await session.press('typed');
    const ended = session.editor.runFullScreen(new Pager(text(50), { color: false }));
    expect(session.terminal.modes).toContain('?1049');
    session.editor.printAbove('news\n');
    await session.press(' ', 'x', 'q');
    expect(await ended).toBe(true);
    expect(session.terminal.modes).not.toContain('?1049');
    expect((await session.settled()).slice(-2)).toEqual(['news', 'app> typed']);
    await session.press('!');
    expect(session.editor.text).toBe('typed!');
  });

  it('follows the size of the terminal, and ends with it', async () => {
    const session = new EditorSession({ height: 5 });
    const ended = session.editor.runFullScreen(new Pager(text(50), { color: false }));
    session.terminal.resize(30);
    await session.settled();
    expect(session.screen[0]).toBe('line 1');
    session.keyboard.end();
    await ended;
    expect(session.terminal.modes).not.toContain('?1049');
  });

  it('is nothing for plain terminals', async () => {
    const session = new EditorSession({ plain: true });
    expect(await session.editor.runFullScreen(new Pager('x', { color: false }))).toBe(false);
    session.editor.close();
  });
});

describe('long texts', () => {
  const long = text(30);

  function paging(session: EditorSession, more: Partial<ConstructorParameters<typeof Paging>[0]> = {}): Paging {
    return new Paging({
      editor: session.editor,
      color: false,
      size: () => session.editor.size,
      isWanted: () => true,
      env: {},
      ...more,
    });
  }

  it('are shown page by page; their beginning stays on the screen', async () => {
    const session = new EditorSession({ height: 20 }).run();
    await session.settled();
    const shown = paging(session).show(long);
    await session.press('q');
    await shown;
    expect(session.screen).toEqual([
      ...Array.from({ length: 10 }, (_, index) => `line ${index + 1}`),
      '… 20 more lines (.pager off prints all)',
      'app>',
    ]);
  });

  it('count by rows', async () => {
    const session = new EditorSession({ height: 8 }).run();
    await session.settled();
    const shown = paging(session).show(`${'x'.repeat(100)}\n`.repeat(5));
    await session.press('q');
    await shown;
    expect(session.screen.slice(-3)).toEqual(['x'.repeat(20), '… 4 more lines (.pager off prints all)', 'app>']);
  });

  it('are printed at once where they fit, and where no pages are wanted', async () => {
    const session = new EditorSession({ height: 20 }).run();
    await paging(session).show(text(19));
    await paging(session, { isWanted: () => false }).show(long);
    await paging(session, { env: { PAGER: 'cat' } }).show(long);
    expect(session.terminal.modes).not.toContain('?1049');
    expect(session.terminal.scrolled.filter((row) => row === 'line 1')).toHaveLength(3);
  });

  it('go to $PAGER; without that program the own pager shows them', async () => {
    const session = new EditorSession({ height: 20 }).run();
    await session.settled();
    const file = join(mkdtempSync(join(tmpdir(), 'flacon-pager-')), 'paged');
    await paging(session, { env: { ...process.env, PAGER: `cat > '${file}'` } }).show(long);
    expect(readFileSync(file, 'utf8')).toBe(long);
    rmSync(dirname(file), { recursive: true });
    const shown = paging(session, { env: { ...process.env, PAGER: 'no-such-pager 2>/dev/null' } }).show(long);
    while (!session.terminal.modes.has('?1049')) await session.settled();
    await session.press('q');
    await shown;
    expect(session.screen.at(-2)).toBe('… 20 more lines (.pager off prints all)');
  });
});
