import { type PassMark, passMark, type Signature, signatureOf } from './calls.ts';
import { autoescapeCode } from './compile-output.ts';
import type { Compiler } from './compiler-types.ts';
import type { Frame } from './frame.ts';
import type { CallArguments, NodeOf } from './nodes.ts';

/** Positional arguments as the inside of an array literal. */
function positional(c: Compiler, { args, dynArgs }: CallArguments, frame: Frame): string {
  const codes = args.map((arg) => c.expression(arg, frame));
  if (dynArgs) codes.push(`...rt.spread(${c.expression(dynArgs, frame)})`);
  return codes.join(', ');
}

/** Keyword arguments as an object, or undefined if there can be none. */
function keywords(
  c: Compiler,
  { kwargs, dynKwargs }: CallArguments,
  frame: Frame,
  extra: string[] = [],
): string | undefined {
  const pairs = kwargs.map(
    ({ key, value }) => `${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}: ${c.expression(value, frame)}`,
  );
  pairs.push(...extra);
  const object = `{${pairs.join(', ')}}`;
  if (dynKwargs) return `rt.spreadKeywords(${object}, ${c.expression(dynKwargs, frame)})`;
  return pairs.length > 0 ? object : undefined;
}

/** A call. With `forwardCaller` it gets the body of a call block as `caller`. */
export function compileCall(c: Compiler, node: NodeOf<'FunCall'>, frame: Frame, forwardCaller: boolean): string {
  const { callee } = node;
  const extra = forwardCaller ? ['"caller": caller'] : [];
  const kwargs = keywords(c, node, frame, extra);
  const args = `[${positional(c, node, frame)}]`;
  const rest = kwargs === undefined ? args : `${args}, ${kwargs}`;
  if (callee.typename === 'ExtensionAttribute') {
    return c.awaited(
      `rt.callExtension(context, ${JSON.stringify(callee.identifier)}, ${JSON.stringify(callee.name)}, ${rest})`,
    );
  }
  if (callee.typename === 'GetAttr') {
    return c.awaited(
      `rt.callAttribute(context, rt.owner(${c.expression(callee.target, frame)}, ${JSON.stringify(callee.name)}), ${JSON.stringify(callee.name)}, ${rest})`,
    );
  }
  const target = c.expression(callee, frame);
  if (frame.localsName !== undefined)
    return c.awaited(`rt.callScoped(context, ${target}, ${args}, ${kwargs ?? 'undefined'}, ${frame.localsName})`);
  const { length } = node.args;
  if (kwargs === undefined && !node.dynArgs && length <= 2) {
    const codes = [`context`, target, ...node.args.map((arg) => c.expression(arg, frame))];
    return c.awaited(`rt.call${length}(${codes.join(', ')})`);
  }
  return c.awaited(`rt.call(context, ${target}, ${rest})`);
}

const PASSED: Record<PassMark, string> = {
  context: 'context',
  evalContext: 'context.evalContext',
  environment: 'context.environment',
};

/** A filter; without a target it is applied to what the frame has written. */
export function compileFilter(c: Compiler, node: NodeOf<'Filter'>, frame: Frame): string {
  const { variable, fn } = c.dependency('filters', node.name, node.lineno, frame.soft);
  const value = node.target ? c.expression(node.target, frame) : bufferCode(frame);
  return applied(c, node, frame, variable, fn, value, 'Filter');
}

/** A test. */
export function compileTest(c: Compiler, node: NodeOf<'Is'>, frame: Frame): string {
  const { variable, fn } = c.dependency('tests', node.name, node.lineno, frame.soft);
  return applied(c, node, frame, variable, fn, c.expression(node.target, frame), 'Test');
}

function bufferCode(frame: Frame): string {
  const { buffer } = frame;
  if (!frame.evalContext.volatile) return frame.evalContext.autoescape ? `rt.markup(${buffer})` : String(buffer);
  return `(${autoescapeCode(frame)} ? rt.markup(${buffer}) : ${buffer})`;
}

function applied(
  c: Compiler,
  node: CallArguments & { name: string },
  frame: Frame,
  variable: string,
  fn: unknown,
  value: string,
  kind: 'Filter' | 'Test',
): string {
  if (fn === undefined) return `rt.no${kind}(${JSON.stringify(node.name)})`;
  const pass = passMark(fn);
  const signature = signatureOf(fn);
  const first = pass === undefined ? '' : `${PASSED[pass]}, `;
  if (signature) {
    const input = c.isAsync ? `await rt.gather(${value})` : value;
    const args = boundArguments(c, node, frame, signature);
    if (args) return c.awaited(`${variable}(${first}${[input, ...args].join(', ')})`);
    const kwargs = keywords(c, node, frame) ?? 'undefined';
    return c.awaited(
      `rt.invoke(context, ${variable}, [${[input, positional(c, node, frame)].filter(Boolean).join(', ')}], ${kwargs})`,
    );
  }
  const kwargs = keywords(c, node, frame);
  const codes = [c.isAsync ? c.awaited(value) : value, ...node.args.map((arg) => c.expression(arg, frame))].map(
    (code) => `rt.argument(${code})`,
  );
  if (node.dynArgs) codes.push(`...rt.spread(${c.expression(node.dynArgs, frame)}).map(rt.argument)`);
  if (kwargs !== undefined) codes.push(`rt.keywordArguments(${kwargs})`);
  return `rt.result(${c.awaited(`${variable}(${first}${codes.join(', ')})`)})`;
}

/**
 * The arguments after the first in the order of the parameters; undefined where that, or whether they fit, only shows
 * when the template runs.
 */
function boundArguments(c: Compiler, node: CallArguments, frame: Frame, signature: Signature): string[] | undefined {
  if (node.dynArgs || node.dynKwargs) return undefined;
  const names = signature.names.slice(1);
  if (signature.rest || signature.keywords) return undefined;
  if (node.args.length > names.length || names.length < node.kwargs.length) return undefined;
  const bound: (string | undefined)[] = names.map(() => undefined);
  node.args.forEach((arg, index) => {
    bound[index] = c.expression(arg, frame);
  });
  for (const { key, value } of node.kwargs) {
    const index = names.indexOf(key);
    if (index === -1 || bound[index] !== undefined) return undefined;
    bound[index] = c.expression(value, frame);
  }
  if (bound.slice(0, signature.required - 1).includes(undefined)) return undefined;
  while (bound.length > 0 && bound.at(-1) === undefined) bound.pop();
  return bound.map((code) => code ?? 'undefined');
}
