import type { LexerOptions } from './lexer-options.ts';

/** What begins at a match of the root pattern: its first group, followed by a group for the `-` or `+`. */
export interface RootMatch {
  kind: 'raw' | 'comment' | 'block' | 'variable' | 'line' | 'line-comment';
  group: number;
}

/** The pattern that finds the next tag in template data, and which of its groups means what. */
export function rootPattern(options: LexerOptions): [RegExp, RootMatch[]] {
  const start = escapeRegExp(options.blockStartString);
  const end = escapeRegExp(options.blockEndString);
  const rules: { kind: RootMatch['kind']; length: number; rank: number; pattern: string }[] = [
    {
      kind: 'comment',
      length: options.commentStartString.length,
      rank: 1,
      pattern: escapeRegExp(options.commentStartString),
    },
    { kind: 'block', length: options.blockStartString.length, rank: 0, pattern: start },
    {
      kind: 'variable',
      length: options.variableStartString.length,
      rank: 4,
      pattern: escapeRegExp(options.variableStartString),
    },
  ];
  const { lineStatementPrefix, lineCommentPrefix } = options;
  if (lineStatementPrefix !== undefined) {
    rules.push({
      kind: 'line',
      length: lineStatementPrefix.length,
      rank: 3,
      pattern: `^[ \\t\\v]*${escapeRegExp(lineStatementPrefix)}`,
    });
  }
  if (lineCommentPrefix !== undefined) {
    const pattern = `(?:^|(?<=\\S))[^\\S\\r\\n]*${escapeRegExp(lineCommentPrefix)}`;
    rules.push({ kind: 'line-comment', length: lineCommentPrefix.length, rank: 2, pattern });
  }
  // The longest delimiter wins where one begins like another; Jinja sorts equally long ones by their names.
  rules.sort((a, b) => b.length - a.length || b.rank - a.rank);
  const raw = `(${start}([-+]?)\\s*raw\\s*(?:-${end}\\s*|${end}))`;
  const alternatives = rules.map(({ pattern }) => `(${pattern}([-+]?))`);
  return [
    new RegExp([raw, ...alternatives].join('|'), 'gm'),
    [{ kind: 'raw', group: 1 }, ...rules.map(({ kind }, index) => ({ kind, group: 3 + index * 2 }))],
  ];
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
