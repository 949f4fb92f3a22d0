import { childNodes, createNode, type Expression, type Node } from './nodes.ts';
import { parsePrimary, parseTuple } from './parse-expressions.ts';
import type { Parser } from './parser.ts';
import { CONSTANTS } from './tokens.ts';

/** What may be assigned to. */
export interface AssignTargetOptions {
  withTuple?: boolean;
  nameOnly?: boolean;
  withNamespace?: boolean;
}

export function parseAssignTarget(p: Parser, options: AssignTargetOptions = {}): Expression {
  const { nameOnly = false, withTuple = true, withNamespace = false } = options;
  let target: Expression;
  if (nameOnly) {
    const token = p.expectToken('name');
    target = createNode('Symbol', token.lineno, { value: String(token.value), ctx: 'store' });
    if (Object.hasOwn(CONSTANTS, String(token.value))) return refuse(p, target);
    return target;
  }
  target = withTuple ? parseTuple(p, { simplified: true, withNamespace }) : parsePrimary(p, withNamespace);
  if (!isAssignable(target)) return refuse(p, target);
  setStore(target, 'store');
  return target;
}

function isAssignable(node: Expression): boolean {
  if (node.typename === 'Tuple') return node.items.every(isAssignable);
  return node.typename === 'Symbol' || node.typename === 'NSRef';
}

const JINJA_NAMES: Partial<Record<Node['typename'], string>> = { Literal: 'const', Symbol: 'name', Array: 'list' };

function refuse(p: Parser, target: Expression): never {
  p.throwSyntaxError(
    `can't assign to '${JINJA_NAMES[target.typename] ?? target.typename.toLowerCase()}'`,
    target.lineno,
  );
}

/** Makes names that are read names that are set. */
export function setStore(node: Node, ctx: 'store' | 'param'): void {
  if (node.typename === 'Symbol') node.ctx = ctx;
  for (const child of childNodes(node)) setStore(child, ctx);
}
