import { describe, expect, it } from 'vitest';
import { EditorBuffer } from '../../src/shell/editor-buffer.ts';

/** A buffer with `text`, in which `|` is the cursor. */
function buffer(text: string): EditorBuffer {
  const made = new EditorBuffer();
  made.reset(text.replace('|', ''), text.indexOf('|'));
  return made;
}

function shown({ text, cursor }: EditorBuffer): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

function after(text: string, ...steps: ((buffer: EditorBuffer) => unknown)[]): string {
  const made = buffer(text);
  for (const step of steps) step(made);
  return shown(made);
}

const type = (text: string) => (made: EditorBuffer) => {
  for (const char of text) {
    if (char === '\n') made.newline();
    else made.insert(char);
  }
};

describe('moves', () => {
  it('goes by characters as a person sees them', () => {
    expect(after('a👩‍👩‍👧|b', (b) => b.left())).toBe('a|👩‍👩‍👧b');
    expect(after('|e\u0301x', (b) => b.right())).toBe('e\u0301|x');
    expect(after('a\n|b', (b) => b.left())).toBe('a|\nb');
    expect(
      after(
        '|',
        (b) => b.left(),
        (b) => b.right(),
      ),
    ).toBe('|');
  });

  it('goes by words', () => {
    expect(after('one two.three|', (b) => b.wordLeft())).toBe('one two.|three');
    expect(
      after(
        'one two|',
        (b) => b.wordLeft(),
        (b) => b.wordLeft(),
      ),
    ).toBe('|one two');
    expect(
      after(
        '|one two',
        (b) => b.wordRight(),
        (b) => b.wordRight(),
      ),
    ).toBe('one two|');
    expect(after('日本 größe|', (b) => b.wordLeft())).toBe('日本 |größe');
  });

  it('goes by lines, and keeps its column over short ones', () => {
    expect(
      after(
        'long li|ne\nx\nlong line',
        (b) => b.down(),
        (b) => b.down(),
      ),
    ).toBe('long line\nx\nlong li|ne');
    expect(
      after(
        'a\n\nbc|',
        (b) => b.up(),
        (b) => b.up(),
      ),
    ).toBe('a|\n\nbc');
    expect(buffer('a|\nb').up()).toBe(false);
    expect(buffer('a\nb|').down()).toBe(false);
    expect(buffer('|\nb').up()).toBe(false);
  });

  it('goes to the ends of lines and of the text', () => {
    expect(after('ab\nc|d\ne', (b) => b.home())).toBe('ab\n|cd\ne');
    expect(after('ab\nc|d\ne', (b) => b.end())).toBe('ab\ncd|\ne');
    expect(after('ab\nc|d\ne', (b) => b.textStart())).toBe('|ab\ncd\ne');
    expect(after('ab\nc|d\ne', (b) => b.textEnd())).toBe('ab\ncd\ne|');
  });
});

describe('deleting', () => {
  it('takes away characters, line ends and whole indentations', () => {
    expect(after('a👩‍👩‍👧|', (b) => b.backspace())).toBe('a|');
    expect(after('a\n|b', (b) => b.backspace())).toBe('a|b');
    expect(after('a|\nb', (b) => b.delete())).toBe('a|b');
    expect(after('{\n    |x', (b) => b.backspace())).toBe('{\n  |x');
    expect(after('a  |', (b) => b.backspace())).toBe('a |');
  });

  it('kills and yanks', () => {
    expect(
      after(
        'one |two',
        (b) => b.killLine(),
        (b) => b.home(),
        (b) => b.yank(),
      ),
    ).toBe('two|one ');
    expect(after('one| two', (b) => b.killLineLeft())).toBe('| two');
    expect(after('a|\nb', (b) => b.killLine())).toBe('a|b');
    expect(after('f(a.b, c.d)|', (b) => b.killSpaceLeft())).toBe('f(a.b, |');
    expect(after('f(a.b|', (b) => b.killWordLeft())).toBe('f(a.|');
    expect(after('|one two', (b) => b.killWordRight())).toBe('| two');
  });

  it('joins kills that follow each other, and goes back through others', () => {
    expect(
      after(
        'one two|',
        (b) => b.killWordLeft(),
        (b) => b.killWordLeft(),
        (b) => b.yank(),
      ),
    ).toBe('one two|');
    const steps = [
      (b: EditorBuffer) => b.killWordLeft(),
      (b: EditorBuffer) => b.end(),
      (b: EditorBuffer) => b.killWordLeft(),
    ];
    expect(after('one two|', ...steps, (b) => b.yank())).toBe('one |');
    expect(
      after(
        'one two|',
        ...steps,
        (b) => b.yank(),
        (b) => b.yankPop(),
      ),
    ).toBe('two|');
    expect(after('one|', (b) => b.yankPop())).toBe('one|');
  });
});

describe('undo and redo', () => {
  it('takes words back, and gives them again', () => {
    const made = new EditorBuffer();
    type('one two')(made);
    made.undo();
    expect(made.text).toBe('one');
    made.undo();
    expect(made.text).toBe('');
    made.undo();
    made.redo();
    made.redo();
    expect(shown(made)).toBe('one two|');
    made.redo();
    expect(shown(made)).toBe('one two|');
  });

  it('takes a paste back as one', () => {
    expect(
      after(
        'a|',
        (b) => b.paste('1\n2\n3'),
        (b) => b.undo(),
      ),
    ).toBe('a|');
  });

  it('forgets what was undone when something else is typed', () => {
    expect(
      after(
        '|',
        type('a'),
        (b) => b.undo(),
        type('b'),
        (b) => b.redo(),
      ),
    ).toBe('b|');
  });
});

describe('new lines', () => {
  it.each([
    ['f(\n', 'f(\n  |'],
    ['f({\na: [\n1', 'f({\n  a: [\n    1|'],
    ['if (a) {\nb\n}', 'if (a) {\n  b\n}|'],
    ['f({\na\n})', 'f({\n  a\n})|'],
    ['`a {\nb', '`a {\nb|'],
    ['a +\nb', 'a +\nb|'],
    ['"{" +\nb', '"{" +\nb|'],
    ['`${f(\n1', '`${f(\n  1|'],
  ])('%j is indented', (typed, expected) => {
    expect(after('|', type(typed))).toBe(expected);
  });

  it('opens an empty line between brackets', () => {
    expect(after('f({|})', (b) => b.newline())).toBe('f({\n  |\n})');
    expect(after('  [|  ]', (b) => b.newline())).toBe('  [\n    |\n  ]');
  });

  it('cuts a line in two', () => {
    expect(after('a |b', (b) => b.newline())).toBe('a \n|b');
  });

  it('pastes as it is', () => {
    expect(after('|', (b) => b.paste('{\nx\n      y\n'))).toBe('{\nx\n      y\n|');
  });
});
