import { Markup } from '../util/markup.ts';
import { DateTime, dayNumber, PlainDate, TimeDelta } from './dates.ts';
import { TemplateTypeError, TemplateValueError, ZeroDivisionError } from './errors.ts';
import { percentFormat } from './printf.ts';
import { bounded } from './limits.ts';
import { asNumber, index, normalize, type Numeric } from './py-numbers.ts';
import { hasHtmlMethod, htmlText, str } from './text.ts';
import { DictView, isText, Tuple, typeName, UndefinedValue } from './values.ts';

const MAX = Number.MAX_SAFE_INTEGER;
/** More digits than that are not calculated: the result would only cost time and memory. */
const MAX_BITS = 1_000_000;

const isExact = (value: Numeric): boolean => typeof value === 'bigint' || Number.isSafeInteger(value);

/** `a + b`. */
export function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    return sum <= MAX && sum >= -MAX ? sum : big(a, b, (x, y) => x + y, sum);
  }
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (isText(a) && isText(b)) return new Markup(htmlText(a) + htmlText(b));
  if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple && !(a instanceof DictView)) {
    return a instanceof Tuple ? new Tuple([...a, ...b]) : [...a, ...b];
  }
  return (
    numbers(
      a,
      b,
      (x, y) => x + y,
      (x, y) => x + y,
    ) ??
    shiftDate(a, b, 1) ??
    shiftDate(b, a, 1) ??
    unsupported('+', a, b)
  );
}

/** `a - b`. */
export function subtract(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    return difference <= MAX && difference >= -MAX ? difference : big(a, b, (x, y) => x - y, difference);
  }
  if (a instanceof Set && b instanceof Set) return new Set([...a].filter((item) => !b.has(item)));
  return (
    numbers(
      a,
      b,
      (x, y) => x - y,
      (x, y) => x - y,
    ) ??
    dateDifference(a, b) ??
    shiftDate(a, b, -1) ??
    unsupported('-', a, b)
  );
}

/** `a * b`, repetition of texts and lists included. */
export function multiply(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    return product <= MAX && product >= -MAX ? product : big(a, b, (x, y) => x * y, product);
  }
  return (
    numbers(
      a,
      b,
      (x, y) => x * y,
      (x, y) => x * y,
    ) ??
    repeated(a, b) ??
    repeated(b, a) ??
    scaled(a, b) ??
    scaled(b, a) ??
    unsupported('*', a, b)
  );
}

/** `a / b`: never cut to whole numbers. */
export function divide(a: unknown, b: unknown): unknown {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x === undefined || y === undefined) return timeRatio(a, b) ?? unsupported('/', a, b);
  if (y == 0) throw new ZeroDivisionError(isExact(x) && isExact(y) ? 'division by zero' : 'float division by zero');
  return Number(x) / Number(y);
}

/** `a // b`: rounded down. */
export function floorDivide(a: unknown, b: unknown): unknown {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x === undefined || y === undefined) return unsupported('//', a, b);
  if (y == 0) throw new ZeroDivisionError('integer division or modulo by zero');
  if (typeof x === 'number' && typeof y === 'number') return Math.floor(x / y);
  if (!isExact(x) || !isExact(y)) return Math.floor(Number(x) / Number(y));
  const [p, q] = [BigInt(x), BigInt(y)];
  const quotient = p / q;
  return normalize(p % q !== 0n && p < 0n !== q < 0n ? quotient - 1n : quotient);
}

/** `a % b`: the remainder has the sign of `b`; a text on the left is a format. */
export function modulo(a: unknown, b: unknown): unknown {
  if (isText(a)) return percentFormat(a, b);
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x === undefined || y === undefined) return unsupported('%', a, b);
  if (y == 0) throw new ZeroDivisionError(isExact(x) && isExact(y) ? 'integer modulo by zero' : 'float modulo');
  if (isExact(x) && isExact(y) && (typeof x === 'bigint' || typeof y === 'bigint')) {
    const rest = BigInt(x) % BigInt(y);
    return normalize(rest !== 0n && rest < 0n !== y < 0n ? rest + BigInt(y) : rest);
  }
  const rest = Number(x) % Number(y);
  return rest !== 0 && rest < 0 !== y < 0 ? rest + Number(y) : rest + 0;
}

/** `a ** b`. */
export function power(a: unknown, b: unknown): unknown {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x === undefined || y === undefined) return unsupported('** or pow()', a, b);
  if (isExact(x) && isExact(y) && y >= 0) {
    const result = Number(x) ** Number(y);
    if (Number.isSafeInteger(result)) return result;
    const bits = (typeof x === 'bigint' ? x.toString(2).length : Math.log2(Math.abs(x))) * Number(y);
    if (bits > MAX_BITS) throw new TemplateValueError('the result of ** is too large');
    return normalize(BigInt(x) ** BigInt(y));
  }
  if (x == 0 && y < 0) throw new ZeroDivisionError('0.0 cannot be raised to a negative power');
  const result = Number(x) ** Number(y);
  if (!Number.isFinite(result) && Number.isFinite(Number(x)) && Number.isFinite(Number(y)))
    throw new TemplateValueError('Result too large');
  return result;
}

/** `-a`. */
export function negate(a: unknown): unknown {
  const x = asNumber(a);
  if (x !== undefined) return typeof x === 'bigint' ? normalize(-x) : x === 0 ? 0 : -x;
  if (a instanceof TimeDelta) return new TimeDelta(-a.totalSeconds());
  return badUnary('-', a);
}

/** `+a`. */
export function positive(a: unknown): unknown {
  return asNumber(a) ?? badUnary('+', a);
}

/** `a ~ b ~ …`: as text; Markup, with the rest escaped, when `escapes` is set and a part is Markup. */
export function concat(parts: readonly unknown[], escapes: boolean): string | Markup {
  if (escapes && parts.some(hasHtmlMethod)) return new Markup(parts.map(htmlText).join(''));
  let out = '';
  for (const part of parts) out += typeof part === 'string' ? part : str(part);
  return out;
}

// Beyond 2^53 whole numbers go on as BigInt; what was no whole number before stays a float.
function big(a: number, b: number, operation: (a: bigint, b: bigint) => bigint, result: number): Numeric {
  return Number.isSafeInteger(a) && Number.isSafeInteger(b) ? normalize(operation(BigInt(a), BigInt(b))) : result;
}

function numbers(
  a: unknown,
  b: unknown,
  whole: (a: bigint, b: bigint) => bigint,
  float: (a: number, b: number) => number,
): Numeric | undefined {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x === undefined || y === undefined) return undefined;
  if (typeof x === 'number' && typeof y === 'number') {
    const result = float(x, y);
    return result <= MAX && result >= -MAX ? result : big(x, y, whole, result);
  }
  return isExact(x) && isExact(y) ? normalize(whole(BigInt(x), BigInt(y))) : float(Number(x), Number(y));
}

function repeated(sequence: unknown, count: unknown): unknown {
  if (!isText(sequence) && (!Array.isArray(sequence) || sequence instanceof DictView)) return undefined;
  if (asNumber(count) === undefined) return undefined;
  const times = Math.max(index(count, `can't multiply sequence by non-int of type '${typeName(count)}'`), 0);
  bounded(times * sequence.length);
  if (sequence instanceof Markup) return new Markup(sequence.toString().repeat(times));
  if (typeof sequence === 'string') return sequence.repeat(times);
  const items = Array.from({ length: times }, () => sequence as unknown[]).flat();
  return sequence instanceof Tuple ? new Tuple(items) : items;
}

function scaled(delta: unknown, factor: unknown): TimeDelta | undefined {
  const number = asNumber(factor);
  return delta instanceof TimeDelta && number !== undefined
    ? new TimeDelta(delta.totalSeconds() * Number(number))
    : undefined;
}

function timeRatio(a: unknown, b: unknown): unknown {
  if (!(a instanceof TimeDelta)) return undefined;
  if (b instanceof TimeDelta) return a.totalSeconds() / b.totalSeconds();
  const number = asNumber(b);
  return number === undefined ? undefined : new TimeDelta(a.totalSeconds() / Number(number));
}

function shiftDate(date: unknown, delta: unknown, sign: 1 | -1): unknown {
  if (!(delta instanceof TimeDelta)) return undefined;
  const seconds = sign * delta.totalSeconds();
  if (date instanceof TimeDelta) return new TimeDelta(date.totalSeconds() + seconds);
  if (date instanceof PlainDate) {
    const moved = new Date(Date.UTC(2000, 0, 1));
    moved.setTime((dayNumber(date) + sign * delta.days) * 86_400_000);
    return new PlainDate(moved.getUTCFullYear(), moved.getUTCMonth() + 1, moved.getUTCDate());
  }
  if (!(date instanceof Date)) return undefined;
  const micros = (date instanceof DateTime ? date.microsecondRest : 0) + Math.round(seconds * 1e6);
  return new DateTime(date.getTime() + Math.floor(micros / 1000), ((micros % 1000) + 1000) % 1000);
}

function dateDifference(a: unknown, b: unknown): unknown {
  if (a instanceof PlainDate && b instanceof PlainDate) return new TimeDelta((dayNumber(a) - dayNumber(b)) * 86_400);
  if (!(a instanceof Date) || !(b instanceof Date)) return undefined;
  const micros = (date: Date): number => (date instanceof DateTime ? date.microsecondRest : 0);
  return new TimeDelta((a.getTime() - b.getTime()) / 1000 + (micros(a) - micros(b)) / 1e6);
}

function unsupported(operator: string, a: unknown, b: unknown): never {
  if (a instanceof UndefinedValue) a.fail();
  if (b instanceof UndefinedValue) b.fail();
  if (operator === '+' && isText(a))
    throw new TemplateTypeError(`can only concatenate str (not "${typeName(b)}") to str`);
  if (operator === '+' && Array.isArray(a)) {
    const kind = typeName(a);
    throw new TemplateTypeError(`can only concatenate ${kind} (not "${typeName(b)}") to ${kind}`);
  }
  throw new TemplateTypeError(`unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`);
}

function badUnary(operator: string, a: unknown): never {
  if (a instanceof UndefinedValue) a.fail();
  throw new TemplateTypeError(`bad operand type for unary ${operator}: '${typeName(a)}'`);
}
