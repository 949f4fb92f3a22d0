import * as flacon from 'flacon';
import { FlaconError, HTTPException } from 'flacon';
import type { Json } from './http-recordings-values.ts';

export type ErrorConstructor = new (...args: never[]) => Error;

/** Python's own exceptions, as far as they are raised or handled by name. */
class ValueError extends Error {}
class UnicodeError extends ValueError {}
class LookupError extends Error {}
class KeyError extends LookupError {
  /** Python shows a missing key as it would be written. */
  override toString(): string {
    return `'${this.message}'`;
  }
}
class IndexError extends LookupError {}
class AttributeError extends Error {}
class RuntimeError extends Error {}
class NotImplementedError extends RuntimeError {}
class AssertionError extends Error {}
class ArithmeticError extends Error {}
class ZeroDivisionError extends ArithmeticError {}
class OSError extends Error {}
class PermissionError extends OSError {}

const builtins: Readonly<Record<string, ErrorConstructor>> = {
  Exception: Error,
  TypeError,
  ValueError,
  UnicodeError,
  LookupError,
  KeyError,
  IndexError,
  AttributeError,
  RuntimeError,
  NotImplementedError,
  AssertionError,
  ArithmeticError,
  ZeroDivisionError,
  OSError,
  PermissionError,
};

/** The exceptions that an app can name: Python's, Werkzeug's, and those it declares. */
export class ExceptionTable {
  readonly #declared = new Map<string, ErrorConstructor>();

  constructor(declared: Readonly<Record<string, Json>> = {}) {
    for (const [name, declaration] of Object.entries(declared))
      this.#declared.set(name, this.#declare(name, declaration));
  }

  #declare(name: string, declaration: Json): ErrorConstructor {
    const { base, ...statics } =
      typeof declaration === 'string' ? { base: declaration } : (declaration as Record<string, Json>);
    const Base = this.get(String(base));
    const Declared = { [name]: class extends Base {} }[name] as ErrorConstructor;
    for (const [key, value] of Object.entries(statics))
      Object.defineProperty(Declared, key, { value, configurable: true });
    return Declared;
  }

  get(name: string): ErrorConstructor {
    const known =
      this.#declared.get(name) ?? builtins[name] ?? (flacon as unknown as Record<string, ErrorConstructor>)[name];
    if (known === undefined) throw new Error(`No such exception: ${name}`);
    return known;
  }

  make(name: string, args: readonly unknown[]): Error {
    return new (this.get(name))(...(args as never[]));
  }
}

// Mistakes of the developer that Flask raises as Python's own exceptions.
const developerErrors: Readonly<Record<string, string>> = {
  NO_RETURN_VALUE: 'TypeError',
  WRONG_RETURN_VALUE: 'TypeError',
  NOT_JSON: 'TypeError',
  UNKNOWN_STATUS: 'LookupError',
  NO_SECRET_KEY: 'RuntimeError',
};

/** The name of an error's class, in Python's spelling. */
export function className(error: unknown): string {
  if (error === undefined || error === null) return 'NoneType';
  if (error instanceof FlaconError && error.code in developerErrors) return developerErrors[error.code] as string;
  const { name } = (error as object).constructor;
  return name === 'Error' ? 'Exception' : name;
}

/** What `str()` of an error says. */
export function errorText(error: unknown): string {
  if (error instanceof HTTPException || error instanceof KeyError) return error.toString();
  if (error instanceof FlaconError && error.code === 'NO_RETURN_VALUE') {
    // A message for the developer, who is told of `undefined` here.
    const endpoint = /'([^']*)'/.exec(error.message)?.[1] ?? '';
    return `The view function for '${endpoint}' did not return a valid response. The function either returned None or ended without a return statement.`;
  }
  return (error as Error).message;
}
