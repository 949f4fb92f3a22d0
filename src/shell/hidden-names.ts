import { basename } from 'node:path';

/** Names that another provider has taken, under a name of their own provider: `models.user`. */
export class HiddenNames {
  readonly #groups = new Map<string, Map<string, () => unknown>>();
  readonly #isTaken: (name: string) => boolean;

  /** `isTaken`: whether a name stands for something else already. */
  constructor(isTaken: (name: string) => boolean) {
    this.#isTaken = isTaken;
  }

  /** Keeps a name; `from` is its provider, such as `src/models.ts:3`. Gives what it is reached by. */
  add(name: string, from: string, get: () => unknown): string {
    const stem = identifier(basename(from).replace(/\.\w+:\d+$|:\d+$/, ''));
    for (let count = 1; ; count += 1) {
      const group = count === 1 ? stem : `${stem}${count}`;
      const names = this.#groups.get(group);
      if (names?.has(name) || (!names && this.#isTaken(group))) continue;
      this.#groups.set(group, (names ?? new Map<string, () => unknown>()).set(name, get));
      return `${group}.${name}`;
    }
  }

  /** The names of the providers, each with an object of what it has lost. */
  *objects(): IterableIterator<[group: string, object: object]> {
    for (const [group, names] of this.#groups) {
      const object = {};
      for (const [name, get] of names) Object.defineProperty(object, name, { get, enumerable: true });
      yield [group, object];
    }
  }
}

function identifier(text: string): string {
  const name = text.replaceAll(/[^\w$]+(\w?)/g, (_, next: string) => next.toUpperCase());
  return /^[A-Za-z_$]/.test(name) ? name : `context${name}`;
}
