import { transpile } from '../util/transpile.ts';
import { Edits } from './edits.ts';
import { mappedOffset } from './mapped-offset.ts';
import { exportedDeclaration, lexicalNames, LocalScope, varNames, type NameKind } from './names.ts';
import { parseEntry, type Parsed, type SyntaxProblem } from './parse.ts';
import { Rewriter, RUNTIME } from './rewrite.ts';
import { childOf, childrenOf, eachChild, nameOf, optionalChild, type SyntaxNode } from './syntax-node.ts';

/** An entry as code that runs in a session's scope. */
export interface CompiledEntry {
  /** The body of a strict function with the parameters of {@link RUNTIME}. */
  readonly code: string;
  readonly isAsync: boolean;
  /** What it declares, in order. */
  readonly declared: ReadonlyMap<string, NameKind>;
  /** Enums: they start afresh instead of adding to an earlier one of the name. */
  readonly fresh: readonly string[];
  /** Free names that it assigns to. */
  readonly assigned: ReadonlySet<string>;
  /** `value`: the last statement has one; `quiet`: it has one that is not worth printing when undefined; `none`: a declaration. */
  readonly result: 'value' | 'quiet' | 'none';
  /** The last statement is an expression that was ended by a semicolon: nobody wants to see its value. */
  readonly isSilent: boolean;
  /** The offset in what was typed of an offset in `code`. */
  originalOffset(offset: number): number;
}

/** What an entry is, and its code if it is whole. */
export type TransformResult =
  | { status: 'empty' }
  | { status: 'incomplete' }
  | { status: 'invalid'; problem: SyntaxProblem }
  | { status: 'complete'; entry: CompiledEntry };

/** Options of {@link transformEntry}. */
export interface TransformOptions {
  /** Report the value of every expression statement, not only that of the last. Default: false. */
  echo?: boolean;
}

/**
 * Turns what was typed into code for a session: types go away, declarations become variables of the session, imports
 * become dynamic, and the value of the last statement is kept.
 */
export function transformEntry(text: string, options: TransformOptions = {}): TransformResult {
  const parsed = parseEntry(text);
  if (parsed.status !== 'complete') return parsed;
  const plain = toJavaScript(parsed);
  const edits = new Edits(plain.source);
  const assembler = new Assembler(plain.source, edits, options);
  assembler.program(plain.program);
  const edited = edits.apply();
  return {
    status: 'complete',
    entry: {
      code: edited.text,
      isAsync: assembler.isAsync,
      declared: assembler.declared,
      fresh: childrenOf(parsed.program, 'body').flatMap(enumNames),
      assigned: assembler.rewriter.findings.assigned,
      result: assembler.result,
      isSilent: isSilent(parsed),
      originalOffset: (offset) => Math.max(0, plain.originalOffset(edited.sourceOffset(offset)) - parsed.shift),
    },
  };
}

interface PlainSource {
  source: string;
  program: SyntaxNode;
  originalOffset(offset: number): number;
}

/** JavaScript with the same meaning; text without types is left as it is. */
function toJavaScript(parsed: Parsed & { status: 'complete' }): PlainSource {
  if (!needsTranspiling(parsed.program))
    return { source: parsed.source, program: parsed.program, originalOffset: (offset) => offset };
  const { code, mappings } = transpile(withConstants(parsed), `entry.${parsed.lang}`, {
    lang: parsed.lang,
    verbatimImports: true,
  });
  const again = parseEntry(code);
  const program =
    again.status === 'complete' ? again.program : { type: 'Program', start: 0, end: code.length, body: [] };
  return { source: code, program, originalOffset: mappedOffset(code, parsed.source, mappings) };
}

/**
 * What `using` declares outside of blocks is a constant of the session, which is not over with the entry. Places stay as
 * they are.
 */
function withConstants({ source, program }: Parsed & { status: 'complete' }): string {
  return childrenOf(program, 'body')
    .filter(isUsing)
    .reduce((text, { start, kind }) => {
      const keyword = String(kind);
      return text.slice(0, start) + 'const'.padEnd(keyword.length) + text.slice(start + keyword.length);
    }, source);
}

function isUsing(node: SyntaxNode): boolean {
  return node.type === 'VariableDeclaration' && /^(?:await )?using$/.test(String(node['kind']));
}

const TYPE_FLAGS = ['abstract', 'declare', 'definite', 'override', 'readonly'];

function needsTranspiling(node: SyntaxNode, isTopLevel = false): boolean {
  // Node.js knows it from 24 on.
  if (isUsing(node) && !isTopLevel) return true;
  if (node.type.startsWith('TS') || node.type.startsWith('JSX')) return true;
  if (TYPE_FLAGS.some((flag) => node[flag] === true) || typeof node['accessibility'] === 'string') return true;
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  if (node['optional'] === true && node.type !== 'CallExpression' && node.type !== 'MemberExpression') return true;
  for (const child of eachChild(node)) if (needsTranspiling(child, node.type === 'Program')) return true;
  return false;
}

function isSilent({ program, source }: Parsed & { status: 'complete' }): boolean {
  const last = childrenOf(program, 'body').findLast(({ type }) => !RUNS_EARLIER.has(type));
  return last?.type === 'ExpressionStatement' && source[last.end - 1] === ';';
}

function enumNames(statement: SyntaxNode): string[] {
  const declaration = exportedDeclaration(statement) ?? statement;
  return declaration.type === 'TSEnumDeclaration' ? [nameOf(childOf(declaration, 'id'))] : [];
}

const VALUE_STATEMENTS = new Set([
  'BlockStatement',
  'DoWhileStatement',
  'ForInStatement',
  'ForOfStatement',
  'ForStatement',
  'IfStatement',
  'LabeledStatement',
  'SwitchStatement',
  'TryStatement',
  'WhileStatement',
]);
/** What is done before the first statement: the value is that of another one. */
const RUNS_EARLIER = new Set(['EmptyStatement', 'FunctionDeclaration', 'ImportDeclaration']);
const MAY_HOLD_VALUES = new Set([...VALUE_STATEMENTS, 'ExpressionStatement', 'SwitchCase', 'CatchClause']);
/** Calls and assignments are made for their effect: an `undefined` from them is no news. */
const QUIET_EXPRESSIONS = new Set(['CallExpression', 'AwaitExpression', 'AssignmentExpression', 'ImportExpression']);

/** Variables that `using` is lowered to: they are of the entry, and none of the session's. */
const TEMPORARY = /^_usingCtx\d*$/;

/** The top level of an entry. */
class Assembler {
  readonly rewriter: Rewriter;
  readonly declared = new Map<string, NameKind>();
  result: CompiledEntry['result'] = 'none';
  readonly #edits: Edits;
  readonly #echo: boolean;
  #scope = new LocalScope();
  #hasImports = false;

  constructor(source: string, edits: Edits, { echo = false }: TransformOptions) {
    this.#edits = edits;
    this.#echo = echo;
    this.rewriter = new Rewriter(source, edits);
  }

  get isAsync(): boolean {
    return this.#hasImports || this.rewriter.findings.isAsync;
  }

  program(program: SyntaxNode): void {
    const statements = childrenOf(program, 'body');
    const variables = varNames(statements.map((statement) => exportedDeclaration(statement) ?? statement));
    const temporary = variables.filter((name) => TEMPORARY.test(name));
    if (temporary.length > 0) this.#edits.prepend(`var ${temporary.join(', ')};`);
    this.#scope = new LocalScope(temporary);
    for (const name of variables) if (!temporary.includes(name)) this.declared.set(name, 'var');
    for (const [name, kind] of lexicalNames(statements)) this.declared.set(name, kind);
    const last = statements.findLast(({ type }) => !RUNS_EARLIER.has(type));
    for (const statement of statements) this.#statement(statement, statement === last);
  }

  #statement(node: SyntaxNode, isLast: boolean): void {
    switch (node.type) {
      case 'ImportDeclaration':
        return this.#import(node);
      case 'ExportAllDeclaration':
        this.#link(node, []);
        return this.#edits.replace(node.start, node.end, ';');
      case 'ExportNamedDeclaration':
        return this.#export(node, isLast);
      case 'ExportDefaultDeclaration':
        return this.#exportDefault(node, isLast);
      case 'VariableDeclaration':
        return this.rewriter.declare(node, this.#scope, 'statement');
      case 'FunctionDeclaration':
        return this.#function(node);
      case 'ClassDeclaration':
        return this.#class(node);
      case 'ExpressionStatement':
        if (isLast || this.#echo) this.#keepValue(node);
        if (isLast) this.result = QUIET_EXPRESSIONS.has(bare(childOf(node, 'expression')).type) ? 'quiet' : 'value';
        return this.#visit(node);
      default:
        if (isLast && VALUE_STATEMENTS.has(node.type)) {
          this.result = 'quiet';
          this.#keepValuesIn(node);
        }
        this.#visit(node);
    }
  }

  #visit(node: SyntaxNode): void {
    this.rewriter.visit(node, this.#scope);
  }

  #keepValue(statement: SyntaxNode): void {
    this.rewriter.kept.set(statement, this.#echo ? `${RUNTIME.entry}.echo` : `${RUNTIME.entry}.value = `);
  }

  /** The value of an `if`, a loop or a `try` is that of the statement that ran last in it. */
  #keepValuesIn(node: SyntaxNode): void {
    if (node.type === 'ExpressionStatement') return this.#keepValue(node);
    const finalizer = node['finalizer'];
    for (const child of eachChild(node))
      if (child !== finalizer && MAY_HOLD_VALUES.has(child.type)) this.#keepValuesIn(child);
  }

  #import(node: SyntaxNode): void {
    const bindings = childrenOf(node, 'specifiers').map((specifier): [local: string, imported: string] => {
      const local = nameOf(childOf(specifier, 'local'));
      if (specifier.type === 'ImportNamespaceSpecifier') return [local, '*'];
      return [
        local,
        specifier.type === 'ImportDefaultSpecifier' ? 'default' : importedName(childOf(specifier, 'imported')),
      ];
    });
    this.#link(node, bindings);
    this.#edits.replace(node.start, node.end, ';');
  }

  /** Imports come first, whatever stands before them. */
  #link(node: SyntaxNode, bindings: readonly [local: string, imported: string][]): void {
    this.#hasImports = true;
    const specifier = JSON.stringify(childOf(node, 'source')['value']);
    this.#edits.prepend(`await ${RUNTIME.entry}.link(${specifier}, ${JSON.stringify(bindings)});`);
  }

  #export(node: SyntaxNode, isLast: boolean): void {
    const declaration = optionalChild(node, 'declaration');
    if (optionalChild(node, 'source')) this.#link(node, []);
    this.#edits.replace(node.start, declaration?.start ?? node.end, declaration ? '' : ';');
    if (declaration) this.#statement(declaration, isLast);
  }

  #exportDefault(node: SyntaxNode, isLast: boolean): void {
    const declaration = childOf(node, 'declaration');
    if (/^(?:Function|Class)Declaration$/.test(declaration.type) && optionalChild(declaration, 'id')) {
      this.#edits.replace(node.start, declaration.start, '');
      return this.#statement(declaration, isLast);
    }
    this.#edits.replace(node.start, declaration.start, `${RUNTIME.entry}.value = (`);
    this.#visit(declaration);
    this.#edits.insert(declaration.end, ');');
    if (isLast) this.result = 'value';
  }

  /** A function is there before the first statement. Without its name inside: a call of itself finds a later version. */
  #function(node: SyntaxNode): void {
    const id = childOf(node, 'id');
    const key = JSON.stringify(nameOf(id));
    this.#edits.hoist(node.start, node.end, `${RUNTIME.let}[${key}] = ({[${key}]: `, `})[${key}];`);
    this.#edits.replace(id.start, id.end, '');
    this.#visit(node);
  }

  #class(node: SyntaxNode): void {
    this.#edits.insert(node.start, `(${RUNTIME.let}.${nameOf(childOf(node, 'id'))} = `);
    this.#visit(node);
    this.#edits.insert(node.end, ');');
  }
}

function bare(node: SyntaxNode): SyntaxNode {
  const isWrapper = node.type === 'ParenthesizedExpression' || node.type === 'ChainExpression';
  return isWrapper ? bare(childOf(node, 'expression')) : node;
}

function importedName(node: SyntaxNode): string {
  return node.type === 'Literal' ? String(node['value']) : nameOf(node);
}
