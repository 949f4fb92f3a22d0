import {
  onQuery,
  type FinishedEntry,
  type QueryEvent,
  type Shell,
  type ShellCommand,
  type ShellEntry,
} from 'flacon/shell';
import { countOf, describeQuery, msText } from './query-text.ts';
import { findDatabases } from './sandbox.ts';

/** A statement of the last entry. */
interface Heard {
  event: QueryEvent;
  /** The place in the project that asked for it. */
  place: string | undefined;
}

/** What a shell hears while the echo is on. */
interface Echo {
  stop(): void;
  /** The statements of the entry that runs, or ran last. */
  heard: Heard[];
  count: number;
  ms: number;
}

/** How many statements of an entry are shown, and how many are remembered. */
const SHOWN = 50;
const REMEMBERED = 5000;
/** How often a statement has to run in one entry for `.sql n+1`. */
const MANY = 3;

const echoes = new WeakMap<Shell, Echo>();

/** `.sql`: shows the statements that entries of this shell run. */
export const sqlCommand: ShellCommand = {
  name: 'sql',
  usage: '.sql [on|off|explain|n+1]',
  description: 'Show the SQL that the entries of this shell run, with time, rows and origin.',
  help: [
    '.sql on        show each statement, and the number and time behind the result',
    '.sql off       show none',
    '.sql explain   the plan of the last statement; .sql explain STATEMENT that of another',
    `.sql n+1       statements that the last entry ran ${MANY} times or more`,
    '',
    'Requests of others are not shown. Values of columns such as password or token are masked.',
  ].join('\n'),
  complete: () => ['on', 'off', 'explain', 'n+1'],
  run(shell, args) {
    const [, word = '', rest = ''] = /^(\S*)\s*([^]*)$/.exec(args) ?? [];
    if (word === 'explain') return explain(shell, rest);
    if (rest !== '') throw new Error(`'${rest}' is too much`);
    if (word === 'n+1') return showRepeated(shell);
    if (word === 'on') switchOn(shell);
    else if (word === 'off') stopEcho(shell);
    else if (word === '') shell.print(`sql is ${echoes.has(shell) ? 'on' : 'off'}`);
    else throw new Error(`'${word}' is none of on, off, explain, n+1`);
  },
};

function switchOn(shell: Shell): void {
  if (echoes.has(shell)) return;
  const echo: Echo = { stop: onQuery((event) => hear(shell, echo, event)), heard: [], count: 0, ms: 0 };
  echoes.set(shell, echo);
}

/** Switches the echo off; nothing listens any more. */
export function stopEcho(shell: Shell): void {
  echoes.get(shell)?.stop();
  echoes.delete(shell);
}

function hear(shell: Shell, echo: Echo, event: QueryEvent): void {
  if (!shell.isCurrent) return;
  const place = shell.placeOf(event.origin ?? new Error('origin'));
  echo.count += 1;
  echo.ms += event.ms;
  if (echo.heard.length < REMEMBERED) echo.heard.push({ event, place });
  if (echo.count <= SHOWN) shell.print(gray(lineOf(event, place)));
  else if (echo.count === SHOWN + 1) shell.print(gray('  … the others are not shown'));
}

function lineOf(event: QueryEvent, place: string | undefined): string {
  const { sql, params } = describeQuery(event);
  const { error, rows } = event;
  const result = error === undefined ? (rows === undefined ? '' : countOf(rows, 'row')) : `failed: ${messageOf(error)}`;
  return `  ⟶ ${[sql, params, msText(event.ms), result, place ?? ''].filter((part) => part !== '').join('  ')}`;
}

/** A new entry: its statements are counted from here. `.sql` itself is about those of the entry before. */
export function beginEntry(shell: Shell, { kind, text }: ShellEntry): void {
  const echo = echoes.get(shell);
  if (echo === undefined || (kind === 'command' && /^\s*\.(?:sql|help)\b/.test(text))) return;
  Object.assign(echo, { heard: [], count: 0, ms: 0 });
}

/** What stands behind the result of an entry. */
export function summary(shell: Shell, { kind, text }: FinishedEntry): string | undefined {
  const echo = echoes.get(shell);
  if (echo === undefined || echo.count === 0) return undefined;
  if (kind === 'command' && /^\s*\.(?:sql|help)\b/.test(text)) return undefined;
  return `(${countOf(echo.count, 'query', 'queries')}, ${msText(echo.ms)})`;
}

function listening(shell: Shell): Echo {
  const echo = echoes.get(shell);
  if (echo === undefined) throw new Error('nothing was listened to yet: .sql on');
  return echo;
}

async function explain(shell: Shell, given: string): Promise<void> {
  const last = given === '' ? listening(shell).heard.at(-1)?.event : undefined;
  const database = last?.database ?? findDatabases(shell).find((one) => one.explain !== undefined);
  if (given === '' && last === undefined) throw new Error('no statement has run since .sql on');
  if (database?.explain === undefined)
    throw new Error(`${database?.name ?? 'no database of this shell'} cannot explain a statement`);
  const plan = await database.explain(last?.sql ?? given, last?.params ?? []);
  if (last) shell.print(gray(`  ⟶ ${describeQuery(last).sql}`));
  shell.print(plan);
}

function showRepeated(shell: Shell): void {
  const groups = new Map<string, Heard[]>();
  for (const one of listening(shell).heard) {
    const { sql } = describeQuery(one.event);
    groups.set(sql, [...(groups.get(sql) ?? []), one]);
  }
  const repeated = [...groups].filter(([, { length }]) => length >= MANY).sort(([, a], [, b]) => b.length - a.length);
  if (repeated.length === 0) return shell.print(`no statement of the last entry ran ${MANY} times or more`);
  for (const [sql, all] of repeated) {
    const ms = all.reduce((sum, { event }) => sum + event.ms, 0);
    const places = [...new Set(all.map(({ place }) => place ?? ''))].join(', ');
    shell.print(`${all.length} × ${sql}  ${msText(ms)}  ${places}`);
  }
}

function gray(text: string): string {
  return `\u001b[90m${text}\u001b[39m`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
