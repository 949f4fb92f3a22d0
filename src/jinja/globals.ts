import { withSignature } from './calls.ts';
import { pairsOf } from './container-methods.ts';
import type { Variables } from './context.ts';
import { TemplateTypeError } from './errors.ts';
import { lipsum } from './lipsum.ts';
import { Cycler, Joiner, Namespace } from './namespace.ts';
import { index } from './py-numbers.ts';
import { Range } from './range.ts';
import { dictOf } from './values.ts';

function range(args: unknown[]): Range {
  if (args.length === 0) throw new TemplateTypeError('range expected at least 1 argument, got 0');
  if (args.length > 3) throw new TemplateTypeError(`range expected at most 3 arguments, got ${args.length}`);
  const [first, second, third] = args.map((arg) => index(arg));
  return second === undefined ? new Range(0, first!) : new Range(first!, second, third ?? 1);
}

function dict(args: unknown[], kwargs: Variables): unknown {
  if (args.length > 1) throw new TemplateTypeError(`dict expected at most 1 argument, got ${args.length}`);
  return dictOf([...(args.length > 0 ? pairsOf(args[0]) : []), ...Object.entries(kwargs)]);
}

function namespace(args: unknown[], kwargs: Variables): Namespace {
  if (args.length > 1) throw new TemplateTypeError(`dict expected at most 1 argument, got ${args.length}`);
  return new Namespace(args[0], kwargs);
}

const GLOBALS: Variables = {
  range: withSignature(range, ['*']),
  dict: withSignature(dict, ['*', '**']),
  lipsum: withSignature(lipsum, ['n?', 'html?', 'min?', 'max?']),
  cycler: withSignature((items: unknown[]) => new Cycler(items), ['*']),
  joiner: withSignature((separator: unknown = ', ') => new Joiner(separator), ['sep?']),
  namespace: withSignature(namespace, ['*', '**']),
};

/** Jinja's globals, as a new object. */
export function defaultGlobals(): Variables {
  return { ...GLOBALS };
}
