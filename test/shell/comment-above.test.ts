import { describe, expect, it } from 'vitest';
import { commentAbove } from '../../src/shell/comment-above.ts';

describe('the comment above a declaration', () => {
  it.each([
    ['/** One line. */\nfunction f() {}', 2, 'One line.'],
    ['/**\n * Several,\n *\n *   indented.\n * @throws never\n */\nf();', 7, 'Several,\n\n  indented.\n@throws never'],
    ['  // One.\n  // Two.\n  f();', 3, 'One.\nTwo.'],
    ['f();\n//\n// after an empty one\ng();', 4, 'after an empty one'],
    ['/** of another */\ng();\nf();', 3, ''],
    ['/** far */\n\nf();', 3, ''],
    ['f();', 1, ''],
    ['", not one */\nf();', 2, ''],
  ])('of %j', (text, line, comment) => {
    expect(commentAbove(text, line)).toBe(comment);
  });
});
