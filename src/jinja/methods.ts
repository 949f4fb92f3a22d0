import { bindArguments, type Signature } from './calls.ts';

/** A method of one of Python's types, for the JavaScript values that stand for it. */
export interface Method {
  readonly name: string;
  readonly signature: Signature;
  /** Called with the object and the values of the parameters; those that were left out are undefined. */
  readonly call: (self: never, ...args: never[]) => unknown;
}

/** The methods of a type by name. Has no prototype, so that names like `constructor` are not found. */
export type MethodTable = Readonly<Record<string, Method>>;

type Definition<T> = [parameters: string, call: (self: T, ...args: never[]) => unknown];

/** Makes a table of `{ name: ['parameter optional? *', function] }`. */
export function methodTable<T>(definitions: Record<string, Definition<T>>): MethodTable {
  const table = Object.create(null) as Record<string, Method>;
  for (const [name, [parameters, call]] of Object.entries(definitions)) {
    const words = parameters === '' ? [] : parameters.split(' ');
    const names = words.filter((word) => !word.startsWith('*')).map((word) => word.replace('?', ''));
    const signature = {
      names,
      required: words.filter((word) => !word.startsWith('*') && !word.endsWith('?')).length,
      rest: words.includes('*'),
      keywords: words.includes('**'),
    };
    table[name] = { name, signature, call };
  }
  return table;
}

/** Calls a method of `self`. Throws Python's errors for wrong arguments. */
export function callMethod(
  method: Method,
  self: unknown,
  args: readonly unknown[],
  kwargs: Record<string, unknown> | undefined,
): unknown {
  const call = method.call as (self: unknown, ...args: unknown[]) => unknown;
  return call(self, ...bindArguments(method.name, method.signature, args, kwargs));
}
