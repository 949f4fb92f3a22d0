import { builtinModules } from 'node:module';
import { types } from 'node:util';
import { getCurrentObject } from '../util/local.ts';
import { parseCommand } from './command-line.ts';
import type { Completion } from './protocol.ts';
import type { Session } from './session.ts';
import { scan } from './tokens.ts';

/** What may stand in place of `[start, end)` of the text. */
export interface Completions {
  start: number;
  end: number;
  items: Completion[];
}

type StringContext = { call: string; argument: number; text: string };

/** More than this nobody reads. */
const LIMIT = 200;

/**
 * What may follow at the cursor, from what is there at run time. Nothing of the user's runs for it: no function, no
 * getter, no trap of a proxy.
 */
export async function complete(session: Session, code: string, cursor: number): Promise<Completions> {
  const before = code.slice(0, cursor);
  const command = parseCommand(before) ?? (/^\s*\.$/.test(before) ? { name: '', args: '' } : undefined);
  if (command) return completeCommand(session, before, command);
  const { end, openedAt } = scan(before);
  if (end === 'string') return completeString(session, before, openedAt);
  if (end !== 'code') return nothing(cursor);
  const chain = CHAIN.exec(before);
  const text = chain?.[0] ?? '';
  const prefix = /[\p{ID_Continue}$]*$/u.exec(text)?.[0] ?? '';
  const start = cursor - prefix.length;
  const receiver = text.slice(0, text.length - prefix.length);
  const items =
    receiver === '' ? names(session, prefix, before) : members(session, before, receiver.replace(/\??\.$/, ''), prefix);
  return { start, end: cursor, items: items.slice(0, LIMIT) };
}

const CHAIN =
  /(?:[\p{ID_Start}$_][\p{ID_Continue}$]*|\)|\]|["'`])?(?:(?:\?\.|\.|\[\d+\])(?:[\p{ID_Start}$_][\p{ID_Continue}$]*)?)*$|[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function nothing(cursor: number): Completions {
  return { start: cursor, end: cursor, items: [] };
}

async function completeCommand(
  session: Session,
  before: string,
  { name, args }: { name: string; args: string },
): Promise<Completions> {
  const typedName = /^\s*\.[\w-]*$/.exec(before);
  if (typedName) {
    const items = session.commands
      .list()
      .map(({ name: text, description }): Completion => ({ text, kind: 'command', detail: description }));
    return { start: before.length - name.length, end: before.length, items: startingWith(items, name) };
  }
  const word = /\S*$/.exec(before)?.[0] ?? '';
  // With its last space: it tells that a word has ended.
  const typed = /^\s*\.[\w-]+\s+([^]*)$/.exec(before)?.[1] ?? args;
  const words = await completeArguments(session, name, typed);
  const items = words.map((text): Completion => ({ text, kind: 'text' }));
  return { start: before.length - word.length, end: before.length, items: startingWith(items, word) };
}

/** Words that may follow in the arguments of a command. */
async function completeArguments(session: Session, name: string, args: string): Promise<readonly string[]> {
  const { commands, shell } = session;
  if (!commands.has(name)) return [];
  return session.enter(async () => (await commands.get(name).complete?.(shell, args)) ?? []);
}

/** Texts that may stand in a string that is an argument. */
function completeArgument(session: Session, context: StringContext): string[] {
  const { plugins, shell } = session;
  return session.enter(() =>
    plugins.completers().flatMap(({ completeString }) => completeString?.(shell, context) ?? []),
  );
}

/** The value of a name, if it can be had without running anybody's code. */
function peek(session: Session, name: string): Found {
  const { scope, context } = session;
  if (!(name in scope.variables) && context.isLazy(name)) return missing;
  try {
    return scope.has(name) ? { found: true, value: session.enter(() => scope.lookUp(name)) } : missing;
  } catch {
    // A core name without an application, or an import whose module has lost it.
    return missing;
  }
}

/** In a string, plugins know what may stand: routes for `client.get('`, endpoints for `urlFor('`. */
function completeString(session: Session, before: string, openedAt: number): Completions {
  const text = before.slice(openedAt + 1);
  const call = /([\p{ID_Start}$_][\p{ID_Continue}$.?]*)\(([^()]*)$/u.exec(before.slice(0, openedAt));
  const items =
    call === null
      ? []
      : completeArgument(session, { call: call[1] ?? '', argument: (call[2] ?? '').split(',').length - 1, text });
  return {
    start: openedAt + 1,
    end: before.length,
    items: startingWith(
      items.map((item): Completion => ({ text: item, kind: 'text' })),
      text,
    ),
  };
}

const KEYWORDS = [
  'async',
  'await',
  'class',
  'const',
  'enum',
  'export',
  'false',
  'for',
  'function',
  'if',
  'import',
  'instanceof',
  'interface',
  'let',
  'new',
  'null',
  'return',
  'switch',
  'this',
  'throw',
  'true',
  'try',
  'type',
  'typeof',
  'undefined',
  'var',
  'while',
];

function names({ scope, context }: Session, prefix: string, before: string): Completion[] {
  // Nothing typed, or a number, or the name of something new: there is nothing to offer.
  if (prefix === '' && /\S$/.test(before) && /[\w$)\]]$/.test(before)) return [];
  if (/^\d/.test(prefix)) return [];
  const variables = new Set(scope.list().map(({ name }) => name));
  const own = scope.names().map((text): Completion => ({
    text,
    kind: variables.has(text) ? 'variable' : context.has(text) ? 'context' : 'global',
  }));
  const items = startingWith(own, prefix);
  if (prefix === '') return items;
  const globals = Object.getOwnPropertyNames(globalThis).map((text): Completion => ({ text, kind: 'global' }));
  const modules = builtinModules
    .filter((name) => /^[a-z]+$/.test(name))
    .map((text): Completion => ({ text, kind: 'global', detail: 'node module' }));
  const keywords = KEYWORDS.map((text): Completion => ({ text, kind: 'keyword' }));
  return unique([...items, ...startingWith([...keywords, ...globals, ...modules], prefix)]);
}

function members(session: Session, before: string, receiver: string, prefix: string): Completion[] {
  const value = receiverValue(session, before, receiver);
  if (!value.found) return [];
  const items: Completion[] = [];
  for (const [text, descriptor] of describeMembers(value.value)) {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text) || (text.startsWith('_') && !prefix.startsWith('_')))
      continue;
    items.push({ text, kind: typeof descriptor.value === 'function' ? 'method' : 'property' });
  }
  return startingWith(unique(items), prefix);
}

export type Found = { found: true; value: unknown } | { found: false };
const missing: Found = { found: false };

/** The value of `a.b[0].c`, as far as it can be had without running anything. */
function receiverValue(session: Session, before: string, receiver: string): Found {
  const literal = literalPrototype(receiver, before);
  if (literal) return { found: true, value: literal };
  const [first = '', ...path] = receiver.split(/\?\.|\.|(?=\[)/).filter((part) => part !== '');
  let value = peek(session, first);
  for (const part of path) {
    if (!value.found) return missing;
    value = readQuietly(value.value, part.startsWith('[') ? part.slice(1, -1) : part);
  }
  return value;
}

/** What a name, or a path like `a.b[0].c`, stands for, without running anything; not for a literal. */
export function peekPath(session: Session, path: string): Found {
  return receiverValue(session, '', path.trim());
}

function literalPrototype(receiver: string, before: string): object | undefined {
  if (/^["'`]$/.test(receiver)) return String.prototype;
  if (receiver === ']' && /(?:^|[=(,:?;\s])\[[^[\]]*\]\??\.[\w$]*$/.test(before)) return Array.prototype;
  return undefined;
}

function readQuietly(value: unknown, name: string): Found {
  for (let object = plainObject(value); object !== undefined; object = plainObject(Object.getPrototypeOf(object))) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor) return 'value' in descriptor ? { found: true, value: descriptor.value as unknown } : missing;
  }
  return missing;
}

/** The object whose properties may be listed; none for a proxy that is not ours. */
export function plainObject(value: unknown): object | undefined {
  if (value === null || value === undefined) return undefined;
  if (!types.isProxy(value)) return Object(value) as object;
  try {
    const current: unknown = getCurrentObject(value);
    return current !== value && typeof current === 'object' && current !== null && !types.isProxy(current)
      ? current
      : undefined;
  } catch {
    // A proxy of ours that stands for nothing at the moment.
    return undefined;
  }
}

function* describeMembers(value: unknown): IterableIterator<[string, PropertyDescriptor]> {
  for (let object = plainObject(value); object !== undefined; object = plainObject(Object.getPrototypeOf(object))) {
    // What every object has is seldom what is meant: it comes last, and only then.
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(object))) yield [name, descriptor];
  }
}

function startingWith(items: readonly Completion[], prefix: string): Completion[] {
  const exact = items.filter(({ text }) => text.startsWith(prefix));
  if (exact.length > 0 || prefix === '') return exact;
  const lower = prefix.toLowerCase();
  return items.filter(({ text }) => text.toLowerCase().startsWith(lower));
}

function unique(items: readonly Completion[]): Completion[] {
  const seen = new Set<string>();
  return items.filter(({ text }) => !seen.has(text) && seen.add(text));
}
