import { ATTRIBUTE, ITEM } from './attributes.ts';
import { TemplateRuntimeError, TemplateTypeError } from './errors.ts';
import { INVOKE } from './marks.ts';
import { pairsOf } from './container-methods.ts';
import { REPR, repr } from './text.ts';

/** `namespace(…)`: variables that assignments inside of loops and blocks can change. */
export class Namespace {
  readonly #values = new Map<string, unknown>();

  constructor(values: unknown, kwargs: Record<string, unknown>) {
    if (values !== undefined) for (const [name, value] of pairsOf(values)) this.#values.set(String(name), value);
    for (const [name, value] of Object.entries(kwargs)) this.#values.set(name, value);
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  [ATTRIBUTE](name: string): unknown {
    return this.#values.get(name);
  }

  [ITEM](name: unknown): unknown {
    return typeof name === 'string' ? this.#values.get(name) : undefined;
  }

  [REPR](): string {
    return `<Namespace ${repr(Object.fromEntries(this.#values))}>`;
  }
}

/** `cycler(…)`: gives its values in turn. */
export class Cycler {
  readonly #items: readonly unknown[];
  #position = 0;

  constructor(items: readonly unknown[]) {
    if (items.length === 0) throw new TemplateRuntimeError('at least one item has to be provided');
    this.#items = items;
  }

  [ATTRIBUTE](name: string): unknown {
    switch (name) {
      case 'current':
        return this.#items[this.#position];
      case 'pos':
        return this.#position;
      case 'items':
        return this.#items;
      case 'next':
        return method(() => {
          const current = this.#items[this.#position];
          this.#position = (this.#position + 1) % this.#items.length;
          return current;
        });
      case 'reset':
        return method(() => {
          this.#position = 0;
          return null;
        });
      default:
        return undefined;
    }
  }

  [REPR](): string {
    return '<Cycler>';
  }
}

function method(call: () => unknown): unknown {
  return Object.assign(() => undefined, { [INVOKE]: call });
}

/** `joiner(…)`: prints nothing the first time, and its separator from then on. */
export class Joiner {
  readonly #separator: unknown;
  #used = false;

  constructor(separator: unknown) {
    this.#separator = separator;
  }

  [INVOKE](_context: unknown, args: unknown[]): unknown {
    if (args.length > 0) throw new TemplateTypeError('Joiner.__call__() takes 1 positional argument');
    if (this.#used) return this.#separator;
    this.#used = true;
    return '';
  }

  [ATTRIBUTE](name: string): unknown {
    if (name === 'sep') return this.#separator;
    return name === 'used' ? this.#used : undefined;
  }

  [REPR](): string {
    return '<Joiner>';
  }
}
