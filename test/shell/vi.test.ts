import { describe, expect, it } from 'vitest';
import { EditorBuffer } from '../../src/shell/editor-buffer.ts';
import { ViMode } from '../../src/shell/vi.ts';
import { EditorSession } from '../support/editor-session.ts';

/** What keys make of a text; `|` is the cursor. It begins in normal mode. `<esc>` is Escape; in insert mode keys are text. */
function vi(before: string, keys: string): string {
  const at = before.indexOf('|');
  const buffer = new EditorBuffer();
  buffer.reset(before.replace('|', ''), at);
  const mode = new ViMode(buffer, { recall: () => undefined, search: () => undefined });
  mode.escape();
  buffer.moveTo(at);
  for (const key of keys.split(/(<esc>|[^])/).filter((part) => part !== '')) {
    if (key === '<esc>') mode.escape();
    else if (mode.isInserting) {
      mode.typed(key);
      buffer.insert(key);
    } else mode.key(key);
  }
  const { text, cursor } = buffer;
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

describe('vi', () => {
  it.each<[string, string, string, string]>([
    ['h and l stay in the line', 'a|b\ncd', 'hhhll', 'a|b\ncd'],
    ['counts', '|abcdef', '3l', 'abc|def'],
    ['w over words and signs', '|foo.bar(baz)', 'ww', 'foo.|bar(baz)'],
    ['W over what has no space', '|foo.bar(baz) two', 'W', 'foo.bar(baz) |two'],
    ['b back', 'one two|', 'bb', '|one two'],
    ['e to the end of a word', '|one two', 'ee', 'one tw|o'],
    ['0, ^ and $', '  a|bc', '0', '|  abc'],
    ['^', '    ab|c', '^', '    |abc'],
    ['$', '|abc', '$', 'ab|c'],
    ['f, ; and ,', '|a.b.c.d', 'f.;', 'a.b|.c.d'],
    ['the search back', '|a.b.c.d', 'f.;,', 'a|.b.c.d'],
    ['t and T', '|a(b)', 't)', 'a(|b)'],
    ['%', 'f|(a, [b])', '%', 'f(a, [b]|)'],
    ['% from before the bracket', '|f(a)', '%', 'f(a|)'],
    ['G and gg', '|one\ntwo\nthree', 'G', 'one\ntwo\n|three'],
    ['gg', 'one\ntw|o', 'gg', '|one\ntwo'],
    ['a line by its number', 'one\ntwo\nthr|ee', '2G', 'one\n|two\nthree'],
    ['j and k', 'a|b\ncd\nef', 'jjk', 'ab\nc|d\nef'],
    ['|', '|abcdef', '4|', 'abc|def'],
  ])('moves: %s', (_, before, keys, after) => {
    expect(vi(before, keys)).toBe(after);
  });

  it.each<[string, string, string, string]>([
    ['dw', '|one two', 'dw', '|two'],
    ['2dw and d2w', '|one two three', '2dw', '|three'],
    ['d2w', '|one two three', 'd2w', '|three'],
    ['the last word', 'one |two', 'dw', 'one| '],
    ['de', '|one two', 'de', '| two'],
    ['d$ and D', 'one| two', 'D', 'on|e'],
    ['d0', 'one |two', 'd0', '|two'],
    ['dd', 'one\nt|wo\nthree', 'dd', 'one\n|three'],
    ['the only line', 'on|e', 'dd', '|'],
    ['the last line', 'one\ntw|o', 'dd', '|one'],
    ['2dd', '|one\ntwo\nthree', '2dd', '|three'],
    ['dj and dk', '|one\ntwo\nthree', 'dj', '|three'],
    ['dG', 'one\n|two\nthree', 'dG', '|one'],
    ['dt', 'f(|a, b)', 'dt)', 'f(|)'],
    ['df', '|a.b.c', 'd2f.', '|c'],
    ['d%', 'f|(a) + 1', 'd%', 'f| + 1'],
    ['x and X', 'ab|cd', 'xX', 'a|d'],
    ['3x', '|abcd', '3x', '|d'],
    ['diw', 'one tw|o three', 'diw', 'one | three'],
    ['daw', 'one tw|o three', 'daw', 'one |three'],
    ['di"', 'f("a |b")', 'di"', 'f("|")'],
    ['da(', 'f(a, (b|c))', 'da(', 'f(a, |)'],
    ['di{', '({ a: |1 })', 'di{', '({|})'],
  ])('deletes: %s', (_, before, keys, after) => {
    expect(vi(before, keys)).toBe(after);
  });

  it.each<[string, string, string, string]>([
    ['cw leaves the space', '|one two', 'cwx<esc>', '|x two'],
    ['cc keeps the indentation', '{\n  o|ne\n}', 'ccx<esc>', '{\n  |x\n}'],
    ['C', 'one| two', 'Cx<esc>', 'one|x'],
    ['s and S', '|abc', 's12<esc>', '1|2bc'],
    ['S', 'ab|c', 'Sx<esc>', '|x'],
    ['ciw', 'one tw|o', 'ciwx<esc>', 'one |x'],
    ['ci"', '"a|b"', 'ci"x<esc>', '"|x"'],
    ['i and a', 'a|b', 'ix<esc>', 'a|xb'],
    ['a', '|ab', 'ax<esc>', 'a|xb'],
    ['I and A', '  a|b', 'Ix<esc>', '  |xab'],
    ['A', '|ab', 'Ax<esc>', 'ab|x'],
    ['o', '|one\ntwo', 'ox<esc>', 'one\n|x\ntwo'],
    ['O', 'one\n  t|wo', 'Ox<esc>', 'one\n  |x\n  two'],
    ['r', '|abc', 'rx', '|xbc'],
    ['3r', '|abcd', '3rx', 'xx|xd'],
    ['~', '|aBc', '3~', 'Ab|C'],
    ['J', 'o|ne\n  two', 'J', 'one| two'],
  ])('changes: %s', (_, before, keys, after) => {
    expect(vi(before, keys)).toBe(after);
  });

  it.each<[string, string, string, string]>([
    ['yw and p', '|one two', 'yw$p', 'one twoone| '],
    ['yy and p', 'o|ne\ntwo', 'yyjp', 'one\ntwo\n|one'],
    ['P', 'one\nt|wo', 'yyP', 'one\n|two\ntwo'],
    ['what was deleted', '|one two', 'dwP', 'one| two'],
    ['2p', '|ab', 'x2p', 'ba|a'],
    ['xp swaps', '|ab', 'xp', 'b|a'],
    ['undo', '|one two', 'dwdwuu', '|one two'],
    ['undo of what was typed', '|', 'ione two<esc>u', '|'],
    ['.', '|one two three', 'dw.', '|three'],
    ['. of a change', '|one two', 'cwx<esc>w.', 'x |x'],
    ['. of an insertion', '|b', 'ia<esc>.', '|aab'],
    ['nothing for unknown keys', 'a|b', 'Zq\u00e4', 'a|b'],
    ['a command that is given up', '|one two', 'd<esc>w', 'one |two'],
  ])('copies, undoes and repeats: %s', (_, before, keys, after) => {
    expect(vi(before, keys)).toBe(after);
  });

  it('counts characters as people do', () => {
    expect(vi('a|👩‍👩‍👧b', 'x')).toBe('a|b');
    expect(vi('|日本', 'lx')).toBe('|日');
  });
});

describe('an editor with the keys of vi', () => {
  async function start(history: string[] = []): Promise<EditorSession> {
    const session = new EditorSession({ history: { lines: history } });
    session.editor.setKeys('vi');
    session.run();
    await session.settled();
    return session;
  }

  /** Escape, waited for: what follows is no longer sequence. */
  async function escape(session: EditorSession): Promise<void> {
    await session.press('esc');
    while (session.terminal.cursorShape !== '2')
      await new Promise((resolve) => session.terminal.once('written', resolve));
  }

  it('types, goes back to normal mode, changes, and runs', async () => {
    const session = await start();
    expect(session.terminal.cursorShape).toBe('6');
    await session.press('one two');
    await escape(session);
    await session.press('0cw1', 'enter');
    expect(session.entries).toEqual(['1 two']);
    expect(session.terminal.cursorShape).toBe('6');
  });

  it('takes Escape and a letter for what they are, however fast they come', async () => {
    const session = await start();
    await session.press('one two', '\u001bb', 'x');
    expect(session.editor.text).toBe('one wo');
  });

  it('walks through the history, and searches it', async () => {
    const session = await start(['first', 'second']);
    await escape(session);
    await session.press('kk');
    expect(session.editor.text).toBe('first');
    await session.press('j');
    expect(session.editor.text).toBe('second');
    await session.press('/fi', 'enter');
    expect(session.entries).toEqual(['first']);
  });

  it('redoes with Ctrl-R, and edits elsewhere with v', async () => {
    const session = new EditorSession({ onEdit: (text) => Promise.resolve(`${text}!`) });
    session.editor.setKeys('vi');
    session.run();
    await session.press('one');
    await escape(session);
    await session.press('u');
    expect(session.editor.text).toBe('');
    await session.press('ctrl-r');
    expect(session.editor.text).toBe('one');
    await session.press('v');
    expect(session.editor.text).toBe('one!');
  });

  it('gives the cursor back its shape', async () => {
    const session = await start();
    await escape(session);
    session.editor.suspend();
    expect(session.terminal.cursorShape).toBe('0');
    session.editor.resume();
    await session.press('x');
    session.editor.setKeys('emacs');
    expect(session.terminal.cursorShape).toBe('0');
    await session.press('text');
    expect(session.editor.text).toBe('text');
    session.editor.close();
    expect(session.terminal.cursorShape).toBe('0');
  });
});
