import { describe, expect, it } from 'vitest';
import { highlight } from '../../src/shell/highlight.ts';
import { Screen, truncateLine, wrapLine, type View } from '../../src/shell/screen.ts';
import { stripAnsi } from '../../src/util/terminal.ts';
import { TestTerminal } from '../support/terminal.ts';

function view(text: string, cursor = text.length, more: Partial<View> = {}): View {
  return { prompt: 'app> ', continuation: '...  ', text, painted: text, cursor, ...more };
}

class Painter {
  readonly terminal: TestTerminal;
  readonly screen: Screen;
  written: string[] = [];

  constructor(columns = 20, rows = 6) {
    this.terminal = new TestTerminal(columns, rows);
    this.screen = new Screen(
      (text) => {
        this.written.push(text);
        this.terminal.write(text);
      },
      () => this.terminal,
    );
    this.terminal.on('resize', () => this.screen.resized());
  }

  paint(text: string, cursor?: number, more?: Partial<View>): string[] {
    this.screen.paint(view(text, cursor, more));
    return this.terminal.screen;
  }
}

describe('wrapLine', () => {
  it('cuts at the width, and never a wide character', () => {
    expect(wrapLine('abcdef', 4).map(({ text }) => text)).toEqual(['abcd', 'ef']);
    expect(wrapLine('abc日本', 4)).toEqual([
      { text: 'abc', width: 3 },
      { text: '日本', width: 4 },
    ]);
    expect(wrapLine('👩‍👩‍👧👩‍👩‍👧', 3).map(({ width }) => width)).toEqual([2, 2]);
  });

  it('carries a colour on into the next row', () => {
    expect(wrapLine('\u001b[32mabcdef\u001b[39mgh', 4).map(({ text }) => text)).toEqual([
      '\u001b[32mabcd\u001b[0m',
      '\u001b[32mef\u001b[39mgh',
    ]);
  });

  it('shortens rows with an ellipsis', () => {
    expect(truncateLine('abcdef', 4)).toEqual({ text: 'abc…', width: 4 });
    expect(truncateLine('日本語', 4)).toEqual({ text: '日…', width: 3 });
    expect(truncateLine('abcd', 4).text).toBe('abcd');
  });
});

describe('Screen', () => {
  it('shows prompt, text, continuation prompts and the cursor', () => {
    const painter = new Painter();
    expect(painter.paint('f(\n  1,\n)')).toEqual(['app> f(', '...    1,', '...  )']);
    expect(painter.terminal.cursor).toEqual({ row: 2, column: 6 });
    painter.paint('f(\n  1,\n)', 4);
    expect(painter.terminal.cursor).toEqual({ row: 1, column: 6 });
  });

  it('writes only what has changed', () => {
    const painter = new Painter();
    painter.paint('one\ntwo');
    painter.written = [];
    painter.paint('one\ntwos');
    expect(painter.written.join('')).toBe('\r...  twos\u001b[K\r\u001b[9C');
    painter.written = [];
    painter.paint('one\ntwos');
    expect(painter.written).toEqual([]);
  });

  it('takes rows away that are not needed any more', () => {
    const painter = new Painter();
    painter.paint('1\n2\n3', undefined, { below: ['menu 1', 'menu 2'] });
    expect(painter.paint('1')).toEqual(['app> 1']);
  });

  it('wraps, and gives the cursor behind a full row a row of its own', () => {
    const painter = new Painter(10);
    expect(painter.paint('12345')).toEqual(['app> 12345']);
    expect(painter.terminal.cursor).toEqual({ row: 1, column: 0 });
    expect(painter.paint('123456')).toEqual(['app> 12345', '6']);
    expect(painter.terminal.cursor).toEqual({ row: 1, column: 1 });
    expect(painter.paint('1234')).toEqual(['app> 1234']);
  });

  it('counts two columns for wide characters, four for a tab', () => {
    const painter = new Painter();
    painter.paint('日本 👩‍👩‍👧');
    expect(painter.terminal.cursor.column).toBe(5 + 4 + 1 + 2);
    painter.paint('\tx');
    expect(painter.terminal.cursor.column).toBe(5 + 4 + 1);
  });

  it('scrolls a long entry inside of the terminal, and leaves it whole at the end', () => {
    const painter = new Painter(20, 4);
    const lines = Array.from({ length: 9 }, (_, index) => `line ${index}`);
    const text = lines.join('\n');
    expect(painter.paint(text)).toEqual(['...  line 5', '...  line 6', '...  line 7', '...  line 8']);
    expect(painter.paint(text, 0)).toEqual(['app> line 0', '...  line 1', '...  line 2', '...  line 3']);
    expect(painter.terminal.scrolled).toEqual([]);
    painter.screen.finish(view(text));
    expect([...painter.terminal.scrolled, ...painter.terminal.screen].map((row) => row.slice(5))).toEqual(lines);
  });

  it('goes on beneath an entry, without a row between', () => {
    for (const text of ['1', '12345', '1\n2', 'f(\n', '']) {
      const painter = new Painter(10);
      painter.paint(text);
      painter.screen.finish(view(text));
      const { row, column } = painter.terminal.cursor;
      expect([row, column]).toEqual([text.split('\n').length, 0]);
    }
  });

  it('paints anew after the terminal has become narrower or wider', () => {
    const painter = new Painter(20, 8);
    painter.terminal.write('before\r\n');
    painter.paint('123456789 123456789\nsecond');
    painter.terminal.resize(12);
    expect(painter.paint('123456789 123456789\nsecond')).toEqual([
      'before',
      'app> 1234567',
      '89 123456789',
      '...  second',
    ]);
    painter.terminal.resize(40);
    expect(painter.paint('123456789 123456789\nsecond')).toEqual(['before', 'app> 123456789 123456789', '...  second']);
  });

  it('shows the same whether it was painted step by step or at once', () => {
    const text = 'const 日本 = `a\n${b}`\nfunction f() { return "123456789 123456789 123456789" }';
    const steps = new Painter(17, 12);
    for (let end = 0; end <= text.length; end += 1)
      steps.paint(text.slice(0, end), end, { painted: highlight(text.slice(0, end)) });
    const once = new Painter(17, 12);
    expect(steps.terminal.screen).toEqual(once.paint(text));
    for (let end = text.length; end >= 0; end -= 1) {
      steps.paint(text.slice(0, end), end);
      expect(steps.terminal.screen).toEqual(new Painter(17, 12).paint(text.slice(0, end)));
    }
  });

  it('writes one row for a key in an entry of 200 lines, and wraps no other', () => {
    const painter = new Painter(80, 24);
    const text = Array.from(
      { length: 200 },
      () => 'const value = compute(`text ${name}`, /re/.test(x), 42) // remark',
    ).join('\n');
    painter.paint(text, undefined, { painted: highlight(text) });
    painter.written = [];
    painter.paint(`${text}!`, undefined, { painted: highlight(`${text}!`) });
    expect(stripAnsi(painter.written.join('')).split('\r')).toHaveLength(3);
    expect(stripAnsi(highlight(text))).toBe(text);
  });
});
