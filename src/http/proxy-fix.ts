import { faceOf, fetchFace } from './fetch.ts';
import type { Fetchable, FetchFace } from './fetch.ts';
import { parseListHeader } from './parse.ts';
import { replaceHost } from './request-source.ts';
import type { RequestPatch } from './request-source.ts';
import type { Request } from './request.ts';

/** How many proxies in front of the application set each header. What further clients have written is not believed. */
export interface ProxyFixOptions {
  /** X-Forwarded-For sets the address of the client. Default: 1. */
  xFor?: number;
  /** X-Forwarded-Proto sets the scheme. Default: 1. */
  xProto?: number;
  /** X-Forwarded-Host sets the host. Default: 0. */
  xHost?: number;
  /** X-Forwarded-Port sets the port of the host. Default: 0. */
  xPort?: number;
  /** X-Forwarded-Prefix sets the root path. Default: 0. */
  xPrefix?: number;
}

/** What a request said before `ProxyFix` changed it. */
export interface UnproxiedRequest {
  remoteAddr: string | undefined;
  scheme: string;
  host: string | undefined;
  rootPath: string;
}

const originals = new WeakMap<Request, UnproxiedRequest>();

/**
 * Believes the X-Forwarded headers of the proxies in front of an application:
 * `app.fetch = ProxyFix(app.fetch, { xFor: 1, xHost: 1 })`. Of each header it takes the value that the outermost trusted
 * proxy has written, counted from the right; a header with fewer values changes nothing
 * (werkzeug.middleware.proxy_fix). Only for applications that are really behind that many proxies.
 */
export function ProxyFix(app: Fetchable, options: ProxyFixOptions = {}): FetchFace {
  const { xFor = 1, xProto = 1, xHost = 0, xPort = 0, xPrefix = 0 } = options;
  const inner = faceOf(app);

  function outer(request: Request): ReturnType<typeof inner> {
    const trusted = (count: number, header: string): string | undefined =>
      trustedValue(count, request.headers.get(header));
    const patch: { -readonly [Key in keyof RequestPatch]: RequestPatch[Key] } = {};
    const { headers } = request;
    patch.remoteAddr = trusted(xFor, 'X-Forwarded-For');
    patch.scheme = trusted(xProto, 'X-Forwarded-Proto');
    patch.rootPath = trusted(xPrefix, 'X-Forwarded-Prefix');
    const originalHost = headers.get('Host');
    const port = trusted(xPort, 'X-Forwarded-Port');
    let host = trusted(xHost, 'X-Forwarded-Host') ?? originalHost;
    if (port !== undefined && host) host = `${withoutPort(host)}:${port}`;
    if (host !== undefined && host !== originalHost) patch.rawHeaders = replaceHost(request.source.rawHeaders, host);
    if (!originals.has(request)) {
      const { remoteAddr, scheme, rootPath } = request;
      originals.set(request, { remoteAddr, scheme, rootPath, host: originalHost });
    }
    request.override(patch);
    return inner(request);
  }

  return fetchFace(outer, inner.makeRequest);
}

/** What a request said before `ProxyFix`; undefined if it did not pass one. */
export function unproxied(request: Request): UnproxiedRequest | undefined {
  return originals.get(request);
}

function trustedValue(count: number, header: string | undefined): string | undefined {
  if (count <= 0 || header === undefined) return undefined;
  return parseListHeader(header).at(-count) || undefined;
}

/** The host without its port; `]` at the end is an IPv6 address without one. */
function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon === -1 || host.endsWith(']') ? host : host.slice(0, colon);
}
