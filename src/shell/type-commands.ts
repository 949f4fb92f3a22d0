import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Connection } from './connection.ts';
import type { EndpointDescription } from './describe-endpoint.ts';
import { openInEditor } from './editor-command.ts';
import { highlight } from './highlight.ts';
import type { SourceRange } from './language-server.ts';
import type { Definition, SessionTypes } from './session-types.ts';
import { shownPath, shownPlace, sourceView } from './source-view.ts';
import { parseAnsi, type Span } from './spans.ts';

/** What the commands work on. */
export interface TypeCommandParts {
  root: string;
  color: boolean;
  print(spans: readonly Span[]): void;
  /** Prints what may be longer than the screen. */
  printLong(spans: readonly Span[]): Promise<void>;
  types(): Promise<SessionTypes>;
  connection(): Connection | undefined;
  /** Gives the terminal away while `body` runs. */
  withTerminal<T>(body: () => T): T;
  check: { mode: 'off' | 'on' | 'strict' };
}

type Command = (args: string, parts: TypeCommandParts) => Promise<void>;

const COMMANDS: Readonly<Record<string, Command>> = {
  type: showType,
  doc: showDocumentation,
  src: showSource,
  edit: editSource,
  check: switchCheck,
};

/** The names of the commands whose argument is code. */
export const COMMANDS_ABOUT_CODE = /^\s*\.(?:type|doc|src|edit)\s+/;

/** `name?` is `.doc name`, `name??` is `.src name`. */
const QUESTION = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$.[\]]*)(\?\??)\s*$/u;

/** Whether a text is an entry of this sort, whole as it is. */
export function isTypeCommand(entry: string): boolean {
  return parse(entry) !== undefined;
}

function parse(entry: string): [name: string, args: string] | undefined {
  const [, name, marks] = QUESTION.exec(entry) ?? [];
  if (name !== undefined) return [marks === '?' ? 'doc' : 'src', name];
  const [, command = '', args = ''] = /^\s*\.([a-z]+)(?:\s+([^]*))?$/.exec(entry.trimEnd()) ?? [];
  return Object.hasOwn(COMMANDS, command) ? [command, args.trim()] : undefined;
}

/** Does an entry that is about types and sources, and gives whether it went well; undefined for every other entry. */
export async function runTypeCommand(entry: string, parts: TypeCommandParts): Promise<boolean | undefined> {
  const [name, args] = parse(entry) ?? [];
  const command = name === undefined ? undefined : COMMANDS[name];
  if (!command) return undefined;
  try {
    await command(args ?? '', parts);
    return true;
  } catch (error) {
    parts.print([[error instanceof Error ? error.message : String(error), 'red']]);
    return false;
  }
}

async function showType(expression: string, { types, print, color }: TypeCommandParts): Promise<void> {
  if (expression === '') throw new Error('of what? .type EXPRESSION');
  const found = await (await types()).typeOf(expression);
  if (!found) throw new Error(`nothing is known about '${expression}'`);
  const { type, expanded } = found;
  print(parseAnsi(highlight(expanded === undefined ? type : `${type} ${narrow(expanded)}`, { color })));
}

/** TypeScript indents by four. */
function narrow(text: string): string {
  return text.replace(/^(?: {4})+/gm, (indent) => '  '.repeat(indent.length / 4));
}

async function showDocumentation(name: string, parts: TypeCommandParts): Promise<void> {
  if (name === '') throw new Error('of what? .doc NAME or .doc ENDPOINT');
  const { types, printLong, color, connection, root } = parts;
  const answer = await connection()?.ask({ op: 'endpoint', name });
  if (answer?.op === 'endpoint' && answer.endpoint) return printLong(endpointSpans(name, answer.endpoint, root));
  const found = await (await types()).describeName(name);
  if (!found || found.signature === 'any') throw new Error(`nothing is known about '${name}'`);
  const [, kind = '', signature = found.signature] = /^(\([a-z ]+\) )([^]*)$/.exec(found.signature) ?? [];
  const doc = plainDocumentation(found.doc);
  const text = doc === '' ? [] : [[`\n${doc}`] as Span];
  await printLong([[kind, 'gray'], ...parseAnsi(highlight(signature, { color })), ...text]);
}

function endpointSpans(name: string, { rules, range, doc }: EndpointDescription, root: string): Span[] {
  const methods = rules.map((rule) => rule.methods.join(','));
  const width = Math.max(...methods.map(({ length }) => length));
  const text = plainDocumentation(doc);
  return [
    ['(endpoint) ', 'gray'],
    [name],
    ...(range ? [[`  ${shownPlace(range, root)}`, 'cyan'] as const] : []),
    ...rules.flatMap(({ rule }, index): Span[] => [
      [`\n${(methods[index] ?? '').padEnd(width)}`, 'green'],
      [`  ${rule}`],
    ]),
    ...(text === '' ? [] : [[`\n${text}`] as const]),
  ];
}

/** Markdown as a terminal shows it: text without its marks, code as it is, tags on lines of their own. */
export function plainDocumentation(markdown: string): string {
  return markdown
    .replace(/^```\w*\n([^]*?)^```$/gm, (_, code: string) => code.replace(/^(?=.)/gm, '  ').trimEnd())
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, text: string, url: string) => (text === url ? url : `${text} (${url})`))
    .replace(/`([^`\n]+)`/g, '$1')
    .replace(/\*([^*\n]+)\*/g, '$1')
    .replace(/\n{2,}(?=@)/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Where an endpoint, a function, a class or any other declaration is. */
async function locate(code: string, { types, connection }: TypeCommandParts): Promise<Definition> {
  const ask = async (only?: 'endpoint'): Promise<SourceRange | undefined> => {
    const answer = await connection()?.ask({ op: 'locate', code, ...(only && { only }) });
    return answer?.op === 'located' ? answer.range : undefined;
  };
  const endpoint = await ask('endpoint');
  if (endpoint) return endpoint;
  const declared = await (await types()).definition(code);
  // What is built says in its types less than in its code.
  const isDeclarationFile = declared && 'file' in declared && /\.d\.[cm]?ts$/.test(declared.file);
  if (declared && !isDeclarationFile) return declared;
  const found = (await ask()) ?? declared;
  if (found) return found;
  throw new Error(`no source is known for '${code}'`);
}

async function showSource(code: string, parts: TypeCommandParts): Promise<void> {
  if (code === '') throw new Error('of what? .src NAME or .src ENDPOINT');
  const { printLong, color, root } = parts;
  const found = await locate(code, parts);
  if ('file' in found) return printLong(sourceView(found, { root, color }));
  await printLong([['typed in this shell\n', 'gray'], ...parseAnsi(highlight(found.text.trimEnd(), { color }))]);
}

async function editSource(code: string, parts: TypeCommandParts): Promise<void> {
  if (code === '') throw new Error('what? .edit NAME, .edit ENDPOINT or .edit FILE[:LINE]');
  const { withTerminal, connection, print, root } = parts;
  const { file, line } = fileOf(code, root) ?? (await placeOf(code, parts));
  const before = statSync(file).mtimeMs;
  const isFine = withTerminal(() => openInEditor(file, line));
  if (!isFine) throw new Error('the editor says that it failed');
  const isChanged = statSync(file, { throwIfNoEntry: false })?.mtimeMs !== before;
  print([[isChanged ? `edited ${shownPath(file, root)}` : 'nothing was changed', 'gray']]);
  // A server sees the change itself.
  const link = connection();
  if (isChanged && link && !link.welcome.attached) await link.ask({ op: 'reload' });
}

function fileOf(text: string, root: string): { file: string; line: number | undefined } | undefined {
  const [, path = '', line] = /^(.+?)(?::(\d+))?$/.exec(text) ?? [];
  const file = resolve(root, path);
  if (!existsSync(file) || !statSync(file).isFile()) return undefined;
  return { file, line: line === undefined ? undefined : Number(line) };
}

async function placeOf(code: string, parts: TypeCommandParts): Promise<SourceRange> {
  const found = await locate(code, parts);
  if ('file' in found) return found;
  throw new Error(`'${code}' was typed in this shell: Up brings it back`);
}

async function switchCheck(mode: string, { check, print, types }: TypeCommandParts): Promise<void> {
  if (mode !== '' && mode !== 'on' && mode !== 'off' && mode !== 'strict')
    throw new Error(`'${mode}' is neither on nor off nor strict`);
  if (mode === 'on' || mode === 'strict') await (await types()).require();
  if (mode !== '') check.mode = mode;
  print([[`check is ${check.mode}`]]);
}
