import { LanguageServerError, LanguageServerGone } from './language-server.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  stop(): void;
}

/** Requests that wait for their answers. */
export class PendingRequests {
  readonly #waiting = new Map<number, Waiting>();
  #id = 0;
  #isGone = false;

  /** How many have no answer yet. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Asks something: `send` gets the number of the request, `cancel` is called when the signal ends the waiting. Rejects
   * with the signal's reason, or with {@link LanguageServerGone}.
   */
  ask(send: (id: number) => void, signal?: AbortSignal, cancel?: (id: number) => void): Promise<unknown> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve, reject) => {
      if (this.#isGone) return reject(new LanguageServerGone());
      if (signal?.aborted) return reject(signal.reason as Error);
      const abort = (): void => {
        this.#take(id)?.reject(signal?.reason);
        cancel?.(id);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.set(id, { resolve, reject, stop: () => signal?.removeEventListener('abort', abort) });
      send(id);
    });
  }

  /** An answer; one that nobody waits for any more is dropped. */
  settle(id: number, result: { value: unknown } | { error: string }): void {
    const waiting = this.#take(id);
    if ('value' in result) waiting?.resolve(result.value);
    else waiting?.reject(new LanguageServerError(result.error));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.stop();
    return waiting;
  }

  /** There will be no more answers. */
  end(): void {
    this.#isGone = true;
    for (const id of this.#waiting.keys()) this.#take(id)?.reject(new LanguageServerGone());
  }
}
