import { createHash } from 'node:crypto';

/** Puts an entity tag into quotes. Throws a RangeError if it contains one. */
export function quoteEtag(etag: string, weak = false): string {
  if (etag.includes('"')) throw new RangeError('invalid etag');
  return weak ? `W/"${etag}"` : `"${etag}"`;
}

/** `[tag, isWeak]` of one quoted entity tag, `[undefined, undefined]` of an empty one. */
export function unquoteEtag(etag: string | null | undefined): [string, boolean] | [undefined, undefined] {
  if (!etag) return [undefined, undefined];
  let text = etag.trim();
  const weak = text.startsWith('W/') || text.startsWith('w/');
  if (weak) text = text.slice(2);
  if (text.startsWith('"') && text.endsWith('"')) text = text.slice(1, -1);
  return [text, weak];
}

/** An entity tag for some content: its SHA-1 in hexadecimal. */
export function generateEtag(data: string | Uint8Array): string {
  return createHash('sha1').update(data).digest('hex');
}

/** A tag in an ETags set; `undefined` stands for the tag `""`. */
type Tag = string | undefined;

/** The entity tags of an If-Match or If-None-Match header. Iterating gives the strong ones. */
export class ETags {
  readonly #strong: ReadonlySet<Tag>;
  readonly #weak: ReadonlySet<Tag>;
  /** Whether the header is `*`, which stands for every tag. */
  readonly starTag: boolean;

  constructor(strong: Iterable<Tag> = [], weak: Iterable<Tag> = [], starTag = false) {
    this.#strong = new Set(starTag ? [] : strong);
    this.#weak = new Set(weak);
    this.starTag = starTag;
  }

  /** The strong tags, with `includeWeak` the weak ones too. */
  asSet(includeWeak = false): Set<Tag> {
    return new Set(includeWeak ? [...this.#strong, ...this.#weak] : this.#strong);
  }

  isWeak(etag: Tag): boolean {
    return this.#weak.has(etag);
  }

  isStrong(etag: Tag): boolean {
    return this.#strong.has(etag);
  }

  /** Whether a tag matches, strong or weak (weak comparison of RFC 9110 section 8.8.3.2). */
  containsWeak(etag: Tag): boolean {
    return this.isWeak(etag) || this.contains(etag);
  }

  /** Whether a tag is one of the strong ones, or the header is `*`. */
  contains(etag: Tag): boolean {
    return this.starTag || this.isStrong(etag);
  }

  /** Whether a tag that is still quoted is in the set; a weak one matches weak ones too. */
  containsRaw(quoted: string): boolean {
    const [etag, weak] = unquoteEtag(quoted);
    return weak ? this.containsWeak(etag) : this.contains(etag);
  }

  /** Whether there is nothing in it. */
  get isEmpty(): boolean {
    return !this.starTag && this.#strong.size === 0 && this.#weak.size === 0;
  }

  /** The number of strong tags. */
  get size(): number {
    return this.#strong.size;
  }

  [Symbol.iterator](): IterableIterator<Tag> {
    return this.#strong.values();
  }

  toHeader(): string {
    if (this.starTag) return '*';
    const strong = Array.from(this.#strong, (etag) => `"${etag ?? ''}"`);
    return [...strong, ...Array.from(this.#weak, (etag) => `W/"${etag ?? ''}"`)].join(', ');
  }

  toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<ETags '${this.toHeader()}'>`;
  }
}

function skipSpace(text: string, start: number): number {
  let i = start;
  while (i < text.length && text.charAt(i).trim() === '') i++;
  return i;
}

/** `[tag, next position]` of the quoted tag at `start`, if one ends before a comma or the end. */
function quotedTag(text: string, start: number): [string, number] | undefined {
  if (text[start] !== '"') return undefined;
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    const next = skipSpace(text, quote + 1);
    const tag = text.slice(start + 1, quote);
    if (quote + 1 === text.length) return [tag, text.length];
    if (text[next] === ',') return [tag, skipSpace(text, next + 1)];
  }
  return undefined;
}

/** `[tag, next position]` of the tag without quotes at `start`. */
function bareTag(text: string, start: number): [string, number] {
  const comma = text.indexOf(',', start);
  if (comma === -1) return [text.slice(start), text.length];
  return [text.slice(start, comma).trimEnd(), skipSpace(text, comma + 1)];
}

/** Parses an If-Match or If-None-Match header. Tags without quotes are taken as they are. */
export function parseEtags(value: string | null | undefined): ETags {
  const strong: Tag[] = [];
  const weak: Tag[] = [];
  const text = value ?? '';
  for (let at = 0; at < text.length;) {
    const isWeak = (text[at] === 'W' || text[at] === 'w') && text[at + 1] === '/';
    const start = isWeak ? at + 2 : at;
    const quoted = quotedTag(text, start);
    const [tag, next] = quoted ?? bareTag(text, start);
    if (quoted === undefined && tag === '*') return new ETags([], [], true);
    (isWeak ? weak : strong).push(quoted !== undefined && tag === '' ? undefined : tag);
    at = next;
  }
  return new ETags(strong, weak);
}
