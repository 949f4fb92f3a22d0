import { FlaconError } from '../util/errors.ts';
import { plainInt } from './numbers.ts';
import { httpDate, parseDate } from './dates.ts';
import { quoteEtag, unquoteEtag } from './etags.ts';

/** Whether a byte range exists in content of this length. `null` is unknown. */
export function isByteRangeValid(start: number | null, stop: number | null, length: number | null): boolean {
  if (start === null || stop === null) return start === stop && (length === null || length >= 0);
  return start >= 0 && start < stop && (length === null || start < length);
}

/**
 * A range `[start, stop)`: `stop` is not part of it, and `null` means up to the end. A negative `start` counts from the
 * end.
 */
export type RangePair = readonly [start: number, stop: number | null];

/** A Range header. Throws a FlaconError `INVALID_RANGE` if a range ends before it starts. */
export class Range {
  /** What is counted, nearly always `bytes`. */
  readonly units: string;
  readonly ranges: readonly RangePair[];
  readonly #header: string | undefined;

  /** `header` is what `toHeader` answers, if the numbers are too large to be written from `ranges`. */
  constructor(units: string, ranges: readonly RangePair[], header?: string) {
    for (const [start, stop] of ranges) {
      if (stop !== null && (start < 0 || start >= stop)) {
        throw new FlaconError(`(${start}, ${stop}) is not a valid range.`, {
          code: 'INVALID_RANGE',
          fix: 'start must not be negative and stop must be greater than start',
        });
      }
    }
    this.units = units;
    this.ranges = ranges;
    this.#header = header;
  }

  /** `[start, stop)` in content of this length, if there is exactly one range of bytes and it can be served. */
  rangeForLength(length: number | null | undefined): [number, number] | undefined {
    const [range] = this.ranges;
    if (this.units !== 'bytes' || length === null || length === undefined) return undefined;
    if (range === undefined || this.ranges.length !== 1) return undefined;
    let [start] = range;
    const stop = range[1] ?? length;
    if (range[1] === null && start < 0) start += length;
    return isByteRangeValid(start, stop, length) ? [start, Math.min(stop, length)] : undefined;
  }

  /** The Content-Range that goes with the range in content of this length. */
  makeContentRange(length: number | null | undefined): ContentRange | undefined {
    const range = this.rangeForLength(length);
    return range === undefined ? undefined : new ContentRange(this.units, range[0], range[1], length);
  }

  /** The Content-Range header that goes with the range in content of this length. */
  toContentRangeHeader(length: number | null | undefined): string | undefined {
    return this.makeContentRange(length)?.toHeader();
  }

  toHeader(): string {
    if (this.#header !== undefined) return this.#header;
    const parts = this.ranges.map(([start, stop]) => {
      if (stop !== null) return `${start}-${stop - 1}`;
      return start < 0 ? String(start) : `${start}-`;
    });
    return `${this.units}=${parts.join(',')}`;
  }

  toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<Range '${this.toHeader()}'>`;
  }
}

/** Parses a Range header. `undefined` if it is missing, malformed, or its ranges are not in order. */
export function parseRangeHeader(value: string | null | undefined): Range | undefined {
  const equals = value?.indexOf('=') ?? -1;
  if (!value || equals === -1) return undefined;
  const ranges: RangePair[] = [];
  // Where the last range ended, -1 once one was open: then none may follow.
  let lastEnd = 0;
  for (const part of value.slice(equals + 1).split(',')) {
    const item = part.trim();
    const range = lastEnd < 0 ? undefined : parseRangeItem(item);
    if (range === undefined) return undefined;
    const [start, stop] = range;
    if (!item.startsWith('-') && (start < lastEnd || (stop !== null && start >= stop))) return undefined;
    lastEnd = stop ?? -1;
    ranges.push(range);
  }
  const units = value.slice(0, equals).trim().toLowerCase();
  const isExact = ranges.every(([start, stop]) => Number.isSafeInteger(start) && Number.isSafeInteger(stop ?? 0));
  return new Range(units, ranges, isExact ? undefined : `${units}=${canonicalDigits(value.slice(equals + 1))}`);
}

/** Ranges without blanks and leading zeros, digit by digit. */
function canonicalDigits(ranges: string): string {
  return ranges.replace(/\s+/g, '').replace(/\d+/g, (digits) => String(BigInt(digits)));
}

function parseRangeItem(item: string): RangePair | undefined {
  const dash = item.indexOf('-');
  if (dash === -1) return undefined;
  if (dash === 0) {
    const suffix = plainInt(item);
    // Like any -0, `bytes=-0` counts from the start.
    return suffix === undefined ? undefined : [suffix === 0 ? 0 : suffix, null];
  }
  const start = plainInt(item.slice(0, dash));
  const last = item.slice(dash + 1).trim();
  const end = last === '' ? null : plainInt(last);
  return start === undefined || end === undefined ? undefined : [start, end === null ? null : end + 1];
}

/** A Content-Range header. Changing a property calls `onUpdate`, by which a response keeps its header up to date. */
export class ContentRange {
  onUpdate: ((range: ContentRange) => void) | undefined;
  #units: string | undefined;
  #start: number | null = null;
  #stop: number | null = null;
  #length: number | null = null;

  constructor(
    units: string | null | undefined,
    start: number | null,
    stop: number | null,
    length: number | null = null,
    onUpdate?: (range: ContentRange) => void,
  ) {
    this.set(start, stop, length, units ?? undefined);
    this.#units = units ?? undefined;
    this.onUpdate = onUpdate;
  }

  /** What is counted; `undefined` means that the header is absent. */
  get units(): string | undefined {
    return this.#units;
  }

  set units(value: string | undefined) {
    this.#units = value;
    this.onUpdate?.(this);
  }

  /** First position, or `null` if the range could not be served. */
  get start(): number | null {
    return this.#start;
  }

  set start(value: number | null) {
    this.#start = value;
    this.onUpdate?.(this);
  }

  /** Position behind the last one, or `null` if the range could not be served. */
  get stop(): number | null {
    return this.#stop;
  }

  set stop(value: number | null) {
    this.#stop = value;
    this.onUpdate?.(this);
  }

  /** Length of the whole content, `null` if it is unknown. */
  get length(): number | null {
    return this.#length;
  }

  set length(value: number | null) {
    this.#length = value;
    this.onUpdate?.(this);
  }

  /** Sets everything at once. Throws a FlaconError `INVALID_RANGE` if the range does not fit the length. */
  set(
    start: number | null,
    stop: number | null,
    length: number | null = null,
    units: string | undefined = 'bytes',
  ): void {
    if (!isByteRangeValid(start, stop, length)) {
      throw new FlaconError(`The range (${start}, ${stop}) does not fit a length of ${length}.`, {
        code: 'INVALID_RANGE',
        fix: 'give 0 <= start < stop and start < length, or null for both',
      });
    }
    this.#start = start;
    this.#stop = stop;
    this.#length = length;
    this.#units = units;
    this.onUpdate?.(this);
  }

  /** Takes the header away. */
  unset(): void {
    this.#start = this.#stop = this.#length = null;
    this.units = undefined;
  }

  /** The header; empty if there is none. */
  toHeader(): string {
    if (this.#units === undefined) return '';
    const range = this.#start === null || this.#stop === null ? '*' : `${this.#start}-${this.#stop - 1}`;
    return `${this.#units} ${range}/${this.#length === null ? '*' : this.#length}`;
  }

  toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<ContentRange '${this.toHeader()}'>`;
  }
}

/** Parses a Content-Range header. `undefined` if it is missing or makes no sense. */
export function parseContentRangeHeader(
  value: string | null | undefined,
  onUpdate?: (range: ContentRange) => void,
): ContentRange | undefined {
  const text = value?.trim() ?? '';
  const blank = text.search(/\s/);
  const slash = text.indexOf('/', blank);
  if (blank === -1 || slash === -1) return undefined;
  const units = text.slice(0, blank);
  const range = text.slice(blank, slash).trimStart();
  const total = text.slice(slash + 1);
  const length = total === '*' ? null : plainInt(total);
  if (length === undefined) return undefined;
  let start: number | null = null;
  let stop: number | null = null;
  if (range !== '*') {
    const dash = range.indexOf('-');
    const first = dash === -1 ? undefined : plainInt(range.slice(0, dash));
    const last = dash === -1 ? undefined : plainInt(range.slice(dash + 1));
    if (first === undefined || last === undefined) return undefined;
    start = first;
    stop = last + 1;
  }
  return isByteRangeValid(start, stop, length) ? new ContentRange(units, start, stop, length, onUpdate) : undefined;
}

/** An If-Range header: an entity tag without its quotes, a date, or neither. */
export class IfRange {
  readonly etag: string | undefined;
  readonly date: Date | undefined;

  constructor({ etag, date }: { etag?: string; date?: Date } = {}) {
    this.etag = etag;
    this.date = date;
  }

  /** The header. Throws a RangeError if the tag contains a quote. */
  toHeader(): string {
    if (this.date !== undefined) return httpDate(this.date);
    return this.etag === undefined ? '' : quoteEtag(this.etag);
  }

  /** The header; a tag that cannot be one as it came, so that a view may print it. */
  toString(): string {
    return this.etag?.includes('"') === true ? this.etag : this.toHeader();
  }
}

/** Parses an If-Range header. Whether a tag is weak is forgotten. */
export function parseIfRangeHeader(value: string | null | undefined): IfRange {
  const date = parseDate(value);
  if (date !== undefined) return new IfRange({ date });
  const [etag] = unquoteEtag(value);
  return new IfRange(etag === undefined ? {} : { etag });
}
