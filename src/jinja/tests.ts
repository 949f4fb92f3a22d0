import { isCallable, passEnvironment, withSignature } from './calls.ts';
import { contains, equal, greater, greaterEqual, less, lessEqual, requireHashable } from './compare.ts';
import type { Environment, Test } from './environment.ts';
import { TemplateTypeError } from './errors.ts';
import { modulo } from './operators.ts';
import { isCased } from './py-text.ts';
import { hasHtmlMethod, str } from './text.ts';
import { isIterable, isMapping, isText, iterate, length, UndefinedValue } from './values.ts';

const one = (test: (value: unknown) => boolean): Test => withSignature(test, ['value']);
const two = (test: (value: unknown, other: unknown) => boolean): Test => withSignature(test, ['value', 'other']);

const isNumber = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
const isInteger = (value: unknown): boolean =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));

function isSequence(value: unknown): boolean {
  if (value instanceof UndefinedValue) return hasLength(value);
  if (isText(value) || Array.isArray(value)) return true;
  if (typeof value !== 'object' || value === null || value instanceof Set) return false;
  return isMapping(value) || ('length' in value && isIterable(value));
}

function hasLength(value: unknown): boolean {
  try {
    length(value);
    return true;
  } catch {
    return false;
  }
}

function isIterableValue(value: unknown): boolean {
  if (value instanceof UndefinedValue) iterate(value);
  try {
    iterate(value);
    return true;
  } catch (error) {
    if (error instanceof TemplateTypeError) return false;
    throw error;
  }
}

const named = (kind: 'filters' | 'tests'): Test =>
  passEnvironment(
    withSignature(
      (environment: Environment, name: unknown) => {
        if (isText(name)) return Object.hasOwn(environment[kind], name.toString());
        requireHashable(name);
        return false;
      },
      ['value'],
    ),
  );

const identical = (a: unknown, b: unknown): boolean => Object.is(a, b) || (a === b && typeof a === 'number');

const comparisons = {
  '!=': two((a, b) => !equal(a, b)),
  '<': two(less),
  '<=': two(lessEqual),
  '==': two(equal),
  '>': two(greater),
  '>=': two(greaterEqual),
};

const TESTS: Record<string, Test> = {
  ...comparisons,
  boolean: one((value) => typeof value === 'boolean'),
  callable: one(isCallable),
  defined: one((value) => !(value instanceof UndefinedValue)),
  divisibleby: withSignature((value: unknown, number: unknown) => equal(modulo(value, number), 0), ['value', 'num']),
  eq: comparisons['=='],
  equalto: comparisons['=='],
  escaped: one(hasHtmlMethod),
  even: one((value) => equal(modulo(value, 2), 0)),
  false: one((value) => value === false),
  filter: named('filters'),
  float: one((value) => typeof value === 'number' && !Number.isInteger(value)),
  ge: comparisons['>='],
  greaterthan: comparisons['>'],
  gt: comparisons['>'],
  in: withSignature((value: unknown, container: unknown) => contains(container, value), ['value', 'seq']),
  integer: one(isInteger),
  iterable: one(isIterableValue),
  le: comparisons['<='],
  lessthan: comparisons['<'],
  lower: one((value) => isCased(str(value), 'lower')),
  lt: comparisons['<'],
  mapping: one(isMapping),
  ne: comparisons['!='],
  none: one((value) => value === null),
  number: one(isNumber),
  odd: one((value) => equal(modulo(value, 2), 1)),
  sameas: withSignature(identical, ['value', 'other']),
  sequence: one(isSequence),
  string: one(isText),
  test: named('tests'),
  true: one((value) => value === true),
  undefined: one((value) => value instanceof UndefinedValue),
  upper: one((value) => isCased(str(value), 'upper')),
};

/** Jinja's 39 tests, as a new object. */
export function defaultTests(): Record<string, Test> {
  return { ...TESTS };
}
