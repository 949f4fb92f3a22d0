import { describe, expect, it, vi } from 'vitest';
import type { Completions } from '../../src/shell/editor-types.ts';
import { EditorSession } from '../support/editor-session.ts';

const history = (...lines: string[]): { lines: string[] } => ({ lines });

describe('entering', () => {
  it('gives what was typed, and reads on', async () => {
    const session = new EditorSession().run();
    expect(await session.press('1 + 1', 'enter', '2', 'enter', 'x')).toEqual(['app> 1 + 1', 'app> 2', 'app> x']);
    expect(session.entries).toEqual(['1 + 1', '2']);
    expect(session.editor.text).toBe('x');
  });

  it('goes on in a new line while code is not whole', async () => {
    const session = new EditorSession().run();
    expect(await session.press('f(', 'enter', '1', 'enter', ')')).toEqual(['app> f(', ' ...   1', ' ... )']);
    await session.press('enter');
    expect(session.entries).toEqual(['f(\n  1\n)']);
  });

  it('makes a new line of whole code with Alt-Enter, Shift-Enter and Ctrl-J', async () => {
    const session = new EditorSession().run();
    await session.press('1', 'alt-enter', '2', 'shift-enter', '3', 'ctrl-j', '4', 'enter');
    expect(session.entries).toEqual(['1\n2\n3\n4']);
  });

  it('asks whether code is whole, and lets keys wait for the answer', async () => {
    let answer: (isWhole: boolean) => void = () => undefined;
    const isComplete = vi.fn(() => new Promise<boolean>((resolve) => (answer = resolve)));
    const session = new EditorSession({ isComplete }).run();
    await session.press('a', 'enter', 'b');
    expect(session.editor.text).toBe('a');
    answer(false);
    await session.settled();
    expect(session.editor.text).toBe('a\nb');
    await session.press('enter');
    answer(true);
    await session.settled();
    expect(session.entries).toEqual(['a\nb']);
  });

  it('lets Ctrl-C through while nobody answers', async () => {
    const session = new EditorSession({ isComplete: () => new Promise(() => {}) }).run();
    expect(await session.press('a', 'enter', 'b', 'ctrl-c', 'c')).toEqual(['app> a', 'app> c']);
  });

  it('runs it when whether it is whole cannot be told', async () => {
    const session = new EditorSession({ isComplete: () => Promise.reject(new Error('gone')) }).run();
    await session.press('a', 'enter');
    expect(session.entries).toEqual(['a']);
  });

  it('keeps what is typed before it is asked for', async () => {
    const session = new EditorSession();
    const first = session.editor.readEntry();
    await session.press('one', 'enter', 'two', 'enter', 'thr');
    expect(await first).toBe('one');
    expect(await session.editor.readEntry()).toBe('two');
    void session.editor.readEntry();
    await session.settled();
    expect(session.editor.text).toBe('thr');
  });

  it('ends at Ctrl-D on an empty entry, else deletes', async () => {
    const session = new EditorSession().run();
    await session.press('ab', 'home', 'ctrl-d');
    expect(session.editor.text).toBe('b');
    await session.press('ctrl-d', 'ctrl-d');
    expect(session.entries).toEqual([undefined]);
  });

  it('ends when the terminal goes away', async () => {
    const session = new EditorSession().run();
    session.keyboard.end();
    await session.settled();
    expect(session.entries).toEqual([undefined]);
    expect(await session.editor.readEntry()).toBeUndefined();
  });

  it('drops the text at Ctrl-C; with none it is an interrupt', async () => {
    const onInterrupt = vi.fn();
    const session = new EditorSession({ onInterrupt }).run();
    expect(await session.press('f(', 'enter', '1', 'ctrl-c')).toEqual(['app> f(', ' ...   1', 'app>']);
    expect(onInterrupt).not.toHaveBeenCalled();
    await session.press('ctrl-c');
    expect(onInterrupt).toHaveBeenCalledOnce();
    expect(session.entries).toEqual([]);
  });

  it('hears Ctrl-C also while no entry is read', async () => {
    const onInterrupt = vi.fn();
    const session = new EditorSession({ onInterrupt });
    const first = session.editor.readEntry();
    await session.press('loop()', 'enter');
    await first;
    await session.press('ahead', 'ctrl-c');
    expect(onInterrupt).toHaveBeenCalledOnce();
    void session.editor.readEntry();
    expect(session.editor.text).toBe('');
  });

  it('begins with a text that is given', async () => {
    const session = new EditorSession().run('const a');
    expect(await session.press(' = 1', 'enter')).toEqual(['app> const a = 1', 'app>']);
    expect(session.entries).toEqual(['const a = 1']);
  });
});

describe('keys', () => {
  it.each<[string, string[], string]>([
    ['Ctrl-A and Ctrl-E', ['bc', 'ctrl-a', 'a', 'ctrl-e', 'd'], 'abcd'],
    ['Ctrl-B and Ctrl-F', ['ac', 'ctrl-b', 'b', 'ctrl-f', 'd'], 'abcd'],
    ['Home and End', ['b', 'home', 'a', 'end', 'c'], 'abc'],
    ['arrows', ['ac', 'left', 'b', 'right', 'd'], 'abcd'],
    ['Alt-B and Alt-F', ['one two', 'alt-b', 'x', 'alt-f', 'y'], 'one xtwoy'],
    ['Ctrl-Left', ['one two', 'ctrl-left', 'x'], 'one xtwo'],
    ['Ctrl-K and Ctrl-Y', ['one two', 'alt-b', 'ctrl-k', 'ctrl-a', 'ctrl-y'], 'twoone '],
    ['Ctrl-U', ['one two', 'alt-b', 'ctrl-u'], 'two'],
    ['Ctrl-W', ['one two.three', 'ctrl-w'], 'one '],
    ['Alt-D', ['one two', 'ctrl-a', 'alt-d'], ' two'],
    ['Alt-Backspace', ['one two', 'alt-backspace'], 'one '],
    ['Delete and Backspace', ['abc', 'left', 'delete', 'backspace'], 'a'],
    ['Ctrl-H', ['ab', 'ctrl-h'], 'a'],
    ['Ctrl-_ and Alt-_', ['one two', 'ctrl-_', 'ctrl-_', 'alt-_'], 'one'],
    ['Alt-Y', ['one', 'ctrl-w', 'two', 'ctrl-w', 'ctrl-y', 'alt-y'], 'one'],
    ['wide characters', ['日本👩‍👩‍👧', 'backspace', 'left', 'x'], '日x本'],
    ['unknown keys', ['a', '\u001b[24~', '\u001b[1;9P', 'ctrl-q', 'b'], 'ab'],
  ])('%s', async (_, keys, expected) => {
    const session = new EditorSession().run();
    await session.press(...keys);
    expect(session.editor.text).toBe(expected);
  });

  it('clears the screen at Ctrl-L, and keeps what is typed', async () => {
    const session = new EditorSession().run();
    await session.press('1', 'enter', 'typed', 'ctrl-l');
    expect(session.screen).toEqual(['app> typed']);
  });
});

describe('the history', () => {
  it('comes at the edges of an entry; what was being typed comes back', async () => {
    const session = new EditorSession({ history: history('one', 'f(\n  2\n)') }).run();
    expect(await session.press('draft', 'up')).toEqual(['app> f(', ' ...   2', ' ... )']);
    await session.press('up', 'up');
    expect(session.editor.text).toBe('f(\n  2\n)');
    await session.press('up');
    expect(session.editor.text).toBe('one');
    await session.press('up', 'down');
    expect(session.editor.text).toBe('f(\n  2\n)');
    await session.press('down');
    expect(session.editor.text).toBe('draft');
    expect(session.screen).toEqual(['app> draft']);
    await session.press('down');
    expect(session.editor.text).toBe('draft');
  });

  it('keeps what was changed in earlier entries until Enter', async () => {
    const session = new EditorSession({ history: history('one', 'two') }).run();
    await session.press('up', '!', 'ctrl-p', 'ctrl-n');
    expect(session.editor.text).toBe('two!');
    await session.press('enter', 'up');
    expect(session.entries).toEqual(['two!']);
    expect(session.editor.text).toBe('two');
  });

  it('is searched at Ctrl-R', async () => {
    const session = new EditorSession({ history: history('post.one()', 'get()', 'post.two()') }).run();
    expect(await session.press('typed', 'ctrl-r', 'post')).toEqual(['app> post.two()', 'search: post  1 of 2']);
    expect(await session.press('ctrl-r')).toEqual(['app> post.one()', 'search: post  2 of 2']);
    expect(await session.press('ctrl-s')).toEqual(['app> post.two()', 'search: post  1 of 2']);
    expect(await session.press('.o')).toEqual(['app> post.one()', 'search: post.o']);
    expect(await session.press('zz')).toEqual(['app> post.one()', 'not found: post.ozz']);
    expect(await session.press('backspace', 'backspace', 'ctrl-e', '!')).toEqual(['app> post.one()!']);
    await session.press('ctrl-r', 'get', 'enter');
    expect(session.entries).toEqual(['get()']);
  });

  it('is left as it was when a search is given up', async () => {
    const session = new EditorSession({ history: history('one') }).run();
    expect(await session.press('typed', 'ctrl-r', 'on', 'ctrl-g')).toEqual(['app> typed']);
    expect(await session.press('ctrl-r', 'on', 'ctrl-c')).toEqual(['app> typed']);
  });

  it('is found by words and by letters', async () => {
    const session = new EditorSession({ history: history('client.get("/posts")', 'other') }).run();
    await session.press('ctrl-r', 'posts get');
    expect(session.editor.text).toBe('client.get("/posts")');
    await session.press('ctrl-g', 'ctrl-r', 'clpost');
    expect(session.editor.text).toBe('client.get("/posts")');
  });
});

describe('completion', () => {
  const completing = (...labels: string[]) =>
    vi.fn((code: string, cursor: number): Promise<Completions> => {
      const start = /[\w$]*$/.exec(code.slice(0, cursor))?.index ?? cursor;
      const items = labels
        .filter((label) => label.startsWith(code.slice(start, cursor)))
        .map((label) => ({ label, kind: 'method', detail: 'string' }));
      return Promise.resolve({ items, start, end: cursor });
    });

  it('puts the only suggestion in', async () => {
    const session = new EditorSession({ complete: completing('blueprints', 'other') }).run();
    await session.press('app.bl', 'tab');
    expect(session.editor.text).toBe('app.blueprints');
  });

  it('puts in what all suggestions begin with, then lists them', async () => {
    const session = new EditorSession({ complete: completing('registerBlueprint', 'registerHook') }).run();
    expect(await session.press('app.re', 'tab')).toEqual(['app> app.register']);
    expect(await session.press('tab')).toEqual([
      'app> app.register',
      ' registerBlueprint  method  string',
      ' registerHook       method  string',
    ]);
    expect(await session.press('tab')).toEqual([
      'app> app.registerBlueprint',
      '>registerBlueprint  method  string',
      ' registerHook       method  string',
    ]);
    await session.press('tab');
    expect(session.editor.text).toBe('app.registerHook');
    await session.press('shift-tab', 'enter');
    expect(session.screen).toEqual(['app> app.registerBlueprint']);
    expect(session.entries).toEqual([]);
  });

  it('closes the list at Escape, and puts back what was typed', async () => {
    const session = new EditorSession({ complete: completing('aa', 'ab') }).run();
    await session.press('a', 'tab', 'tab', 'esc');
    await session.terminal.until((text) => text === 'app> a');
    expect(session.editor.text).toBe('a');
  });

  it('narrows the list as one types on', async () => {
    const session = new EditorSession({ complete: completing('one', 'other', 'ot') }).run();
    await session.press('o', 'tab');
    expect(await session.press('t')).toEqual(['app> ot', ' other  method  string', ' ot     method  string']);
    expect(await session.press('x')).toEqual(['app> otx']);
  });

  it('takes at most 12 rows, in a small terminal fewer', async () => {
    const labels = Array.from({ length: 40 }, (_, index) => `name${index}x`);
    const session = new EditorSession({ complete: completing(...labels), height: 24 }).run();
    await session.press('name', 'tab');
    expect(session.screen).toHaveLength(13);
    expect(session.screen.at(-1)).toBe('  1–11 of 40');
    const small = new EditorSession({ complete: completing(...labels), height: 5 }).run();
    await small.press('name', 'tab');
    expect(small.screen).toHaveLength(5);
    expect(small.screen[0]).toBe('app> name');
  });

  it('never waits, and passes over answers to what is not there any more', async () => {
    let answer: (found: Completions) => void = () => undefined;
    const session = new EditorSession({ complete: () => new Promise((resolve) => (answer = resolve)) }).run();
    await session.press('a', 'tab', 'b');
    answer({ items: [{ label: 'abc' }], start: 0, end: 1 });
    await session.settled();
    expect(session.editor.text).toBe('ab');
  });

  it('indents at the beginning of a line', async () => {
    const complete = completing('a');
    const session = new EditorSession({ complete }).run();
    await session.press('`', 'enter', 'tab', 'x');
    expect(session.editor.text).toBe('`\n  x');
    expect(complete).not.toHaveBeenCalled();
  });
});

describe('pasting', () => {
  it('is one entry, and runs nothing', async () => {
    const session = new EditorSession().run();
    expect(await session.paste('const a = 1\nconst b = 2\n')).toEqual(['app> const a = 1', ' ... const b = 2']);
    await session.press('enter');
    expect(session.entries).toEqual(['const a = 1\nconst b = 2']);
  });

  it('takes 200 lines as they are', async () => {
    const session = new EditorSession().run();
    const text = Array.from({ length: 200 }, (_, index) => `${' '.repeat(index % 7)}f(${index})`).join('\n');
    await session.paste(text);
    await session.press('enter');
    expect(session.entries).toEqual([text]);
  });

  it('ends at Ctrl-C when its own end was lost', async () => {
    const session = new EditorSession().run();
    await session.press('\u001b[200~', 'lost', 'ctrl-c', 'typed');
    expect(session.editor.text).toBe('typed');
  });

  it('leaves control characters out', async () => {
    const session = new EditorSession().run();
    await session.paste('a\u001b[31mb\u0007c\td');
    expect(session.editor.text).toBe('abc\td');
  });

  it('runs the code of a transcript without its prompts and printed lines', async () => {
    const session = new EditorSession({ prompt: 'sample-app> ' }).run();
    await session.paste(
      'sample-app> const a = 1\nsample-app> f(\n        ...   a\n        ... )\n42\nsample-app> [a].length\n1\n',
    );
    await session.press('enter');
    expect(session.entries).toEqual(['const a = 1\nf(\n  a\n);\n[a].length']);
  });

  it('runs commands of a transcript one by one', async () => {
    const session = new EditorSession({ prompt: 'blog(dev)> ' }).run();
    await session.paste('blog(dev)> const a = 1\nblog(dev)> .routes\nGET /\nblog(dev)> a\n1\n');
    await session.press('enter');
    expect(session.entries).toEqual(['const a = 1', '.routes', 'a']);
  });

  it('leaves code alone that only looks like a prompt', async () => {
    const session = new EditorSession().run();
    await session.paste('count> 3');
    expect(session.editor.text).toBe('count> 3');
  });
});

describe('output', () => {
  it('comes above what is typed', async () => {
    const session = new EditorSession().run();
    await session.press('f(', 'enter', '1');
    session.editor.printAbove('GET / 200\nGET /x 404\n');
    expect(session.screen).toEqual(['GET / 200', 'GET /x 404', 'app> f(', ' ...   1']);
    expect(await session.press('2')).toEqual(['GET / 200', 'GET /x 404', 'app> f(', ' ...   12']);
  });

  it('continues a line that was not ended', async () => {
    const session = new EditorSession().run();
    await session.press('x');
    for (const dot of ['.', '.', '.\n', 'done\n']) session.editor.printAbove(dot);
    expect(session.screen).toEqual(['...', 'done', 'app> x']);
  });

  it('leaves the prompt a line of its own', async () => {
    const session = new EditorSession();
    session.editor.printAbove('no end');
    session.run();
    expect(await session.settled()).toEqual(['no end', 'app>']);
  });

  it('scrolls at the bottom', async () => {
    const session = new EditorSession({ height: 3 }).run();
    await session.press('a', 'alt-enter', 'b');
    session.editor.printAbove('1\n2\n3\n');
    expect(session.screen).toEqual(['3', 'app> a', ' ... b']);
    expect(session.terminal.scrolled).toEqual(['1', '2']);
  });

  it('shows rows beneath until the text changes', async () => {
    const onChange = vi.fn();
    const session = new EditorSession({ onChange }).run();
    await session.press('f(');
    expect(onChange).toHaveBeenLastCalledWith('f(', 2);
    session.editor.showBelow(['f(a: string): void']);
    expect(await session.settled()).toEqual(['app> f(', 'f(a: string): void']);
    expect(await session.press('left')).toEqual(['app> f(', 'f(a: string): void']);
    expect(await session.press('x')).toEqual(['app> fx(']);
  });

  it('can have another prompt at any time', async () => {
    const session = new EditorSession().run();
    await session.press('x');
    session.editor.setPrompt('app!> ');
    expect(await session.settled()).toEqual(['app!> x']);
  });

  it('follows the size of the terminal', async () => {
    const session = new EditorSession({ width: 20 }).run();
    await session.press('123456789 123456789');
    session.terminal.resize(12);
    expect(await session.press('!')).toEqual(['app> 1234567', '89 123456789', '!']);
    session.terminal.resize(40);
    expect(await session.settled()).toEqual(['app> 123456789 123456789!']);
  });
});

describe('hints', () => {
  it('stand beneath the entry, each slot with rows of its own', async () => {
    const session = new EditorSession().run();
    await session.press('f(');
    session.editor.setHint('preview', ['42']);
    session.editor.setHint('signature', ['f(a: string): void', 'Does it.']);
    expect(await session.settled()).toEqual(['app> f(', 'f(a: string): void', 'Does it.', '42']);
    expect(await session.press('x')).toEqual(['app> f(x', 'f(a: string): void', 'Does it.', '42']);
    session.editor.setHint('signature', []);
    expect(await session.settled()).toEqual(['app> f(x', '42']);
  });

  it('are cut at the edge', async () => {
    const session = new EditorSession({ width: 24 }).run();
    await session.press('f(');
    session.editor.setHint('signature', ['f(first: string, second: number): void']);
    expect(await session.settled()).toEqual(['app> f(', 'f(first: string, second…']);
  });

  it('are gone after Enter, Ctrl-C and the end', async () => {
    const session = new EditorSession().run();
    for (const key of ['enter', 'ctrl-c']) {
      await session.press('1');
      session.editor.setHint('preview', ['1']);
      await session.settled();
      await session.press(key);
      expect(session.screen.at(-1)).toBe('app>');
    }
    session.editor.setHint('preview', ['late']);
    session.editor.close();
    expect((await session.settled()).filter((row) => row === 'late')).toEqual([]);
  });

  it('are hidden by Escape until the text changes', async () => {
    const session = new EditorSession().run();
    await session.press('1');
    session.editor.setHint('preview', ['1']);
    await session.press('esc');
    await session.terminal.until((text) => text === 'app> 1');
    session.editor.setHint('preview', ['an answer that comes late']);
    expect(await session.press('left')).toEqual(['app> 1']);
    expect(await session.press('1')).toEqual(['app> 11', 'an answer that comes late']);
  });

  it('stand beneath the menu, whose Escape leaves them alone', async () => {
    const items = [{ label: 'aa' }, { label: 'ab' }];
    const complete = (): Promise<Completions> => Promise.resolve({ items, start: 0, end: 1 });
    const session = new EditorSession({ complete }).run();
    await session.press('a');
    session.editor.setHint('signature', ['a(): void']);
    expect(await session.press('tab')).toEqual(['app> a', ' aa', ' ab', 'a(): void']);
    await session.press('esc');
    await session.terminal.until((text) => text === 'app> a\na(): void');
  });

  it('go before anything else where there is no room', async () => {
    const session = new EditorSession({ height: 3 }).run();
    await session.press('f(', 'enter', '1');
    session.editor.setHint('signature', ['one', 'two']);
    expect(await session.settled()).toEqual(['app> f(', ' ...   1', 'one']);
    expect(await session.press('enter')).toEqual(['app> f(', ' ...   1', ' ...']);
    const narrow = new EditorSession({ width: 19 }).run();
    await narrow.press('1');
    narrow.editor.setHint('preview', ['1']);
    expect(await narrow.settled()).toEqual(['app> 1']);
  });

  it('are not for plain terminals', async () => {
    const session = new EditorSession({ plain: true }).run();
    session.editor.setHint('preview', ['1']);
    expect(await session.settled()).toEqual(['app>']);
    session.editor.close();
  });
});

describe('the terminal', () => {
  it('is as it was after the end', async () => {
    const session = new EditorSession().run();
    await session.press('typed');
    expect(session.keyboard.isRaw).toBe(true);
    expect(session.terminal.modes).toEqual(new Set(['?2004']));
    session.editor.close();
    await session.settled();
    expect(session.keyboard.isRaw).toBe(false);
    expect(session.terminal.modes).toEqual(new Set(['?25']));
    expect(session.entries).toEqual([undefined]);
    expect(session.keyboard.listenerCount('keypress')).toBe(0);
    expect(session.terminal.listenerCount('resize')).toBe(0);
  });

  it('can be lent to another program, and taken back', async () => {
    const session = new EditorSession().run();
    await session.press('typed');
    session.editor.suspend();
    expect(session.keyboard.isRaw).toBe(false);
    expect(session.screen).toEqual([]);
    session.terminal.write('other program\r\n');
    session.editor.resume();
    expect(session.keyboard.isRaw).toBe(true);
    expect(await session.press('!')).toEqual(['other program', 'app> typed!']);
  });

  it('is lent to an editor at Ctrl-X Ctrl-E', async () => {
    const onEdit = vi.fn((text: string) => Promise.resolve(`${text}\nedited\n`));
    const session = new EditorSession({ onEdit }).run();
    expect(await session.press('typed', 'ctrl-x', 'ctrl-e')).toEqual(['app> typed', ' ... edited']);
    expect(onEdit).toHaveBeenCalledWith('typed');
  });
});

describe('plain mode', () => {
  it('reads lines, without any escape sequence', async () => {
    const session = new EditorSession({ plain: true, prompt: '\u001b[32mapp> \u001b[39m' });
    let written = '';
    session.terminal.write = (text: string) => {
      written += text;
      return true;
    };
    session.run();
    session.keyboard.write('1 + 1\nf(\n2)\n');
    await session.settled();
    expect(session.entries).toEqual(['1 + 1', 'f(\n2)']);
    session.keyboard.end('last');
    await session.settled();
    expect(session.entries).toEqual(['1 + 1', 'f(\n2)', 'last', undefined]);
    expect(written).toBe('app> app>  ... app> app> ');
    session.editor.close();
  });

  it('prints on lines of its own', async () => {
    const session = new EditorSession({ plain: true });
    session.run();
    session.keyboard.write('f(\n');
    await session.settled();
    session.editor.printAbove('news\n');
    expect(session.screen.at(-1)).toBe(' ...');
    expect(session.screen).toContain('news');
    session.editor.close();
  });
});

describe('any keys at all', () => {
  const named = 'enter tab esc up down left right home end delete backspace alt-enter ctrl-_ alt-y'.split(' ');
  const letters = [...'abcefghklnprtuwxy'].map((letter) => `ctrl-${letter}`);
  const texts = ['x', '(', '{', '}', '`', '"', ' ', '日', '👩‍👩‍👧', 'e\u0301', '\t', 'a long piece of text '];
  const odd = [
    '\u001b[',
    '\u001b]0;x\u0007',
    '\u0000',
    '\ufffd',
    '\u001b[200~',
    '\u001b[201~',
    '\u001b[200~a\rb\u001b[201~',
  ];
  const pieces = [...named, ...letters, ...texts, ...odd];

  it.each([1, 2, 3, 4, 5])('leave the screen as the text is (%i)', async (seed) => {
    let state = seed;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * below);
    };
    const session = new EditorSession({
      width: 23,
      height: 7,
      history: history('one', 'f(\n  2\n)'),
      onEdit: (text) => Promise.resolve(text),
    }).run();
    for (let step = 0; step < 300; step += 1) {
      await session.press(pieces[random(pieces.length)] ?? '');
      if (step % 50 === 0) session.terminal.resize(10 + random(40), 3 + random(10));
      if (step % 37 === 0) session.editor.printAbove('news\n');
    }
    await session.press('\u001b[201~', 'ctrl-g', 'ctrl-c', 'ctrl-l', 'the end');
    expect(session.screen.join('')).toContain('the end');
    const fresh = session.screen;
    session.terminal.resize(session.terminal.columns);
    expect(await session.settled()).toEqual(fresh);
  });
});
