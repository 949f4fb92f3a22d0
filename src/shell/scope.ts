import { createRequire, isBuiltin } from 'node:module';
import type { NameKind } from './names.ts';
import { RUNTIME } from './rewrite.ts';

/** Names that are looked up when they are not variables: what the app offers, `_`, `Out`. */
export interface NameSource {
  has(name: string): boolean;
  get(name: string): unknown;
  names(): Iterable<string>;
  /** Assigns to one of them. Without it, an assignment makes a variable of the session. */
  assign?(name: string, value: unknown): void;
}

/** What `.ls` and completion want to know about a variable. */
export interface VariableInfo {
  name: string;
  kind: NameKind;
  value: unknown;
}

const INTERNAL = new Set<string>(Object.values(RUNTIME));
const requireHere = createRequire(import.meta.url);
// Of Node's modules those with a simple name are at hand, as in Node's own REPL; not those that change the process when loaded.
const UNWANTED = new Set(['domain', 'punycode', 'repl', 'sys']);
const isNodeModule = (name: string): boolean =>
  /^[a-z]+(?:_[a-z]+)?$/.test(name) && isBuiltin(name) && !UNWANTED.has(name);

/**
 * The variables of one session. They live on an object of their own, which evaluated code gets through `with`: the app
 * and other sessions never see them, whatever they are called, and values are still those of the main realm.
 */
export class SessionScope {
  /** The variables. Constants and imports are accessors, so that nothing but a new declaration replaces them. */
  readonly variables: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  /** What is asked after {@link variables}: decides on every other name. */
  readonly outer: object;
  /** Targets of declarations: setting a property declares it. */
  readonly declareLet: object;
  readonly declareConst: object;
  readonly #kinds = new Map<string, NameKind>();
  /** Names that were assigned or declared once: assigning them never reaches the server's globals. */
  readonly #own = new Set<string>();
  readonly #sources: readonly NameSource[];

  constructor(sources: readonly NameSource[]) {
    this.#sources = sources;
    this.declareLet = this.#declarations((name, value) => this.set(name, value));
    this.declareConst = this.#declarations((name, value) => this.setConstant(name, value));
    this.outer = new Proxy(Object.create(null) as object, {
      has: (_, name) => typeof name === 'string' && this.#answersFor(name),
      get: (_, name) => (typeof name === 'string' ? this.lookUp(name) : undefined),
      set: (_, name, value: unknown) => {
        this.#assign(String(name), value);
        return true;
      },
    });
  }

  #assign(name: string, value: unknown): void {
    const source = this.#sources.find((candidate) => candidate.has(name));
    if (source?.assign) source.assign(name, value);
    else this.set(name, value);
  }

  #declarations(declare: (name: string, value: unknown) => void): object {
    return new Proxy(Object.create(null) as object, {
      set: (_, name, value: unknown) => {
        declare(String(name), value);
        return true;
      },
    });
  }

  #answersFor(name: string): boolean {
    if (INTERNAL.has(name)) return false;
    return this.#own.has(name) || !(name in globalThis) || this.#sources.some((source) => source.has(name));
  }

  /** Prepares the names of an entry that is about to run. */
  begin(declared: ReadonlyMap<string, NameKind>, assigned: Iterable<string>, fresh: Iterable<string>): void {
    for (const [name, kind] of declared) {
      this.#own.add(name);
      this.#kinds.set(name, kind);
      if (kind === 'var' && !(name in this.variables)) this.set(name, undefined);
    }
    for (const name of assigned) this.#own.add(name);
    for (const name of fresh) this.set(name, undefined);
  }

  /** Whether `name` stands for anything: what `typeof name` asks. */
  has(name: string): boolean {
    return (
      name in this.variables ||
      name in globalThis ||
      this.#sources.some((source) => source.has(name)) ||
      isNodeModule(name)
    );
  }

  /** The value of any name. Throws a ReferenceError for one that stands for nothing. */
  lookUp(name: string): unknown {
    if (name in this.variables) return this.variables[name];
    for (const source of this.#sources) if (source.has(name)) return source.get(name);
    if (name in globalThis) return (globalThis as Record<string, unknown>)[name];
    if (isNodeModule(name)) return requireHere(`node:${name}`);
    throw new ReferenceError(`${name} is not defined`);
  }

  /** Declares or assigns a variable. */
  set(name: string, value: unknown): void {
    this.#own.add(name);
    Object.defineProperty(this.variables, name, { value, writable: true, enumerable: true, configurable: true });
  }

  /** Declares a variable of a kind, as an entry would have. */
  declare(name: string, kind: NameKind, value: unknown): void {
    this.#kinds.set(name, kind);
    if (kind === 'const') this.setConstant(name, value);
    else this.set(name, value);
  }

  setConstant(name: string, value: unknown): void {
    this.link(
      name,
      () => value,
      () => `Assignment to constant variable '${name}'. Declare it again to replace it: const ${name} = …`,
    );
  }

  /** Declares a name whose value is asked for each time: a constant, or an import. */
  link(name: string, get: () => unknown, refusal: () => string = () => `Assignment to the import '${name}'.`): void {
    this.#own.add(name);
    Object.defineProperty(this.variables, name, {
      get,
      set: () => {
        throw new TypeError(refusal());
      },
      enumerable: true,
      configurable: true,
    });
  }

  /** Whether a variable is the name of an import. */
  isImport(name: string): boolean {
    return name in this.variables && this.#kinds.get(name) === 'import';
  }

  /** Takes variables out of sight. The function that it returns brings back those that were not declared anew. */
  hide(names: readonly string[]): () => void {
    const hidden = names.flatMap((name) => {
      const descriptor = Object.getOwnPropertyDescriptor(this.variables, name);
      return descriptor ? [[name, descriptor] as const] : [];
    });
    for (const [name] of hidden) delete this.variables[name];
    return () => {
      for (const [name, descriptor] of hidden)
        if (!(name in this.variables)) Object.defineProperty(this.variables, name, descriptor);
    };
  }

  delete(name: string): boolean {
    this.#kinds.delete(name);
    return name in this.variables && delete this.variables[name];
  }

  /** The variables, in the order of their declaration. Getters of imports run. */
  list(): VariableInfo[] {
    return Object.keys(this.variables).map((name) => ({
      name,
      kind: this.#kinds.get(name) ?? 'let',
      value: this.variables[name],
    }));
  }

  /** Every name that completion may offer besides globals. */
  names(): string[] {
    return [...new Set([...Object.keys(this.variables), ...this.#sources.flatMap((source) => [...source.names()])])];
  }
}
