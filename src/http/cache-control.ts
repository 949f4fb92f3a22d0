import { FlaconError } from '../util/errors.ts';
import { CallbackDict } from './callback-dict.ts';
import { dumpHeader } from './dump.ts';
import { int } from './numbers.ts';
import { parseDictItems } from './parse.ts';

/** Directives and their values; `null` for one without a value. */
export type CacheDirectives = Iterable<readonly [string, string | null]> | Readonly<Record<string, string | null>>;

/** What a directive is: a flag, a number of seconds, or text; the last two read as `true` if they may lack a value. */
type Kind = 'flag' | 'seconds' | 'seconds or true' | 'text or true';

function readDirective(directives: CacheControl, name: string, kind: Kind): boolean | number | string | undefined {
  if (kind === 'flag') return directives.has(name);
  const value = directives.get(name);
  if (value === undefined) return undefined;
  if (value === null) return kind === 'seconds' ? undefined : true;
  if (kind === 'text or true') return value;
  try {
    return int(value);
  } catch {
    // What the client wrote there is not a number of seconds: as good as missing.
    return undefined;
  }
}

function writeDirective(directives: CacheControl, name: string, kind: Kind, value: unknown): void {
  if (value === null || value === undefined || value === false) directives.delete(name);
  else if (kind === 'flag' || value === true) directives.set(name, null);
  else directives.set(name, kind === 'text or true' ? String(value) : String(int(String(Math.trunc(Number(value))))));
}

function defineDirectives(prototype: CacheControl, properties: Readonly<Record<string, [string, Kind]>>): void {
  for (const [property, [name, kind]] of Object.entries(properties)) {
    Object.defineProperty(prototype, property, {
      configurable: true,
      get(this: CacheControl) {
        return readDirective(this, name, kind);
      },
      set(this: CacheControl, value: unknown) {
        writeDirective(this, name, kind, value);
      },
    });
  }
}

/**
 * A Cache-Control header (RFC 9111 section 5.2). The usual directives are properties, in seconds where they are
 * durations; all are entries of the Map, under their names in the header.
 */
export class CacheControl extends CallbackDict<string | null> {
  declare noStore: boolean;
  declare maxAge: number | undefined;
  declare noTransform: boolean;
  declare staleIfError: number | undefined;

  toHeader(): string {
    return dumpHeader(this);
  }

  override toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<${this.constructor.name} ${this.toHeader()}>`;
  }
}

defineDirectives(CacheControl.prototype, {
  noStore: ['no-store', 'flag'],
  maxAge: ['max-age', 'seconds'],
  noTransform: ['no-transform', 'flag'],
  staleIfError: ['stale-if-error', 'seconds'],
});

function immutable(): never {
  throw new FlaconError('The Cache-Control header of a request cannot be changed.', {
    code: 'IMMUTABLE',
    fix: 'set response.cacheControl',
  });
}

/** The Cache-Control header of a request; it cannot be changed. */
export class RequestCacheControl extends CacheControl {
  declare noCache: boolean;
  /** `true`: a response of any age will do. */
  declare maxStale: number | true | undefined;
  declare minFresh: number | undefined;
  declare onlyIfCached: boolean;

  constructor(values: CacheDirectives = []) {
    super(values);
  }

  override set(): never {
    return immutable();
  }

  override delete(): never {
    return immutable();
  }

  override clear(): never {
    return immutable();
  }
}

defineDirectives(RequestCacheControl.prototype, {
  noCache: ['no-cache', 'flag'],
  maxStale: ['max-stale', 'seconds or true'],
  minFresh: ['min-fresh', 'seconds'],
  onlyIfCached: ['only-if-cached', 'flag'],
});

/** The Cache-Control header of a response. Setting a property to `undefined` or `false` removes the directive. */
export class ResponseCacheControl extends CacheControl {
  /** `true`, or the headers that it is about. */
  declare noCache: string | boolean | undefined;
  declare public: boolean;
  /** `true`, or the headers that it is about. */
  declare private: string | boolean | undefined;
  declare mustRevalidate: boolean;
  declare proxyRevalidate: boolean;
  declare sMaxage: number | undefined;
  declare immutable: boolean;
  declare mustUnderstand: boolean;
  declare staleWhileRevalidate: number | undefined;
}

defineDirectives(ResponseCacheControl.prototype, {
  noCache: ['no-cache', 'text or true'],
  public: ['public', 'flag'],
  private: ['private', 'text or true'],
  mustRevalidate: ['must-revalidate', 'flag'],
  proxyRevalidate: ['proxy-revalidate', 'flag'],
  sMaxage: ['s-maxage', 'seconds'],
  immutable: ['immutable', 'flag'],
  mustUnderstand: ['must-understand', 'flag'],
  staleWhileRevalidate: ['stale-while-revalidate', 'seconds'],
});

/** Parses a Cache-Control header, as that of a request unless another class is given. */
export function parseCacheControlHeader(value: string | null | undefined): RequestCacheControl;
export function parseCacheControlHeader<C extends CacheControl>(
  value: string | null | undefined,
  cls: new (values: CacheDirectives, onUpdate?: () => void) => C,
  onUpdate?: () => void,
): C;
export function parseCacheControlHeader(
  value: string | null | undefined,
  cls: new (values: CacheDirectives, onUpdate?: () => void) => CacheControl = RequestCacheControl,
  onUpdate?: () => void,
): CacheControl {
  return new cls(value ? parseDictItems(value) : [], onUpdate);
}
