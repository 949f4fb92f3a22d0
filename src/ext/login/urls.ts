import { currentApp, request, session, urlFor } from 'flacon';
import { parseQsl, urlSplit, urlUnsplit } from 'flacon/http';

/** The URL of a login page: an endpoint, or a URL that begins with `/`, `http://` or `https://`. */
export function expandLoginView(loginView: string): string {
  return /^(?:https?:\/)?\//.test(loginView) ? loginView : urlFor(loginView);
}

/** `currentUrl` without scheme and host, if those of `loginUrl` are the same or none; else as it is. */
export function makeNextParam(loginUrl: string, currentUrl: string): string {
  const login = urlSplit(loginUrl);
  const current = urlSplit(currentUrl);
  const sameScheme = login.scheme === '' || login.scheme === current.scheme;
  const sameHost = login.netloc === '' || login.netloc === current.netloc;
  if (!sameScheme || !sameHost) return currentUrl;
  return urlUnsplit({ scheme: '', netloc: '', path: current.path, query: current.query, fragment: '' });
}

/**
 * The URL of a login page, with the page to return to in its query. `FORCE_HOST_FOR_REDIRECTS` replaces its host.
 * Throws a BuildError if the endpoint does not exist.
 */
export function loginUrl(loginView: string, nextUrl?: string, nextField = 'next'): string {
  const base = expandLoginView(loginView);
  if (nextUrl === undefined) return base;
  const parts = urlSplit(base);
  const query = new Map<string, string[]>();
  for (const [key, value] of parseQsl(parts.query)) query.set(key, [...(query.get(key) ?? []), value]);
  query.set(nextField, [makeNextParam(base, nextUrl)]);
  const items = [...query].flatMap(([key, values]) => values.map((value) => `${quotePlus(key)}=${quotePlus(value)}`));
  return urlUnsplit({
    ...parts,
    netloc: currentApp.config.FORCE_HOST_FOR_REDIRECTS || parts.netloc,
    query: items.join('&'),
  });
}

// Everything but letters, digits and `_.-~`, as Python's quote_plus; the detour makes half a surrogate pair a replacement character.
function quotePlus(text: string): string {
  const quoted = encodeURIComponent(Buffer.from(text).toString()).replaceAll('%20', '+');
  return quoted.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Where to go after a login: the page that was asked for, from `?next=`, the form or the session (which forgets it), if
 * it is of this site; else `fallback`.
 */
export function nextUrl(fallback: string, nextField = 'next'): string {
  const asked = request.args.get(nextField) ?? request.form.get(nextField) ?? session.get<unknown>(nextField);
  if (currentApp.config.USE_SESSION_FOR_NEXT && session.has(nextField)) session.delete(nextField);
  return typeof asked === 'string' && isSafeUrl(asked) ? asked : fallback;
}

/** Whether a URL leads to this site: a path, or a URL with the scheme and host of the current request. */
export function isSafeUrl(url: string): boolean {
  // Browsers take `\` for `/` and drop control characters, so that `/\evil.com` would be another host.
  // oxlint-disable-next-line no-control-regex -- those are meant
  if (/[\\\0-\x20\x7f]/.test(url)) return false;
  if (url.startsWith('/')) return !url.startsWith('//');
  const { hostUrl } = request;
  return url.startsWith(hostUrl) || `${url}/` === hostUrl;
}
