/**
 * Goes on with a value: at once where it is at hand, and not a microtask later. What `next` throws is thrown, or rejects the
 * promise.
 */
export function andThen<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
