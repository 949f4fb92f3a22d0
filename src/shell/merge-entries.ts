import { Edits } from './edits.ts';
import { declaredNames } from './names.ts';
import { parseEntry } from './parse.ts';
import { childOf, childrenOf, eachChild, nameOf, optionalChild, type SyntaxNode } from './syntax-node.ts';

/** An entry as part of a file. */
export interface MergedEntry {
  /** Its statements, each ended. */
  code: string;
  /** The expression at its end, if it ends in one: `code` is what stands before it. */
  expression: string | undefined;
}

/** Entries that can stand in one file after each other. */
export interface MergedEntries {
  /** The imports, for the top. */
  imports: string[];
  entries: MergedEntry[];
  /** The identifiers that occur. */
  names: ReadonlySet<string>;
}

interface Parsed {
  source: string;
  statements: SyntaxNode[];
}

/** Declared as a whole: of two, the later one counts. */
const WHOLE = new Set([
  'FunctionDeclaration',
  'ClassDeclaration',
  'TSEnumDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
]);

/**
 * Puts entries into an order that a module can have: imports apart, once each, and what was declared again assigned, or,
 * for functions, classes and types, only in its last version. Entries are whole and valid.
 */
export function mergeEntries(texts: readonly string[]): MergedEntries {
  const entries = texts.map(parse);
  const last = lastDeclarations(entries);
  const again = declaredAgain(entries);
  const imports = new Map<string, string>();
  const known = new Set<string>();
  const merged = entries.map(({ source, statements }, index): MergedEntry => {
    const edits = new Edits(source);
    const end = statements.at(-1);
    for (const node of statements) {
      if (node === end && node.type === 'ExpressionStatement') continue;
      if (node.type === 'ImportDeclaration') {
        imports.set(importKey(node), source.slice(node.start, node.end).replace(/;?$/, ';'));
        edits.replace(node.start, node.end, '');
      } else if (WHOLE.has(node.type) && last.get(nameOf(childOf(node, 'id'))) !== index)
        edits.replace(node.start, node.end, '');
      else if (node.type === 'VariableDeclaration') declare(node, { source, edits, again, known });
      else if (
        !WHOLE.has(node.type) &&
        node.type.endsWith('Statement') &&
        !endsItself(node) &&
        source[node.end - 1] !== ';'
      )
        edits.insert(node.end, ';');
    }
    return end?.type === 'ExpressionStatement'
      ? splitEnd(source, edits, end)
      : { code: edits.apply().text.trim(), expression: undefined };
  });
  return { imports: [...imports.values()], entries: merged, names: identifiers(entries) };
}

function parse(text: string): Parsed {
  const parsed = parseEntry(text);
  if (parsed.status === 'complete') return { source: parsed.source, statements: childrenOf(parsed.program, 'body') };
  return { source: '', statements: [] };
}

function splitEnd(source: string, edits: Edits, end: SyntaxNode): MergedEntry {
  const expression = childOf(end, 'expression');
  const text = source.slice(expression.start, expression.end);
  edits.replace(end.start, source.length, '');
  return { code: edits.apply().text.trim(), expression: text };
}

/** Blocks, loops and the like end without a semicolon. */
function endsItself(node: SyntaxNode): boolean {
  return !/^(?:Expression|Return|Throw|Debugger|DoWhile|Empty)Statement$/.test(node.type);
}

function importKey(node: SyntaxNode): string {
  const names = childrenOf(node, 'specifiers').map((specifier) => nameOf(childOf(specifier, 'local')));
  return names.length === 0 ? String(childOf(node, 'source')['value']) : names.join();
}

function lastDeclarations(entries: readonly Parsed[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const [index, { statements }] of entries.entries())
    for (const node of statements) if (WHOLE.has(node.type)) last.set(nameOf(childOf(node, 'id')), index);
  return last;
}

/** Variables that are declared more than once. */
function declaredAgain(entries: readonly Parsed[]): Set<string> {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const { statements } of entries) {
    for (const node of statements) {
      if (node.type !== 'VariableDeclaration') continue;
      for (const name of declaredNames(node)) (seen.has(name) ? again : seen).add(name);
    }
  }
  return again;
}

interface DeclareOptions {
  source: string;
  edits: Edits;
  again: ReadonlySet<string>;
  known: Set<string>;
}

/** A declaration of variables of which some are declared elsewhere, too: `let` the first time, then an assignment. */
function declare(node: SyntaxNode, { source, edits, again, known }: DeclareOptions): void {
  const names = declaredNames(node);
  const isFirst = !names.some((name) => known.has(name));
  const fresh = names.filter((name) => !known.has(name));
  for (const name of names) known.add(name);
  if (isFirst) {
    const keyword = String(node['kind']);
    if (keyword === 'const' && names.some((name) => again.has(name)))
      edits.replace(node.start, node.start + keyword.length, 'let');
    if (source[node.end - 1] !== ';') edits.insert(node.end, ';');
    return;
  }
  const assignments = childrenOf(node, 'declarations').map((declarator) => {
    const id = childOf(declarator, 'id');
    const type = optionalChild(id, 'typeAnnotation');
    const target = source.slice(id.start, type?.start ?? id.end);
    const init = optionalChild(declarator, 'init');
    const value = init ? source.slice(init.start, init.end) : 'undefined';
    return id.type === 'ObjectPattern' ? `(${target} = ${value});` : `${target} = ${value};`;
  });
  const declaration = fresh.length === 0 ? '' : `let ${fresh.join(', ')};\n`;
  edits.replace(node.start, node.end, declaration + assignments.join('\n'));
}

function identifiers(entries: readonly Parsed[]): Set<string> {
  const names = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'Identifier') names.add(nameOf(node));
    const property = node.type === 'MemberExpression' && node['computed'] !== true ? node['property'] : undefined;
    for (const child of eachChild(node)) if (child !== property) visit(child);
  };
  for (const { statements } of entries) for (const node of statements) visit(node);
  return names;
}
