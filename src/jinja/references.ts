import { inspect } from 'node:util';
import { Markup } from '../util/markup.ts';
import { ATTRIBUTE, ITEM } from './attributes.ts';
import type { Context, RenderFunction, Variables } from './context.ts';
import { INVOKE } from './marks.ts';
import { REPR, repr } from './text.ts';

/** The text that a block or template yields. */
export function join(pieces: string | Iterable<string>): string {
  if (typeof pieces === 'string') return pieces;
  let out = '';
  for (const piece of pieces) out += piece;
  return out;
}

/** {@link join} for what is yielded asynchronously. */
export async function joinAsync(pieces: AsyncIterable<string> | Iterable<string>): Promise<string> {
  let out = '';
  for await (const piece of pieces) out += piece;
  return out;
}

/** A block that can be called: `self.title()`, `super()`; `super.super` leads further up. */
export class BlockReference {
  readonly #name: string;
  readonly #context: Context;
  readonly #stack: readonly RenderFunction[];
  readonly #depth: number;

  constructor(name: string, context: Context, stack: readonly RenderFunction[], depth: number) {
    this.#name = name;
    this.#context = context;
    this.#stack = stack;
    this.#depth = depth;
  }

  [ATTRIBUTE](name: string): unknown {
    if (name !== 'super') return undefined;
    if (this.#depth + 1 < this.#stack.length)
      return new BlockReference(this.#name, this.#context, this.#stack, this.#depth + 1);
    const hint = `there is no parent block called ${repr(this.#name)}.`;
    return new this.#context.environment.undefined({ hint, name: 'super' });
  }

  [INVOKE](): unknown {
    const render = this.#stack[this.#depth] as RenderFunction;
    const text = render(this.#context);
    if (this.#context.mode !== 'async') return this.#marked(join(text as string | Iterable<string>));
    return joinAsync(text as AsyncIterable<string>).then((joined) => this.#marked(joined));
  }

  #marked(text: string): string | Markup {
    return this.#context.evalContext.autoescape ? new Markup(text) : text;
  }

  [REPR](): string {
    return `<BlockReference ${repr(this.#name)}>`;
  }
}

/** `self` in a template: its blocks by name. */
export class TemplateReference {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  [ATTRIBUTE](name: string): unknown {
    const stack = this.#context.blocks.get(name);
    return stack && new BlockReference(name, this.#context, stack, 0);
  }

  [ITEM](name: unknown): unknown {
    return typeof name === 'string' ? this[ATTRIBUTE](name) : undefined;
  }

  [REPR](): string {
    return `<TemplateReference ${repr(this.#context.name ?? null)}>`;
  }
}

/**
 * A template as a module: what it exports (macros and variables set at its top level) are its properties, and it prints
 * as the text of the template.
 */
export class TemplateModule {
  readonly [name: string]: unknown;
  readonly #name: string | undefined;
  readonly #body: string;

  constructor(name: string | undefined, exported: Variables, body: string) {
    this.#name = name;
    this.#body = body;
    for (const [key, value] of Object.entries(exported)) {
      Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
    }
  }

  toString(): string {
    return this.#body;
  }

  __html__(): string {
    return this.#body;
  }

  [ATTRIBUTE](name: string): unknown {
    if (Object.hasOwn(this, name)) return this[name];
    return name === '__name__' ? this.#name : undefined;
  }

  [inspect.custom](): string {
    return this[REPR]();
  }

  [REPR](): string {
    return this.#body;
  }

  /** Says which template it is, for messages. */
  static describe(module: TemplateModule): string {
    return repr(module.#name ?? null);
  }
}
