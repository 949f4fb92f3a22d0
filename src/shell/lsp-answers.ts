import { fileURLToPath } from 'node:url';
import type { SignatureHint, SourceRange, TypedDescription, TypedItem } from './language-server.ts';
import type { TextLines, TextPosition } from './text-position.ts';

interface TextRange {
  start: TextPosition;
  end: TextPosition;
}

/** What language servers answer (LSP 3.17): an item of `textDocument/completion`, as far as it is read. */
export interface LspItem {
  label: string;
  kind?: number;
  sortText?: string;
  insertText?: string;
  textEdit?: { newText: string; range?: TextRange; insert?: TextRange };
  detail?: string;
  documentation?: string | { value: string };
}

/** The answer to `textDocument/signatureHelp`. */
export interface LspSignatures {
  signatures: { label: string; parameters?: { label: string | [number, number] }[]; activeParameter?: number }[];
  activeSignature?: number;
  activeParameter?: number;
}

interface LspLocation {
  uri?: string;
  range?: TextRange;
  targetUri?: string;
  targetRange?: TextRange;
  targetSelectionRange?: TextRange;
}

/** An item of `textDocument/diagnostic`. */
export interface LspProblem {
  range: TextRange;
  severity?: number;
  code?: number | string;
  message: string;
}

/** A suggestion; its place is that of the word at the cursor where the server does not say it. */
export function toTypedItem(item: LspItem, lines: TextLines, wordStart: number): TypedItem {
  const { label, kind = 0, sortText = '', insertText = label, textEdit } = item;
  const range = textEdit?.range ?? textEdit?.insert;
  return {
    text: textEdit?.newText ?? insertText,
    start: range ? lines.offsetAt(range.start) : wordStart,
    kind: KINDS[kind] ?? '',
    // TypeScript sorts what is everywhere, and keywords, behind the rest.
    reach: sortText >= '15' ? 'global' : 'local',
    handle: item,
  };
}

/** Names of the kinds of suggestions, as numbered in the protocol. */
const KINDS: Readonly<Record<number, string>> = {
  2: 'method',
  3: 'function',
  4: 'class',
  5: 'property',
  6: 'variable',
  7: 'class',
  8: 'interface',
  9: 'module',
  10: 'property',
  13: 'enum',
  14: 'keyword',
  17: 'file',
  19: 'folder',
  20: 'member',
  21: 'constant',
  25: 'type',
};

/** Markdown whose first block of code is the signature. */
export function parseHover(contents: unknown): TypedDescription | undefined {
  const text = typeof contents === 'string' ? contents : (contents as { value?: unknown } | undefined)?.value;
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  const [all, signature = ''] = /^\s*```\w*\n([^]*?)\n```/.exec(text) ?? [];
  if (all === undefined) return { signature: '', doc: text.trim() };
  return { signature, doc: text.slice(all.length).trim() };
}

/** The call around the cursor; undefined where there is none. */
export function toSignatureHint({
  signatures,
  activeSignature = 0,
  activeParameter = 0,
}: LspSignatures): SignatureHint | undefined {
  const signature = signatures[activeSignature] ?? signatures[0];
  if (!signature) return undefined;
  const { label, parameters = [], activeParameter: own = activeParameter } = signature;
  const at = signatures.indexOf(signature);
  const labels = parameters.map((parameter) => parameter.label);
  return { label, active: parameterRange(label, labels, own), overload: [at + 1, signatures.length] };
}

/** Where a parameter is in the text of its signature. Those before it are looked for first: names may repeat. */
export function parameterRange(
  label: string,
  parameters: readonly (string | readonly [number, number])[],
  active: number,
): [start: number, end: number] | undefined {
  let from = label.indexOf('(') + 1;
  for (const [index, parameter] of parameters.entries()) {
    if (typeof parameter !== 'string') {
      if (index === active) return [parameter[0], parameter[1]];
      continue;
    }
    const start = label.indexOf(parameter, from);
    if (start < 0) return undefined;
    from = start + parameter.length;
    if (index === active) return [start, from];
  }
  return undefined;
}

/** Places in files; those elsewhere, such as in archives, are left out. */
export function toSourceRanges(answer: unknown): SourceRange[] {
  const locations = (
    Array.isArray(answer) ? answer : answer === null || answer === undefined ? [] : [answer]
  ) as LspLocation[];
  return locations.flatMap(({ uri, range, targetUri = uri, targetRange = range, targetSelectionRange }) => {
    if (targetRange === undefined || !targetUri?.startsWith('file:')) return [];
    const name = targetSelectionRange ?? targetRange;
    return {
      file: fileURLToPath(targetUri),
      line: targetRange.start.line + 1,
      column: name.start.line === targetRange.start.line ? name.start.character + 1 : targetRange.start.character + 1,
      endLine: targetRange.end.line + 1,
    };
  });
}
