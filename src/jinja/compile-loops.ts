import { condition } from './compile-expressions.ts';
import { assign, autoescapeCode, declareTargets, hasAssignments, openBuffer, write } from './compile-output.ts';
import type { Compiler } from './compiler-types.ts';
import type { Frame } from './frame.ts';
import { childNodes, findAll, type NodeOf } from './nodes.ts';
import { findUndeclared } from './symbols.ts';

/** Emits a loop. Whether it needs a `loop` object is known here: most loops are plain ones over the items. */
export function compileFor(c: Compiler, node: NodeOf<'For'>, frame: Frame): void {
  for (const name of findAll(childNodes(node), 'Symbol')) {
    if (name.ctx === 'store' && name.value === 'loop')
      c.fail("Can't assign to special loop variable in for-loop target", name.lineno);
  }
  const inner = frame.inner();
  inner.loopFrame = true;
  inner.inLoop = true;
  const hasScopedBlock = [...findAll(node.body, 'Block')].some(({ scoped }) => scoped);
  const extended = node.recursive || hasScopedBlock || findUndeclared(node.body, ['loop']).has('loop');
  if (extended) inner.symbols.declareParameter('loop');
  inner.symbols.analyze(node, 'body');

  c.line(node.lineno);
  if (!node.recursive) {
    c._emitLine('{');
    loop(c, node, frame, inner, c.expression(node.iter, frame), extended, '');
    c._emitLine('}');
    c.forgetLine();
    return;
  }
  recursiveLoop(c, node, frame, inner);
}

function recursiveLoop(c: Compiler, node: NodeOf<'For'>, frame: Frame, inner: Frame): void {
  const name = c._tmpid();
  c._emitLine(`const ${name} = ${c.isAsync ? 'async ' : ''}(items, depth) => {`);
  c.functionBody('recursive loop', node.lineno, () => {
    openBuffer(c, inner);
    loop(c, node, frame, inner, 'items', true, `, ${name}, depth`);
    const marked = `rt.markup(${inner.buffer})`;
    c._emitLine(
      `return ${frame.evalContext.volatile ? `${autoescapeCode(frame)} ? ${marked} : ${inner.buffer}` : frame.evalContext.autoescape ? marked : inner.buffer};`,
    );
  });
  c._emitLine('};');
  c.forgetLine();
  c.line(node.lineno);
  write(c, frame, `rt.str(${c.isAsync ? 'await ' : ''}${name}(${c.expression(node.iter, frame)}, 0))`);
  c.forgetLine();
}

function loop(
  c: Compiler,
  node: NodeOf<'For'>,
  frame: Frame,
  inner: Frame,
  items: string,
  extended: boolean,
  recursion: string,
): void {
  const hasElse = node.else_.length > 0;
  const isEmpty = hasElse ? c._tmpid() : '';
  if (hasElse) c._emitLine(`let ${isEmpty} = true;`);
  const source = node.test && extended ? filtered(c, node, frame, items) : items;
  // Names that the body only reads are the same in every round: they are looked up once.
  const hoisted = hoistedLoads(inner);
  for (const [target, name] of hoisted) {
    c._emitLine(`let ${target} = context.lookup(${JSON.stringify(name)});`);
    if (c.isAsync) c._emitLine(`if (rt.isPromise(${target})) ${target} = await ${target};`);
  }
  const item = c._tmpid();
  if (extended) {
    const loopName = inner.symbols.ref('loop');
    c._emitLine(`const ${loopName} = rt.create${c.isAsync ? 'Async' : ''}Loop(${source}${recursion});`);
    c._emitLine(c.isAsync ? `while (await ${loopName}.nextAsync()) {` : `while (${loopName}.next()) {`);
    c._emitLine(`const ${item} = ${loopName}.item;`);
  } else if (c.isAsync) {
    c._emitLine(`for await (const ${item} of rt.iterateAsync(${c.awaited(source)})) {`);
  } else c._emitLine(`for (const ${item} of rt.iterate(${source})) {`);
  c.forgetLine();
  if (node.test && !extended) skipUnless(c, node, frame, item);
  if (hasElse) c._emitLine(`${isEmpty} = false;`);
  c.enterFrame(inner, { skip: new Set(hoisted.keys()) });
  declareTargets(c, [node.target], inner);
  bindItem(c, node, inner, item);
  if (hasAssignments(node.body)) {
    inner.localsName = c.temporary();
    c._emitLine(`${inner.localsName} = {};`);
  }
  c.statements(node.body, inner);
  c._emitLine('}');
  c.forgetLine();
  // What a loop sets does not get out of it.
  const assigned = c.assigned.at(-1);
  if (assigned) for (const name of inner.symbols.stores) assigned.delete(name);
  if (!hasElse) return;
  const otherwise = frame.inner();
  otherwise.buffer = inner.buffer;
  otherwise.symbols.analyze(node, 'else');
  c._emitLine(`if (${isEmpty}) {`);
  c.enterFrame(otherwise);
  c.statements(node.else_, otherwise);
  c._emitLine('}');
}

// The names of the target are stores of the inner frame, whatever their context says.
function bindItem(c: Compiler, node: NodeOf<'For'>, frame: Frame, item: string): void {
  const tracking = c.assigned.length;
  c.assigned.push(new Set());
  assign(
    c,
    node.target,
    node.target.typename === 'Tuple' ? item : `${item} === undefined ? rt.result(${item}) : ${item}`,
    frame,
  );
  c.assigned.length = tracking;
}

function hoistedLoads(frame: Frame): Map<string, string> {
  const hoisted = new Map<string, string>();
  for (const [target, load] of frame.symbols.loads) {
    if (load.kind === 'resolve' && !frame.symbols.stores.has(load.name)) hoisted.set(target, load.name);
  }
  return hoisted;
}

function testFrame(node: NodeOf<'For'>, frame: Frame): Frame {
  const inner = frame.inner();
  inner.symbols.analyze(node, 'test');
  return inner;
}

function skipUnless(c: Compiler, node: NodeOf<'For'>, frame: Frame, item: string): void {
  const inner = testFrame(node, frame);
  c._emitLine('{');
  c.enterFrame(inner);
  declareTargets(c, [node.target], inner);
  bindItem(c, node, inner, item);
  if (node.test) c._emitLine(`if (!${condition(c, node.test, inner)}) continue;`);
  c._emitLine('}');
}

/** Emits a generator of the items that pass the test, and returns the code of its call. */
function filtered(c: Compiler, node: NodeOf<'For'>, frame: Frame, items: string): string {
  const inner = testFrame(node, frame);
  const name = c._tmpid();
  const item = c._tmpid();
  c._emitLine(`${c.isAsync ? 'async ' : ''}function* ${name}(items) {`);
  c._emitLine(
    c.isAsync ? `for await (const ${item} of rt.iterateAsync(items)) {` : `for (const ${item} of rt.iterate(items)) {`,
  );
  c.enterFrame(inner);
  declareTargets(c, [node.target], inner);
  bindItem(c, node, inner, item);
  if (node.test) c._emitLine(`if (${condition(c, node.test, inner)}) yield ${item};`);
  c._emitLine('}');
  c._emitLine('}');
  return `${name}(${c.isAsync ? c.awaited(items) : items})`;
}
