import type { Compiler } from './compiler-types.ts';
import type { Frame } from './frame.ts';
import { type Expression, findAll, type Node } from './nodes.ts';

/** Emits that a text, given as code, is written. */
export function write(c: Compiler, frame: Frame, code: string): void {
  c._emitLine(frame.buffer === undefined ? `yield ${code};` : `${frame.buffer} += ${code};`);
}

/** Whether output is escaped, as code. */
export function autoescapeCode({ evalContext }: Frame): string {
  return evalContext.volatile ? 'context.evalContext.autoescape' : String(evalContext.autoescape);
}

/** Emits a new buffer that what the frame writes goes to. */
export function openBuffer(c: Compiler, frame: Frame): void {
  frame.buffer = c._tmpid();
  c._emitLine(`let ${frame.buffer} = "";`);
}

/** Emits declarations of the names in assignment targets. */
export function declareTargets(c: Compiler, targets: readonly Expression[], frame: Frame): void {
  const names = new Set([...findAll(targets, 'Symbol')].map(({ value }) => frame.symbols.ref(value)));
  if (names.size > 0) c._emitLine(`let ${[...names].join(', ')};`);
}

/** Emits an assignment to a name, a namespace's attribute, or several of them. */
export function assign(c: Compiler, target: Expression, code: string, frame: Frame): void {
  switch (target.typename) {
    case 'Symbol': {
      if (target.ctx === 'store' && (frame.toplevel || frame.loopFrame || frame.blockFrame))
        c.assigned.at(-1)?.add(target.value);
      c._emitLine(`${frame.symbols.ref(target.value)} = ${code};`);
      return;
    }
    case 'NSRef':
      c._emitLine(`rt.namespaceOf(${frame.symbols.ref(target.name)}).set(${JSON.stringify(target.attr)}, ${code});`);
      return;
    case 'Tuple': {
      const items = c._tmpid();
      c._emitLine(`const ${items} = rt.unpack(${code}, ${target.items.length});`);
      target.items.forEach((item, index) => assign(c, item, `rt.result(${items}[${index}])`, frame));
      return;
    }
    default:
      c.fail(`can't assign to '${target.typename.toLowerCase()}'`, target.lineno);
  }
}

/** Whether variables are set directly in a loop or block, ifs included. */
export function hasAssignments(nodes: readonly Node[]): boolean {
  return nodes.some((node) => {
    if (node.typename === 'Set' || node.typename === 'SetBlock') return true;
    return (
      node.typename === 'If' && (hasAssignments(node.body) || hasAssignments(node.elifs) || hasAssignments(node.else_))
    );
  });
}
