import { ATTRIBUTE } from './attributes.ts';
import { equal } from './compare.ts';
import { TemplateTypeError } from './errors.ts';
import { INVOKE } from './marks.ts';
import { REPR } from './text.ts';
import type { UndefinedClass } from './undefined.ts';
import { iterate, Tuple, UndefinedValue } from './values.ts';

/** Renders the items of a recursive loop one level deeper. */
export type Recurse = (items: unknown, depth0: number) => unknown;

const ABSENT = Symbol('absent');

/** `loop`: where a loop stands. Moved on by the generated code with {@link next}. */
export class LoopContext {
  /** The current item. */
  item: unknown = undefined;
  /** Items that have been passed, counted from 0. */
  index0 = -1;
  readonly depth0: number;
  protected readonly list: readonly unknown[] | undefined;
  protected readonly undefinedClass: UndefinedClass;
  protected after: unknown = ABSENT;
  protected size: number | undefined;
  #before: unknown;
  #iterator: Iterator<unknown> | undefined;
  readonly #recurse: Recurse | undefined;
  #lastChanged: unknown[] | undefined;

  constructor(items: unknown, undefinedClass: UndefinedClass, recurse?: Recurse, depth0 = 0) {
    this.undefinedClass = undefinedClass;
    this.#recurse = recurse;
    this.depth0 = depth0;
    const source = iterate(items);
    this.list = Array.isArray(source) ? source : undefined;
    if (!this.list) {
      this.#iterator = source[Symbol.iterator]();
      this.size = lengthOf(items);
    }
  }

  /** Goes to the next item, if there is one. */
  next(): boolean {
    if (this.list) {
      if (this.index0 + 1 >= this.list.length) return false;
      this.index0++;
      this.item = this.list[this.index0];
    } else {
      const item = this.peek();
      this.after = ABSENT;
      if (item === ABSENT) return false;
      this.index0++;
      this.#before = this.item;
      this.item = item;
    }
    if (this.item === undefined) this.item = new this.undefinedClass({ hint: 'the item of the loop is undefined' });
    return true;
  }

  protected peek(): unknown {
    if (this.list) return this.index0 + 1 < this.list.length ? this.list[this.index0 + 1] : ABSENT;
    if (this.after === ABSENT) {
      const result = this.#iterator?.next();
      this.after = !result || result.done ? ABSENT : result.value;
    }
    return this.after;
  }

  /** Ends the iterator of a loop that is left early. */
  close(): void {
    this.#iterator?.return?.();
  }

  get index(): number {
    return this.index0 + 1;
  }

  get depth(): number {
    return this.depth0 + 1;
  }

  get first(): boolean {
    return this.index0 === 0;
  }

  get last(): unknown {
    return this.peek() === ABSENT;
  }

  get length(): unknown {
    if (this.list) return this.list.length;
    if (this.size === undefined) {
      const rest: unknown[] = [];
      for (let item = this.peek(); item !== ABSENT; item = this.peek()) {
        rest.push(item);
        this.after = ABSENT;
      }
      this.size = this.index + rest.length;
      this.#iterator = rest[Symbol.iterator]();
    }
    return this.size;
  }

  get revindex(): unknown {
    return (this.length as number) - this.index0;
  }

  get revindex0(): unknown {
    return (this.length as number) - this.index;
  }

  get previtem(): unknown {
    if (this.first) return new this.undefinedClass({ hint: 'there is no previous item' });
    return this.list ? this.list[this.index0 - 1] : this.#before;
  }

  get nextitem(): unknown {
    return this.present(this.peek());
  }

  protected present(item: unknown): unknown {
    return item === ABSENT ? new this.undefinedClass({ hint: 'there is no next item' }) : item;
  }

  protected static isAbsent(item: unknown): boolean {
    return item === ABSENT;
  }

  [ATTRIBUTE](name: string): unknown {
    switch (name) {
      case 'cycle':
        return this.#method((args) => {
          if (args.length === 0) throw new TemplateTypeError('no items for cycling given');
          return args[this.index0 % args.length];
        });
      case 'changed':
        return this.#method((args) => {
          if (this.#lastChanged && equal(this.#lastChanged, args)) return false;
          this.#lastChanged = args;
          return true;
        });
      default:
        return PUBLIC.has(name) ? this[name as keyof this] : undefined;
    }
  }

  #method(call: (args: unknown[]) => unknown): unknown {
    return Object.assign(() => undefined, { [INVOKE]: (_context: unknown, args: unknown[]) => call(args) });
  }

  /** `loop(items)` in a recursive loop. */
  [INVOKE](_context: unknown, args: unknown[]): unknown {
    if (!this.#recurse) {
      throw new TemplateTypeError("The loop must have the 'recursive' marker to be called recursively.");
    }
    if (args[0] instanceof UndefinedValue) iterate(args[0]);
    return this.#recurse(args[0], this.depth);
  }

  /** The items that are left, as Python gives them: with the loop itself. */
  *[Symbol.iterator](): Generator<Tuple> {
    while (this.next()) yield new Tuple([this.item, this]);
  }

  [REPR](): string {
    return `<LoopContext ${this.index}/${String(this.length)}>`;
  }
}

const PUBLIC = new Set([
  'index',
  'index0',
  'revindex',
  'revindex0',
  'first',
  'last',
  'length',
  'previtem',
  'nextitem',
  'depth',
  'depth0',
]);

function lengthOf(items: unknown): number | undefined {
  if (items instanceof Map || items instanceof Set) return items.size;
  return items instanceof Tuple ? items.length : undefined;
}

/** {@link LoopContext} over something asynchronous: what needs to look ahead are promises, which templates await. */
export class AsyncLoopContext extends LoopContext {
  readonly #source: AsyncIterator<unknown> | undefined;
  #passed: unknown;
  #pending: unknown[] = [];

  constructor(items: unknown, undefinedClass: UndefinedClass, recurse?: Recurse, depth0 = 0) {
    const source = asyncSource(items);
    super(source ? [] : items, undefinedClass, recurse, depth0);
    this.#source = source;
  }

  async nextAsync(): Promise<boolean> {
    if (!this.#source) {
      const moved = this.next();
      if (moved) this.item = await this.item;
      return moved;
    }
    const item = await this.#ahead();
    if (LoopContext.isAbsent(item)) return false;
    this.#pending.shift();
    this.#passed = this.item;
    this.index0++;
    this.item = item;
    return true;
  }

  async #ahead(): Promise<unknown> {
    if (this.#pending.length === 0) {
      const result = await this.#source?.next();
      if (!result || result.done) return ABSENT;
      this.#pending.push(result.value);
    }
    return this.#pending[0];
  }

  override close(): void {
    void this.#source?.return?.();
    super.close();
  }

  override get last(): unknown {
    return this.#source ? this.#ahead().then((item) => item === ABSENT) : super.last;
  }

  override get nextitem(): unknown {
    return this.#source ? this.#ahead().then((item) => this.present(item)) : super.nextitem;
  }

  override get previtem(): unknown {
    return this.#source && !this.first ? this.#passed : super.previtem;
  }

  override get length(): unknown {
    return this.#source ? this.#total() : super.length;
  }

  override get revindex(): unknown {
    return this.#source ? this.#total().then((total) => total - this.index0) : super.revindex;
  }

  override get revindex0(): unknown {
    return this.#source ? this.#total().then((total) => total - this.index) : super.revindex0;
  }

  async #total(): Promise<number> {
    if (this.size === undefined) {
      for (let result = await this.#source?.next(); result && !result.done; result = await this.#source?.next()) {
        this.#pending.push(result.value);
      }
      this.size = this.index + this.#pending.length;
    }
    return this.size;
  }
}

function asyncSource(items: unknown): AsyncIterator<unknown> | undefined {
  if (typeof items !== 'object' || items === null || Symbol.iterator in items) return undefined;
  return (items as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator]?.();
}
