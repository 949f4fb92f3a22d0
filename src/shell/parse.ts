import { createRequire } from 'node:module';
import type { parseSync, ParserOptions } from 'oxc-parser';
import { endOf, scan } from './tokens.ts';
import type { SyntaxNode } from './syntax-node.ts';

// Loaded with the first entry: the prompt does not wait for it.
let parser: { parseSync: typeof parseSync } | undefined;
const requireHere = createRequire(import.meta.url);

/** What is wrong with a text that is no program; offsets count in the text. */
export interface SyntaxProblem {
  message: string;
  help: string | undefined;
  start: number;
  end: number;
}

/** What a text is. */
export type Parsed =
  | { status: 'empty' }
  /** It could go on: more lines may make it a program. */
  | { status: 'incomplete' }
  | { status: 'invalid'; problem: SyntaxProblem }
  | { status: 'complete'; source: string; shift: number; lang: 'ts' | 'tsx'; program: SyntaxNode };

/**
 * Parses what was typed: TypeScript, with JSX where nothing else makes sense, with `await` and `import` anywhere. `{…}` is
 * an object where it can be one, as in every REPL of JavaScript; `shift` counts the characters put in front for that.
 */
export function parseEntry(text: string): Parsed {
  const code = text.startsWith('#!') ? `//${text.slice(2)}` : text;
  const asTyped = parseProgram(code);
  if (asTyped.status === 'empty' || !MAY_NEED_PARENTHESES.test(code)) return asTyped;
  if (asTyped.status === 'complete' && !/^\s*\{/.test(code)) return asTyped;
  const asExpression = parseProgram(`(${code}\n)`, 1);
  if (asExpression.status === 'complete' && isOneExpression(asExpression.program)) return asExpression;
  if (asTyped.status !== 'invalid' || scan(code).open.length === 0) return asTyped;
  return parseProgram(`(${code}`, 1).status === 'incomplete' ? { status: 'incomplete' } : asTyped;
}

// `{ a: 1, b: 2 }` and `function (x) {}` are values only inside of parentheses.
const MAY_NEED_PARENTHESES = /^\s*(?:\{|(?:async\s+)?function\b|class\b)/;

function isOneExpression(program: SyntaxNode): boolean {
  const body = program['body'] as SyntaxNode[];
  return body.length === 1 && body[0]?.type === 'ExpressionStatement';
}

function parseProgram(source: string, shift = 0): Parsed {
  const plain = parseAs(source, 'ts', shift);
  if (plain.status !== 'invalid' || !/<[A-Za-z>]/.test(source)) return plain;
  const jsx = parseAs(source, 'tsx', shift);
  return jsx.status === 'invalid' ? plain : jsx;
}

function parseAs(source: string, lang: 'ts' | 'tsx', shift: number): Parsed {
  const options: ParserOptions = { lang, sourceType: 'module', showSemanticErrors: true };
  parser ??= requireHere('oxc-parser') as { parseSync: typeof parseSync };
  const { program, errors } = parser.parseSync(`entry.${lang}`, source, options);
  const [error] = errors;
  if (error === undefined) {
    if (program.body.length === 0) return { status: 'empty' };
    return { status: 'complete', source, shift, lang, program: program as unknown as SyntaxNode };
  }
  const start = error.labels[0]?.start ?? source.length;
  if (couldGoOn(source, start)) return { status: 'incomplete' };
  const end = Math.max(error.labels[0]?.end ?? start, start);
  const message = error.message.replace(/\.$/, '').replace(/`EOF`/, 'the end');
  return {
    status: 'invalid',
    problem: {
      message,
      help: error.helpMessage ?? undefined,
      start: Math.max(0, start - shift),
      end: Math.max(0, end - shift),
    },
  };
}

/** Whether the first error is that the text ends: there, or in something that may span lines. */
function couldGoOn(source: string, errorStart: number): boolean {
  if (errorStart >= source.trimEnd().length) return true;
  const { state, openedAt } = endOf(source);
  const spansLines = state === 'template' || state === 'comment' || (state === 'string' && source.endsWith('\\'));
  return spansLines && errorStart >= openedAt;
}
