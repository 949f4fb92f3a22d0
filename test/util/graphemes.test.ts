import { describe, expect, it } from 'vitest';
import { graphemesOf, isSimpleText } from '../../src/util/graphemes.ts';
import { stringWidth } from '../../src/util/terminal.ts';

describe('graphemesOf', () => {
  it.each([
    ['naïve — “yes”…', 14],
    ['e\u0301a', 2],
    ['👩‍👩‍👧 a', 3],
    ['\r\n', 1],
    ['a\u00adb', 3],
    ['', 0],
  ])('finds the characters of %j', (text, count) => {
    const characters = [...graphemesOf(text)];
    expect(characters).toHaveLength(count);
    expect(characters.join('')).toBe(text);
  });
});

describe('isSimpleText', () => {
  it('is true only of characters that the tables of Unicode say the same about', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const simple = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(isSimpleText);
    expect(simple.length).toBeGreaterThan(700);
    // The one behind it takes two columns, and the way through the tables.
    expect(simple.filter((character) => stringWidth(`${character}漢`) !== 3)).toEqual([]);
    const all = simple.join('');
    expect([...segmenter.segment(all)]).toHaveLength(all.length);
    expect(stringWidth(all)).toBe(all.length);
  });

  it('is false of what joins, is wide or takes no room', () => {
    expect(['\t', '\u00ad', '\u0301', '漢', '👍', '©\ufe0f', '\u200b'].filter(isSimpleText)).toEqual([]);
  });
});
