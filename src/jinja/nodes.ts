import { type BaseNode, nunjucks } from './nunjucks.ts';

/** An argument `key=value` of a call. */
export type Keyword = NodeOf<'Keyword'>;

/** The arguments of a call, filter or test. */
export interface CallArguments {
  args: Expression[];
  kwargs: Keyword[];
  /** `*args` */
  dynArgs: Expression | null;
  /** `**kwargs` */
  dynKwargs: Expression | null;
}

interface Binary {
  left: Expression;
  right: Expression;
}

interface MacroFields {
  args: NodeOf<'Symbol'>[];
  defaults: Expression[];
  body: Node[];
}

/** The nodes of a template's syntax tree and their fields. */
export interface NodeTypes {
  Root: { body: Node[] };
  Output: { nodes: Expression[] };
  If: { cond: Expression; body: Node[]; elifs: NodeOf<'If'>[]; else_: Node[] };
  For: {
    target: Expression;
    iter: Expression;
    body: Node[];
    else_: Node[];
    test: Expression | null;
    recursive: boolean;
  };
  Block: { name: string; body: Node[]; scoped: boolean; required: boolean };
  Extends: { template: Expression };
  Include: { template: Expression; withContext: boolean; ignoreMissing: boolean };
  Import: { template: Expression; target: string; withContext: boolean };
  /** Names are pairs of the exported name and the one to use. */
  FromImport: { template: Expression; names: [name: string, alias: string][]; withContext: boolean };
  Macro: MacroFields & { name: string };
  CallBlock: MacroFields & { call: NodeOf<'FunCall'> };
  FilterBlock: { filter: NodeOf<'Filter'>; body: Node[] };
  With: { targets: Expression[]; values: Expression[]; body: Node[] };
  Set: { target: Expression; value: Expression };
  SetBlock: { target: Expression; filter: NodeOf<'Filter'> | null; body: Node[] };
  ExprStmt: { node: Expression };
  Autoescape: { value: Expression; body: Node[] };
  Scope: { body: Node[] };
  Break: object;
  Continue: object;
  TemplateData: { value: string };
  Symbol: { value: string; ctx: 'load' | 'store' | 'param' };
  NSRef: { name: string; attr: string };
  Literal: { value: string | number | bigint | boolean | null };
  Tuple: { items: Expression[] };
  Array: { items: Expression[] };
  Dict: { items: NodeOf<'Pair'>[] };
  Pair: { key: Expression; value: Expression };
  Add: Binary;
  Sub: Binary;
  Mul: Binary;
  Div: Binary;
  FloorDiv: Binary;
  Mod: Binary;
  Pow: Binary;
  And: Binary;
  Or: Binary;
  Not: { target: Expression };
  Neg: { target: Expression };
  Pos: { target: Expression };
  Concat: { nodes: Expression[] };
  Compare: { expr: Expression; ops: NodeOf<'CompareOperand'>[] };
  CompareOperand: { type: string; expr: Expression };
  InlineIf: { cond: Expression; body: Expression; else_: Expression | null };
  GetAttr: { target: Expression; name: string };
  /** `target[val]`; dotted: `target.0`. */
  LookupVal: { target: Expression; val: Expression; dotted: boolean };
  Slice: { start: Expression | null; stop: Expression | null; step: Expression | null };
  FunCall: CallArguments & { callee: Expression };
  /** Without a target: what a filter block holds. */
  Filter: CallArguments & { target: Expression | null; name: string };
  Is: CallArguments & { target: Expression; name: string };
  Keyword: { key: string; value: Expression };
  MarkSafe: { expr: Expression };
  MarkSafeIfAutoescape: { expr: Expression };
  /** A method or property of an extension. */
  ExtensionAttribute: { identifier: string; name: string };
  ContextReference: object;
}

export type NodeType = keyof NodeTypes;
export type NodeOf<T extends NodeType> = BaseNode & NodeTypes[T] & { readonly typename: T };
export type Node = { [T in NodeType]: NodeOf<T> }[NodeType];
/** A node that has a value. */
export type Expression = Node;

const CALL_FIELDS = ['args', 'kwargs', 'dynArgs', 'dynKwargs'];

/** In the order in which they are read: analysis of names depends on it. */
const FIELDS: { [T in NodeType]: readonly string[] } = {
  Root: ['body'],
  Output: ['nodes'],
  If: ['cond', 'body', 'elifs', 'else_'],
  For: ['target', 'iter', 'body', 'else_', 'test', 'recursive'],
  Block: ['name', 'body', 'scoped', 'required'],
  Extends: ['template'],
  Include: ['template', 'withContext', 'ignoreMissing'],
  Import: ['template', 'target', 'withContext'],
  FromImport: ['template', 'names', 'withContext'],
  Macro: ['name', 'args', 'defaults', 'body'],
  CallBlock: ['call', 'args', 'defaults', 'body'],
  FilterBlock: ['body', 'filter'],
  With: ['targets', 'values', 'body'],
  Set: ['target', 'value'],
  SetBlock: ['target', 'filter', 'body'],
  ExprStmt: ['node'],
  Autoescape: ['value', 'body'],
  Scope: ['body'],
  Break: [],
  Continue: [],
  TemplateData: ['value'],
  Symbol: ['value', 'ctx'],
  NSRef: ['name', 'attr'],
  Literal: ['value'],
  Tuple: ['items'],
  Array: ['items'],
  Dict: ['items'],
  Pair: ['key', 'value'],
  Add: ['left', 'right'],
  Sub: ['left', 'right'],
  Mul: ['left', 'right'],
  Div: ['left', 'right'],
  FloorDiv: ['left', 'right'],
  Mod: ['left', 'right'],
  Pow: ['left', 'right'],
  And: ['left', 'right'],
  Or: ['left', 'right'],
  Not: ['target'],
  Neg: ['target'],
  Pos: ['target'],
  Concat: ['nodes'],
  Compare: ['expr', 'ops'],
  CompareOperand: ['type', 'expr'],
  InlineIf: ['cond', 'body', 'else_'],
  GetAttr: ['target', 'name'],
  LookupVal: ['target', 'val', 'dotted'],
  Slice: ['start', 'stop', 'step'],
  FunCall: ['callee', ...CALL_FIELDS],
  Filter: ['target', 'name', ...CALL_FIELDS],
  Is: ['target', 'name', ...CALL_FIELDS],
  Keyword: ['key', 'value'],
  MarkSafe: ['expr'],
  MarkSafeIfAutoescape: ['expr'],
  ExtensionAttribute: ['identifier', 'name'],
  ContextReference: [],
};

const classes = new Map<NodeType, new (lineno: number, colno: number) => BaseNode>();

function nodeClass(type: NodeType): new (lineno: number, colno: number) => BaseNode {
  const known = classes.get(type);
  if (known) return known;
  const { nodes } = nunjucks();
  const named = nodes[type];
  // nunjucks' lists keep everything in one field, which is not enough for what Jinja's have.
  const Base = named && !(named.prototype instanceof nodes.NodeList) ? named : nodes.Node;
  const made = class extends Base {
    override get typename(): string {
      return type;
    }
    override get fields(): readonly string[] {
      return FIELDS[type];
    }
  };
  classes.set(type, made);
  return made;
}

/** Makes a node; extensions use it in their `parse`. */
export function createNode<T extends NodeType>(type: T, lineno: number, fields: NodeTypes[T]): NodeOf<T> {
  const NodeClass = nodeClass(type);
  return Object.assign(new NodeClass(lineno, 0), fields) as NodeOf<T>;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'typename' in value;

/** The nodes directly below a node, without those of one field. */
export function childNodes(node: Node, exclude?: string): Node[] {
  const children: Node[] = [];
  for (const field of FIELDS[node.typename]) {
    if (field === exclude) continue;
    const value = (node as unknown as Record<string, unknown>)[field];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) children.push(item);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}

/** All nodes of a type below the given ones, outer before inner. */
export function findAll<T extends NodeType>(roots: readonly Node[], type: T): NodeOf<T>[] {
  const found: NodeOf<T>[] = [];
  const visit = (node: Node): void => {
    if (node.typename === type) found.push(node as NodeOf<T>);
    for (const child of childNodes(node)) visit(child);
  };
  for (const root of roots) visit(root);
  return found;
}
