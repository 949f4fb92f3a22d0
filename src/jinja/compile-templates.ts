import { write } from './compile-output.ts';
import type { Compiler } from './compiler-types.ts';
import type { Frame } from './frame.ts';
import type { NodeOf } from './nodes.ts';

/** The variables that are set around a point of a template, as an object literal. */
function localsCode(frame: Frame): string {
  const pairs = Array.from(frame.symbols.dumpStores(), ([name, target]) => `[${JSON.stringify(name)}]: ${target}`);
  return `{${pairs.join(', ')}}`;
}

/** Emits that what a template or block yields is written; `code` is its call. */
function writeAll(c: Compiler, frame: Frame, code: string): void {
  if (c.input.mode === 'render') c._emitLine(`${frame.buffer} += ${code};`);
  else if (frame.buffer === undefined) c._emitLine(`yield* ${code};`);
  else write(c, frame, c.isAsync ? `await rt.joinAsync(${code})` : `rt.join(${code})`);
}

/** Emits the place of a block. */
export function compileBlock(c: Compiler, node: NodeOf<'Block'>, frame: Frame): void {
  const isChecked = frame.toplevel && c.extendsSoFar > 0;
  if (frame.toplevel && c.hasKnownExtends) return;
  c.line(node.lineno);
  if (isChecked) c._emitLine('if (parent === undefined) {');
  const context = node.scoped ? `context.derived(${localsCode(frame)})` : 'context';
  writeAll(c, frame, `context.block(${JSON.stringify(node.name)}, ${node.required})(${context})`);
  if (isChecked) {
    c._emitLine('}');
    c.forgetLine();
  }
}

const nameCode = (c: Compiler): string => (c.input.name === undefined ? 'undefined' : JSON.stringify(c.input.name));

/** Emits that this template extends another one. */
export function compileExtends(c: Compiler, node: NodeOf<'Extends'>, frame: Frame): void {
  if (!frame.toplevel) c.fail('cannot use extend from a non top-level scope', node.lineno);
  c.line(node.lineno);
  if (c.extendsSoFar > 0) {
    const fail = 'throw new rt.TemplateRuntimeError("extended multiple times");';
    c._emitLine(c.hasKnownExtends ? fail : `if (parent !== undefined) ${fail}`);
  }
  if (!c.hasKnownExtends || c.extendsSoFar === 0) {
    const template = c.expression(node.template, frame);
    c._emitLine(`parent = rt.getOneTemplate(${template}, { parent: ${nameCode(c)} });`);
    c._emitLine(`context.addParentBlocks(parent.code(${JSON.stringify(c.input.mode)}).blocks);`);
  }
  if (frame.rootlevel) c.hasKnownExtends = true;
  c.extendsSoFar++;
}

/** Emits the text of another template. */
export function compileInclude(c: Compiler, node: NodeOf<'Include'>, frame: Frame): void {
  c.line(node.lineno);
  const template = c._tmpid();
  const wanted = c.expression(node.template, frame);
  const options = `{ parent: ${nameCode(c)} }`;
  c._emitLine('{');
  c._emitLine(`const ${template} = rt.${node.ignoreMissing ? 'findTemplate' : 'getTemplate'}(${wanted}, ${options});`);
  if (node.ignoreMissing) c._emitLine(`if (${template} !== undefined) {`);
  if (node.withContext) {
    const mode = JSON.stringify(c.input.mode);
    writeAll(c, frame, `${template}.code(${mode}).root(${template}.contextFrom(context, ${localsCode(frame)}))`);
  } else write(c, frame, `String(${c.isAsync ? 'await ' : ''}${template}.${defaultModule(c)}(context))`);
  if (node.ignoreMissing) c._emitLine('}');
  c._emitLine('}');
  if (node.ignoreMissing) c.forgetLine();
}

const defaultModule = (c: Compiler): string => (c.isAsync ? 'defaultModuleAsync' : 'defaultModule');

function moduleCode(c: Compiler, node: NodeOf<'Import'> | NodeOf<'FromImport'>, frame: Frame): string {
  const template = `rt.getOneTemplate(${c.expression(node.template, frame)}, { parent: ${nameCode(c)} })`;
  const call = node.withContext
    ? `${template}.${c.isAsync ? 'moduleFromAsync' : 'moduleFrom'}(context, ${localsCode(frame)})`
    : `${template}.${defaultModule(c)}(context)`;
  return c.isAsync ? `await ${call}` : call;
}

/** Emits `import … as name`. */
export function compileImport(c: Compiler, node: NodeOf<'Import'>, frame: Frame): void {
  c.line(node.lineno);
  const key = JSON.stringify(node.target);
  c._emitLine(
    `${frame.symbols.ref(node.target)} = ${frame.toplevel ? `context.vars[${key}] = ` : ''}${moduleCode(c, node, frame)};`,
  );
  if (frame.toplevel) c._emitLine(`context.exported.delete(${key});`);
}

/** Emits `from … import names`. */
export function compileFromImport(c: Compiler, node: NodeOf<'FromImport'>, frame: Frame): void {
  c.line(node.lineno);
  const module = c._tmpid();
  c._emitLine('{');
  c._emitLine(`const ${module} = ${moduleCode(c, node, frame)};`);
  const where = `line ${node.lineno}${c.input.name === undefined ? '' : ` in '${c.input.name}'`}`;
  for (const [name, alias] of node.names) {
    const key = JSON.stringify(alias);
    const value = `rt.exportedName(${module}, ${JSON.stringify(name)}, ${JSON.stringify(where)})`;
    c._emitLine(`${frame.symbols.ref(alias)} = ${frame.toplevel ? `context.vars[${key}] = ` : ''}${value};`);
    if (frame.toplevel) c._emitLine(`context.exported.delete(${key});`);
  }
  c._emitLine('}');
}
