import { type CallArguments, createNode, type Expression, type NodeOf } from './nodes.ts';
import { noArguments, parseArguments } from './parse-arguments.ts';
import type { Parser } from './parser.ts';
import { CONSTANTS, describeToken } from './tokens.ts';

/** How a list of expressions without brackets is read. */
export interface TupleOptions {
  /** Only names and literals, as in assignments. Default false. */
  simplified?: boolean;
  /** `a if b else c` may occur. Default true. */
  withInlineIf?: boolean;
  /** Inside of parentheses: an empty tuple is one. Default false. */
  parenthesized?: boolean;
  /** `name.attribute` is a target. Default false. */
  withNamespace?: boolean;
}

export function parseExpression(p: Parser, withInlineIf = true): Expression {
  return p.nested(() => (withInlineIf ? parseInlineIf(p) : parseOr(p)));
}

function parseInlineIf(p: Parser): Expression {
  let { lineno } = p.current;
  let body = parseOr(p);
  while (p.skipIf('name:if')) {
    const cond = parseOr(p);
    const else_ = p.skipIf('name:else') ? p.nested(() => parseInlineIf(p)) : null;
    body = createNode('InlineIf', lineno, { cond, body, else_ });
    ({ lineno } = p.current);
  }
  return body;
}

function parseOr(p: Parser): Expression {
  let { lineno } = p.current;
  let left = parseAnd(p);
  while (p.skipIf('name:or')) {
    left = createNode('Or', lineno, { left, right: parseAnd(p) });
    ({ lineno } = p.current);
  }
  return left;
}

function parseAnd(p: Parser): Expression {
  let { lineno } = p.current;
  let left = parseNot(p);
  while (p.skipIf('name:and')) {
    left = createNode('And', lineno, { left, right: parseNot(p) });
    ({ lineno } = p.current);
  }
  return left;
}

function parseNot(p: Parser): Expression {
  if (!p.test('name:not')) return parseCompare(p);
  const { lineno } = p.next();
  return p.nested(() => createNode('Not', lineno, { target: parseNot(p) }));
}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);

function parseCompare(p: Parser): Expression {
  const { lineno } = p.current;
  const expr = parseSum(p);
  const ops: NodeOf<'CompareOperand'>[] = [];
  for (;;) {
    const { type, value, lineno: line } = p.current;
    if (type === 'operator' && COMPARISONS.has(String(value))) {
      p.next();
      ops.push(createNode('CompareOperand', line, { type: String(value), expr: parseSum(p) }));
    } else if (p.skipIf('name:in')) {
      ops.push(createNode('CompareOperand', line, { type: 'in', expr: parseSum(p) }));
    } else if (p.test('name:not') && p.look().type === 'symbol' && p.look().value === 'in') {
      p.next();
      p.next();
      ops.push(createNode('CompareOperand', line, { type: 'notin', expr: parseSum(p) }));
    } else break;
  }
  return ops.length === 0 ? expr : createNode('Compare', lineno, { expr, ops });
}

const SUMS: Record<string, 'Add' | 'Sub'> = { '+': 'Add', '-': 'Sub' };
const PRODUCTS: Record<string, 'Mul' | 'Div' | 'FloorDiv' | 'Mod'> = {
  '*': 'Mul',
  '/': 'Div',
  '//': 'FloorDiv',
  '%': 'Mod',
};

function operatorIn<T>(p: Parser, table: Record<string, T>): T | undefined {
  const { type, value } = p.current;
  return type === 'operator' && Object.hasOwn(table, String(value)) ? table[String(value)] : undefined;
}

function parseSum(p: Parser): Expression {
  let { lineno } = p.current;
  let left = parseConcat(p);
  for (let type = operatorIn(p, SUMS); type !== undefined; type = operatorIn(p, SUMS)) {
    p.next();
    left = createNode(type, lineno, { left, right: parseConcat(p) });
    ({ lineno } = p.current);
  }
  return left;
}

function parseConcat(p: Parser): Expression {
  const { lineno } = p.current;
  const first = parseProduct(p);
  if (!p.test('tilde')) return first;
  const nodes = [first];
  while (p.skipIf('tilde')) nodes.push(parseProduct(p));
  return createNode('Concat', lineno, { nodes });
}

function parseProduct(p: Parser): Expression {
  let { lineno } = p.current;
  let left = parsePower(p);
  for (let type = operatorIn(p, PRODUCTS); type !== undefined; type = operatorIn(p, PRODUCTS)) {
    p.next();
    left = createNode(type, lineno, { left, right: parsePower(p) });
    ({ lineno } = p.current);
  }
  return left;
}

function parsePower(p: Parser): Expression {
  let { lineno } = p.current;
  let left = parseUnary(p);
  while (p.skipIf('pow')) {
    left = createNode('Pow', lineno, { left, right: parseUnary(p) });
    ({ lineno } = p.current);
  }
  return left;
}

function parseUnary(p: Parser, withFilter = true): Expression {
  const { lineno } = p.current;
  let node: Expression;
  if (p.skipIf('sub')) node = p.nested(() => createNode('Neg', lineno, { target: parseUnary(p, false) }));
  else if (p.skipIf('add')) node = p.nested(() => createNode('Pos', lineno, { target: parseUnary(p, false) }));
  else node = parsePrimary(p);
  node = parsePostfix(p, node);
  return withFilter ? parseFilterExpression(p, node) : node;
}

/** Reads a name or a literal. With `withNamespace`, `name.attribute` is a target. */
export function parsePrimary(p: Parser, withNamespace = false): Expression {
  const token = p.current;
  const { lineno } = token;
  switch (token.type) {
    case 'symbol': {
      const name = String(p.next().value);
      if (Object.hasOwn(CONSTANTS, name)) return createNode('Literal', lineno, { value: CONSTANTS[name] ?? null });
      if (!withNamespace || !p.skipIf('dot')) return createNode('Symbol', lineno, { value: name, ctx: 'load' });
      return createNode('NSRef', lineno, { name, attr: String(p.expectToken('name').value) });
    }
    case 'string': {
      let text = '';
      while (p.current.type === 'string') text += String(p.next().value);
      return createNode('Literal', lineno, { value: text });
    }
    case 'int':
    case 'float':
      return createNode('Literal', lineno, { value: p.next().value });
    case 'left-paren': {
      p.next();
      const node = parseTuple(p, { parenthesized: true });
      p.expectToken('rparen');
      return node;
    }
    case 'left-bracket':
      return parseList(p);
    case 'left-curly':
      return parseDict(p);
    default:
      return p.throwSyntaxError(`unexpected '${describeToken(token)}'`, lineno);
  }
}

export function parseTuple(p: Parser, options: TupleOptions = {}): Expression {
  let { lineno } = p.current;
  const parse = (): Expression =>
    options.simplified
      ? p.nested(() => parsePrimary(p, options.withNamespace))
      : parseExpression(p, options.withInlineIf ?? true);
  const items: Expression[] = [];
  let isTuple = false;
  for (;;) {
    if (items.length > 0) p.expectToken('comma');
    if (p.test('variable-end', 'block-end', 'rparen')) break;
    items.push(parse());
    if (!p.test('comma')) break;
    isTuple = true;
    ({ lineno } = p.current);
  }
  if (!isTuple) {
    if (items[0]) return items[0];
    if (!options.parenthesized) p.throwSyntaxError(`Expected an expression, got '${describeToken(p.current)}'`);
  }
  return createNode('Tuple', lineno, { items });
}

function parseList(p: Parser): Expression {
  const { lineno } = p.next();
  const items: Expression[] = [];
  while (!p.test('rbracket')) {
    if (items.length > 0) p.expectToken('comma');
    if (p.test('rbracket')) break;
    items.push(parseExpression(p));
  }
  p.expectToken('rbracket');
  return createNode('Array', lineno, { items });
}

function parseDict(p: Parser): Expression {
  const { lineno } = p.next();
  const items: NodeOf<'Pair'>[] = [];
  while (!p.test('rbrace')) {
    if (items.length > 0) p.expectToken('comma');
    if (p.test('rbrace')) break;
    const key = parseExpression(p);
    p.expectToken('colon');
    items.push(createNode('Pair', key.lineno, { key, value: parseExpression(p) }));
  }
  p.expectToken('rbrace');
  return createNode('Dict', lineno, { items });
}

function parsePostfix(p: Parser, first: Expression): Expression {
  let node = first;
  for (;;) {
    if (p.test('dot', 'lbracket')) node = parseSubscript(p, node);
    else if (p.test('lparen')) node = parseCall(p, node);
    else return node;
  }
}

function parseFilterExpression(p: Parser, first: Expression): Expression {
  let node = first;
  for (;;) {
    if (p.test('pipe')) node = parseFilter(p, node);
    else if (p.test('name:is')) node = parseTest(p, node);
    else if (p.test('lparen')) node = parseCall(p, node);
    else return node;
  }
}

function parseSubscript(p: Parser, target: Expression): Expression {
  const token = p.next();
  const { lineno } = token;
  if (token.type === 'operator') {
    const attribute = p.next();
    if (attribute.type === 'symbol') return createNode('GetAttr', lineno, { target, name: String(attribute.value) });
    if (attribute.type !== 'int') p.throwSyntaxError('expected name or number', attribute.lineno);
    return createNode('LookupVal', lineno, {
      target,
      val: createNode('Literal', attribute.lineno, { value: attribute.value }),
      dotted: true,
    });
  }
  const items: Expression[] = [];
  while (!p.test('rbracket')) {
    if (items.length > 0) p.expectToken('comma');
    items.push(parseSubscribed(p));
  }
  p.expectToken('rbracket');
  const [only] = items;
  const val = only && items.length === 1 ? only : createNode('Tuple', lineno, { items });
  return createNode('LookupVal', lineno, { target, val, dotted: false });
}

function parseSubscribed(p: Parser): Expression {
  const { lineno } = p.current;
  const start = p.test('colon') ? null : parseExpression(p);
  if (start && !p.test('colon')) return start;
  p.next();
  const part = (): Expression | null => (p.test('colon', 'rbracket', 'comma') ? null : parseExpression(p));
  const stop = part();
  const step = p.skipIf('colon') ? (p.test('rbracket', 'comma') ? null : parseExpression(p)) : null;
  return createNode('Slice', lineno, { start, stop, step });
}

function parseCall(p: Parser, callee: Expression): Expression {
  const { lineno } = p.current;
  return createNode('FunCall', lineno, { callee, ...parseArguments(p) });
}

function dottedName(p: Parser): string {
  let name = String(p.expectToken('name').value);
  while (p.skipIf('dot')) name += `.${String(p.expectToken('name').value)}`;
  return name;
}

/** Reads `|filter(arguments)|…`; with `startInline` the first filter has no pipe, as in a filter block. */
export function parseFilter<T extends Expression | null>(
  p: Parser,
  first: T,
  startInline = false,
): T | NodeOf<'Filter'> {
  let node: T | NodeOf<'Filter'> = first;
  for (let inline = startInline; inline || p.test('pipe'); inline = false) {
    if (!inline) p.next();
    const { lineno } = p.current;
    const name = dottedName(p);
    const call: CallArguments = p.test('lparen') ? parseArguments(p) : noArguments();
    node = createNode('Filter', lineno, { target: node, name, ...call });
  }
  return node;
}

function parseTest(p: Parser, target: Expression): Expression {
  const { lineno } = p.next();
  const negated = p.skipIf('name:not');
  const name = dottedName(p);
  let call = noArguments();
  if (p.test('lparen')) call = parseArguments(p);
  else if (
    p.test('name', 'string', 'int', 'float', 'lbracket', 'lbrace') &&
    !p.test('name:else', 'name:or', 'name:and')
  ) {
    if (p.test('name:is')) p.throwSyntaxError('You cannot chain multiple tests with is');
    call.args = [parsePostfix(p, parsePrimary(p))];
  }
  const node = createNode('Is', lineno, { target, name, ...call });
  return negated ? createNode('Not', lineno, { target: node }) : node;
}
