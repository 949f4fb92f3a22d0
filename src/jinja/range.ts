import { ITEM } from './attributes.ts';
import { TemplateValueError } from './errors.ts';
import { REPR } from './text.ts';

/** Numbers with a constant distance, made as they are needed (Python's `range`). */
export class Range {
  readonly #start: number;
  readonly #stop: number;
  readonly #step: number;

  constructor(start: number, stop: number, step = 1) {
    if (step === 0) throw new TemplateValueError('range() arg 3 must not be zero');
    this.#start = start;
    this.#stop = stop;
    this.#step = step;
  }

  get length(): number {
    return Math.max(Math.ceil((this.#stop - this.#start) / this.#step), 0);
  }

  /** The number at a position, from the end if negative. */
  at(position: number): number | undefined {
    const index = position < 0 ? position + this.length : position;
    return index >= 0 && index < this.length ? this.#start + index * this.#step : undefined;
  }

  slice(from: number, to: number, by: number): Range {
    return new Range(this.#start + from * this.#step, this.#start + to * this.#step, this.#step * by);
  }

  *[Symbol.iterator](): Generator<number> {
    const { length } = this;
    for (let index = 0, value = this.#start; index < length; index++, value += this.#step) yield value;
  }

  [ITEM](position: unknown): number | undefined {
    const index = typeof position === 'boolean' ? Number(position) : position;
    return typeof index === 'number' && Number.isInteger(index) ? this.at(index) : undefined;
  }

  [REPR](): string {
    return `range(${this.#start}, ${this.#stop}${this.#step === 1 ? '' : `, ${this.#step}`})`;
  }
}
