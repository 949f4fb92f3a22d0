import type { Edits } from './edits.ts';
import { declaredNames, lexicalNames, LocalScope, patternNames, varNames } from './names.ts';
import { childOf, childrenOf, eachChild, nameOf, optionalChild, type SyntaxNode } from './syntax-node.ts';

/** Names under which the generated code reaches the session: parameters of the function that it is. */
export const RUNTIME = {
  /** Session variables that may be assigned: `__shell_let.name = value` declares one. */
  let: '__shell_let',
  /** The same for constants. */
  const: '__shell_const',
  /** `import`, `meta`, `has`, `link`, `echo` and the value of the entry. */
  entry: '__shell',
  /** Throws when Ctrl-C was pressed; every loop calls it. */
  tick: '__shell_tick',
  /** What lowered syntax calls; oxc fixes the name. */
  helpers: 'babelHelpers',
  /** The two scopes that enclose the code. */
  outer: '__shell_outer',
  variables: '__shell_variables',
} as const;

/** What the walk found out about an entry besides its edits. */
export interface Findings {
  /** It awaits outside of functions. */
  isAsync: boolean;
  /** Names that it assigns to and that are not its own: an assignment never reaches the server's globals. */
  readonly assigned: Set<string>;
}

/**
 * The part of the transformation that is the same at every depth: loops can be interrupted, `import()` goes to the
 * project, calls of session functions do not get the scope as `this`, `typeof` of an unknown name does not throw, and
 * statements end in a semicolon, so that what is inserted before the next one cannot continue them.
 */
export class Rewriter {
  readonly #source: string;
  readonly #edits: Edits;
  readonly findings: Findings = { isAsync: false, assigned: new Set() };
  /** Expression statements whose value is wanted, with what to do with it: text that stands before its parentheses. */
  readonly kept = new Map<SyntaxNode, string>();

  constructor(source: string, edits: Edits) {
    this.#source = source;
    this.#edits = edits;
  }

  visit(node: SyntaxNode, scope: LocalScope): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#visitFunction(node, scope);
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#visitClass(node, scope);
      case 'BlockStatement':
        return this.#visitAll(node, scope.block(lexicalNames(childrenOf(node, 'body')).keys()));
      case 'StaticBlock': {
        const statements = childrenOf(node, 'body');
        return this.#visitAll(
          node,
          new LocalScope([...varNames(statements), ...lexicalNames(statements).keys()], scope, true),
        );
      }
      case 'SwitchStatement': {
        const statements = childrenOf(node, 'cases').flatMap((part) => childrenOf(part, 'consequent'));
        return this.#visitAll(node, scope.block(lexicalNames(statements).keys()));
      }
      case 'CatchClause': {
        const param = optionalChild(node, 'param');
        return this.#visitAll(node, scope.block(param ? patternNames(param) : []));
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.#visitLoop(node, scope);
      case 'ExpressionStatement':
        return this.#visitExpressionStatement(node, scope);
      case 'VariableDeclaration':
        return this.#visitVariables(node, scope);
      case 'CallExpression':
      case 'TaggedTemplateExpression':
        this.#detach(childOf(node, node.type === 'CallExpression' ? 'callee' : 'tag'), scope);
        break;
      case 'UnaryExpression':
        if (node['operator'] === 'typeof') this.#guardTypeof(childOf(node, 'argument'), scope);
        break;
      case 'AssignmentExpression':
        this.#assign(childOf(node, 'left'), scope);
        break;
      case 'UpdateExpression':
        this.#assign(childOf(node, 'argument'), scope);
        break;
      case 'AwaitExpression':
        if (!scope.inFunction) this.findings.isAsync = true;
        break;
      case 'ImportExpression':
        this.#edits.replace(node.start, node.start + 'import'.length, `${RUNTIME.entry}.import`);
        break;
      case 'MetaProperty':
        if (nameOf(childOf(node, 'meta')) === 'import')
          this.#edits.replace(node.start, node.end, `${RUNTIME.entry}.meta`);
        return;
      default:
    }
    this.#visitAll(node, scope);
    if (ENDS_IN_SEMICOLON.has(node.type)) this.endStatement(node);
  }

  /** Puts a semicolon where the source left it out. */
  endStatement(node: SyntaxNode): void {
    if (this.#source[node.end - 1] !== ';') this.#edits.insert(node.end, ';');
  }

  #visitAll(node: SyntaxNode, scope: LocalScope): void {
    for (const child of eachChild(node)) this.visit(child, scope);
  }

  #visitExpressionStatement(node: SyntaxNode, scope: LocalScope): void {
    const expression = childOf(node, 'expression');
    const keep = this.kept.get(node);
    if (keep !== undefined) this.#edits.insert(expression.start, `${keep}(`);
    this.visit(expression, scope);
    if (keep !== undefined) this.#edits.insert(expression.end, ')');
    this.endStatement(node);
  }

  #visitFunction(node: SyntaxNode, scope: LocalScope): void {
    const inner = scope.function(node);
    for (const param of childrenOf(node, 'params')) this.visit(param, inner);
    const body = optionalChild(node, 'body');
    if (body?.type === 'BlockStatement') this.#visitAll(body, inner);
    else if (body) this.visit(body, inner);
  }

  #visitClass(node: SyntaxNode, scope: LocalScope): void {
    const id = optionalChild(node, 'id');
    const inner = scope.block(id ? [nameOf(id)] : []);
    const superClass = optionalChild(node, 'superClass');
    if (superClass) this.visit(superClass, inner);
    for (const member of childrenOf(childOf(node, 'body'), 'body')) {
      if (member.type === 'StaticBlock') {
        this.visit(member, inner);
        continue;
      }
      const key = optionalChild(member, 'key');
      if (key && member['computed'] === true) this.visit(key, inner);
      const value = optionalChild(member, 'value');
      if (value) this.visit(value, new LocalScope([], inner, true));
    }
  }

  #visitLoop(node: SyntaxNode, scope: LocalScope): void {
    const head = optionalChild(node, node.type === 'ForStatement' ? 'init' : 'left');
    const names = head?.type === 'VariableDeclaration' && head['kind'] !== 'var' ? declaredNames(head) : [];
    const inner = scope.block(names);
    if (node['await'] === true && !scope.inFunction) this.findings.isAsync = true;
    const body = childOf(node, 'body');
    const isBlock = body.type === 'BlockStatement';
    for (const child of eachChild(node)) {
      if (child === body)
        this.#edits.insert(
          isBlock ? body.start + 1 : body.start,
          isBlock ? `${RUNTIME.tick}();` : `{${RUNTIME.tick}();`,
        );
      if (child === head && node.type !== 'ForStatement' && head.type !== 'VariableDeclaration')
        this.#assign(head, inner);
      if (child === head && head.type === 'VariableDeclaration')
        this.#visitHead(head, inner, node.type !== 'ForStatement');
      else this.visit(child, inner);
      if (child === body && !isBlock) this.#edits.insert(body.end, '}');
    }
  }

  #visitHead(head: SyntaxNode, scope: LocalScope, isEach: boolean): void {
    if (head['kind'] === 'var' && !scope.inFunction) this.declare(head, scope, isEach ? 'each' : 'head');
    else this.#visitAll(head, scope);
  }

  #visitVariables(node: SyntaxNode, scope: LocalScope): void {
    // A `var` outside of functions is the session's, however deep it stands, unless it is one that the entry keeps.
    const isKept = declaredNames(node).every((name) => scope.has(name));
    if (node['kind'] === 'var' && !scope.inFunction && !isKept) return this.declare(node, scope, 'statement');
    if (node['kind'] === 'await using' && !scope.inFunction) this.findings.isAsync = true;
    this.#visitAll(node, scope);
    this.endStatement(node);
  }

  /** Turns a declaration into assignments to the session: `const { a } = b` becomes `({ a: __shell_const.a } = b);`. */
  declare(node: SyntaxNode, scope: LocalScope, place: 'statement' | 'head' | 'each'): void {
    const target = node['kind'] === 'let' || node['kind'] === 'var' ? RUNTIME.let : RUNTIME.const;
    const declarators = childrenOf(node, 'declarations');
    this.#edits.replace(node.start, declarators[0]?.start ?? node.end, place === 'statement' ? '(' : '');
    for (const declarator of declarators) {
      const id = childOf(declarator, 'id');
      const init = optionalChild(declarator, 'init');
      if (!init && place !== 'each' && node['kind'] === 'var') this.#edits.replace(id.start, id.end, 'void 0');
      else this.#declarePattern(id, target, scope);
      if (init) this.#nameAnonymous(id, init, scope);
      else if (place !== 'each' && node['kind'] !== 'var') this.#edits.insert(id.end, ' = void 0');
    }
    if (place !== 'statement') return;
    const hasSemicolon = this.#source[node.end - 1] === ';';
    this.#edits.insert(hasSemicolon ? node.end - 1 : node.end, hasSemicolon ? ')' : ');');
  }

  #declarePattern(pattern: SyntaxNode, target: string, scope: LocalScope): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#edits.insert(pattern.start, `${target}.`);
        break;
      case 'AssignmentPattern': {
        const left = childOf(pattern, 'left');
        this.#declarePattern(left, target, scope);
        this.#nameAnonymous(left, childOf(pattern, 'right'), scope);
        break;
      }
      case 'RestElement':
        this.#declarePattern(childOf(pattern, 'argument'), target, scope);
        break;
      case 'ArrayPattern':
        for (const element of childrenOf(pattern, 'elements')) this.#declarePattern(element, target, scope);
        break;
      case 'ObjectPattern':
        for (const property of childrenOf(pattern, 'properties')) this.#declareProperty(property, target, scope);
        break;
      default:
    }
  }

  #declareProperty(property: SyntaxNode, target: string, scope: LocalScope): void {
    if (property.type === 'RestElement') return this.#declarePattern(property, target, scope);
    const key = childOf(property, 'key');
    if (property['computed'] === true) this.visit(key, scope);
    if (property['shorthand'] === true) this.#edits.insert(property.start, `${nameOf(key)}: `);
    this.#declarePattern(childOf(property, 'value'), target, scope);
  }

  /** A function assigned to a property gets no name: give it the one that a declaration would. */
  #nameAnonymous(id: SyntaxNode, init: SyntaxNode, scope: LocalScope): void {
    const needsName = id.type === 'Identifier' && isAnonymousDefinition(init);
    if (needsName) this.#edits.insert(init.start, `({["${nameOf(id)}"]: `);
    this.visit(init, scope);
    if (needsName) this.#edits.insert(init.end, `})["${nameOf(id)}"]`);
  }

  #isFree(node: SyntaxNode, scope: LocalScope): boolean {
    return node.type === 'Identifier' && !scope.has(nameOf(node));
  }

  /** `f()` inside of `with` would get the scope object as `this`. */
  #detach(node: SyntaxNode, scope: LocalScope): void {
    const callee = withoutParentheses(node);
    if (!this.#isFree(callee, scope) || nameOf(callee) === 'eval') return;
    this.#edits.insert(callee.start, '(0,');
    this.#edits.insert(callee.end, ')');
  }

  #guardTypeof(node: SyntaxNode, scope: LocalScope): void {
    const argument = withoutParentheses(node);
    if (!this.#isFree(argument, scope)) return;
    this.#edits.insert(argument.start, `(${RUNTIME.entry}.has("${nameOf(argument)}") ? `);
    this.#edits.insert(argument.end, ' : void 0)');
  }

  /** Notes the names of an assignment's target that are not local. */
  #assign(target: SyntaxNode, scope: LocalScope): void {
    for (const name of patternNames(target)) if (!scope.has(name)) this.findings.assigned.add(name);
  }
}

const ENDS_IN_SEMICOLON = new Set(['ReturnStatement', 'ThrowStatement', 'DebuggerStatement']);

function isAnonymousDefinition(node: SyntaxNode): boolean {
  const bare = withoutParentheses(node);
  if (bare !== node) return isAnonymousDefinition(bare);
  if (node.type === 'ArrowFunctionExpression') return true;
  return (node.type === 'FunctionExpression' || node.type === 'ClassExpression') && !optionalChild(node, 'id');
}

function withoutParentheses(node: SyntaxNode): SyntaxNode {
  return node.type === 'ParenthesizedExpression' ? withoutParentheses(childOf(node, 'expression')) : node;
}
