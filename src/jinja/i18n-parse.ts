import { type CallArguments, createNode, type Expression, type Node, type NodeOf } from './nodes.ts';
import type { Parser } from './parser.ts';

/** What stands in the opening tag of a translation. */
export interface TransHead {
  lineno: number;
  context: string | undefined;
  variables: Map<string, Expression>;
  trimmed: boolean | undefined;
  plural: { node: Expression; isNum: boolean } | undefined;
  /** A call that the number is taken from, to be made once. */
  assignment: Node | undefined;
}

/** A text with `%(name)s` for its variables, and their names. */
export interface TransText {
  text: string;
  names: string[];
}

const load = (value: string, lineno: number): NodeOf<'Symbol'> => createNode('Symbol', lineno, { value, ctx: 'load' });

/** Reads `trans 'context' trimmed a, b=c`. */
export function parseTransHead(p: Parser): TransHead {
  const { lineno } = p.next();
  const head: TransHead = {
    lineno,
    context: undefined,
    variables: new Map(),
    trimmed: undefined,
    plural: undefined,
    assignment: undefined,
  };
  if (p.test('string')) head.context = String(p.next().value);
  while (!p.test('block-end')) {
    if (head.variables.size > 0) p.expectToken('comma');
    if (p.skipIf('colon')) break;
    const token = p.expectToken('name');
    const name = String(token.value);
    if (head.variables.has(name)) p.throwAssertionError(`translatable variable '${name}' defined twice.`, token.lineno);
    let value: Expression;
    if (p.skipIf('assign')) value = p.parseExpression();
    else if (head.trimmed === undefined && (name === 'trimmed' || name === 'notrimmed')) {
      head.trimmed = name === 'trimmed';
      continue;
    } else value = load(name, token.lineno);
    head.variables.set(name, value);
    if (!head.plural) usePlural(head, name, value);
  }
  p.expectToken('block-end');
  return head;
}

// The first variable is the number that the plural depends on.
function usePlural(head: TransHead, name: string, value: Expression): void {
  let node = value;
  if (value.typename === 'FunCall') {
    const { lineno } = head;
    node = load('_trans', lineno);
    head.variables.set(name, node);
    head.assignment = createNode('Set', lineno, {
      target: createNode('Symbol', lineno, { value: '_trans', ctx: 'store' }),
      value,
    });
  }
  head.plural = { node, isNum: name === 'num' };
}

/** Reads the text up to `pluralize` or `endtrans`, which becomes the current token. */
export function parseTransBlock(p: Parser, allowPluralize: boolean): TransText {
  const names: string[] = [];
  let text = '';
  for (;;) {
    const { type, value } = p.current;
    if (type === 'data') {
      text += String(value).replaceAll('%', '%%');
      p.next();
    } else if (type === 'variable-start') {
      p.next();
      const name = String(p.expectToken('name').value);
      names.push(name);
      text += `%(${name})s`;
      p.expectToken('variable-end');
    } else if (type === 'block-start') {
      p.next();
      if (isEnd(p, allowPluralize)) return { text, names };
    } else p.throwSyntaxError('unclosed translation block');
  }
}

function isEnd(p: Parser, allowPluralize: boolean): boolean {
  const name = p.current.type === 'symbol' ? String(p.current.value) : 'None';
  if (name === 'endtrans' || (name === 'pluralize' && allowPluralize)) return true;
  if (name === 'pluralize') p.throwSyntaxError('a translatable section can have only one pluralize section');
  if (name === 'trans') p.throwSyntaxError("trans blocks can't be nested; did you mean `endtrans`?");
  return p.throwSyntaxError(`control structures in translatable sections are not allowed; saw \`${name}\``);
}

/** Reads the rest of a translation and makes the node that prints it. */
export function translationNode(
  p: Parser,
  head: TransHead,
  singular: TransText,
  options: { newstyle: boolean; trimmed: boolean },
): Node | Node[] {
  const { variables, lineno } = head;
  const [firstName] = singular.names;
  if (!head.plural && firstName !== undefined)
    head.plural = { node: load(firstName, lineno), isNum: firstName === 'num' };
  let plural: TransText | undefined;
  if (p.skipIf('name:pluralize')) {
    if (!p.test('block-end')) choosePlural(p, head);
    p.expectToken('block-end');
    plural = parseTransBlock(p, false);
  }
  p.next();
  const referenced = [...singular.names, ...(plural?.names ?? [])];
  for (const name of referenced) if (!variables.has(name)) variables.set(name, load(name, lineno));
  if (plural && !head.plural) p.throwSyntaxError('pluralize without variables', lineno);
  const trim = head.trimmed ?? options.trimmed;
  const texts = [singular, ...(plural ? [plural] : [])].map(({ text }) => {
    const trimmed = trim ? text.trim().replace(/\s*\n\s*/g, ' ') : text;
    // Old functions are not given to fill in anything: signs are not doubled for them.
    return referenced.length === 0 && !options.newstyle ? trimmed.replaceAll('%%', '%') : trimmed;
  });
  const output = createNode('Output', lineno, {
    nodes: [callNode(head, texts, plural !== undefined, options.newstyle)],
  });
  return head.assignment ? [head.assignment, output] : output;
}

function choosePlural(p: Parser, head: TransHead): void {
  const token = p.expectToken('name');
  const name = String(token.value);
  const node = head.variables.get(name);
  if (!node) p.throwAssertionError(`unknown variable '${name}' for pluralization`, token.lineno);
  head.plural = { node, isNum: name === 'num' };
}

function callNode(head: TransHead, texts: string[], hasPlural: boolean, newstyle: boolean): Expression {
  const { lineno, variables, context, plural } = head;
  const literal = (value: string): Expression => createNode('Literal', lineno, { value });
  const args = texts.map(literal);
  if (context !== undefined) args.unshift(literal(context));
  if (hasPlural && plural) args.push(plural.node);
  const name = `${hasPlural ? 'n' : ''}${context === undefined ? '' : 'p'}gettext`;
  const call: CallArguments = { args, kwargs: [], dynArgs: null, dynKwargs: null };
  if (newstyle) {
    for (const [key, value] of variables) {
      // The functions know the number by themselves.
      if (!(hasPlural && plural?.isNum && key === 'num'))
        call.kwargs.push(createNode('Keyword', lineno, { key, value }));
    }
  }
  const node = createNode('FunCall', lineno, { callee: load(name, lineno), ...call });
  if (newstyle) return node;
  const marked = createNode('MarkSafeIfAutoescape', lineno, { expr: node });
  if (variables.size === 0) return marked;
  const items = Array.from(variables, ([key, value]) => createNode('Pair', lineno, { key: literal(key), value }));
  return createNode('Mod', lineno, { left: marked, right: createNode('Dict', lineno, { items }) });
}
