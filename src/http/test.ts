import { FlaconError } from '../util/errors.ts';
import { CookieJar, parseSetCookie } from './cookie-jar.ts';
import type { StoredCookie } from './cookie-jar.ts';
import { dumpCookie } from './cookies.ts';
import type { CookieOptions } from './cookies.ts';
import { Headers } from './headers.ts';
import type { Handler } from './listener.ts';
import { Request } from './request.ts';
import type { RequestSource } from './request-source.ts';
import { chunkBytes, isWhole, wholeBytes } from './response-body.ts';
import { Response } from './response.ts';
import { buildRequestSource } from './test-request.ts';
import type { RequestSourceOptions } from './test-request.ts';
import { urlJoin, urlSplit } from './urls.ts';

export { buildRequestSource } from './test-request.ts';
export type { RequestSourceOptions, TestFile, TestForm, TestFormValue } from './test-request.ts';
export type { StoredCookie } from './cookie-jar.ts';

/** An answer as a test client got it: the whole body, the headers as sent, and the request that led to it. */
export class TestResponse extends Response {
  static override defaultMimetype: string | undefined = undefined;
  // The headers are what the application sent, also where the body was left out.
  static override automaticallySetContentLength = false;

  readonly request: Request;
  /** The redirects that were followed before, the first one first. */
  readonly history: readonly TestResponse[];

  constructor(body: Uint8Array, response: Response, request: Request, history: readonly TestResponse[]) {
    super(body, { status: `${response.status} ${response.statusText}`, headers: response.getFinalHeaders(request) });
    this.request = request;
    this.history = history;
  }
}

/** Redirects lead in a circle. */
export class ClientRedirectError extends FlaconError {}

/** Options of a test client; those of a request are the defaults of all its requests. */
export interface ClientOptions extends Pick<RequestSourceOptions, 'baseUrl' | 'remoteAddr' | 'headers'> {
  /** Keep cookies from one request to the next. Default: true. */
  useCookies?: boolean | undefined;
  /** Follow redirects to subdomains. Default: false. */
  allowSubdomainRedirects?: boolean | undefined;
  /** Makes the request object. Default: `new Request(source)`. */
  makeRequest?: ((source: RequestSource) => Request) | undefined;
}

/** Options of one request of a test client. */
export interface OpenOptions extends RequestSourceOptions {
  /** Follow redirects on the same host. Default: false. */
  followRedirects?: boolean | undefined;
}

/** Options of `get`, `post`, …: those of a request without its method. */
export type VerbOptions = Omit<OpenOptions, 'method'>;

/** Options of a cookie that a test sets itself. */
export interface ClientCookieOptions extends CookieOptions {
  /** Whether only this very host gets it. Default: true. */
  originOnly?: boolean;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that describe a body, which a redirected GET no longer has. */
const BODY_HEADERS = [
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Content-Language',
  'Content-Location',
  'Transfer-Encoding',
];

/**
 * Sends requests to a handler in this process, without a socket, and keeps its cookies (werkzeug.test.Client). What the
 * handler throws, the call throws.
 */
export class Client {
  readonly useCookies: boolean;
  readonly #handler: Handler;
  readonly #options: ClientOptions;
  readonly #jar = new CookieJar();

  constructor(handler: Handler, options: ClientOptions = {}) {
    this.#handler = handler;
    this.#options = options;
    this.useCookies = options.useCookies ?? true;
  }

  get(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'GET' });
  }

  post(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'POST' });
  }

  put(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'PUT' });
  }

  patch(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'PATCH' });
  }

  delete(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'DELETE' });
  }

  head(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'HEAD' });
  }

  options(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'OPTIONS' });
  }

  trace(path?: string, options?: VerbOptions): Promise<TestResponse> {
    return this.open(path, { ...options, method: 'TRACE' });
  }

  /** Sends a request and reads its whole answer. Throws `ClientRedirectError` if redirects lead in a circle. */
  async open(path = '/', options: OpenOptions = {}): Promise<TestResponse> {
    let response = await this.#send(buildRequestSource(path, this.#withDefaults(options)), []);
    if (options.followRedirects !== true) return response;
    const seen = new Set<string>();
    while (REDIRECTS.has(response.status)) {
      const step = `${response.status} ${response.location}`;
      if (seen.has(step)) {
        throw new ClientRedirectError(
          `Loop detected: A ${response.status} redirect to ${response.location} was already made.`,
          {
            code: 'REDIRECT_LOOP',
          },
        );
      }
      seen.add(step);
      response = await this.#send(this.#redirected(response), [...response.history, response]);
    }
    return response;
  }

  #withDefaults(options: RequestSourceOptions): RequestSourceOptions {
    const { baseUrl, remoteAddr, headers } = this.#options;
    const merged = new Headers(headers);
    if (options.headers !== undefined) merged.update(options.headers);
    return {
      ...options,
      baseUrl: options.baseUrl ?? baseUrl,
      remoteAddr: options.remoteAddr ?? remoteAddr,
      headers: merged,
    };
  }

  async #send(source: RequestSource, history: readonly TestResponse[]): Promise<TestResponse> {
    const make = this.#options.makeRequest ?? ((one: RequestSource) => new Request(one));
    const request = make(this.#withCookies(source));
    try {
      const response = await this.#handler(request);
      try {
        // The headers first: they are sent before the body is read.
        const body = response.getWireBody(request.method);
        if (this.useCookies) this.storeCookies(request, response);
        const chunks: Uint8Array[] = [];
        if (isWhole(body)) chunks.push(wholeBytes(body));
        else for await (const chunk of body) chunks.push(chunkBytes(chunk));
        return new TestResponse(Buffer.concat(chunks), response, request, history);
      } finally {
        await response.close();
      }
    } finally {
      await request.close();
    }
  }

  #withCookies(source: RequestSource): RequestSource {
    const headers = new Headers();
    for (let i = 0; i < source.rawHeaders.length; i += 2)
      headers.add(source.rawHeaders[i] as string, source.rawHeaders[i + 1] as string);
    const cookie = this.useCookies ? this.#jar.header(hostOf(headers.get('Host')), pathOf(source)) : undefined;
    if (cookie === undefined) return source;
    headers.set('Cookie', cookie);
    return { ...source, rawHeaders: headers.toFlat() };
  }

  #redirected(response: TestResponse): RequestSource {
    const { source } = response.request;
    const from = `${source.scheme}://${hostOf(response.request.headers.get('Host'))}`;
    const host = response.request.headers.get('Host') ?? '';
    const url = urlSplit(urlJoin(`${source.scheme}://${host}${pathOf(source)}`, response.location ?? ''));
    this.#checkRedirect(new URL(from).hostname, url.netloc);
    const headers = new Headers();
    for (const [name, value] of response.request.headers) headers.add(name, value);
    headers.set('Host', url.netloc);
    headers.remove('Cookie');
    const { rootPath = '' } = source;
    const isBelow = url.path === rootPath || url.path.startsWith(`${rootPath}/`);
    const keepsBody = response.status === 307 || response.status === 308;
    if (!keepsBody) for (const name of BODY_HEADERS) headers.remove(name);
    return {
      ...source,
      scheme: url.scheme,
      target: `${isBelow ? url.path.slice(rootPath.length) : url.path}${url.query === '' ? '' : `?${url.query}`}`,
      rootPath: isBelow ? rootPath : '',
      method: keepsBody || source.method === 'HEAD' ? source.method : 'GET',
      body: keepsBody ? source.body : null,
      rawHeaders: headers.toFlat(),
    };
  }

  #checkRedirect(from: string, netloc: string): void {
    const to = hostOf(netloc);
    if (to === from || netloc === '') return;
    const isSubdomain = to.endsWith(`.${from}`);
    if (isSubdomain && this.#options.allowSubdomainRedirects === true) return;
    throw new FlaconError(
      isSubdomain ? 'Following subdomain redirects is not enabled.' : 'Following external redirects is not supported.',
      {
        code: isSubdomain ? 'SUBDOMAIN_REDIRECT' : 'EXTERNAL_REDIRECT',
        fix: isSubdomain ? 'allowSubdomainRedirects: true' : `request ${to} by itself, or look at response.location`,
      },
    );
  }

  /** A cookie that the client keeps, by the domain and path that it was set for. */
  getCookie(
    name: string,
    { domain = 'localhost', path = '/' }: { domain?: string; path?: string } = {},
  ): StoredCookie | undefined {
    return this.#cookies().get(name, domain, path);
  }

  /** Sets a cookie for the requests to come. */
  setCookie(
    name: string,
    value = '',
    { domain = 'localhost', originOnly = true, path = '/', ...options }: ClientCookieOptions = {},
  ): void {
    const cookie = parseSetCookie(dumpCookie(name, value, { domain, path, ...options }), domain ?? 'localhost', '/');
    if (cookie !== undefined) this.#cookies().store({ ...cookie, originOnly });
  }

  /** Forgets a cookie. */
  deleteCookie(name: string, { domain = 'localhost', path = '/' }: { domain?: string; path?: string } = {}): void {
    this.#cookies().delete(name, domain, path);
  }

  #cookies(): CookieJar {
    if (this.useCookies) return this.#jar;
    throw new FlaconError('Cookies are disabled.', {
      code: 'CLIENT_WITHOUT_COOKIES',
      fix: 'create the client with { useCookies: true }',
    });
  }

  /** The headers of `options` with the cookies that a request to `path` would send. */
  cookieHeaders(path: string, options: RequestSourceOptions = {}): Headers {
    const headers = new Headers(options.headers);
    const source = buildRequestSource(path, this.#withDefaults(options));
    const cookie = this.#jar.header(hostOf(Headers.fromRaw(source.rawHeaders).get('Host')), pathOf(source));
    if (cookie !== undefined) headers.set('Cookie', cookie);
    return headers;
  }

  /** Keeps the cookies that an answer sets. */
  storeCookies(request: Request, response: Response): void {
    const host = hostOf(request.headers.get('Host'));
    for (const header of response.headers.getList('Set-Cookie')) {
      const cookie = parseSetCookie(header, host, pathOf(request.source));
      if (cookie !== undefined) this.#jar.store(cookie);
    }
  }
}

function hostOf(netloc: string | undefined): string {
  return (netloc ?? '').replace(/:\d+$/, '').toLowerCase() || 'localhost';
}

function pathOf(source: RequestSource): string {
  return `${source.rootPath ?? ''}${source.target.split('?', 1)[0] as string}`;
}
