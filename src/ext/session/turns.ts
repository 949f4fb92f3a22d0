import { withDeadline } from './guard.ts';

/** Lets writers of one name go one after the other, so that they do not fight over it. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #timeout: number;

  /** `timeout`: milliseconds after which the next one goes although this one has not ended. */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** Runs `work` when those before it have ended, well or not. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const run = (): Promise<T> => withDeadline(work(), this.#timeout);
    const before = this.#last.get(name);
    const turn = before === undefined ? run() : before.then(run, run);
    this.#last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
