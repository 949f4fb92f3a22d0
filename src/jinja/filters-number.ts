import { withSignature } from './calls.ts';
import { TimeDelta } from './dates.ts';
import { FilterArgumentError, TemplateRuntimeError, TemplateTypeError, TemplateValueError } from './errors.ts';
import { divide, multiply, power } from './operators.ts';
import { asNumber, exactFixed, index, parseInteger, roundHalfEven, toFloat, toInt } from './py-numbers.ts';
import { isText, typeName, UndefinedValue } from './values.ts';

function abs(value: unknown): unknown {
  const number = asNumber(value);
  if (number !== undefined) return number < 0 ? -number : number;
  if (value instanceof TimeDelta) return new TimeDelta(Math.abs(value.totalSeconds()));
  throw new TemplateTypeError(`bad operand type for abs(): '${typeName(value)}'`);
}

const SIZES = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

function filesizeformat(value: unknown, binary: unknown = false): string {
  const bytes = toFloat(value);
  const base = binary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const step = SIZES.findIndex((_, position) => bytes < base ** (position + 2));
  const position = step === -1 ? SIZES.length - 1 : step;
  const unit = SIZES[position]!;
  const amount = exactFixed((base * bytes) / base ** (position + 2), 1);
  return `${amount} ${binary ? `${unit[0]!.toUpperCase()}iB` : unit}`;
}

// Undefined values are not caught: Jinja lets their error through as well.
const isConversionError = (error: unknown): boolean =>
  error instanceof TemplateTypeError || error instanceof TemplateValueError;

function int(value: unknown, fallback: unknown = 0, base: unknown = 10): unknown {
  try {
    return isText(value) ? parseInteger(value.toString(), index(base)) : toInt(value);
  } catch (error) {
    if (!isConversionError(error)) throw error;
  }
  try {
    return toInt(toFloat(value));
  } catch (error) {
    if (isConversionError(error)) return fallback;
    throw error;
  }
}

function float(value: unknown, fallback: unknown = 0): unknown {
  try {
    return toFloat(value);
  } catch (error) {
    if (isConversionError(error)) return fallback;
    throw error;
  }
}

function round(value: unknown, precision: unknown = 0, method: unknown = 'common'): unknown {
  const how = String(method);
  if (how !== 'common' && how !== 'ceil' && how !== 'floor') {
    throw new FilterArgumentError('method must be common, ceil or floor');
  }
  if (how === 'common') return commonRound(value, precision);
  const scale = power(10, precision);
  const scaled = multiply(value, scale);
  if (asNumber(scaled) === undefined) throw new TemplateTypeError(`must be real number, not ${typeName(value)}`);
  return divide(how === 'ceil' ? Math.ceil(Number(scaled)) : Math.floor(Number(scaled)), scale);
}

function commonRound(value: unknown, precision: unknown): unknown {
  const number = asNumber(value);
  if (value instanceof UndefinedValue) throw new TemplateTypeError(`type Undefined doesn't define __round__ method`);
  if (number === undefined) throw new TemplateTypeError(`type ${typeName(value)} doesn't define __round__ method`);
  const digits = precision === null ? 0 : index(precision);
  if (typeof number === 'bigint') {
    if (digits >= 0) return number;
    throw new TemplateRuntimeError('very large numbers can only be rounded to whole numbers');
  }
  return roundHalfEven(number, digits);
}

/** Filters for numbers. */
export const numberFilters = {
  abs: withSignature(abs, ['x']),
  filesizeformat: withSignature(filesizeformat, ['value', 'binary?']),
  float: withSignature(float, ['value', 'default?']),
  int: withSignature(int, ['value', 'default?', 'base?']),
  round: withSignature(round, ['value', 'precision?', 'method?']),
};
