/** A node of the parser's syntax tree (ESTree), read generically: positions are UTF-16 offsets. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

/** Whether a property of a node is a node itself. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** A child that the grammar promises, such as the `body` of a loop. */
export function childOf(node: SyntaxNode, property: string): SyntaxNode {
  return node[property] as SyntaxNode;
}

/** A child that may be missing. */
export function optionalChild(node: SyntaxNode, property: string): SyntaxNode | undefined {
  const value = node[property];
  return isNode(value) ? value : undefined;
}

/** A list of children, without the holes of `[a,,b]`. */
export function childrenOf(node: SyntaxNode, property: string): SyntaxNode[] {
  const value = node[property];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The name of an identifier node. */
export function nameOf(node: SyntaxNode): string {
  return String(node['name']);
}

/** All children of a node, in source order of their properties. */
export function* eachChild(node: SyntaxNode): IterableIterator<SyntaxNode> {
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value as unknown[]) if (isNode(item)) yield item;
    } else if (isNode(value)) yield value;
  }
}
