import type { Environment } from './environment.ts';
import { invoke } from './calls.ts';
import { BlockReference } from './references.ts';
import { TemplateRuntimeError } from './errors.ts';
import { REPR, repr } from './text.ts';

/** In which form the code of a template runs: returning text, yielding pieces of it, or doing that asynchronously. */
export type Mode = 'render' | 'stream' | 'async';

/** The generated function of a block or of a whole template. */
export type RenderFunction = (context: Context) => string | Iterable<string> | AsyncIterable<string>;

/** What the evaluation of an expression depends on besides variables. Functions marked with `passEvalContext` get it. */
export class EvalContext {
  readonly environment: Environment;
  /** Whether what is printed is escaped at this point of the template. */
  autoescape: boolean;

  constructor(environment: Environment, templateName: string | undefined) {
    this.environment = environment;
    this.autoescape = environment.isAutoescaped(templateName);
  }
}

export type Variables = Record<string, unknown>;

/** What a context is made of. */
export interface ContextInit {
  environment: Environment;
  name: string | undefined;
  mode: Mode;
  /** Where names are looked up after the variables of the template itself, nearest first. */
  layers: readonly Variables[];
  /** Variables of the template itself in front of the environment's globals. */
  globals?: Variables | undefined;
  blocks: Iterable<readonly [string, RenderFunction]>;
  /** Shared by everything that one rendering runs. */
  state?: RenderState | undefined;
}

/** How deep a rendering is in templates, blocks and macros. Only counted where the stack would not overflow: with async. */
export interface RenderState {
  depth: number;
  limit: number;
}

const MAX_DEPTH = 300;

/** The variables of a template while it is rendered. Functions marked with `passContext` get it; they must not change it. */
export class Context {
  readonly environment: Environment;
  /** Name of the template. */
  readonly name: string | undefined;
  readonly mode: Mode;
  evalContext: EvalContext;
  /** Variables that the template has set at its top level. */
  readonly vars: Variables = Object.create(null) as Variables;
  /** Which of them are visible to those who import the template. */
  readonly exported = new Set<string>();
  readonly blocks: Map<string, RenderFunction[]>;
  readonly globals: Variables;
  state: RenderState;
  readonly #layers: readonly Variables[];

  constructor(init: ContextInit) {
    this.environment = init.environment;
    this.name = init.name;
    this.mode = init.mode;
    this.evalContext = new EvalContext(init.environment, init.name);
    this.globals = init.globals ?? {};
    this.state = init.state ?? { depth: 0, limit: MAX_DEPTH };
    this.#layers = init.layers;
    this.blocks = new Map();
    for (const [name, block] of init.blocks) this.blocks.set(name, [block]);
  }

  /** The value of a variable; undefined where there is none. */
  lookup(name: string): unknown {
    const own = this.vars[name];
    if (own !== undefined) return own;
    for (const layer of this.#layers) if (Object.hasOwn(layer, name)) return layer[name];
    return undefined;
  }

  /** The value of a variable; an undefined value of the environment's class where there is none. */
  resolve(name: string): unknown {
    const value = this.lookup(name);
    return value === undefined ? new this.environment.undefined({ name }) : value;
  }

  get(name: string, fallback: unknown = null): unknown {
    return this.has(name) ? this.lookup(name) : fallback;
  }

  has(name: string): boolean {
    return name in this.vars || this.#layers.some((layer) => Object.hasOwn(layer, name));
  }

  keys(): IterableIterator<string> {
    return Object.keys(this.getAll())[Symbol.iterator]();
  }

  /** All variables as one object. */
  getAll(): Variables {
    const all = Object.create(null) as Variables;
    for (const layer of this.#layers.toReversed()) Object.assign(all, layer);
    return Object.assign(all, this.vars);
  }

  /** The variables that importers see. */
  getExported(): Variables {
    return Object.fromEntries([...this.exported].map((name) => [name, this.vars[name]]));
  }

  /** @internal Goes one level deeper, in async mode. */
  enter(): void {
    if (++this.state.depth > this.state.limit) throw new TemplateRuntimeError('too much recursion in a template');
  }

  /** @internal */
  leave(): void {
    this.state.depth--;
  }

  /** Calls a function as a template would. */
  call(fn: unknown, ...args: unknown[]): unknown {
    return invoke(this, fn, args, undefined);
  }

  /** The layers that an included template or a scoped block sees. */
  layersWith(locals: Variables): Variables[] {
    const set: Variables = Object.create(null) as Variables;
    for (const name in locals) if (locals[name] !== undefined) set[name] = locals[name];
    return [set, this.vars, ...this.#layers];
  }

  /** A context of the same template in which some variables differ. */
  derived(locals: Variables): Context {
    const { environment, name, mode } = this;
    const context = new Context({
      environment,
      name,
      mode,
      layers: this.layersWith(locals),
      globals: this.globals,
      state: this.state,
      blocks: [],
    });
    context.evalContext = this.evalContext;
    for (const [block, stack] of this.blocks) context.blocks.set(block, [...stack]);
    return context;
  }

  /** Adds the blocks of a template that this one extends. */
  addParentBlocks(blocks: ReadonlyMap<string, RenderFunction>): void {
    for (const [name, block] of blocks) {
      const stack = this.blocks.get(name);
      if (stack) stack.push(block);
      else this.blocks.set(name, [block]);
    }
  }

  /** The function to render a block with. Throws where a block that is required is not there. */
  block(name: string, required: boolean): RenderFunction {
    const stack = this.blocks.get(name) ?? [];
    const [block] = stack;
    if (!block || (required && stack.length <= 1))
      throw new TemplateRuntimeError(`Required block ${repr(name)} not found`);
    return block;
  }

  /** `super` inside of a block. */
  super(name: string, current: RenderFunction): unknown {
    const stack = this.blocks.get(name) ?? [];
    const index = stack.indexOf(current);
    if (index === -1 || index + 1 >= stack.length) {
      return new this.environment.undefined({ hint: `there is no parent block called ${repr(name)}.`, name: 'super' });
    }
    return new BlockReference(name, this, stack, index + 1);
  }

  [REPR](): string {
    return `<Context ${repr(this.getAll())} of ${repr(this.name ?? null)}>`;
  }
}
