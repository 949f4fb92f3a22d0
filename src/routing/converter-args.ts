import { RoutingError } from './exceptions.ts';

/** What can be written as an argument of a converter in a rule. */
export type ConverterArgument = string | number | boolean | null;

/** The arguments of a converter: `(2, max=4)` is `{ args: [2], options: { max: 4 } }`. */
export interface ConverterArguments {
  args: ConverterArgument[];
  options: Record<string, ConverterArgument>;
}

// Werkzeug's grammar, with its accident that a number swallows the character after it: `(1,2)` is the one
// text '1,2', `(1, 2)` are two numbers.
const ARGUMENT =
  /\s*(?:([\p{L}\p{N}_]+)\s*=\s*)?(True|False|\p{Nd}+[^\n]\p{Nd}+|\p{Nd}+[^\n]|\p{Nd}+|[\p{L}\p{N}_.]+|[urUR]?("[^"]*?"|'[^']*'))\s*,/guy;

const CONSTANTS: ReadonlyMap<string, ConverterArgument> = new Map<string, ConverterArgument>([
  ['None', null],
  ['True', true],
  ['False', false],
]);

function parseValue(text: string): ConverterArgument {
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return constant;
  if (/^(?:\d+(?:_\d+)*\.?|(?:\d+(?:_\d+)*)?\.\d+(?:_\d+)*)(?:[eE]\d+)?$/.test(text))
    return Number(text.replaceAll('_', ''));
  return /^(["']).*\1$/s.test(text) ? text.slice(1, -1) : text;
}

/** Parses what stands between the parentheses of `<int(min=1, max=9):page>`. Throws RoutingError `CONVERTER_ARGUMENTS`. */
export function parseConverterArgs(text: string): ConverterArguments {
  const parsed: ConverterArguments = { args: [], options: {} };
  if (text === '') return parsed;
  const source = `${text},`;
  ARGUMENT.lastIndex = 0;
  let position = 0;
  while (position < source.length) {
    const match = ARGUMENT.exec(source);
    if (match === null) {
      // Spaces and commas at the end, as in `(1, 2, )`, are harmless.
      if (/^[\s,]*$/.test(source.slice(position))) break;
      throw new RoutingError(`The converter arguments (${text}) cannot be parsed at '${source.slice(position, -1)}'.`, {
        code: 'CONVERTER_ARGUMENTS',
        fix: 'write numbers without sign, True, False, None, names, or text in quotes: (2, min=1, "a b")',
      });
    }
    const [, name, plain = '', string] = match;
    const value = parseValue(string ?? plain);
    if (name === undefined) parsed.args.push(value);
    else parsed.options[name] = value;
    position = ARGUMENT.lastIndex;
  }
  return parsed;
}

/** `fixed_digits` → `fixedDigits`. */
function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Gives the arguments of a converter, as its constructor got them, their names: first the positional ones in the
 * order of `names`, then those of a trailing options object.
 */
export function nameArguments<Name extends string>(
  converter: string,
  names: readonly Name[],
  given: readonly unknown[],
): Partial<Record<Name, ConverterArgument>> {
  const named: Partial<Record<Name, ConverterArgument>> = {};
  const refuse = (what: string): RoutingError =>
    new RoutingError(`The converter ${converter} ${what}.`, {
      code: 'CONVERTER_ARGUMENTS',
      fix: names.length === 0 ? 'it takes no arguments' : `it takes: ${names.join(', ')}`,
    });
  for (const [index, value] of given.entries()) {
    if (typeof value === 'object' && value !== null) {
      for (const [key, option] of Object.entries(value as Record<string, ConverterArgument>)) {
        const name = names.find((candidate) => candidate === camelCase(key));
        if (name === undefined) throw refuse(`has no argument '${key}'`);
        if (name in named) throw refuse(`got '${key}' twice`);
        named[name] = option;
      }
    } else {
      const name = names[index];
      if (name === undefined) throw refuse(`takes at most ${names.length} arguments`);
      named[name] = value as ConverterArgument;
    }
  }
  return named;
}
