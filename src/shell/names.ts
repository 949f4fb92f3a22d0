import { childOf, childrenOf, eachChild, isNode, nameOf, optionalChild, type SyntaxNode } from './syntax-node.ts';

/** How a name of the session came to be; what it may be used for depends on it. */
export type NameKind = 'let' | 'const' | 'var' | 'function' | 'class' | 'import';

/** The names that a binding pattern declares, or that an assignment pattern assigns to. */
export function patternNames(pattern: SyntaxNode): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [nameOf(pattern)];
    case 'ObjectPattern':
      return childrenOf(pattern, 'properties').flatMap((property) =>
        patternNames(childOf(property, property.type === 'RestElement' ? 'argument' : 'value')),
      );
    case 'ArrayPattern':
      return childrenOf(pattern, 'elements').flatMap(patternNames);
    case 'AssignmentPattern':
      return patternNames(childOf(pattern, 'left'));
    case 'RestElement':
      return patternNames(childOf(pattern, 'argument'));
    case 'ParenthesizedExpression':
      return patternNames(childOf(pattern, 'expression'));
    default:
      return [];
  }
}

/** The names of one `let`, `const`, `var` or `using` declaration. */
export function declaredNames(declaration: SyntaxNode): string[] {
  return childrenOf(declaration, 'declarations').flatMap((declarator) => patternNames(childOf(declarator, 'id')));
}

/** The names that belong to the block of these statements: `let`, `const`, classes, functions, imports. */
export function lexicalNames(statements: readonly SyntaxNode[]): Map<string, NameKind> {
  const names = new Map<string, NameKind>();
  for (const statement of statements) {
    const declaration = exportedDeclaration(statement) ?? statement;
    if (declaration.type === 'VariableDeclaration' && declaration['kind'] !== 'var') {
      const kind = declaration['kind'] === 'let' ? 'let' : 'const';
      for (const name of declaredNames(declaration)) names.set(name, kind);
    } else if (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') {
      const id = optionalChild(declaration, 'id');
      if (id) names.set(nameOf(id), declaration.type === 'ClassDeclaration' ? 'class' : 'function');
    } else if (declaration.type === 'ImportDeclaration') {
      for (const specifier of childrenOf(declaration, 'specifiers'))
        names.set(nameOf(childOf(specifier, 'local')), 'import');
    }
  }
  return names;
}

/** What `export const a = 1` or `export default class A {}` declares. */
export function exportedDeclaration(statement: SyntaxNode): SyntaxNode | undefined {
  return /^Export(?:Named|Default)Declaration$/.test(statement.type)
    ? optionalChild(statement, 'declaration')
    : undefined;
}

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassDeclaration',
  'ClassExpression',
]);

/** Whether `var`, `await` and `return` inside of this node belong to it. */
function isFunctionLike(node: SyntaxNode): boolean {
  return FUNCTIONS.has(node.type);
}

/** The `var` names of a function body or program, from all its nested statements. */
export function varNames(nodes: Iterable<SyntaxNode>): string[] {
  const names: string[] = [];
  for (const node of nodes) {
    if (isFunctionLike(node)) continue;
    if (node.type === 'VariableDeclaration' && node['kind'] === 'var') names.push(...declaredNames(node));
    names.push(...varNames(eachChild(node)));
  }
  return names;
}

/** Names of the code that are not the session's: those of functions, blocks, loops and classes. */
export class LocalScope {
  readonly #names: Set<string>;
  readonly #parent: LocalScope | undefined;
  /** Whether the code runs later than the entry it stands in: `await` there is not the entry's. */
  readonly inFunction: boolean;

  constructor(names: Iterable<string> = [], parent?: LocalScope, inFunction = parent?.inFunction ?? false) {
    this.#names = new Set(names);
    this.#parent = parent;
    this.inFunction = inFunction;
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.#parent?.has(name) ?? false);
  }

  /** The scope of a block, loop head, `switch` or `catch`. */
  block(names: Iterable<string>): LocalScope {
    return new LocalScope(names, this);
  }

  /** The scope of a function, with its parameters and everything its body declares. */
  function(node: SyntaxNode): LocalScope {
    const body = optionalChild(node, 'body');
    const statements = body && body.type === 'BlockStatement' ? childrenOf(body, 'body') : [];
    const parameters = childrenOf(node, 'params').flatMap(patternNames);
    const id = node['id'];
    const own = node.type === 'FunctionExpression' && isNode(id) ? [nameOf(id)] : [];
    const names = [...own, ...parameters, ...varNames(statements), ...lexicalNames(statements).keys()];
    return new LocalScope(names, this, true);
  }
}
