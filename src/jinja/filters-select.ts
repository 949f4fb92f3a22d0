import { Markup } from '../util/markup.ts';
import { passContext, withSignature } from './calls.ts';
import type { Context } from './context.ts';
import { FilterArgumentError } from './errors.ts';
import { attributeGetter } from './filter-helpers.ts';
import { iterate, truth } from './values.ts';

type Kwargs = Record<string, unknown>;

function* map(context: Context, value: unknown, args: unknown[], kwargs: Kwargs): Generator<unknown> {
  if (!truth(value)) return;
  const apply = mapper(context, args, kwargs);
  for (const item of iterate(value)) yield apply(item);
}

function mapper(context: Context, args: unknown[], kwargs: Kwargs): (item: unknown) => unknown {
  const { environment } = context;
  if (args.length === 0 && 'attribute' in kwargs) {
    const { attribute, default: fallback, ...rest } = kwargs;
    const [unexpected] = Object.keys(rest);
    if (unexpected !== undefined) throw new FilterArgumentError(`Unexpected keyword argument '${unexpected}'`);
    return attributeGetter(environment, attribute, fallback);
  }
  if (args.length === 0) throw new FilterArgumentError('map requires a filter argument');
  const [name, ...rest] = args;
  return (item) => environment.callFilter(name instanceof Markup ? name.toString() : name, item, rest, kwargs, context);
}

function selector(negate: boolean, byAttribute: boolean) {
  return function* select(context: Context, value: unknown, args: unknown[], kwargs: Kwargs): Generator<unknown> {
    if (!truth(value)) return;
    const test = tester(context, args, kwargs, byAttribute);
    for (const item of iterate(value)) if (test(item) !== negate) yield item;
  };
}

function tester(context: Context, args: unknown[], kwargs: Kwargs, byAttribute: boolean): (item: unknown) => boolean {
  const { environment } = context;
  if (byAttribute && args.length === 0) throw new FilterArgumentError('Missing parameter for attribute name');
  const get = byAttribute ? attributeGetter(environment, args[0]) : (item: unknown): unknown => item;
  const [name, ...testArgs] = byAttribute ? args.slice(1) : args;
  if (args.length <= (byAttribute ? 1 : 0)) return (item) => truth(get(item));
  return (item) => truth(environment.callTest(name, get(item), testArgs, kwargs, context));
}

const SIGNATURE = ['value', '*', '**'];

/** Filters that apply another filter, or a test, to every item. */
export const selectFilters = {
  map: passContext(withSignature(map, SIGNATURE)),
  reject: passContext(withSignature(selector(true, false), SIGNATURE)),
  rejectattr: passContext(withSignature(selector(true, true), SIGNATURE)),
  select: passContext(withSignature(selector(false, false), SIGNATURE)),
  selectattr: passContext(withSignature(selector(false, true), SIGNATURE)),
};
