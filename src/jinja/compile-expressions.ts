import { passMark } from './calls.ts';
import { compileCall, compileFilter, compileTest } from './compile-calls.ts';
import { autoescapeCode } from './compile-output.ts';
import type { Compiler } from './compiler-types.ts';
import type { Frame } from './frame.ts';
import { childNodes, type Expression, type NodeOf, type NodeType } from './nodes.ts';
import { literalCode } from './literal-code.ts';

type ExpressionCompiler<T extends NodeType> = (c: Compiler, node: NodeOf<T>, frame: Frame) => string;

const EXPRESSIONS: { [T in NodeType]?: ExpressionCompiler<T> } = {
  Literal: (_c, { value }) => literalCode(value),
  TemplateData: compileTemplateData,
  Symbol: compileSymbol,
  NSRef: (c, { name, attr }, frame) => c.accessor(attr) + `(${frame.symbols.ref(name)})`,
  Tuple: (c, { items }, frame) => `rt.tuple([${list(c, items, frame)}])`,
  Array: (c, { items }, frame) => `[${list(c, items, frame)}]`,
  Dict: compileDict,
  Add: (c, node, frame) => binary(c, 'add', node, frame),
  Sub: (c, node, frame) => binary(c, 'subtract', node, frame),
  Mul: (c, node, frame) => binary(c, 'multiply', node, frame),
  Div: (c, node, frame) => binary(c, 'divide', node, frame),
  FloorDiv: (c, node, frame) => binary(c, 'floorDivide', node, frame),
  Mod: (c, node, frame) => binary(c, 'modulo', node, frame),
  Pow: (c, node, frame) => binary(c, 'power', node, frame),
  Neg: (c, { target }, frame) => `rt.negate(${c.expression(target, frame)})`,
  Pos: (c, { target }, frame) => `rt.positive(${c.expression(target, frame)})`,
  Not: (c, { target }, frame) => `!${condition(c, target, frame)}`,
  And: compileAnd,
  Or: compileOr,
  Concat: compileConcat,
  Compare: compileCompare,
  InlineIf: compileInlineIf,
  GetAttr: (c, { target, name }, frame) => c.awaited(`${c.accessor(name)}(${c.expression(target, frame)})`),
  LookupVal: compileLookup,
  FunCall: (c, node, frame) => compileCall(c, node, frame, false),
  Filter: compileFilter,
  Is: compileTest,
  MarkSafe: (c, { expr }, frame) => `rt.markup(rt.str(${c.expression(expr, frame)}))`,
  MarkSafeIfAutoescape: compileMarkSafe,
  ExtensionAttribute: (_c, { identifier, name }) =>
    `rt.extensionAttribute(${JSON.stringify(identifier)}, ${JSON.stringify(name)})`,
  ContextReference: () => 'context',
};

/** The code of an expression. */
export function compileExpression(c: Compiler, node: Expression, frame: Frame): string {
  const compile = EXPRESSIONS[node.typename] as ExpressionCompiler<NodeType> | undefined;
  if (!compile) c.fail(`${node.typename} is no expression`, node.lineno);
  return compile(c, node, frame);
}

function list(c: Compiler, nodes: readonly Expression[], frame: Frame): string {
  return nodes.map((node) => c.expression(node, frame)).join(', ');
}

function binary(
  c: Compiler,
  operation: string,
  { left, right }: { left: Expression; right: Expression },
  frame: Frame,
): string {
  return `rt.${operation}(${c.expression(left, frame)}, ${c.expression(right, frame)})`;
}

function compileTemplateData(_c: Compiler, { value }: NodeOf<'TemplateData'>, frame: Frame): string {
  const text = JSON.stringify(value);
  if (frame.evalContext.volatile) return `(context.evalContext.autoescape ? rt.markup(${text}) : ${text})`;
  return frame.evalContext.autoescape ? `rt.markup(${text})` : text;
}

function compileSymbol(c: Compiler, { value, ctx }: NodeOf<'Symbol'>, frame: Frame): string {
  const ref = frame.symbols.ref(value);
  if (ctx !== 'load') return ref;
  const load = frame.symbols.findLoad(ref);
  if (load?.kind === 'parameter' && !c.unsetParameters.at(-1)?.has(ref)) return ref;
  return `(${ref} === undefined ? rt.undefinedName(${JSON.stringify(value)}) : ${ref})`;
}

// Keys that JavaScript would reorder, or that mean something else in an object literal.
const UNSAFE_KEY = /^(?:\d+|__proto__)$/;

function compileDict(c: Compiler, { items }: NodeOf<'Dict'>, frame: Frame): string {
  const isPlain = items.every(
    ({ key }) => key.typename === 'Literal' && typeof key.value === 'string' && !UNSAFE_KEY.test(key.value),
  );
  if (isPlain) {
    const pairs = items.map(({ key, value }) => `${c.expression(key, frame)}: ${c.expression(value, frame)}`);
    return `({${pairs.join(', ')}})`;
  }
  const pairs = items.map(({ key, value }) => `[${c.expression(key, frame)}, ${c.expression(value, frame)}]`);
  return `rt.dictOf([${pairs.join(', ')}])`;
}

function compileAnd(c: Compiler, { left, right }: NodeOf<'And'>, frame: Frame): string {
  const value = c.temporary();
  return `(rt.truth(${value} = ${c.expression(left, frame)}) ? ${c.expression(right, frame)} : ${value})`;
}

function compileOr(c: Compiler, { left, right }: NodeOf<'Or'>, frame: Frame): string {
  const value = c.temporary();
  return `(rt.truth(${value} = ${c.expression(left, frame)}) ? ${value} : ${c.expression(right, frame)})`;
}

function compileConcat(c: Compiler, { nodes }: NodeOf<'Concat'>, frame: Frame): string {
  // Jinja joins constants when it compiles, and then as plain text, whatever they are.
  const escapes = nodes.every((node) => isConstant(c, node)) ? 'false' : autoescapeCode(frame);
  return `rt.concat([${list(c, nodes, frame)}], ${escapes})`;
}

/** Whether Jinja would calculate an expression when it compiles the template. */
function isConstant(c: Compiler, node: Expression): boolean {
  switch (node.typename) {
    case 'Literal':
      return true;
    case 'Filter':
    case 'Is': {
      const fn = c.input.environment[node.typename === 'Filter' ? 'filters' : 'tests'][node.name];
      if (!fn || passMark(fn) === 'context') return false;
      return node.target !== null && [...childNodes(node)].every((child) => isConstant(c, child));
    }
    case 'Symbol':
    case 'FunCall':
    case 'TemplateData':
    case 'ExtensionAttribute':
    case 'ContextReference':
      return false;
    default:
      return [...childNodes(node)].every((child) => isConstant(c, child));
  }
}

const COMPARISONS: Record<string, (left: string, right: string) => string> = {
  '==': (left, right) => `rt.equal(${left}, ${right})`,
  '!=': (left, right) => `!rt.equal(${left}, ${right})`,
  '<': (left, right) => `rt.less(${left}, ${right})`,
  '<=': (left, right) => `rt.lessEqual(${left}, ${right})`,
  '>': (left, right) => `rt.greater(${left}, ${right})`,
  '>=': (left, right) => `rt.greaterEqual(${left}, ${right})`,
  in: (left, right) => `rt.isIn(${left}, ${right})`,
  notin: (left, right) => `!rt.isIn(${left}, ${right})`,
};

function compileCompare(c: Compiler, { expr, ops }: NodeOf<'Compare'>, frame: Frame): string {
  let left = c.expression(expr, frame);
  const parts = ops.map(({ type, expr: operand }, position) => {
    let right = c.expression(operand, frame);
    const isLast = position === ops.length - 1;
    const next = isLast ? '' : c.temporary();
    if (!isLast) right = `(${next} = ${right})`;
    const code = COMPARISONS[type]!(left, right);
    left = next;
    return code;
  });
  return parts.length === 1 ? parts[0]! : `(${parts.join(' && ')})`;
}

function compileInlineIf(c: Compiler, { cond, body, else_, lineno }: NodeOf<'InlineIf'>, frame: Frame): string {
  const soft = frame.softened();
  const test = condition(c, cond, soft);
  const value = c.expression(body, soft);
  if (else_) return `(${test} ? ${value} : ${c.expression(else_, soft)})`;
  const where = c.input.name === undefined ? '' : ` in '${c.input.name}'`;
  const hint = `the inline if-expression on line ${lineno}${where} evaluated to false and no else section was defined.`;
  return `(${test} ? ${value} : rt.undefinedCondition(${JSON.stringify(hint)}))`;
}

function compileLookup(c: Compiler, { target, val, dotted }: NodeOf<'LookupVal'>, frame: Frame): string {
  const object = c.expression(target, frame);
  if (val.typename === 'Slice') {
    const parts = [val.start, val.stop, val.step].map((part) => (part ? c.expression(part, frame) : 'null'));
    return `rt.slice(${object}, ${parts.join(', ')})`;
  }
  return c.awaited(`rt.${dotted ? 'getPosition' : 'getItem'}(${object}, ${c.expression(val, frame)})`);
}

function compileMarkSafe(c: Compiler, { expr }: NodeOf<'MarkSafeIfAutoescape'>, frame: Frame): string {
  const code = c.expression(expr, frame);
  if (!frame.evalContext.volatile) return frame.evalContext.autoescape ? `rt.markup(rt.str(${code}))` : code;
  const value = c.temporary();
  return `(${value} = ${code}, context.evalContext.autoescape ? rt.markup(rt.str(${value})) : ${value})`;
}

/** The code of an expression as a condition: a JavaScript boolean. */
export function condition(c: Compiler, node: Expression, frame: Frame): string {
  switch (node.typename) {
    case 'Not':
      return `!${condition(c, node.target, frame)}`;
    case 'And':
      return `(${condition(c, node.left, frame)} && ${condition(c, node.right, frame)})`;
    case 'Or':
      return `(${condition(c, node.left, frame)} || ${condition(c, node.right, frame)})`;
    case 'Compare':
      return compileCompare(c, node, frame);
    case 'Literal':
      return String(node.value !== null && node.value !== '' && Boolean(node.value));
    default:
      return `rt.truth(${c.expression(node, frame)})`;
  }
}
