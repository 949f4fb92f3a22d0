import type { Expected } from './transcript-parse.ts';

/** How printed lines compare with what is expected: as far as they go, or from which line on not. */
export type Comparison = { kind: 'match' } | { kind: 'partial' } | { kind: 'conflict'; at: number };

/** Compares printed lines with what is expected of them, from the first to the last. */
export function compareLines(expected: readonly Expected[], lines: readonly string[]): Comparison {
  let reached = closure(expected, [0]);
  for (const [at, line] of lines.entries()) {
    const next: number[] = [];
    for (const index of reached) {
      const one = expected[index];
      if (one?.kind === 'any') next.push(index);
      else if (one && matches(one, line)) next.push(index + 1);
    }
    if (next.length === 0) return { kind: 'conflict', at };
    reached = closure(expected, next);
  }
  return reached.includes(expected.length) ? { kind: 'match' } : { kind: 'partial' };
}

/** Where one can stand without another line: `...` may be no line at all. */
function closure(expected: readonly Expected[], from: readonly number[]): number[] {
  const reached = new Set(from);
  for (const index of reached) if (expected[index]?.kind === 'any') reached.add(index + 1);
  return [...reached];
}

function matches(expected: Expected, line: string): boolean {
  if (expected.kind === 'text') return expected.text.trimEnd() === line.trimEnd();
  return expected.kind === 'regex' && expected.regex.test(line.trimEnd());
}

/** Expected lines as a transcript has them. */
export function describeExpected(expected: readonly Expected[]): string {
  return expected
    .map((one) => {
      if (one.kind === 'text') return one.text;
      if (one.kind === 'regex') return `~ ${one.regex.source.slice(4, -2)}`;
      if (one.kind === 'any') return '...';
      return one.kind === 'entry' ? `= ${one.text}` : `[exit ${one.code}]`;
    })
    .join('\n');
}
