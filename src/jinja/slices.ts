import { Markup } from '../util/markup.ts';
import { TemplateTypeError, TemplateValueError } from './errors.ts';
import { index } from './py-numbers.ts';
import { Range } from './range.ts';
import { characters, hasAstral, isMapping, toList, Tuple, typeName, unhashable, UndefinedValue } from './values.ts';

/** `value[start:stop:step]`; parts that were left out are null. */
export function slice(value: unknown, start: unknown, stop: unknown, step: unknown): unknown {
  if (typeof value === 'string') return sliceText(value, start, stop, step);
  if (value instanceof Markup) return new Markup(sliceText(value.toString(), start, stop, step));
  if (value instanceof UndefinedValue) return value.attribute('slice');
  if (value instanceof Uint8Array) return Uint8Array.from(pick(Array.from(value), start, stop, step));
  if (value instanceof Range) return value.slice(...bounds(value.length, start, stop, step));
  if (Array.isArray(value)) {
    const picked = pick(value, start, stop, step);
    return value instanceof Tuple ? new Tuple(picked) : picked;
  }
  if (isMapping(value)) throw unhashableSlice();
  if (typeof value === 'object' && value !== null && 'length' in value && Symbol.iterator in value)
    return pick(toList(value), start, stop, step);
  throw new TemplateTypeError(`'${typeName(value)}' object is not subscriptable`);
}

function unhashableSlice(): TemplateTypeError {
  return new TemplateTypeError(unhashable(null).message.replace('NoneType', 'slice'));
}

function sliceText(text: string, start: unknown, stop: unknown, step: unknown): string {
  if (!hasAstral(text) && (step === null || step === 1)) {
    const [from, to] = bounds(text.length, start, stop, step);
    return from < to ? text.slice(from, to) : '';
  }
  return pick(characters(text), start, stop, step).join('');
}

function pick<T>(items: readonly T[], start: unknown, stop: unknown, step: unknown): T[] {
  const [from, to, by] = bounds(items.length, start, stop, step);
  if (by === 1) return Array.prototype.slice.call(items, from, Math.max(to, from)) as T[];
  const picked: T[] = [];
  for (let at = from; by > 0 ? at < to : at > to; at += by) picked.push(items[at] as T);
  return picked;
}

/** Where a slice of so many items begins and ends (exclusive, -1 for before the first), and its step. */
function bounds(length: number, start: unknown, stop: unknown, step: unknown): [from: number, to: number, by: number] {
  const by = part(step) ?? 1;
  if (by === 0) throw new TemplateValueError('slice step cannot be zero');
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const clamp = (value: number | undefined, fallback: number): number => {
    if (value === undefined) return fallback;
    return Math.min(Math.max(value < 0 ? value + length : value, low), high);
  };
  return by > 0
    ? [clamp(part(start), low), clamp(part(stop), high), by]
    : [clamp(part(start), high), clamp(part(stop), low), by];
}

function part(value: unknown): number | undefined {
  if (value === null) return undefined;
  return index(value, 'slice indices must be integers or None or have an __index__ method');
}
