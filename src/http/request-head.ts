import { isUtf8 } from 'node:buffer';
import { inspect } from 'node:util';
import { Accept, CharsetAccept, LanguageAccept, MIMEAccept, parseAcceptHeader } from './accept.ts';
import { Authorization } from './auth.ts';
import { parseCacheControlHeader, RequestCacheControl } from './cache-control.ts';
import { isAscii, latin1FromUtf8, utf8FromLatin1 } from './charset.ts';
import { getContentLength } from './content.ts';
import { parseCookie } from './cookies.ts';
import { parseDate } from './dates.ts';
import { parseEtags } from './etags.ts';
import type { ETags } from './etags.ts';
import { defineHeaderProperty } from './header-property.ts';
import { parseSetHeader } from './header-set.ts';
import type { HeaderSet } from './header-set.ts';
import { Headers } from './headers.ts';
import { getCurrentUrl, getHost } from './hosts.ts';
import { ImmutableMultiDict } from './multidict.ts';
import { int } from './numbers.ts';
import { parseListHeader, parseOptionsHeader } from './parse.ts';
import type { HeaderOptions } from './parse.ts';
import { parseIfRangeHeader, parseRangeHeader } from './range.ts';
import type { IfRange, Range } from './range.ts';
import { PatchedSource } from './request-source.ts';
import type { RequestPatch, RequestSource } from './request-source.ts';
import { parseQsl, unquote } from './urls.ts';
import { UserAgent } from './user-agent.ts';

/** Values that are computed when they are first asked for. */
interface Computed {
  path?: string;
  host?: string;
  url?: string;
  args?: ImmutableMultiDict;
  cookies?: ImmutableMultiDict;
  contentType?: [string, HeaderOptions];
  acceptMimetypes?: MIMEAccept;
  acceptCharsets?: CharsetAccept;
  acceptEncodings?: Accept;
  acceptLanguages?: LanguageAccept;
  cacheControl?: RequestCacheControl;
  authorization?: Authorization | undefined;
}

/**
 * The head of a request: method, URL and headers. Making one costs next to nothing; everything is parsed when it is
 * first asked for (werkzeug.sansio.request.Request).
 */
export class RequestHead {
  /** The method in capitals. */
  readonly method: string;
  /** Hosts that the request may be for; entries that start with a dot include subdomains. Default: any. */
  trustedHosts: readonly string[] | null | undefined = undefined;
  #source: RequestSource;
  #headers: Headers | undefined;
  #computed: Computed | undefined;

  declare readonly contentEncoding: string | undefined;
  declare readonly contentMd5: string | undefined;
  /** The page that the link was on. */
  declare readonly referrer: string | undefined;
  declare readonly origin: string | undefined;
  declare readonly date: Date | undefined;
  declare readonly maxForwards: number | undefined;
  declare readonly accessControlRequestHeaders: HeaderSet | undefined;
  declare readonly accessControlRequestMethod: string | undefined;
  declare readonly ifModifiedSince: Date | undefined;
  declare readonly ifUnmodifiedSince: Date | undefined;

  constructor(source: RequestSource) {
    this.#source = source;
    this.method = source.method.toUpperCase();
  }

  /** What the request was made from. */
  get source(): RequestSource {
    return this.#source;
  }

  /** Replaces parts of the source, as middleware does in front of the application, and forgets what was computed. */
  override(patch: RequestPatch): void {
    this.#source = new PatchedSource(this.#source, patch);
    this.#headers = undefined;
    this.#computed = undefined;
  }

  get #values(): Computed {
    return (this.#computed ??= {});
  }

  /** The headers as they came in; iterating gives `[name, value]`. */
  get headers(): Headers {
    return (this.#headers ??= Headers.fromRaw(this.#source.rawHeaders));
  }

  get scheme(): string {
    return this.#source.scheme;
  }

  /** Whether the request came over https (or wss). */
  get isSecure(): boolean {
    const { scheme } = this.#source;
    return scheme === 'https' || scheme === 'wss';
  }

  /** Address of the client, or of the last proxy: see `ProxyFix`. */
  get remoteAddr(): string | undefined {
    return this.#source.remoteAddr;
  }

  get remotePort(): number | undefined {
    return this.#source.remotePort;
  }

  /** Address that the server listens on. */
  get server(): RequestSource['server'] {
    return this.#source.server;
  }

  /** Protocol and version, such as `HTTP/1.1`. */
  get protocol(): string {
    return this.#source.protocol ?? 'HTTP/1.1';
  }

  /** Prefix that the application is mounted under, without a slash at the end. */
  get rootPath(): string {
    const { rootPath = '' } = this.#source;
    return rootPath.endsWith('/') ? rootPath.replace(/\/+$/, '') : rootPath;
  }

  /** The same as `rootPath`. */
  get scriptRoot(): string {
    return this.rootPath;
  }

  /** The path below `rootPath`, percent-decoded as UTF-8. Starts with one slash. */
  get path(): string {
    const computed = this.#values;
    return (computed.path ??= decodePath(this.rawPath));
  }

  /** The path as it was sent. */
  get rawPath(): string {
    const { target } = this.#source;
    const question = target.indexOf('?');
    return question === -1 ? target : target.slice(0, question);
  }

  /** What follows the question mark, as it was sent. */
  get queryString(): string {
    const { target } = this.#source;
    const question = target.indexOf('?');
    return question === -1 ? '' : target.slice(question + 1);
  }

  /** Path and query; ends with `?` if there is no query. */
  get fullPath(): string {
    return `${this.path}?${utf8FromLatin1(this.queryString)}`;
  }

  /** The whole URL, as an IRI. */
  get url(): string {
    const computed = this.#values;
    return (computed.url ??= getCurrentUrl(
      this.scheme,
      this.host,
      this.rootPath,
      this.path,
      utf8FromLatin1(this.queryString),
    ));
  }

  /** The URL without its query. */
  get baseUrl(): string {
    return getCurrentUrl(this.scheme, this.host, this.rootPath, this.path);
  }

  /** The URL that the application is mounted at. */
  get rootUrl(): string {
    return getCurrentUrl(this.scheme, this.host, this.rootPath);
  }

  /** The same as `rootUrl`. */
  get urlRoot(): string {
    return this.rootUrl;
  }

  /** Scheme and host. */
  get hostUrl(): string {
    return getCurrentUrl(this.scheme, this.host);
  }

  /**
   * The host that the request is for, with its port unless it is the scheme's own; empty if the header is malformed.
   * Throws `SecurityError` (400) if it is not one of `trustedHosts`.
   */
  get host(): string {
    const computed = this.#values;
    return (computed.host ??= getHost(this.scheme, this.headers.get('Host'), this.server, this.trustedHosts));
  }

  /** Throws `SecurityError` (400) unless the request is for one of `trustedHosts`. */
  checkHost(): void {
    this.#values.host = getHost(this.scheme, this.headers.get('Host'), this.server, this.trustedHosts);
  }

  /** The parameters of the query. */
  get args(): ImmutableMultiDict {
    const computed = this.#values;
    return (computed.args ??= new ImmutableMultiDict(parseQsl(utf8FromLatin1(this.queryString))));
  }

  /** The cookies. What is not UTF-8 is read as Latin-1: it may be none of ours, and must not keep the others from us. */
  get cookies(): ImmutableMultiDict {
    const computed = this.#values;
    return (computed.cookies ??= parseCookie(decodableCookies(this.headers.get('Cookie')), ImmutableMultiDict));
  }

  /** The client and the proxies it came through, as X-Forwarded-For says; nothing of it can be trusted. */
  get accessRoute(): readonly string[] {
    const forwarded = this.headers.get('X-Forwarded-For');
    if (forwarded !== undefined) return parseListHeader(forwarded);
    return this.remoteAddr === undefined ? [] : [this.remoteAddr];
  }

  get contentType(): string | undefined {
    return this.headers.get('Content-Type');
  }

  /** Length of the body in bytes; undefined if the client did not say or sends it in chunks. */
  get contentLength(): number | undefined {
    return getContentLength(this.headers.get('Content-Length'), this.headers.get('Transfer-Encoding')) ?? undefined;
  }

  get #parsedContentType(): [string, HeaderOptions] {
    const computed = this.#values;
    return (computed.contentType ??= parseOptionsHeader(this.contentType));
  }

  /** Content type without parameters, in lower case; empty if there is none. */
  get mimetype(): string {
    return this.#parsedContentType[0].toLowerCase();
  }

  /** Parameters of the content type. */
  get mimetypeParams(): HeaderOptions {
    return this.#parsedContentType[1];
  }

  /** Whether the body is `application/json` or `application/…+json`. */
  get isJson(): boolean {
    const { mimetype } = this;
    return mimetype === 'application/json' || (mimetype.startsWith('application/') && mimetype.endsWith('+json'));
  }

  get pragma(): HeaderSet {
    return parseSetHeader(this.headers.get('Pragma'));
  }

  get acceptMimetypes(): MIMEAccept {
    const computed = this.#values;
    return (computed.acceptMimetypes ??= parseAcceptHeader(this.headers.get('Accept'), MIMEAccept));
  }

  get acceptCharsets(): CharsetAccept {
    const computed = this.#values;
    return (computed.acceptCharsets ??= parseAcceptHeader(this.headers.get('Accept-Charset'), CharsetAccept));
  }

  get acceptEncodings(): Accept {
    const computed = this.#values;
    return (computed.acceptEncodings ??= parseAcceptHeader(this.headers.get('Accept-Encoding'), Accept));
  }

  get acceptLanguages(): LanguageAccept {
    const computed = this.#values;
    return (computed.acceptLanguages ??= parseAcceptHeader(this.headers.get('Accept-Language'), LanguageAccept));
  }

  get cacheControl(): RequestCacheControl {
    const computed = this.#values;
    return (computed.cacheControl ??= parseCacheControlHeader(this.headers.get('Cache-Control'), RequestCacheControl));
  }

  get ifMatch(): ETags {
    return parseEtags(this.headers.get('If-Match'));
  }

  get ifNoneMatch(): ETags {
    return parseEtags(this.headers.get('If-None-Match'));
  }

  get ifRange(): IfRange {
    return parseIfRangeHeader(this.headers.get('If-Range'));
  }

  /** The part of the resource that is asked for; undefined if there is no such header, or it is malformed. */
  get range(): Range | undefined {
    return parseRangeHeader(this.headers.get('Range')) ?? undefined;
  }

  get userAgent(): UserAgent {
    return new UserAgent(this.headers.get('User-Agent') ?? '');
  }

  get authorization(): Authorization | undefined {
    const computed = this.#values;
    if (!('authorization' in computed)) {
      computed.authorization = Authorization.fromHeader(this.headers.get('Authorization')) ?? undefined;
    }
    return computed.authorization;
  }

  [inspect.custom](): string {
    let url: string;
    try {
      url = `'${this.url}'`;
    } catch (error) {
      url = `(invalid URL: ${String(error)})`;
    }
    return `<${this.constructor.name} ${url} [${this.method}]>`;
  }
}

function decodableCookies(header: string | undefined): string | undefined {
  if (header === undefined || isAscii(header) || isUtf8(Buffer.from(header, 'latin1'))) return header;
  return latin1FromUtf8(header);
}

function decodePath(raw: string): string {
  const path = /[%\x80-\xff]/.test(raw) ? unquote(utf8FromLatin1(raw)) : raw;
  const isRooted = path.charCodeAt(0) === 47 && path.charCodeAt(1) !== 47;
  return isRooted ? path : `/${path.replace(/^\/+/, '')}`;
}

const { prototype } = RequestHead;
const readOnly = true;
defineHeaderProperty(prototype, 'contentEncoding', 'Content-Encoding', { readOnly });
defineHeaderProperty(prototype, 'contentMd5', 'Content-MD5', { readOnly });
defineHeaderProperty(prototype, 'referrer', 'Referer', { readOnly });
defineHeaderProperty(prototype, 'origin', 'Origin', { readOnly });
defineHeaderProperty(prototype, 'date', 'Date', { readOnly, load: parseDate });
defineHeaderProperty(prototype, 'maxForwards', 'Max-Forwards', { readOnly, load: int });
defineHeaderProperty(prototype, 'accessControlRequestHeaders', 'Access-Control-Request-Headers', {
  readOnly,
  load: parseSetHeader,
});
defineHeaderProperty(prototype, 'accessControlRequestMethod', 'Access-Control-Request-Method', { readOnly });
defineHeaderProperty(prototype, 'ifModifiedSince', 'If-Modified-Since', { readOnly, load: parseDate });
defineHeaderProperty(prototype, 'ifUnmodifiedSince', 'If-Unmodified-Since', { readOnly, load: parseDate });
