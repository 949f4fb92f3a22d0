import { FlaconError, ServiceUnavailable } from 'flacon';
import type { MaybePromise } from './store.ts';

/** What the guard tells of the store's health. */
export interface GuardLog {
  error(message: string, error?: unknown): void;
  info(message: string): void;
}

/** For so many milliseconds after a failure nobody asks the store: requests are answered at once instead of queueing. */
const PAUSE = 250;

/** Rejects with a FlaconError `SESSION_STORE_TIMEOUT` if a promise is not settled in time. */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new FlaconError(`The session store did not answer within ${milliseconds} ms.`, {
          code: 'SESSION_STORE_TIMEOUT',
          fix: 'See whether the store runs and is reachable; SESSION_STORE_TIMEOUT is how long to wait.',
        }),
      );
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes every failure of the store, and its silence, a 503 within a bounded time. */
export class StoreGuard {
  readonly #timeout: number;
  readonly #log: GuardLog;
  #failure: { error: unknown; until: number } | undefined;

  constructor(timeout: number, log: GuardLog) {
    this.#timeout = timeout;
    this.#log = log;
  }

  /** What `use` returns. Throws, or rejects with, ServiceUnavailable, with the failure as its cause. */
  run<T>(use: () => MaybePromise<T>): MaybePromise<T> {
    if (this.#failure !== undefined && Date.now() < this.#failure.until) throw unavailable(this.#failure.error);
    let result: MaybePromise<T>;
    try {
      result = use();
    } catch (error) {
      throw this.#fail(error);
    }
    if (!(result instanceof Promise)) return this.#succeed(result);
    return withDeadline(result, this.#timeout).then(
      (value) => this.#succeed(value),
      (error: unknown) => {
        throw this.#fail(error);
      },
    );
  }

  #succeed<T>(value: T): T {
    if (this.#failure !== undefined) {
      this.#failure = undefined;
      this.#log.info('The session store answers again.');
    }
    return value;
  }

  #fail(error: unknown): ServiceUnavailable {
    if (this.#failure === undefined)
      this.#log.error('The session store failed: requests with a session get 503 until it answers.', error);
    this.#failure = { error, until: Date.now() + PAUSE };
    return unavailable(error);
  }
}

function unavailable(cause: unknown): ServiceUnavailable {
  return new ServiceUnavailable(undefined, { retryAfter: 1, cause });
}
