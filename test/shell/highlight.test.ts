import { describe, expect, it } from 'vitest';
import { highlight, isComplete } from '../../src/shell/highlight.ts';
import { stripAnsi } from '../../src/util/terminal.ts';

const GREEN = '\u001b[32m';
const OFF = '\u001b[39m';

/** The colour number of each piece with `text` in it. */
function colorsOf(code: string, text: string): (string | undefined)[] {
  return [...highlight(code).matchAll(/(?:\u001b\[(\d+)m)?([^\u001b]+)/g)]
    .filter((match) => match[2]?.includes(text))
    .map((match) => match[1]);
}

describe('highlight', () => {
  it('changes nothing but colours', () => {
    for (const code of [
      'const a = 1',
      'f(`a${b}c\n`)',
      '.help routes',
      '"open',
      '/* open\n',
      'a /b/ c; /re/g.test(x)',
      ')(]',
      '日本 👩‍👩‍👧',
      '',
    ]) {
      expect(stripAnsi(highlight(code))).toBe(code);
      expect(highlight(code, { color: false })).toBe(code);
    }
  });

  it('paints a template over several lines in one colour, each line by itself', () => {
    expect(highlight('`a\nb`')).toBe(`${GREEN}\`a${OFF}\n${GREEN}b\`${OFF}`);
    expect(highlight('`a\nb')).toBe(`${GREEN}\`a${OFF}\n${GREEN}b${OFF}`);
  });

  it('tells regular expressions from divisions', () => {
    expect(highlight('a / b / c')).toBe('a / b / c');
    expect(colorsOf('x = /b/g', '/b/g')).toEqual(['31']);
    expect(colorsOf('f(1) / 2 / 3', '2')).toEqual(['33']);
    expect(colorsOf('return /x/', '/x/')).toEqual(['31']);
  });

  it('knows keywords, comments, numbers and commands', () => {
    expect(colorsOf('const a', 'const')).toEqual(['35']);
    expect(colorsOf('x.const', 'const')).not.toEqual(['35']);
    expect(colorsOf('1 // note', 'note')).toEqual(['90']);
    expect(colorsOf('/* a\nb */ 1', 'b')).toEqual(['90']);
    expect(colorsOf('0xff', '0xff')).toEqual(['33']);
    expect(highlight('.routes')).toContain('\u001b[36m.routes');
  });

  it('marks the bracket at the cursor with its partner, and one that closes nothing', () => {
    const marked = (code: string, cursor: number): string[] =>
      [...highlight(code, { cursor }).matchAll(/\u001b\[1m\u001b\[4m(.)/g)].map((match) => match[1] ?? '');
    expect(marked('f(a[0])', 7)).toEqual(['(', ')']);
    expect(marked('f(a[0])', 3)).toEqual(['[', ']']);
    expect(marked('f(")")', 4)).toEqual([]);
    expect(marked('f(', 2)).toEqual([]);
    expect(highlight('a)')).toContain('\u001b[31m\u001b[4m)');
  });
});

describe('isComplete', () => {
  it.each([
    '',
    '1 + 1',
    'f()',
    'if (a) { b }',
    '`a ${b}`',
    'a // (',
    '"("',
    '/[(]/',
    'x++',
    '.route (',
    'f())',
    'a\n+ b',
    '"open',
    'async () => {}',
  ])('%j is whole', (code) => {
    expect(isComplete(code)).toBe('complete');
  });

  it.each([
    'f(',
    '{',
    '[1,',
    '`a',
    '`a ${b',
    '/* a',
    'a +',
    'const x =',
    'x =>',
    'a.',
    'a &&',
    'if (a) { // }',
    'new',
    '`${`',
  ])('%j goes on', (code) => {
    expect(isComplete(code)).toBe('incomplete');
  });
});
