import { FlaconError, type Request } from 'flacon';
import type { LoginUser } from './users.ts';

/** What a loader finds: the user, or nothing. */
export type Found = LoginUser | null | undefined;

interface Outcome {
  user?: Found;
  error?: unknown;
}

/**
 * A user or request loader. `currentUser` cannot wait, so the result of an asynchronous loader has to be there before it
 * is asked for: such a loader runs before the view, a synchronous one when it is needed. Which of the two it is shows
 * when it is called for the first time.
 */
export class Loader<Argument> {
  readonly #load: (argument: Argument) => Found | Promise<Found>;
  readonly #name: string;
  readonly #outcomes = new WeakMap<Request, Map<Argument, Outcome>>();
  #isSync = false;

  constructor(load: (argument: Argument) => Found | Promise<Found>, name: string) {
    this.#load = load;
    this.#name = name;
  }

  /** Whether it is known to return no promise. */
  get isSync(): boolean {
    return this.#isSync;
  }

  /** Calls the loader and keeps the result, an error too, for `call` in the same request. */
  async prepare(request: Request, argument: Argument): Promise<Found> {
    const outcome: Outcome = {};
    try {
      const result = this.#load(argument);
      this.#isSync = !isPromise(result);
      outcome.user = await result;
    } catch (error) {
      outcome.error = error;
    }
    const outcomes = this.#outcomes.get(request) ?? new Map<Argument, Outcome>();
    this.#outcomes.set(request, outcomes.set(argument, outcome));
    return outcome.user;
  }

  /** The user. Throws what the loader threw, and a FlaconError `ASYNC_USER_LOADER` when its promise comes too late. */
  call(request: Request, argument: Argument): Found {
    const outcome = this.#outcomes.get(request)?.get(argument);
    if (outcome !== undefined) {
      if ('error' in outcome) throw outcome.error;
      return outcome.user;
    }
    const result = this.#load(argument);
    this.#isSync = !isPromise(result);
    if (!isPromise(result)) return result;
    // Nobody is going to wait for it.
    result.catch(() => undefined);
    throw new FlaconError(
      `The ${this.#name} is asynchronous, and the current user is needed before the user was loaded.`,
      {
        code: 'ASYNC_USER_LOADER',
        fix: 'await loginManager.loadUser() first; before a view that happens by itself',
      },
    );
  }
}

function isPromise(value: unknown): value is Promise<Found> {
  return value instanceof Promise;
}
