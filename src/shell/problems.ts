import type { SyntaxProblem } from './parse.ts';

/** What Ctrl-C throws into shell code that loops. */
export class InterruptedError extends Error {
  constructor() {
    super('interrupted');
    this.name = 'InterruptedError';
  }
}

/** A 1-based place in a text. */
export interface Place {
  line: number;
  column: number;
}

/** The 1-based line and column of an offset. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: before.length - before.lastIndexOf('\n') };
}

/** What was typed is no program: thrown where code runs without a person to finish it. */
export class EntrySyntaxError extends SyntaxError {
  readonly problem: SyntaxProblem;
  readonly source: string;

  constructor(problem: SyntaxProblem, source: string) {
    super(problem.message);
    this.name = 'SyntaxError';
    this.problem = problem;
    this.source = source;
    this.stack = `SyntaxError: ${problem.message}`;
  }
}
