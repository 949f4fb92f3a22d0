import { UndefinedError } from './errors.ts';
import { repr } from './text.ts';
import { typeName, UndefinedValue } from './values.ts';

/** What an undefined value knows about where it came from. */
export interface UndefinedOrigin {
  /** Says it all, instead of the message made of the rest. */
  hint?: string | undefined;
  /** What was looked into. Absent: the variables of the template. */
  object?: unknown;
  /** The name, attribute or key that was looked for. */
  name?: unknown;
}

/** The class of an environment's undefined values: one of the four here, or a subclass. */
export type UndefinedClass = new (origin?: UndefinedOrigin) => Undefined;

/**
 * What a template gets for a name, attribute or element that is not there (Jinja's `Undefined`): prints as nothing, is
 * false and empty; everything else with it throws {@link UndefinedError}.
 */
export class Undefined extends UndefinedValue {
  readonly #origin: UndefinedOrigin;

  constructor(origin: UndefinedOrigin = {}) {
    super();
    this.#origin = origin;
  }

  /** Where the value came from. */
  origin(): UndefinedOrigin {
    return this.#origin;
  }

  /** What is wrong, as in the error's message. */
  describe(): string {
    const { hint, name } = this.#origin;
    if (hint !== undefined) return hint;
    if (!('object' in this.#origin)) return `${repr(name)} is undefined`;
    const object = objectTypeRepr(this.#origin.object);
    return typeof name === 'string'
      ? `'${object}' has no attribute ${repr(name)}`
      : `${object} has no element ${String(name)}`;
  }

  override fail(): never {
    throw new UndefinedError(this.describe());
  }

  override toString(): string {
    return '';
  }

  override toBoolean(): boolean {
    return false;
  }

  override length(): number {
    return 0;
  }

  override iterate(): Iterable<unknown> {
    return [];
  }

  override attribute(_name: unknown): unknown {
    return this.fail();
  }

  override equals(other: unknown): boolean {
    return other instanceof Undefined && other.constructor === this.constructor;
  }

  override toArgument(): unknown {
    return undefined;
  }
}

/** An {@link Undefined} whose attributes and elements are undefined as well. */
export class ChainableUndefined extends Undefined {
  override attribute(_name: unknown): unknown {
    return this;
  }

  __html__(): string {
    return this.toString();
  }
}

/** An {@link Undefined} that prints the expression that was undefined. */
export class DebugUndefined extends Undefined {
  override toString(): string {
    const origin = this.origin();
    if (origin.hint !== undefined) return `{{ undefined value printed: ${origin.hint} }}`;
    if (!('object' in origin)) return `{{ ${String(origin.name)} }}`;
    return `{{ no such element: ${objectTypeRepr(origin.object)}[${repr(origin.name)}] }}`;
  }

  override toArgument(): unknown {
    return this;
  }
}

/** An {@link Undefined} that allows nothing but `is defined`. */
export class StrictUndefined extends Undefined {
  override toString(): string {
    return this.fail();
  }

  override toBoolean(): boolean {
    return this.fail();
  }

  override length(): number {
    return this.fail();
  }

  override iterate(): Iterable<unknown> {
    return this.fail();
  }

  override equals(_other: unknown): boolean {
    return this.fail();
  }

  override toArgument(): unknown {
    return this;
  }
}

/** Makes a class of undefined values that reports uses to `warn`: printing, iterating, conditions and errors. */
export function makeLoggingUndefined(
  warn: (message: string) => void,
  base: UndefinedClass = Undefined,
): UndefinedClass {
  return class LoggingUndefined extends base {
    #warn(): void {
      warn(`Template variable warning: ${this.describe()}`);
    }

    override fail(): never {
      warn(`Template variable error: ${this.describe()}`);
      return super.fail();
    }

    override toString(): string {
      this.#warn();
      return super.toString();
    }

    override iterate(): Iterable<unknown> {
      this.#warn();
      return super.iterate();
    }

    override toBoolean(): boolean {
      this.#warn();
      return super.toBoolean();
    }
  };
}

/** How an object is called in messages about what it lacks. */
function objectTypeRepr(value: unknown): string {
  return value === null ? 'None' : `${typeName(value)} object`;
}
