/** Functions that lowered syntax calls; oxc names them, TypeScript and the `using` proposal say what they do. */
export const babelHelpers = { decorate, decorateMetadata, decorateParam, usingCtx };

type Decorator = (target: object, key?: string | symbol, descriptor?: unknown) => unknown;

interface ReflectMetadata {
  metadata?(key: string, value: unknown): Decorator;
  decorate?(decorators: Decorator[], target: object, key?: string | symbol, descriptor?: unknown): unknown;
}

/** Legacy decorators, last to first. `descriptor` is null for a method, undefined for a field and for a class. */
function decorate(decorators: Decorator[], target: object, key?: string | symbol, descriptor?: unknown): unknown {
  const isMember = key !== undefined;
  let result: unknown = target;
  if (isMember) {
    result = descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor;
  }
  for (const decorator of decorators.toReversed()) {
    result = (isMember ? decorator(target, key, result) : decorator(result as object)) ?? result;
  }
  if (isMember && result) Object.defineProperty(target, key, result as PropertyDescriptor);
  return result;
}

/** `design:type` and its like, where `reflect-metadata` is loaded. */
function decorateMetadata(key: string, value: unknown): Decorator {
  return (Reflect as ReflectMetadata).metadata?.(key, value) ?? (() => undefined);
}

function decorateParam(index: number, decorator: (target: object, key: unknown, index: number) => void): Decorator {
  return (target, key) => decorator(target, key, index);
}

interface Resource {
  dispose: () => unknown;
  isAsync: boolean;
}

/** The scope of `using` (`u`) and `await using` (`a`) declarations; `d` disposes of them, `e` is a pending error. */
function usingCtx(): { e: unknown; u: <T>(value: T) => T; a: <T>(value: T) => T; d: () => unknown } {
  const none = Symbol('no error');
  const resources: Resource[] = [];
  const add = <T>(value: T, isAsync: boolean): T => {
    if (value === null || value === undefined) {
      if (isAsync) resources.push({ dispose: () => undefined, isAsync });
      return value;
    }
    const holder = value as Record<symbol, unknown>;
    const method = (isAsync && holder[asyncDisposeSymbol]) || holder[disposeSymbol];
    if (typeof method !== 'function') throw new TypeError('A value of `using` has no [Symbol.dispose]() method.');
    resources.push({ dispose: () => (method as () => unknown).call(value), isAsync });
    return value;
  };
  const scope = {
    e: none as unknown,
    u: <T>(value: T): T => add(value, false),
    a: <T>(value: T): T => add(value, true),
    d(): unknown {
      let error = scope.e;
      const fail = (next: unknown): void => {
        error = error === none ? next : suppressed(next, error);
      };
      const finish = (): void => {
        if (error !== none) throw error;
      };
      const step = (): unknown => {
        for (let resource = resources.pop(); resource; resource = resources.pop()) {
          try {
            const result = resource.dispose();
            if (resource.isAsync) return Promise.resolve(result).catch(fail).then(step);
          } catch (next) {
            fail(next);
          }
        }
        return finish();
      };
      return step();
    },
  };
  return scope;
}

const symbols = Symbol as unknown as { dispose?: symbol; asyncDispose?: symbol };
const disposeSymbol = symbols.dispose ?? Symbol.for('Symbol.dispose');
const asyncDisposeSymbol = symbols.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** The SuppressedError of the proposal, where the engine has none. */
function suppressed(error: unknown, inner: unknown): Error {
  return Object.assign(new Error('An error was suppressed during disposal.', { cause: inner }), {
    name: 'SuppressedError',
    error,
    suppressed: inner,
  });
}
