import { clientCommand } from './client-command-list.ts';
import { parseCommand } from './command-line.ts';
import type { History, HistoryEntry } from './history.ts';
import type { ClientSettings } from './client-settings.ts';
import { findSetting, settingRows } from './settings.ts';
import type { Span } from './spans.ts';

/** What a client's own command works on. */
export interface ClientCommandContext {
  history: History;
  columns: number;
  settings: ClientSettings;
  print(spans: readonly Span[]): void;
}

/** What is left to do after a client's own command. */
export type ClientAnswer =
  { kind: 'done' } | { kind: 'exit' } | { kind: 'clear' } | { kind: 'failed' } | { kind: 'run'; entries: string[] };

/** Does an entry that is a command of the client; undefined for every other entry. */
export function runClientCommand(entry: string, context: ClientCommandContext): ClientAnswer | undefined {
  const { name, args } = parseCommand(entry) ?? { name: '', args: '' };
  try {
    if (name === 'set') return runSet(args, context);
    switch (clientCommand(name)?.name) {
      case 'exit':
        return { kind: 'exit' };
      case 'clear':
        return { kind: 'clear' };
      case 'history':
        showHistory(args, context);
        return { kind: 'done' };
      case 'pager':
        return changeSetting('pager', args, context);
      case 'rerun':
        return { kind: 'run', entries: entriesToRun(args, context) };
      default:
        return undefined;
    }
  } catch (error) {
    context.print([[error instanceof Error ? error.message : String(error), 'red']]);
    return { kind: 'failed' };
  }
}

/** `.set`: the settings of this side; the session has others. */
function runSet(args: string, context: ClientCommandContext): ClientAnswer | undefined {
  const [name = '', ...value] = args.split(/\s+/);
  const { list } = context.settings;
  if (name === '') {
    for (const row of settingRows(list)) context.print([[row.join('  ')]]);
    return { kind: 'run', entries: ['.set'] };
  }
  if (!list.some((setting) => setting.name === name)) return undefined;
  return changeSetting(name, value.join(' '), context);
}

function changeSetting(name: string, value: string, { settings, print }: ClientCommandContext): ClientAnswer {
  const setting = findSetting(settings.list, name);
  if (value !== '') setting.set(value);
  print([[`${name} is ${setting.get()}`]]);
  return { kind: 'done' };
}

const LAST = 20;

function showHistory(args: string, { history, columns, print }: ClientCommandContext): void {
  const words = args.split(/\s+/).filter((word) => word !== '');
  let entries: readonly HistoryEntry[] = history.entries;
  let last: number | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-g' || word === '--grep') {
      const query = words.shift();
      if (query === undefined) throw new Error('what to look for? .history -g TEXT');
      // Looking for something is not what is looked for.
      entries = history
        .search(query)
        .filter(({ code }) => !code.startsWith('.history'))
        .toReversed();
    } else if (word === '--last' || word === '-n') last = numberOf(words.shift());
    else if (word === '--forget') return forget(numberOf(words.shift()), history, print);
    else throw new Error(`'${word}' is no option: .history [-g TEXT] [--last N] [--forget N]`);
  }
  const shown = entries.slice(-(last ?? LAST));
  if (shown.length === 0) return print([['nothing was found', 'gray']]);
  const width = String(shown.at(-1)?.number ?? 0).length;
  for (const entry of shown) print(entryLine(entry, width, columns));
}

function entryLine({ number, code, ok }: HistoryEntry, width: number, columns: number): Span[] {
  const [first = '', ...more] = code.split('\n');
  const room = Math.max(10, columns - width - 3);
  const text = more.length > 0 ? `${first} …` : first;
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  return [[`${String(number).padStart(width)} `, 'gray'], [ok === false ? '✗ ' : '  ', 'red'], [shown]];
}

function forget(number: number, history: History, print: ClientCommandContext['print']): void {
  if (!history.forget(number)) throw new Error(`there is no entry ${number}`);
  print([[`forgot ${number}`, 'gray']]);
}

function entriesToRun(args: string, { history }: ClientCommandContext): string[] {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(args) ?? [];
  if (first === undefined) throw new Error('which entries? .rerun 12 or .rerun 12-14');
  const entries: string[] = [];
  for (let number = Number(first); number <= Number(last ?? first); number += 1) {
    const entry = history.find(number);
    if (!entry) throw new Error(`there is no entry ${number}`);
    entries.push(entry.code);
  }
  return entries;
}

function numberOf(text: string | undefined): number {
  const number = Number(text);
  if (text === undefined || !Number.isInteger(number) || number < 1)
    throw new Error(`'${text ?? ''}' is no number of an entry`);
  return number;
}
