import { createNode, type Expression, type Node, type NodeOf } from './nodes.ts';
import { parseFilter } from './parse-expressions.ts';
import { setStore } from './parse-targets.ts';
import type { Parser } from './parser.ts';

type Statement = (p: Parser) => Node;

/** Reads one statement, from its tag's name to its end; the end of the tag is left. */
export function parseStatement(p: Parser): Node[] {
  const token = p.current;
  if (token.type !== 'symbol') p.throwSyntaxError('tag name expected', token.lineno);
  const name = String(token.value);
  const statement = Object.hasOwn(STATEMENTS, name) ? STATEMENTS[name] : undefined;
  const extension = statement ? undefined : p.extensionTags.get(name);
  if (!statement && !extension) p.throwUnknownTag(name, token.lineno);
  p.tagStack.push(name);
  const parsed = statement ? statement(p) : (extension?.parse(p) ?? []);
  p.tagStack.pop();
  return Array.isArray(parsed) ? parsed : [parsed];
}

const STATEMENTS: Record<string, Statement> = {
  autoescape: parseAutoescape,
  block: parseBlock,
  call: parseCallBlock,
  extends: parseExtends,
  filter: parseFilterBlock,
  for: parseFor,
  from: parseFrom,
  if: parseIf,
  import: parseImport,
  include: parseInclude,
  macro: parseMacro,
  print: parsePrint,
  set: parseSet,
  with: parseWith,
};

function parseSet(p: Parser): Node {
  const { lineno } = p.next();
  const target = p.parseAssignTarget({ withNamespace: true });
  if (p.skipIf('assign')) return createNode('Set', lineno, { target, value: p.parseTuple() });
  const filter = parseFilter<NodeOf<'Filter'> | null>(p, null);
  const body = p.parseStatements(['name:endset'], { dropNeedle: true });
  return createNode('SetBlock', lineno, { target, filter, body });
}

function parseFor(p: Parser): Node {
  const { lineno } = p.next();
  const target = p.parseAssignTarget();
  p.expectToken('name:in');
  const iter = p.parseTuple({ withInlineIf: false });
  const test = p.skipIf('name:if') ? p.parseExpression() : null;
  const recursive = p.skipIf('name:recursive');
  const body = p.parseStatements(['name:endfor', 'name:else']);
  const else_ = p.next().value === 'endfor' ? [] : p.parseStatements(['name:endfor'], { dropNeedle: true });
  return createNode('For', lineno, { target, iter, body, else_, test, recursive });
}

function parseIf(p: Parser): Node {
  const first = parseBranch(p, p.next().lineno);
  for (;;) {
    const { value } = p.next();
    if (value === 'elif') first.elifs.push(parseBranch(p, p.current.lineno));
    else {
      if (value === 'else') first.else_ = p.parseStatements(['name:endif'], { dropNeedle: true });
      return first;
    }
  }
}

function parseBranch(p: Parser, lineno: number): NodeOf<'If'> {
  const cond = p.parseTuple({ withInlineIf: false });
  const body = p.parseStatements(['name:elif', 'name:else', 'name:endif']);
  return createNode('If', lineno, { cond, body, elifs: [], else_: [] });
}

function parseWith(p: Parser): Node {
  const { lineno } = p.next();
  const targets: Expression[] = [];
  const values: Expression[] = [];
  while (!p.test('block-end')) {
    if (targets.length > 0) p.expectToken('comma');
    const target = p.parseAssignTarget();
    setStore(target, 'param');
    targets.push(target);
    p.expectToken('assign');
    values.push(p.parseExpression());
  }
  return createNode('With', lineno, {
    targets,
    values,
    body: p.parseStatements(['name:endwith'], { dropNeedle: true }),
  });
}

function parseAutoescape(p: Parser): Node {
  const { lineno } = p.next();
  const value = p.parseExpression();
  return createNode('Autoescape', lineno, {
    value,
    body: p.parseStatements(['name:endautoescape'], { dropNeedle: true }),
  });
}

function parseBlock(p: Parser): Node {
  const { lineno } = p.next();
  const name = String(p.expectToken('name').value);
  const scoped = p.skipIf('name:scoped');
  const required = p.skipIf('name:required');
  if (p.test('sub')) {
    p.throwSyntaxError(
      'Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.',
    );
  }
  const body = p.parseStatements(['name:endblock'], { dropNeedle: true });
  if (required && !body.every(isBlank)) p.throwSyntaxError('Required blocks can only contain comments or whitespace');
  p.skipIf(`name:${name}`);
  return createNode('Block', lineno, { name, body, scoped, required });
}

function isBlank(node: Node): boolean {
  return (
    node.typename === 'Output' &&
    node.nodes.every((child) => child.typename === 'TemplateData' && /^\s+$/.test(child.value))
  );
}

function parseExtends(p: Parser): Node {
  const { lineno } = p.next();
  return createNode('Extends', lineno, { template: p.parseExpression() });
}

/** `with context` or `without context`, if one of them is next. */
function parseContext(p: Parser): boolean | undefined {
  const next = p.look();
  if (!p.test('name:with', 'name:without') || next.type !== 'symbol' || next.value !== 'context') return undefined;
  const withContext = p.next().value === 'with';
  p.next();
  return withContext;
}

function parseInclude(p: Parser): Node {
  const { lineno } = p.next();
  const template = p.parseExpression();
  const next = p.look();
  const ignoreMissing = p.test('name:ignore') && next.type === 'symbol' && next.value === 'missing';
  if (ignoreMissing) {
    p.next();
    p.next();
  }
  return createNode('Include', lineno, { template, ignoreMissing, withContext: parseContext(p) ?? true });
}

function nameTarget(p: Parser): NodeOf<'Symbol'> {
  return p.parseAssignTarget({ nameOnly: true }) as NodeOf<'Symbol'>;
}

function parseImport(p: Parser): Node {
  const { lineno } = p.next();
  const template = p.parseExpression();
  p.expectToken('name:as');
  const target = nameTarget(p).value;
  return createNode('Import', lineno, { template, target, withContext: parseContext(p) ?? false });
}

function parseFrom(p: Parser): Node {
  const { lineno } = p.next();
  const template = p.parseExpression();
  p.expectToken('name:import');
  const names: [string, string][] = [];
  let withContext: boolean | undefined;
  for (;;) {
    if (names.length > 0) p.expectToken('comma');
    if (!p.test('name')) p.expectToken('name');
    withContext = parseContext(p);
    if (withContext !== undefined) break;
    const target = nameTarget(p);
    if (target.value.startsWith('_')) {
      p.throwAssertionError('names starting with an underline can not be imported', target.lineno);
    }
    names.push([target.value, p.skipIf('name:as') ? nameTarget(p).value : target.value]);
    withContext = parseContext(p);
    if (withContext !== undefined || !p.test('comma')) break;
  }
  return createNode('FromImport', lineno, { template, names, withContext: withContext ?? false });
}

function parseSignature(p: Parser): { args: NodeOf<'Symbol'>[]; defaults: Expression[] } {
  const args: NodeOf<'Symbol'>[] = [];
  const defaults: Expression[] = [];
  p.expectToken('lparen');
  while (!p.test('rparen')) {
    if (args.length > 0) p.expectToken('comma');
    const arg = nameTarget(p);
    arg.ctx = 'param';
    if (args.some(({ value }) => value === arg.value)) {
      p.throwSyntaxError(`duplicate argument '${arg.value}' in function definition`, arg.lineno);
    }
    if (p.skipIf('assign')) defaults.push(p.parseExpression());
    else if (defaults.length > 0) p.throwSyntaxError('non-default argument follows default argument');
    args.push(arg);
  }
  p.expectToken('rparen');
  return { args, defaults };
}

function parseCallBlock(p: Parser): Node {
  const { lineno } = p.next();
  const signature = p.test('lparen') ? parseSignature(p) : { args: [], defaults: [] };
  const call = p.parseExpression();
  if (call.typename !== 'FunCall') p.throwSyntaxError('expected call', lineno);
  return createNode('CallBlock', lineno, {
    call,
    ...signature,
    body: p.parseStatements(['name:endcall'], { dropNeedle: true }),
  });
}

function parseFilterBlock(p: Parser): Node {
  const { lineno } = p.next();
  const filter = parseFilter<NodeOf<'Filter'> | null>(p, null, true);
  if (!filter) p.throwSyntaxError('expected a filter', lineno);
  return createNode('FilterBlock', lineno, {
    filter,
    body: p.parseStatements(['name:endfilter'], { dropNeedle: true }),
  });
}

function parseMacro(p: Parser): Node {
  const { lineno } = p.next();
  const name = nameTarget(p).value;
  const signature = parseSignature(p);
  return createNode('Macro', lineno, {
    name,
    ...signature,
    body: p.parseStatements(['name:endmacro'], { dropNeedle: true }),
  });
}

function parsePrint(p: Parser): Node {
  const { lineno } = p.next();
  const nodes: Expression[] = [];
  while (!p.test('block-end')) {
    if (nodes.length > 0) p.expectToken('comma');
    nodes.push(p.parseExpression());
  }
  return createNode('Output', lineno, { nodes });
}
