import { describe, expect, it } from 'vitest';
import { findShown, textToCursor } from './shown-text.ts';

describe('what stands before the cursor of a terminal', () => {
  it.each([
    ['plain lines', 'a\r\nb', 'a\nb'],
    ['a line that is written again', 'app> ab\rapp> abc\u001b[K', 'app> abc'],
    ['an answer in place of a prompt', 'app> 1\r\napp> \r\u001b[J1\r\napp> ', 'app> 1\n1\napp> '],
    ['a hint beneath', '\u001b[1mapp> \u001b[22m\r\nrunning\u001b[K\u001b[1A\r\u001b[5C', 'app> '],
    ['a hint that is gone again', 'app> \r\nrunning\u001b[1A\r\u001b[Jdone\r\napp> ', 'done\napp> '],
    ['a cursor inside of the line', 'app> abc\u001b[2D', 'app> a'],
    ['modes, titles, two-character sequences', '\u001b[?2004h\u001b]0;title\u0007\u001b=a\u001b[?25l', 'a'],
    ['wide text', 'é日本\rx', 'x'],
  ])('%s', (_, sent, text) => {
    expect(textToCursor(sent)).toBe(text);
  });

  it('is looked through as well as everything that was sent', () => {
    const sent = 'app> \r\nrunning\u001b[1A\r\u001b[5C';
    expect(findShown(/app> $/, sent)?.[0]).toBe('app> ');
    expect(findShown(/running/, sent)?.[0]).toBe('running');
    expect(findShown(/other/, sent)).toBeUndefined();
  });
});
