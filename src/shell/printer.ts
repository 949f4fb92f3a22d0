import { inspect, types } from 'node:util';
import { stringWidth } from '../util/terminal.ts';
import { packRows } from './packed-table.ts';
import { placeAt } from './problems.ts';
import { isSecretName, MASK, redact } from './redact.ts';
import type { SyntaxProblem } from './parse.ts';
import { parseAnsi, plainText, type Span } from './spans.ts';
import { frameText, userFrames, type FrameOptions } from './stack.ts';

/** How values are shown. */
export interface PrintOptions {
  /** Columns to fill. */
  columns: number;
  /** How deep objects are shown. Default: 3. */
  depth?: number;
}

/** A value as `util.inspect` shows it; also one that throws when it is looked at. */
export function printValue(value: unknown, { columns, depth = 3 }: PrintOptions): Span[] {
  try {
    hideBookkeeping(value, 3);
    return parseAnsi(
      inspect(isBareRecord(value) ? withPrototype(value) : value, {
        colors: true,
        depth,
        breakLength: Math.max(20, columns),
        maxArrayLength: 100,
        maxStringLength: 10_000,
      }),
    );
  } catch (error) {
    return [[`[${describeKind(value)} that cannot be shown: ${messageOf(error)}]`, 'red']];
  }
}

/** An object without prototype and without anything that says how it is shown: mostly a row of a database. */
function isBareRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || types.isModuleNamespaceObject(value))
    return false;
  const isTold = inspect.custom in value || Symbol.toStringTag in value;
  return Object.getPrototypeOf(value) === null && !isTold;
}

/** The same, shown without `[Object: null prototype]` before it. No getter runs. */
function withPrototype(value: object): object {
  return Object.create(Object.prototype, Object.getOwnPropertyDescriptors(value)) as object;
}

const BOOKKEEPING = /^(?:async_id_symbol|trigger_async_id_symbol|kResourceStore)$/;
const HAS_BOOKKEEPING = Number.parseInt(process.versions.node, 10) < 24;

/** Until Node 24 every promise carries the async contexts it was made in, for all to see. */
function hideBookkeeping(value: unknown, depth: number): void {
  if (!HAS_BOOKKEEPING || typeof value !== 'object' || value === null || types.isProxy(value)) return;
  if (types.isPromise(value)) {
    for (const key of Object.getOwnPropertySymbols(value)) {
      if (BOOKKEEPING.test(key.description ?? '')) Object.defineProperty(value, key, { enumerable: false });
    }
  } else if (depth > 0) for (const item of firstItems(value)) hideBookkeeping(item, depth - 1);
}

const FEW = 50;

function firstItems(value: object): unknown[] {
  if (Array.isArray(value)) return value.slice(0, FEW);
  if (types.isMap(value) || types.isSet(value)) return [...value.values()].slice(0, FEW);
  if (ArrayBuffer.isView(value)) return [];
  const names = Object.keys(value).slice(0, FEW);
  return names.map((name) => Object.getOwnPropertyDescriptor(value, name)?.value as unknown);
}

function describeKind(value: unknown): string {
  return types.isProxy(value) ? 'Proxy' : typeof value;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? cleanMessage(error.message) : String(error);
  } catch {
    return 'an object without a text';
  }
}

/** Calls are written `(0, f)()` for the engine; nobody typed that. */
function cleanMessage(message: string): string {
  return message
    .replace(/\(0 ?, ?([\p{ID_Start}$_][\p{ID_Continue}$]*)\)/gu, '$1')
    .replaceAll(/__shell_(?:let|const)\./g, '');
}

/** What errors are shown with. */
export interface ErrorOptions extends PrintOptions, FrameOptions {}

/** An error: message, the user's own frames, what else it carries, and its causes. */
export function printError(error: unknown, options: ErrorOptions): Span[] {
  return printCause(error, options, new Set());
}

function printCause(error: unknown, options: ErrorOptions, seen: Set<unknown>): Span[] {
  if (!isError(error)) return [['Uncaught ', 'red'], ...printValue(error, options)];
  if (seen.has(error)) return [['[circular]', 'gray']];
  seen.add(error);
  const spans: Span[] = [[headline(error), 'red']];
  for (const frame of userFrames(String(error.stack ?? ''), options)) spans.push(['\n'], [frameText(frame), 'gray']);
  const extra = ownProperties(error);
  if (Object.keys(extra).length > 0) spans.push(['\n'], ...printValue(extra, options));
  if (typeof error.fix === 'string') spans.push(['\n'], ['hint: ', 'cyan'], [error.fix]);
  if (Array.isArray(error.errors)) {
    for (const inner of error.errors.slice(0, 10) as unknown[])
      spans.push(['\n'], ...indent(printCause(inner, options, seen)));
  }
  if (error.cause !== undefined) spans.push(['\n'], ['caused by ', 'red'], ...printCause(error.cause, options, seen));
  return spans;
}

interface ErrorLike extends Error {
  fix?: unknown;
  errors?: unknown;
}

function isError(value: unknown): value is ErrorLike {
  return value instanceof Error || types.isNativeError(value);
}

function headline(error: Error): string {
  const message = cleanMessage(String(error.message));
  const name = String(error.name || 'Error');
  return message === '' ? name : `${name}: ${message}`;
}

const SHOWN_OTHERWISE = new Set(['stack', 'message', 'name', 'cause', 'errors', 'fix']);

function ownProperties(error: Error): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, { value, enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(error))) {
    // The code of our own errors is for programs; the fix that comes with it is for people.
    const isOwnCode = name === 'code' && 'fix' in error;
    if (enumerable && value !== undefined && !SHOWN_OTHERWISE.has(name) && !isOwnCode) shown[name] = value;
  }
  return shown;
}

function indent(spans: readonly Span[]): Span[] {
  return [
    ['  '],
    ...spans.map(
      ([text, style]): Span =>
        [text.replaceAll('\n', '\n  '), ...(style === undefined ? [] : [style])] as unknown as Span,
    ),
  ];
}

/** A syntax error with the line it is in and a caret under the place. */
export function printProblem(problem: SyntaxProblem, source: string, file: string): Span[] {
  const { line, column } = placeAt(source, problem.start);
  const lines = source.split('\n');
  const shown = lines[line - 1] ?? '';
  const width = String(line).length;
  const length = Math.max(1, Math.min(problem.end - problem.start, shown.length - column + 1));
  return [
    [`SyntaxError: ${problem.message}`, 'red'],
    [`\n    at ${file}:${line}:${column}\n`, 'gray'],
    [`${line} | `, 'gray'],
    [`${shown}\n`],
    [`${' '.repeat(width)} | `, 'gray'],
    [' '.repeat(Math.max(0, column - 1))],
    ['^'.repeat(length), 'red'],
    ...(problem.help === undefined ? [] : ([['\nhint: ', 'cyan'], [problem.help]] satisfies Span[])),
  ];
}

/** Rows in columns, under titles, as well as that goes in a terminal of so many `columns`; cells are text. */
export function printTable(titles: readonly string[], rows: readonly (readonly string[])[], columns: number): Span[] {
  const all = [titles, ...rows];
  const widths = titles.map((_, index) => Math.max(...all.map((cells) => stringWidth(cells[index] ?? ''))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(cell))))
      .join('  ')
      .trimEnd();
  const plain = all.map(line);
  const [head = '', ...body] = plain.some((text) => stringWidth(text) > columns)
    ? packRows(all, columns, stringWidth)
    : plain;
  return [...(head === '' ? [] : [[head, 'bold'] as const, ['\n'] as const]), [body.join('\n')]];
}

/** A value as one short line of a list, under its name: without secrets, by how they are called or look. */
export function summarizeNamed(name: string, value: unknown, columns: number): string {
  const isSecret = isSecretName(name) && (typeof value === 'string' || ArrayBuffer.isView(value));
  return isSecret ? MASK : redact(summarize(value, columns));
}

/** A value as one short line, for lists. */
export function summarize(value: unknown, columns: number): string {
  const text = plainText(printValue(value, { columns: 10_000, depth: 0 })).replaceAll(/\s+/g, ' ');
  return text.length > columns ? `${text.slice(0, Math.max(1, columns - 1))}…` : text;
}
