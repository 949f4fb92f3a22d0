import type * as OxcParser from 'oxc-parser';
import { createRequire } from 'node:module';

import type { ModuleRecord } from './module-record.ts';

/** A module that holds an update up. */
export interface PendingModule {
  file: string;
  /** Line of its top-level `await`, from 1; undefined where there are several. */
  line: number | undefined;
}

/** The deepest module among these that has begun and not finished. */
export function findPending(records: Iterable<ModuleRecord>): PendingModule | undefined {
  const waiting = [...records].filter(({ status }) => status === 'evaluating');
  const record = waiting.findLast(({ source }) => source.isAsync) ?? waiting.at(-1);
  return record && { file: record.file, line: record.source.isAsync ? awaitLine(record) : undefined };
}

function awaitLine({ source }: ModuleRecord): number | undefined {
  // A second native library, loaded in this rare case only.
  const { parseSync } = createRequire(import.meta.url)('oxc-parser') as typeof OxcParser;
  const found: number[] = [];
  collectAwaits(parseSync(source.file, source.text).program, found);
  const [start] = found;
  return found.length === 1 ? source.text.slice(0, start).split('\n').length : undefined;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function collectAwaits(node: unknown, found: number[]): void {
  if (Array.isArray(node)) {
    for (const item of node) collectAwaits(item, found);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { type, start, await: isAwait } = node as { type?: unknown; start?: unknown; await?: unknown };
  if (typeof type !== 'string' || FUNCTIONS.has(type)) return;
  if ((type === 'AwaitExpression' || isAwait === true) && typeof start === 'number') found.push(start);
  for (const child of Object.values(node)) collectAwaits(child, found);
}
