/** A value, or the promise of one. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Where server-side sessions are kept: texts under names, which end after a while. Pass one of your own to
 * `new Session(app, { store })`.
 */
export interface SessionStore {
  /** Whether the methods return promises. Sessions are then opened before the view, else when they are used. */
  readonly isAsync: boolean;
  /** The text under a name; undefined if there is none, or its time is over. */
  get(name: string): MaybePromise<string | undefined>;
  /**
   * Stores a text for `seconds` if what is there still is `expected` (undefined: nothing is there). Answers whether it
   * was. Concurrent writes are safe as far as comparing and storing are one step.
   */
  replace(name: string, text: string, expected: string | undefined, seconds: number): MaybePromise<boolean>;
  /** Lets the text under a name, if there is one, end in `seconds` from now. */
  touch(name: string, seconds: number): MaybePromise<unknown>;
  delete(name: string): MaybePromise<unknown>;
  /** Gives up files and connections that the store itself opened. */
  close?(): MaybePromise<void>;
}

/** Passes a value on, at once if it is there, else when it is. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
