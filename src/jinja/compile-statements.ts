import { compileFilter } from './compile-calls.ts';
import { condition } from './compile-expressions.ts';
import { compileFor } from './compile-loops.ts';
import { compileCallBlock, compileMacro } from './compile-macros.ts';
import { assign, autoescapeCode, declareTargets, openBuffer, write } from './compile-output.ts';
import { compileBlock, compileExtends, compileFromImport, compileImport, compileInclude } from './compile-templates.ts';
import type { Compiler } from './compiler-types.ts';
import type { Frame } from './frame.ts';
import { literalCode } from './literal-code.ts';
import { type Expression, findAll, type Node, type NodeOf, type NodeType } from './nodes.ts';

type StatementCompiler<T extends NodeType> = (c: Compiler, node: NodeOf<T>, frame: Frame) => void;

const STATEMENTS: { [T in NodeType]?: StatementCompiler<T> } = {
  Output: compileOutput,
  If: compileIf,
  For: compileFor,
  Block: compileBlock,
  Extends: compileExtends,
  Include: compileInclude,
  Import: compileImport,
  FromImport: compileFromImport,
  Macro: compileMacro,
  CallBlock: compileCallBlock,
  FilterBlock: compileFilterBlock,
  With: compileWith,
  Set: compileSet,
  SetBlock: compileSetBlock,
  ExprStmt: compileExprStmt,
  Autoescape: compileAutoescape,
  Scope: compileScope,
  Break: (c, node, frame) => loopControl(c, 'break', node.lineno, frame),
  Continue: (c, node, frame) => loopControl(c, 'continue', node.lineno, frame),
};

/** Emits the code of a statement. */
export function compileStatement(c: Compiler, node: Node, frame: Frame): void {
  const compile = STATEMENTS[node.typename] as StatementCompiler<NodeType> | undefined;
  if (!compile) c.fail(`${node.typename} is no statement`, node.lineno);
  compile(c, node, frame);
}

/** The code of a value as text to write: escaped where output is, finalized where the environment says so. */
function outputCode(c: Compiler, node: Expression, frame: Frame): string {
  const { finalize } = c.input.environment;
  const { autoescape, volatile } = frame.evalContext;
  if (node.typename === 'TemplateData') return literalCode(node.value);
  let code = c.expression(node, frame);
  if (node.typename === 'Symbol') code = c.awaited(code);
  if (finalize) code = `rt.result(${c.awaited(`rt.invoke(context, context.environment.finalize, [${code}])`)})`;
  if (volatile) return `(context.evalContext.autoescape ? esc : str)(${code})`;
  return autoescape ? `esc(${code})` : `str(${code})`;
}

function compileOutput(c: Compiler, { nodes }: NodeOf<'Output'>, frame: Frame): void {
  if (frame.requireOutputCheck && c.hasKnownExtends) return;
  if (frame.requireOutputCheck) c._emitLine('if (parent === undefined) {');
  let pieces: string[] = [];
  const flush = (): void => {
    if (pieces.length > 0) write(c, frame, pieces.join(' + '));
    pieces = [];
  };
  for (const node of nodes) {
    if (node.typename !== 'TemplateData') {
      // What comes before was on another line.
      const before = c.codebuf.length;
      c.line(node.lineno);
      if (c.codebuf.length > before) {
        const marker = c.codebuf.splice(before).join('');
        flush();
        c._emit(marker);
      }
    }
    pieces.push(outputCode(c, node, frame));
  }
  flush();
  if (frame.requireOutputCheck) {
    c._emitLine('}');
    c.forgetLine();
  }
}

function compileIf(c: Compiler, node: NodeOf<'If'>, frame: Frame): void {
  const soft = frame.softened();
  c.line(node.lineno);
  c._emitLine(`if (${condition(c, node.cond, soft)}) {`);
  c.statements(node.body, soft);
  for (const branch of node.elifs) {
    c.forgetLine();
    c._emitLine(`} else if (L = ${branch.lineno}, ${condition(c, branch.cond, soft)}) {`);
    c.statements(branch.body, soft);
  }
  if (node.else_.length > 0) {
    c.forgetLine();
    c._emitLine('} else {');
    c.statements(node.else_, soft);
  }
  c._emitLine('}');
  c.forgetLine();
}

function compileFilterBlock(c: Compiler, node: NodeOf<'FilterBlock'>, frame: Frame): void {
  const inner = frame.inner();
  inner.symbols.analyze(node);
  c._emitLine('{');
  c.enterFrame(inner);
  openBuffer(c, inner);
  c.statements(node.body, inner);
  c.line(node.lineno);
  const code = compileFilter(c, node.filter, inner);
  // As in Jinja, what a filter makes of a block is written as it is.
  write(c, frame, `str(${code})`);
  c._emitLine('}');
}

function compileWith(c: Compiler, node: NodeOf<'With'>, frame: Frame): void {
  const inner = frame.inner();
  inner.symbols.analyze(node);
  c.line(node.lineno);
  c._emitLine('{');
  c.enterFrame(inner);
  declareTargets(c, node.targets, inner);
  node.targets.forEach((target, index) => {
    const value = node.values[index] as Expression;
    assign(c, target, c.expression(value, frame), inner);
  });
  c.statements(node.body, inner);
  c._emitLine('}');
}

function compileSet(c: Compiler, node: NodeOf<'Set'>, frame: Frame): void {
  c.line(node.lineno);
  c.assigned.push(new Set());
  const checked = new Set<string>();
  for (const { name } of findAll([node.target], 'NSRef')) {
    if (!checked.has(name)) c._emitLine(`rt.namespaceOf(${frame.symbols.ref(name)});`);
    checked.add(name);
  }
  const { target } = node;
  if (target.typename === 'Tuple') c._emitLine('{');
  assign(c, target, c.expression(node.value, frame), frame);
  if (target.typename === 'Tuple') c._emitLine('}');
  publish(c, frame);
}

function compileSetBlock(c: Compiler, node: NodeOf<'SetBlock'>, frame: Frame): void {
  c.assigned.push(new Set());
  const inner = frame.inner();
  inner.requireOutputCheck = false;
  inner.symbols.analyze(node);
  c._emitLine('{');
  c.enterFrame(inner);
  openBuffer(c, inner);
  c.statements(node.body, inner);
  c.line(node.lineno);
  const code = node.filter ? compileFilter(c, node.filter, inner) : String(inner.buffer);
  const text = node.filter ? `rt.str(${code})` : code;
  const plain = code;
  const marked = inner.evalContext.volatile
    ? `(${autoescapeCode(inner)} ? rt.markup(${text}) : ${plain})`
    : inner.evalContext.autoescape
      ? `rt.markup(${text})`
      : plain;
  assign(c, node.target, marked, frame);
  publish(c, frame);
  c._emitLine('}');
}

/** Emits what makes the names that an assignment has set known outside of the generated function. */
export function publish(c: Compiler, frame: Frame): void {
  const names = [...(c.assigned.pop() ?? [])].sort();
  if (names.length === 0 || !(frame.blockFrame || frame.loopFrame || frame.toplevel)) return;
  for (const name of names) {
    const key = JSON.stringify(name);
    const ref = frame.symbols.ref(name);
    if (frame.loopFrame || frame.blockFrame) {
      if (frame.localsName !== undefined) c._emitLine(`${frame.localsName}[${key}] = ${ref};`);
    } else {
      c._emitLine(`context.vars[${key}] = ${ref};`);
      if (!name.startsWith('_')) c._emitLine(`context.exported.add(${key});`);
    }
  }
}

function compileExprStmt(c: Compiler, node: NodeOf<'ExprStmt'>, frame: Frame): void {
  c.line(node.lineno);
  c._emitLine(`${c.expression(node.node, frame)};`);
}

function loopControl(c: Compiler, word: 'break' | 'continue', lineno: number, frame: Frame): void {
  if (!frame.inLoop) c.fail(`'${word}' outside loop`, lineno);
  c._emitLine(`${word};`);
}

function compileScope(c: Compiler, node: NodeOf<'Scope'>, frame: Frame): void {
  const inner = frame.inner();
  inner.symbols.analyze(node);
  c._emitLine('{');
  c.enterFrame(inner);
  c.statements(node.body, inner);
  c._emitLine('}');
}

function compileAutoescape(c: Compiler, node: NodeOf<'Autoescape'>, frame: Frame): void {
  const inner = frame.inner();
  inner.symbols.analyze(node);
  const saved = c._tmpid();
  c.line(node.lineno);
  c._emitLine('{');
  c.enterFrame(inner);
  c._emitLine(`const ${saved} = context.evalContext.autoescape;`);
  c._emitLine(`context.evalContext.autoescape = ${condition(c, node.value, inner)};`);
  inner.evalContext =
    node.value.typename === 'Literal'
      ? { autoescape: Boolean(node.value.value), volatile: false }
      : { ...inner.evalContext, volatile: true };
  c._emitLine('try {');
  c.statements(node.body, inner);
  c._emitLine(`} finally { context.evalContext.autoescape = ${saved}; }`);
  c._emitLine('}');
}
