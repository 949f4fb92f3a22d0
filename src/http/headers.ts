import type { InspectOptions } from 'node:util';
import { FlaconError } from '../util/errors.ts';
import { convertAll, lookup } from './conversions.ts';
import type { LookupOptions, PlainDefault } from './conversions.ts';
import { dumpOptionsHeader } from './dump.ts';
import type { HeaderItem } from './dump.ts';
import { BadRequestKeyError } from './exceptions.ts';
import { iterMultiItems, MultiDict } from './multidict.ts';

/** A header value before it is turned into text. */
export type HeaderValue = string | number;

/** What Headers are made from. */
export type HeadersInit =
  | Headers
  | MultiDict
  | Iterable<readonly [string, HeaderValue]>
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>
  | globalThis.Headers;

/** Parameters of a header value (`; filename=…`); underscores become dashes, `null` is left out. */
export type HeaderParams = Readonly<Record<string, HeaderItem>>;

function checked(text: string): string {
  if (text.includes('\n') || text.includes('\r')) {
    throw new FlaconError('A header may not contain a line break.', {
      code: 'HEADER_LINE_BREAK',
      fix: 'remove or encode line breaks before the text becomes a header',
    });
  }
  return text;
}

function valueText(value: HeaderValue, params: HeaderParams | undefined): string {
  if (params === undefined) return checked(typeof value === 'string' ? value : String(value));
  const dashed = Object.entries(params).map(([key, item]): [string, HeaderItem] => [key.replaceAll('_', '-'), item]);
  return checked(dumpOptionsHeader(String(value), Object.fromEntries(dashed)));
}

/**
 * HTTP headers: ordered, several values a name, names compared without case; iterating gives `[name, value]` pairs.
 * A line break in a name or a value throws a FlaconError `HEADER_LINE_BREAK`. Behaves like
 * `werkzeug.datastructures.Headers`.
 */
export class Headers {
  // Names and values in turn: the form of `rawHeaders` and `writeHead`, so neither has to be converted.
  #flat: string[];
  /** Whether `#flat` is the array given to `fromRaw`, not yet cleaned, and to be copied before it is changed. */
  #borrowed = false;
  /** Whether `get` joins repeated lines; see `fromRaw`. */
  #joins = false;

  constructor(init?: HeadersInit) {
    this.#flat = [];
    if (init !== undefined) this.extend(init);
  }

  /**
   * Takes over the `rawHeaders` of node:http without copying or reading them. As in a WSGI environment, `get` joins
   * repeated lines by commas (cookies by semicolons, Content-Type and Content-Length: the last one counts), and names
   * with an underscore, which could be mistaken for those with a dash, do not exist.
   */
  static fromRaw(rawHeaders: readonly string[]): Headers {
    const headers = new Headers();
    headers.#flat = rawHeaders as string[];
    headers.#borrowed = true;
    headers.#joins = true;
    return headers;
  }

  /** Index of the first line with this name from `start` on, or -1. `lower` is the name in lower case. */
  #find(lower: string, start = 0): number {
    const flat = this.#flat;
    const { length } = lower;
    const initial = lower.charCodeAt(0) | 32;
    for (let i = start; i < flat.length; i += 2) {
      const name = flat[i] as string;
      if (name.length !== length || (name.charCodeAt(0) | 32) !== initial) continue;
      if (name === lower || name.toLowerCase() === lower) return i;
    }
    return -1;
  }

  #own(): string[] {
    if (this.#borrowed) {
      this.#flat = this.toFlat();
      this.#borrowed = false;
    }
    return this.#flat;
  }

  #first(name: string): string | undefined {
    const lower = name.toLowerCase();
    const index = this.#find(lower);
    if (index === -1 || (this.#borrowed && lower.includes('_'))) return undefined;
    return this.#joins ? this.#joined(lower, index) : this.#flat[index + 1];
  }

  #joined(lower: string, first: number): string {
    let value = this.#flat[first + 1] as string;
    for (let i = this.#find(lower, first + 2); i !== -1; i = this.#find(lower, i + 2)) {
      const next = this.#flat[i + 1] as string;
      if (lower === 'content-type' || lower === 'content-length') value = next;
      else value += lower === 'cookie' ? `; ${next}` : `,${next}`;
    }
    return value;
  }

  /**
   * The first value of a header. With `type` it is converted, and a value that does not convert counts as missing;
   * `default` is the answer for a missing one. A plain default can stand for the options.
   */
  get(name: string): string | undefined;
  get<T>(name: string, options: { type: (value: string) => T; default: T }): T;
  get<T, D>(name: string, options: { type: (value: string) => T; default: D }): T | D;
  get<T>(name: string, options: { type: (value: string) => T }): T | undefined;
  get<D>(name: string, options: { default: D }): string | D;
  get<D extends PlainDefault>(name: string, plainDefault: D): string | D;
  get(name: string, options?: LookupOptions<string> | PlainDefault): unknown {
    const value = this.#first(name);
    return options === undefined ? value : lookup(value, options);
  }

  /** The first value of a header; `BadRequestKeyError` (400) if it is missing. */
  require(name: string): string {
    const value = this.#first(name);
    if (value === undefined) throw new BadRequestKeyError(name);
    return value;
  }

  /** All values of a header; with `type` converted, those that do not convert left out. */
  getList(name: string): string[];
  getList<T>(name: string, options: { type: (value: string) => T }): T[];
  getList(name: string, options?: LookupOptions<string>): unknown[] {
    const lower = name.toLowerCase();
    if (this.#borrowed && lower.includes('_')) return [];
    const values: string[] = [];
    for (let i = this.#find(lower); i !== -1; i = this.#find(lower, i + 2)) values.push(this.#flat[i + 1] as string);
    return convertAll(values, options?.type);
  }

  has(name: string): boolean {
    return this.#first(name) !== undefined;
  }

  /** Adds a line. `params` are written behind the value: `add('Content-Disposition', 'attachment', { filename })`. */
  add(name: string, value: HeaderValue, params?: HeaderParams): void {
    const text = valueText(value, params);
    this.#own().push(checked(name), text);
  }

  /** Replaces all lines of this name by one, which takes the place of the first. */
  set(name: string, value: HeaderValue, params?: HeaderParams): void {
    const text = valueText(value, params);
    checked(name);
    const flat = this.#own();
    const lower = name.toLowerCase();
    const index = this.#find(lower);
    if (index === -1) {
      flat.push(name, text);
      return;
    }
    flat[index] = name;
    flat[index + 1] = text;
    this.#removeFrom(lower, index + 2);
  }

  #removeFrom(lower: string, start: number): void {
    for (let i = this.#find(lower, start); i !== -1; i = this.#find(lower, i)) this.#flat.splice(i, 2);
  }

  /** Replaces all lines of this name by these; none if `values` is empty. */
  setList(name: string, values: Iterable<HeaderValue>): void {
    let first = true;
    for (const value of values) {
      if (first) this.set(name, value);
      else this.add(name, value);
      first = false;
    }
    if (first) this.remove(name);
  }

  /** The first value of a header, which becomes `value` if it is missing. */
  setDefault(name: string, value: HeaderValue): string {
    const present = this.#first(name);
    if (present !== undefined) return present;
    this.set(name, value);
    return this.require(name);
  }

  /** All values of a header, which become `values` if it is missing. */
  setListDefault(name: string, values: Iterable<HeaderValue>): string[] {
    if (!this.has(name)) this.setList(name, values);
    return this.getList(name);
  }

  /** Removes all lines of this name. */
  remove(name: string): void {
    this.#own();
    this.#removeFrom(name.toLowerCase(), 0);
  }

  /** Removes a header and answers its first value; `BadRequestKeyError` if it is missing and there is no default. */
  pop(name: string): string;
  pop<D>(name: string, defaultValue: D): string | D;
  pop(name: string, ...rest: unknown[]): unknown {
    const value = this.#first(name);
    if (value === undefined) {
      if (rest.length > 0) return rest[0];
      throw new BadRequestKeyError(name);
    }
    this.remove(name);
    return value;
  }

  /** Adds all lines of `init`. */
  extend(init: HeadersInit): void {
    if (init instanceof Headers && this.#flat.length === 0) {
      this.#flat = init.toFlat();
      return;
    }
    for (const [name, value] of iterMultiItems<HeaderValue>(init as Iterable<readonly [string, HeaderValue]>)) {
      this.add(name, value);
    }
  }

  /** Replaces the headers that `init` names. */
  update(init: HeadersInit): void {
    if (init instanceof Headers || init instanceof MultiDict) {
      for (const name of new Set(init.keys())) this.setList(name, init.getList(name));
    } else if (Symbol.iterator in init) {
      for (const [name, value] of init as Iterable<readonly [string, HeaderValue]>) this.set(name, value);
    } else {
      for (const [name, value] of Object.entries(init as Record<string, HeaderValue | readonly HeaderValue[]>)) {
        this.setList(name, Array.isArray(value) ? (value as readonly HeaderValue[]) : [value as HeaderValue]);
      }
    }
  }

  clear(): void {
    this.#own().length = 0;
  }

  /** The number of lines. */
  get size(): number {
    return (this.#borrowed ? this.toFlat().length : this.#flat.length) / 2;
  }

  *keys(): Generator<string, void, undefined> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<string, void, undefined> {
    for (const [, value] of this) yield value;
  }

  entries(): Generator<[string, string], void, undefined> {
    return this[Symbol.iterator]();
  }

  *[Symbol.iterator](): Generator<[string, string], void, undefined> {
    const flat = this.#flat;
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string;
      if (this.#borrowed && name.includes('_')) continue;
      yield [name, flat[i + 1] as string];
    }
  }

  /** Names and values in turn, for `res.writeHead`. */
  toFlat(): string[] {
    return this.#borrowed ? [...this].flat() : this.#flat.slice();
  }

  copy(): Headers {
    const copy = new Headers(this);
    copy.#joins = this.#joins;
    return copy;
  }

  /** Whether the other one has the same lines, in any order. */
  equals(other: Headers): boolean {
    const lines = (headers: Headers): Set<string> =>
      new Set(Array.from(headers, ([name, value]) => `${name.toLowerCase()}:${value}`));
    const [mine, others] = [lines(this), lines(other)];
    return mine.size === others.size && [...mine].every((line) => others.has(line));
  }

  /** The lines as they are sent, with the empty line behind them. */
  toString(): string {
    return `${Array.from(this, ([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: InspectOptions,
    inspect: (value: unknown, options?: InspectOptions) => string,
  ): string {
    return `Headers(${inspect([...this], options)})`;
  }
}
