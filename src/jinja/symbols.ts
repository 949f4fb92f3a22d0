import { childNodes, type Node, type NodeOf } from './nodes.ts';

/** How a name gets its value when a frame is entered. */
export type Load =
  { kind: 'parameter' } | { kind: 'resolve'; name: string } | { kind: 'alias'; target: string } | { kind: 'undefined' };

/** Which names a frame uses, sets, and gets from outside: what makes Jinja's scoping (see its `idtracking`). */
export class Symbols {
  readonly level: number;
  readonly parent: Symbols | undefined;
  refs = new Map<string, string>();
  loads = new Map<string, Load>();
  stores = new Set<string>();

  constructor(parent?: Symbols, level?: number) {
    this.parent = parent;
    this.level = level ?? (parent ? parent.level + 1 : 0);
  }

  copy(): Symbols {
    const copy = new Symbols(this.parent, this.level);
    copy.refs = new Map(this.refs);
    copy.loads = new Map(this.loads);
    copy.stores = new Set(this.stores);
    return copy;
  }

  /** The variable of the generated code that holds a name. */
  ref(name: string): string {
    const target = this.findRef(name);
    if (target === undefined) throw new TypeError(`the name '${name}' has not been analysed`);
    return target;
  }

  findRef(name: string): string | undefined {
    return this.refs.get(name) ?? this.parent?.findRef(name);
  }

  findLoad(target: string): Load | undefined {
    return this.loads.get(target) ?? this.parent?.findLoad(target);
  }

  store(name: string): void {
    this.stores.add(name);
    if (this.refs.has(name)) return;
    const outer = this.parent?.findRef(name);
    this.#define(name, outer === undefined ? { kind: 'undefined' } : { kind: 'alias', target: outer });
  }

  load(name: string): void {
    if (this.findRef(name) === undefined) this.#define(name, { kind: 'resolve', name });
  }

  declareParameter(name: string): string {
    this.stores.add(name);
    return this.#define(name, { kind: 'parameter' });
  }

  /** Joins what the branches of an `if` do: a name that only some of them set keeps the value from outside otherwise. */
  mergeBranches(branches: readonly Symbols[]): void {
    const stored = new Set(branches.flatMap((branch) => [...branch.stores]).filter((name) => !this.stores.has(name)));
    for (const branch of branches) {
      for (const [name, target] of branch.refs) this.refs.set(name, target);
      for (const [target, load] of branch.loads) this.loads.set(target, load);
      for (const name of branch.stores) this.stores.add(name);
    }
    for (const name of stored) {
      const outer = this.parent?.findRef(name);
      this.loads.set(
        this.ref(name),
        outer === undefined ? { kind: 'resolve', name } : { kind: 'alias', target: outer },
      );
    }
  }

  /** Names that are set in this frame or around it, with the variables that hold them; those of this frame first. */
  dumpStores(found = new Map<string, string>()): Map<string, string> {
    for (const name of [...this.stores].sort()) if (!found.has(name)) found.set(name, this.ref(name));
    return this.parent ? this.parent.dumpStores(found) : found;
  }

  /** Variables that are parameters of this frame or one around it. */
  dumpParameters(targets = new Set<string>()): Set<string> {
    for (const [target, { kind }] of this.loads) if (kind === 'parameter') targets.add(target);
    return this.parent ? this.parent.dumpParameters(targets) : targets;
  }

  #define(name: string, load: Load): string {
    const target = `l_${this.level}_${name}`;
    this.refs.set(name, target);
    this.loads.set(target, load);
    return target;
  }

  /** Analyses what belongs to the frame of a node. */
  analyze(node: Node, part: 'body' | 'else' | 'test' = 'body'): void {
    const visitor = new Visitor(this);
    switch (node.typename) {
      case 'SetBlock':
        visitor.visitAll(node.body);
        return visitor.visitAll(node.filter ? [node.filter] : []);
      case 'CallBlock':
        return visitor.visitAll(childNodes(node, 'call'));
      case 'With':
        visitor.visitAll(node.targets);
        return visitor.visitAll(node.body);
      case 'For':
        return visitor.visitLoop(node, part);
      case 'Autoescape':
        // The value is evaluated inside of the scope, as in Jinja.
        return visitor.visitAll(childNodes(node));
      default:
        return visitor.visitAll(childNodes(node));
    }
  }
}

/** Walks through a frame, up to where inner frames begin. */
class Visitor {
  #symbols: Symbols;

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  visitAll(nodes: Iterable<Node>): void {
    for (const node of nodes) this.#visit(node);
  }

  visitLoop(node: NodeOf<'For'>, part: 'body' | 'else' | 'test'): void {
    if (part === 'else') return this.visitAll(node.else_);
    this.#parameters(node.target);
    if (part === 'body') this.visitAll(node.body);
    else if (node.test) this.#visit(node.test);
  }

  #parameters(target: Node): void {
    if (target.typename === 'Symbol') this.#symbols.declareParameter(target.value);
    else if (target.typename === 'NSRef') this.#symbols.load(target.name);
    else for (const child of childNodes(target)) this.#parameters(child);
  }

  #visit(node: Node): void {
    switch (node.typename) {
      case 'Symbol':
        return this.#symbol(node);
      case 'NSRef':
        return this.#symbols.load(node.name);
      case 'If':
        return this.#if(node);
      case 'Macro':
        return this.#symbols.store(node.name);
      case 'Import':
        this.#visit(node.template);
        return this.#symbols.store(node.target);
      case 'FromImport':
        this.#visit(node.template);
        for (const [, alias] of node.names) this.#symbols.store(alias);
        return;
      case 'Set':
        this.#visit(node.value);
        return this.#visit(node.target);
      case 'For':
        return this.#visit(node.iter);
      case 'CallBlock':
        return this.#visit(node.call);
      case 'FilterBlock':
        return this.#visit(node.filter);
      case 'With':
        return this.visitAll(node.values);
      case 'SetBlock':
        return this.#visit(node.target);
      case 'Scope':
      case 'Autoescape':
      case 'Block':
        return;
      default:
        return this.visitAll(childNodes(node));
    }
  }

  #symbol(node: NodeOf<'Symbol'>): void {
    if (node.ctx === 'param') this.#symbols.declareParameter(node.value);
    else if (node.ctx === 'store') this.#symbols.store(node.value);
    else this.#symbols.load(node.value);
  }

  #if(node: NodeOf<'If'>): void {
    this.#visit(node.cond);
    const outer = this.#symbols;
    const branch = (nodes: readonly Node[]): Symbols => {
      this.#symbols = outer.copy();
      this.visitAll(nodes);
      const symbols = this.#symbols;
      this.#symbols = outer;
      return symbols;
    };
    outer.mergeBranches([branch(node.body), branch(node.elifs), branch(node.else_)]);
  }
}

/** Which of `names` are used before they are set somewhere in these nodes, inner frames included. */
export function findUndeclared(nodes: Iterable<Node>, names: readonly string[]): Set<string> {
  const wanted = new Set(names);
  const undeclared = new Set<string>();
  const visit = (node: Node): void => {
    if (node.typename === 'Block') return;
    if (node.typename === 'Symbol') {
      if (node.ctx === 'load' && wanted.has(node.value)) undeclared.add(node.value);
      else if (node.ctx !== 'load') wanted.delete(node.value);
      return;
    }
    for (const child of childNodes(node)) visit(child);
  };
  for (const node of nodes) visit(node);
  return undeclared;
}
