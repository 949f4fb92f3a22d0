import { compileCall } from './compile-calls.ts';
import { openBuffer, write } from './compile-output.ts';
import type { Compiler } from './compiler-types.ts';
import type { Frame } from './frame.ts';
import type { MacroInfo } from './macros.ts';
import type { Expression, NodeOf } from './nodes.ts';
import { findUndeclared } from './symbols.ts';

type MacroNode = NodeOf<'Macro'> | NodeOf<'CallBlock'>;

/** Emits a macro and makes its name known. */
export function compileMacro(c: Compiler, node: NodeOf<'Macro'>, frame: Frame): void {
  const ref = frame.symbols.ref(node.name);
  const key = JSON.stringify(node.name);
  if (frame.toplevel && !node.name.startsWith('_')) c._emitLine(`context.exported.add(${key});`);
  c._emit(`${ref} = ${frame.toplevel ? `context.vars[${key}] = ` : ''}`);
  emitMacro(c, node, frame, node.name, `macro '${node.name}'`);
}

/** Emits a call whose `caller` is the body of the block. */
export function compileCallBlock(c: Compiler, node: NodeOf<'CallBlock'>, frame: Frame): void {
  c._emitLine('{');
  c._emit('const caller = ');
  emitMacro(c, node, frame, undefined, 'call block');
  c.line(node.lineno);
  // As in Jinja, what a call block is replaced by is written as it is.
  write(c, frame, `str(${compileCall(c, node.call, frame, true)})`);
  c._emitLine('}');
}

function emitMacro(c: Compiler, node: MacroNode, outer: Frame, name: string | undefined, role: string): void {
  const frame = outer.inner();
  frame.requireOutputCheck = false;
  frame.inLoop = false;
  const names = node.args.map(({ value }) => value);
  frame.symbols.analyze(node);
  const parameters = names.map((parameter) => frame.symbols.ref(parameter));
  const info: MacroInfo = { name, arguments: names, catchKwargs: false, catchVarargs: false, caller: false };

  const used = findUndeclared(node.body, ['caller', 'kwargs', 'varargs']);
  if (used.has('caller')) {
    const position = names.indexOf('caller');
    if (position !== -1 && position < names.length - node.defaults.length) {
      c.fail(
        'When defining macros or call blocks the special "caller" argument must be omitted or be given a default.',
        node.lineno,
      );
    }
    if (position === -1) parameters.push(frame.symbols.declareParameter('caller'));
    info.caller = true;
  }
  if (used.has('kwargs') && !names.includes('kwargs')) {
    parameters.push(frame.symbols.declareParameter('kwargs'));
    info.catchKwargs = true;
  }
  if (used.has('varargs') && !names.includes('varargs')) {
    parameters.push(frame.symbols.declareParameter('varargs'));
    info.catchVarargs = true;
  }
  frame.symbols.analyze(node);

  c._emitLine(
    `rt.createMacro(context, ${JSON.stringify(info)}, ${c.isAsync ? 'async ' : ''}function (${parameters.join(', ')}) {`,
  );
  c.functionBody(role, node.lineno, () => {
    openBuffer(c, frame);
    c.enterFrame(frame);
    c.unsetParameters.push(frame.symbols.dumpParameters());
    const firstDefault = names.length - node.defaults.length;
    names.forEach((parameter, index) => {
      const ref = frame.symbols.ref(parameter);
      const value =
        index >= firstDefault
          ? c.expression(node.defaults[index - firstDefault] as Expression, frame)
          : notProvided(parameter);
      c._emitLine(`if (${ref} === undefined) ${ref} = ${value};`);
      c.unsetParameters.at(-1)?.delete(ref);
    });
    c.unsetParameters.pop();
    c.statements(node.body, frame);
    c._emitLine(`return ${frame.buffer};`);
  });
  c._emitLine('});');
}

function notProvided(parameter: string): string {
  return `rt.undefinedHint(${JSON.stringify(`parameter '${parameter}' was not provided`)}, ${JSON.stringify(parameter)})`;
}
