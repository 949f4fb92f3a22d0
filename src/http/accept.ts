import { dumpOptionsHeader } from './dump.ts';
import { parseListHeader, parseOptionsHeader } from './parse.ts';

/** A value that the client accepts, and how much: 0 (not at all) to 1. */
export type AcceptItem = readonly [value: string, quality: number];

/** Compares how specific two values are, part by part: more and literal parts come before wildcards. */
function compareSpecificity(a: readonly boolean[], b: readonly boolean[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return a[i] ? 1 : -1;
  }
  return a.length - b.length;
}

/**
 * An Accept-… header: values with their quality, the most specific and best first, otherwise in the order of the
 * header. Iterating gives `[value, quality]` pairs.
 */
export class Accept {
  /** Whether the header was sent at all. */
  readonly provided: boolean;
  readonly #items: readonly AcceptItem[];

  constructor(items?: Iterable<AcceptItem> | null) {
    this.provided = items instanceof Accept ? items.provided : items !== undefined && items !== null;
    this.#items = [...(items ?? [])].sort(
      (a, b) => compareSpecificity(this.specificity(b[0]), this.specificity(a[0])) || b[1] - a[1],
    );
  }

  /** One flag a part of the value: whether it is not a wildcard. */
  protected specificity(value: string): readonly boolean[] {
    return [value !== '*'];
  }

  /** Whether the value of the application is covered by the one of the client. */
  protected matches(value: string, accepted: string): boolean {
    return accepted === '*' || accepted.toLowerCase() === value.toLowerCase();
  }

  /** The first pair that covers the value, which is the most specific one. */
  #match(value: string): AcceptItem | undefined {
    return this.#items.find(([accepted]) => this.matches(value, accepted));
  }

  /** How much a value is accepted, 0 if it is not. */
  quality(value: string): number {
    return this.#match(value)?.[1] ?? 0;
  }

  /** Whether a value is mentioned, if only with quality 0. */
  has(value: string): boolean {
    return this.#match(value) !== undefined;
  }

  /** Position of the first pair that covers the value, or -1. */
  find(value: string): number {
    return this.#items.findIndex(([accepted]) => this.matches(value, accepted));
  }

  /** The pair at a position. */
  at(index: number): AcceptItem | undefined {
    return this.#items.at(index);
  }

  get length(): number {
    return this.#items.length;
  }

  /** The value that the client names first in order of preference. */
  get best(): string | undefined {
    return this.#items[0]?.[0];
  }

  /** Which of the values the client likes best, the first one of equals; `defaultValue` if none. */
  bestMatch(values: Iterable<string>): string | undefined;
  bestMatch<D>(values: Iterable<string>, defaultValue: D): string | D;
  bestMatch(values: Iterable<string>, defaultValue?: unknown): unknown {
    let result = defaultValue;
    let bestQuality = -1;
    let bestSpecificity: readonly boolean[] = [];
    for (const value of values) {
      const match = this.#match(value);
      if (match === undefined) continue;
      const [accepted, quality] = match;
      if (quality <= 0 || quality < bestQuality) continue;
      const specificity = this.specificity(accepted);
      if (quality > bestQuality || compareSpecificity(specificity, bestSpecificity) > 0) {
        result = value;
        bestQuality = quality;
        bestSpecificity = specificity;
      }
    }
    return result;
  }

  /** The values without their quality. */
  *values(): Generator<string, void, undefined> {
    for (const [value] of this.#items) yield value;
  }

  [Symbol.iterator](): IterableIterator<AcceptItem> {
    return this.#items.values();
  }

  toHeader(): string {
    const dump = ([value, quality]: AcceptItem): string => {
      if (quality === 1) return value;
      return `${value};q=${quality === 0 ? '0.0' : quality}`;
    };
    return this.#items.map(dump).join(',');
  }

  toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const items = this.#items.map(([value, quality]) => `['${value}', ${quality}]`);
    return `${this.constructor.name}([${items.join(', ')}])`;
  }
}

/** The parts of a type between slashes and semicolons. Blanks around a semicolon do not count. */
function mimeParts(value: string): string[] {
  const [first = '', ...params] = value.split(';');
  if (params.length === 0) return first.split('/');
  const parts = params.map((param, i) => (i === params.length - 1 ? param.trimStart() : param.trim()));
  return [first.trimEnd(), ...parts].flatMap((part) => part.split('/'));
}

interface MimeParts {
  type: string;
  subtype: string;
  params: string;
}

function splitMime(value: string): MimeParts {
  const [type = '', subtype = '', ...params] = mimeParts(value.toLowerCase());
  return {
    type,
    subtype,
    params: params
      .sort()
      .map((param) => `;${param}`)
      .join(''),
  };
}

/** The Accept header: values are MIME types. A type of the application without a slash throws a RangeError. */
export class MIMEAccept extends Accept {
  protected override specificity(value: string): readonly boolean[] {
    return mimeParts(value).map((part) => part !== '*');
  }

  protected override matches(value: string, accepted: string): boolean {
    if (!accepted.includes('/')) return false;
    if (!value.includes('/')) throw new RangeError(`invalid mimetype '${value}'`);
    const own = splitMime(value);
    if (own.type === '*' && own.subtype !== '*') throw new RangeError(`invalid mimetype '${value}'`);
    const client = splitMime(accepted);
    if (client.type === '*' || own.type === '*') return client.type !== '*' || client.subtype === '*';
    if (client.type !== own.type) return false;
    return (
      client.subtype === '*' || own.subtype === '*' || (client.subtype === own.subtype && client.params === own.params)
    );
  }

  /** Whether the client takes HTML, or XHTML. */
  get acceptHtml(): boolean {
    return this.has('text/html') || this.acceptXhtml;
  }

  get acceptXhtml(): boolean {
    return this.has('application/xhtml+xml') || this.has('application/xml');
  }

  get acceptJson(): boolean {
    return this.has('application/json');
  }
}

const primaryTag = (value: string): string => value.split(/[_-]/, 1)[0] as string;

/** The Accept-Language header: case and `_` or `-` make no difference. */
export class LanguageAccept extends Accept {
  protected override matches(value: string, accepted: string): boolean {
    const normalize = (tag: string): string => tag.toLowerCase().replaceAll('_', '-');
    return accepted === '*' || normalize(value) === normalize(accepted);
  }

  /**
   * Which of the languages the client likes best. If none matches exactly, only the part before the first dash of the
   * accepted languages counts, then that of the given ones.
   */
  override bestMatch(values: Iterable<string>): string | undefined;
  override bestMatch<D>(values: Iterable<string>, defaultValue: D): string | D;
  override bestMatch(values: Iterable<string>, defaultValue?: unknown): unknown {
    const languages = [...values];
    const exact = super.bestMatch(languages);
    if (exact !== undefined) return exact;
    const primary = new Accept(Array.from(this, ([value, quality]): AcceptItem => [primaryTag(value), quality]));
    const general = primary.bestMatch(languages);
    if (general !== undefined) return general;
    const prefix = super.bestMatch(languages.map(primaryTag));
    return prefix === undefined ? defaultValue : languages.find((language) => language.startsWith(prefix));
  }
}

function charsetName(label: string): string {
  const lower = label.toLowerCase();
  // TextDecoder reads ASCII as windows-1252, which would make it equal to Latin-1.
  if (lower === 'ascii' || lower === 'us-ascii') return 'ascii';
  try {
    return new TextDecoder(lower).encoding;
  } catch {
    // Not a charset that is known here: compare its name.
    return lower;
  }
}

/** The Accept-Charset header: `utf8` and `UTF-8` are the same. */
export class CharsetAccept extends Accept {
  protected override matches(value: string, accepted: string): boolean {
    return accepted === '*' || charsetName(value) === charsetName(accepted);
  }
}

function parseQuality(text: string): number | undefined {
  const trimmed = text.trim();
  const quality = /^-?\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : -1;
  return quality < 0 || quality > 1 ? undefined : quality;
}

/** Parses an Accept-… header (RFC 9110 section 12.5). Items whose `q` is no quality are left out. */
export function parseAcceptHeader(value: string | null | undefined): Accept;
export function parseAcceptHeader<A extends Accept>(
  value: string | null | undefined,
  cls: new (items?: Iterable<AcceptItem> | null) => A,
): A;
export function parseAcceptHeader(
  value: string | null | undefined,
  cls: new (items?: Iterable<AcceptItem> | null) => Accept = Accept,
): Accept {
  if (!value) return new cls(null);
  const items: AcceptItem[] = [];
  for (const item of parseListHeader(value)) {
    const [name, { q, ...params }] = parseOptionsHeader(item);
    const quality = q === undefined ? 1 : parseQuality(q);
    if (quality !== undefined) items.push([dumpOptionsHeader(name, params), quality]);
  }
  return new cls(items);
}
