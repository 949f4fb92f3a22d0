import { writeFileSync } from 'node:fs';

/** The pieces of a template, one by one or some at a time. */
export class TemplateStream implements Iterable<string> {
  readonly #pieces: Iterator<string>;
  #size = 1;

  constructor(pieces: Iterable<string>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** Joins so many pieces that have something in them before they are given. */
  enableBuffering(size = 5): this {
    if (size <= 1) throw new RangeError('buffer size too small');
    this.#size = size;
    return this;
  }

  /** Gives every piece as it is made. */
  disableBuffering(): this {
    this.#size = 1;
    return this;
  }

  *[Symbol.iterator](): Generator<string> {
    let buffered = '';
    let count = 0;
    for (let next = this.#pieces.next(); !next.done; next = this.#pieces.next()) {
      buffered += next.value;
      if (next.value !== '') count++;
      if (this.#size === 1 || count >= this.#size) {
        yield buffered;
        buffered = '';
        count = 0;
      }
    }
    if (buffered !== '') yield buffered;
  }

  /** Writes everything to a file, or to anything with `write`. */
  dump(target: string | URL | { write(chunk: string): unknown }): void {
    if (typeof target === 'string' || target instanceof URL) writeFileSync(target, [...this].join(''));
    else for (const piece of this) target.write(piece);
  }
}
