import { WWWAuthenticate } from './auth.ts';
import { parseCacheControlHeader, ResponseCacheControl } from './cache-control.ts';
import { dumpCookie } from './cookies.ts';
import type { CookieOptions } from './cookies.ts';
import { ContentSecurityPolicy, parseCspHeader } from './csp.ts';
import { httpDate, parseAge, parseDate } from './dates.ts';
import { dumpAge, dumpHeader, dumpOptionsHeader } from './dump.ts';
import { getContentType } from './content.ts';
import { quoteEtag, unquoteEtag } from './etags.ts';
import { defineHeaderProperty } from './header-property.ts';
import { parseSetHeader } from './header-set.ts';
import type { HeaderSet } from './header-set.ts';
import type { Headers } from './headers.ts';
import { int } from './numbers.ts';
import { CallbackDict } from './callback-dict.ts';
import { parseOptionsHeader } from './parse.ts';
import { ContentRange, parseContentRangeHeader } from './range.ts';

/** A moment: a Date, or a Unix time in seconds. */
export type Moment = Date | number;

/** What a header that is a set of names can be set to. */
export type NameSet = string | Iterable<string> | null | undefined;

/**
 * The headers of a response as properties. All are views: reading parses the header, writing replaces it, `undefined` (or
 * `null`) removes it, and the objects behind `cacheControl`, `vary` and so on write themselves back when they are changed.
 */
export abstract class ResponseHead {
  /** Warn about cookies whose header is longer than this; 0 turns it off. */
  static maxCookieSize = 4093;

  /** Where a redirect leads, or where the new resource is. */
  declare location: string | undefined;
  /** Seconds since the answer was made at its origin. */
  declare age: number | undefined;
  declare contentLength: number | undefined;
  declare contentLocation: string | undefined;
  declare contentEncoding: string | undefined;
  declare contentMd5: string | undefined;
  declare acceptRanges: string | undefined;
  declare accessControlAllowOrigin: string | undefined;
  /** Seconds a preflight answer may be kept. */
  declare accessControlMaxAge: number | undefined;
  /** Default: `unsafe-none`. */
  declare crossOriginOpenerPolicy: string;
  /** Default: `unsafe-none`. */
  declare crossOriginEmbedderPolicy: string;

  abstract get headers(): Headers;

  /** Adds a cookie. A warning is printed if it is longer than browsers keep (`maxCookieSize`). */
  setCookie(name: string, value = '', options: CookieOptions = {}): void {
    const { maxCookieSize } = this.constructor as typeof ResponseHead;
    this.headers.add('Set-Cookie', dumpCookie(name, value, { maxSize: maxCookieSize, ...options }));
  }

  /** Tells the browser to forget a cookie. Path and domain must be those it was set with. */
  deleteCookie(name: string, options: Omit<CookieOptions, 'maxAge' | 'expires'> = {}): void {
    this.setCookie(name, '', { ...options, expires: 0, maxAge: 0 });
  }

  /** Content type without parameters. Setting it adds the charset where the type is text. */
  get mimetype(): string | undefined {
    const contentType = this.headers.get('Content-Type');
    return contentType === undefined || contentType === ''
      ? undefined
      : (contentType.split(';', 1)[0] as string).trim();
  }

  set mimetype(value: string) {
    this.headers.set('Content-Type', getContentType(value));
  }

  /** Parameters of the content type. */
  get mimetypeParams(): CallbackDict<string> {
    const [, options] = parseOptionsHeader(this.headers.get('Content-Type') ?? '');
    const params = new CallbackDict<string>(options, () => {
      this.headers.set('Content-Type', dumpOptionsHeader(this.mimetype, Object.fromEntries(params)));
    });
    return params;
  }

  /** Whether the body is `application/json` or `application/…+json`. */
  get isJson(): boolean {
    const { mimetype = '' } = this;
    return mimetype === 'application/json' || (mimetype.startsWith('application/') && mimetype.endsWith('+json'));
  }

  #setHeader(name: string, text: string | null | undefined): void {
    if (text === null || text === undefined || text === '') this.headers.remove(name);
    else this.headers.set(name, text);
  }

  get date(): Date | undefined {
    return parseDate(this.headers.get('Date'));
  }

  set date(value: Moment | null | undefined) {
    this.#setHeader('Date', dumpMoment(value));
  }

  /** When the answer is no longer fresh. */
  get expires(): Date | undefined {
    return parseDate(this.headers.get('Expires'));
  }

  set expires(value: Moment | null | undefined) {
    this.#setHeader('Expires', dumpMoment(value));
  }

  get lastModified(): Date | undefined {
    return parseDate(this.headers.get('Last-Modified'));
  }

  set lastModified(value: Moment | null | undefined) {
    this.#setHeader('Last-Modified', dumpMoment(value));
  }

  /** When to ask again. A number that is set is seconds from now, and so is text of digits. */
  get retryAfter(): Date | undefined {
    const text = this.headers.get('Retry-After');
    if (text === undefined) return undefined;
    return /^\s*-?\d+\s*$/.test(text) ? new Date(Date.now() + Number(text) * 1000) : parseDate(text);
  }

  set retryAfter(value: Date | number | string | null | undefined) {
    this.#setHeader('Retry-After', value instanceof Date ? httpDate(value) : value?.toString());
  }

  /** Sets the ETag. */
  setEtag(etag: string, weak = false): void {
    this.headers.set('ETag', quoteEtag(etag, weak));
  }

  /** The ETag and whether it is weak. */
  getEtag(): [etag: string, weak: boolean] | undefined {
    const [etag, weak] = unquoteEtag(this.headers.get('ETag'));
    return etag === undefined || etag === null ? undefined : [etag, weak ?? false];
  }

  #getSet(name: string): HeaderSet {
    const set = parseSetHeader(this.headers.get(name), () => this.#setHeader(name, set.toHeader()));
    return set;
  }

  #setSet(name: string, value: NameSet): void {
    this.#setHeader(name, typeof value === 'string' ? value : dumpHeader([...(value ?? [])]));
  }

  /** The request headers that the answer depends on. */
  get vary(): HeaderSet {
    return this.#getSet('Vary');
  }

  set vary(value: NameSet) {
    this.#setSet('Vary', value);
  }

  get contentLanguage(): HeaderSet {
    return this.#getSet('Content-Language');
  }

  set contentLanguage(value: NameSet) {
    this.#setSet('Content-Language', value);
  }

  /** The methods that the URL knows. */
  get allow(): HeaderSet {
    return this.#getSet('Allow');
  }

  set allow(value: NameSet) {
    this.#setSet('Allow', value);
  }

  get cacheControl(): ResponseCacheControl {
    const control: ResponseCacheControl = parseCacheControlHeader(
      this.headers.get('Cache-Control'),
      ResponseCacheControl,
      () => this.#setHeader('Cache-Control', control.toHeader()),
    );
    return control;
  }

  /** Which part of the resource the body is; `unset()` removes the header. */
  get contentRange(): ContentRange {
    const update = (range: ContentRange): void => this.#setHeader('Content-Range', range.toHeader());
    const parsed = parseContentRangeHeader(this.headers.get('Content-Range'), update);
    return parsed ?? new ContentRange(null, null, null, null, update);
  }

  set contentRange(value: ContentRange | string | null | undefined) {
    this.#setHeader('Content-Range', value?.toString());
  }

  /** The first challenge; a Basic one without parameters if there is none. Setting an array sends several. */
  get wwwAuthenticate(): WWWAuthenticate {
    const challenge = WWWAuthenticate.fromHeader(this.headers.get('WWW-Authenticate')) ?? new WWWAuthenticate('basic');
    challenge.onUpdate = () => this.headers.set('WWW-Authenticate', challenge.toHeader());
    return challenge;
  }

  set wwwAuthenticate(value: WWWAuthenticate | readonly WWWAuthenticate[] | null | undefined) {
    if (value instanceof WWWAuthenticate) {
      this.headers.set('WWW-Authenticate', value.toHeader());
      value.onUpdate = () => this.headers.set('WWW-Authenticate', value.toHeader());
    } else {
      this.headers.setList('WWW-Authenticate', (value ?? []).map(String));
    }
  }

  #getPolicy(name: string): ContentSecurityPolicy {
    const policy = parseCspHeader(this.headers.get(name), () => this.#setHeader(name, policy.toHeader()));
    return policy;
  }

  get contentSecurityPolicy(): ContentSecurityPolicy {
    return this.#getPolicy('Content-Security-Policy');
  }

  set contentSecurityPolicy(value: ContentSecurityPolicy | string | null | undefined) {
    this.#setHeader('Content-Security-Policy', value?.toString());
  }

  /** A policy that is not enforced; its violations are reported. */
  get contentSecurityPolicyReportOnly(): ContentSecurityPolicy {
    return this.#getPolicy('Content-Security-Policy-Report-Only');
  }

  set contentSecurityPolicyReportOnly(value: ContentSecurityPolicy | string | null | undefined) {
    this.#setHeader('Content-Security-Policy-Report-Only', value?.toString());
  }

  get accessControlAllowCredentials(): boolean {
    return this.headers.has('Access-Control-Allow-Credentials');
  }

  set accessControlAllowCredentials(value: boolean | null | undefined) {
    this.#setHeader('Access-Control-Allow-Credentials', value ? 'true' : undefined);
  }

  get accessControlAllowHeaders(): HeaderSet {
    return this.#getSet('Access-Control-Allow-Headers');
  }

  set accessControlAllowHeaders(value: NameSet) {
    this.#setSet('Access-Control-Allow-Headers', value);
  }

  get accessControlAllowMethods(): HeaderSet {
    return this.#getSet('Access-Control-Allow-Methods');
  }

  set accessControlAllowMethods(value: NameSet) {
    this.#setSet('Access-Control-Allow-Methods', value);
  }

  get accessControlExposeHeaders(): HeaderSet {
    return this.#getSet('Access-Control-Expose-Headers');
  }

  set accessControlExposeHeaders(value: NameSet) {
    this.#setSet('Access-Control-Expose-Headers', value);
  }
}

function dumpMoment(value: Moment | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : httpDate(value);
}

function loadPolicy(text: string): string {
  return text.trim();
}

const { prototype } = ResponseHead;
defineHeaderProperty(prototype, 'location', 'Location');
defineHeaderProperty(prototype, 'age', 'Age', { load: parseAge, dump: (seconds: number) => dumpAge(seconds) ?? '' });
defineHeaderProperty(prototype, 'contentLength', 'Content-Length', { load: int });
defineHeaderProperty(prototype, 'contentLocation', 'Content-Location');
defineHeaderProperty(prototype, 'contentEncoding', 'Content-Encoding');
defineHeaderProperty(prototype, 'contentMd5', 'Content-MD5');
defineHeaderProperty(prototype, 'acceptRanges', 'Accept-Ranges');
defineHeaderProperty(prototype, 'accessControlAllowOrigin', 'Access-Control-Allow-Origin');
defineHeaderProperty(prototype, 'accessControlMaxAge', 'Access-Control-Max-Age', { load: int });
const isolation = { load: loadPolicy, fallback: 'unsafe-none' };
defineHeaderProperty(prototype, 'crossOriginOpenerPolicy', 'Cross-Origin-Opener-Policy', isolation);
defineHeaderProperty(prototype, 'crossOriginEmbedderPolicy', 'Cross-Origin-Embedder-Policy', isolation);
