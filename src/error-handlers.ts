import { HTTPException, defaultExceptions } from './http/exceptions.ts';
import type { ErrorClass, ErrorHandler } from './types.ts';
import { FlaconError } from './util/errors.ts';

/** Error handlers by scope (`null`: the app), status code (`null`: any) and class. */
export type ErrorHandlers = Map<string | null, Map<number | null, Map<ErrorClass, ErrorHandler<never>>>>;

/**
 * Class and status code that a handler is registered under (flask `_get_exc_class_and_code`).
 * Throws for a code without a class, for an instance, and for what is no class of errors.
 */
export function exceptionKey(codeOrClass: number | ErrorClass): [ErrorClass, number | null] {
  if (typeof codeOrClass === 'number') {
    const errorClass = defaultExceptions.get(codeOrClass);
    if (errorClass === undefined) {
      throw new FlaconError(`'${codeOrClass}' is not a recognized HTTP error code.`, {
        code: 'UNKNOWN_ERROR_CODE',
        fix: 'handle a subclass of HTTPException with that code instead',
      });
    }
    return [errorClass, codeOrClass];
  }
  if (typeof codeOrClass !== 'function') {
    throw new FlaconError('An error handler is registered for a status code or a class, not for an instance.', {
      code: 'ERROR_HANDLER_FOR_INSTANCE',
      fix: 'errorHandler(TheError, …) or errorHandler(404, …)',
    });
  }
  const prototype: unknown = codeOrClass.prototype;
  if (prototype !== Error.prototype && !(prototype instanceof Error)) {
    throw new FlaconError(`'${codeOrClass.name}' is not a subclass of Error.`, {
      code: 'NOT_AN_ERROR_CLASS',
      fix: 'class MyError extends Error {}',
    });
  }
  return [codeOrClass, classCode(codeOrClass)];
}

function classCode(errorClass: ErrorClass): number | null {
  const { prototype } = errorClass as { prototype: unknown };
  if (!(prototype instanceof HTTPException) && errorClass !== (HTTPException as ErrorClass)) return null;
  for (const [code, known] of defaultExceptions) if ((known as ErrorClass) === errorClass) return code;
  const { code } = errorClass as unknown as { code?: unknown };
  return typeof code === 'number' ? code : null;
}

/** The handler for an error: by (code, innermost blueprint … app), then by (any code, …), along the class chain. */
export function findErrorHandler(
  spec: ErrorHandlers,
  error: object,
  blueprints: readonly string[],
): ErrorHandler<never> | undefined {
  if (spec.size === 0) return undefined;
  const code = error instanceof HTTPException ? (error.code ?? null) : null;
  for (const wanted of code === null ? [null] : [code, null]) {
    for (const scope of [...blueprints, null]) {
      const handlers = spec.get(scope)?.get(wanted);
      if (handlers === undefined) continue;
      for (
        let type: object | null = error.constructor;
        typeof type === 'function';
        type = Object.getPrototypeOf(type) as object | null
      ) {
        const handler = handlers.get(type as ErrorClass);
        if (handler !== undefined) return handler;
      }
    }
  }
  return undefined;
}
