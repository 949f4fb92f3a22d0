import { statSync } from 'node:fs';
import { parseBoolean } from './command-environment.ts';

// What text becomes: parsers for `request.args.get(name, { type })` and for the options and arguments of commands.
// Each takes what Python's or Click's type of that name takes, and throws what Click would say.

const INTEGER = /^[+-]?\d+(?:_\d+)*$/;
const FLOAT = /^[+-]?(?:(?:\d+(?:_\d+)*)?\.?(?:\d+(?:_\d+)*)?(?:e[+-]?\d+)?)$/i;
const UUID = /^(?:urn:uuid:)?\{?([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})\}?$/i;

/** A whole number: `-3`, `1_000`. */
export function int(text: string): number {
  return toInteger(text, 'integer');
}

function toInteger(text: string, name: string): number {
  const trimmed = text.trim();
  if (!INTEGER.test(trimmed)) throw new TypeError(`'${text}' is not a valid ${name}.`);
  return Number(trimmed.replaceAll('_', ''));
}

/** A number: `1.5`, `1e3`, `inf`, `nan`. */
export function float(text: string): number {
  return toFloat(text, 'float');
}

function toFloat(text: string, name: string): number {
  const trimmed = text.trim().replaceAll('_', '');
  const [, sign = '', word = ''] = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed) ?? [];
  if (word !== '') return word.toLowerCase() === 'nan' ? NaN : sign === '-' ? -Infinity : Infinity;
  if (!FLOAT.test(text.trim()) || !/\d/.test(trimmed.split(/e/i, 1)[0] ?? ''))
    throw new TypeError(`'${text}' is not a valid ${name}.`);
  return Number(trimmed);
}

/** `true`, `1`, `t`, `yes`, `y`, `on`, or one of their opposites. */
export function bool(text: string): boolean {
  const value = parseBoolean(text);
  if (value === undefined) throw new TypeError(`'${text}' is not a valid boolean.`);
  return value;
}

/** An UUID, in its usual spelling. */
export function uuid(text: string): string {
  const groups = UUID.exec(text.trim());
  if (groups === null) throw new TypeError(`'${text}' is not a valid UUID.`);
  return groups.slice(1).join('-').toLowerCase();
}

/** Limits of a range of numbers. */
export interface RangeOptions {
  min?: number;
  max?: number;
  /** The minimum itself is outside. Default: false. */
  minOpen?: boolean;
  /** The maximum itself is outside. Default: false. */
  maxOpen?: boolean;
  /** Take the nearest limit for what is outside, in place of refusing it. Default: false. */
  clamp?: boolean;
}

/** A whole number within limits. */
export function intRange(options: RangeOptions): (text: string) => number {
  return (text) => withinRange(toInteger(text, 'integer range'), { ...options, step: 1 });
}

/** A number within limits. */
export function floatRange(options: RangeOptions): (text: string) => number {
  return (text) => withinRange(toFloat(text, 'float range'), { ...options, step: 0 });
}

function withinRange(value: number, options: RangeOptions & { step: number }): number {
  const { min = -Infinity, max = Infinity, minOpen = false, maxOpen = false, clamp = false, step } = options;
  const below = minOpen ? value <= min : value < min;
  const above = maxOpen ? value >= max : value > max;
  if (!below && !above) return value;
  if (!clamp) throw new RangeError(`${value} is not in the range ${describeRange(options)}.`);
  return below ? min + (minOpen ? step : 0) : max - (maxOpen ? step : 0);
}

function describeRange({ min, max, minOpen, maxOpen }: RangeOptions): string {
  if (min === undefined) return `x${maxOpen ? '<' : '<='}${max}`;
  if (max === undefined) return `x${minOpen ? '>' : '>='}${min}`;
  return `${min}${minOpen ? '<' : '<='}x${maxOpen ? '<' : '<='}${max}`;
}

/** What a path has to be. */
export interface PathOptions {
  /** Something has to be there. Default: false. */
  exists?: boolean;
  /** It may be a file. Default: true. */
  fileOkay?: boolean;
  /** It may be a folder. Default: true. */
  dirOkay?: boolean;
}

/** A path, as it was typed. */
export function path({ exists = false, fileOkay = true, dirOkay = true }: PathOptions = {}): (text: string) => string {
  const name = fileOkay && !dirOkay ? 'File' : dirOkay && !fileOkay ? 'Directory' : 'Path';
  return (text) => {
    const stats = statSync(text, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (exists) throw new TypeError(`${name} '${text}' does not exist.`);
      return text;
    }
    if (!fileOkay && stats.isFile()) throw new TypeError(`${name} '${text}' is a file.`);
    if (!dirOkay && stats.isDirectory()) throw new TypeError(`${name} '${text}' is a directory.`);
    return text;
  };
}
