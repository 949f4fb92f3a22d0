import { parseCookie } from './cookies.ts';
import { parseDate } from './dates.ts';

/** A cookie that a test client keeps. */
export interface StoredCookie {
  /** Name as it was sent. */
  key: string;
  /** Value as it was sent, quoted where it had to be. */
  value: string;
  /** Name as the application set it. */
  decodedKey: string;
  /** Value as the application set it. */
  decodedValue: string;
  expires: Date | undefined;
  maxAge: number | undefined;
  domain: string;
  /** Whether subdomains do not get it. */
  originOnly: boolean;
  path: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite: string | undefined;
}

/** Reads a Set-Cookie header that came from `host` in answer to `path`; undefined if it sets nothing. */
export function parseSetCookie(header: string, host: string, path: string): StoredCookie | undefined {
  const [pair = '', ...attributes] = header.split(';');
  const [decodedKey, decodedValue] = [...parseCookie(pair).entries()][0] ?? [];
  if (decodedKey === undefined || decodedValue === undefined) return undefined;
  const equals = pair.indexOf('=');
  const parameters = new Map(attributes.map((attribute) => splitAttribute(attribute)));
  const maxAge = parameters.get('max-age');
  return {
    key: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    decodedKey,
    decodedValue,
    expires: parseDate(parameters.get('expires')) ?? undefined,
    maxAge: maxAge === undefined ? undefined : Number.parseInt(maxAge, 10) || 0,
    domain: parameters.get('domain') || host,
    originOnly: !parameters.has('domain'),
    path: parameters.get('path') || path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '/',
    secure: parameters.has('secure'),
    httpOnly: parameters.has('httponly'),
    sameSite: parameters.get('samesite'),
  };
}

function splitAttribute(attribute: string): [string, string] {
  const equals = attribute.indexOf('=');
  if (equals === -1) return [attribute.trim().toLowerCase(), ''];
  return [attribute.slice(0, equals).trim().toLowerCase(), attribute.slice(equals + 1).trim()];
}

/** The cookies of a test client. Domain, path, Max-Age=0 and dates in 1970 are honoured; nothing expires by itself. */
export class CookieJar {
  readonly #cookies = new Map<string, StoredCookie>();

  get(name: string, domain: string, path: string): StoredCookie | undefined {
    return this.#cookies.get(storageKey(domain, path, name));
  }

  delete(name: string, domain: string, path: string): void {
    this.#cookies.delete(storageKey(domain, path, name));
  }

  /** Keeps a cookie, or forgets it if that is what it asks for. */
  store(cookie: StoredCookie): void {
    const key = storageKey(cookie.domain, cookie.path, cookie.decodedKey);
    if (cookie.maxAge === 0 || cookie.expires?.getTime() === 0) this.#cookies.delete(key);
    else this.#cookies.set(key, cookie);
  }

  /** The Cookie header of a request; undefined if there is nothing to send. */
  header(host: string, path: string): string | undefined {
    const pairs: string[] = [];
    for (const cookie of this.#cookies.values()) {
      if (matchesHost(cookie, host) && matchesPath(cookie, path)) pairs.push(`${cookie.key}=${cookie.value}`);
    }
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }
}

function storageKey(domain: string, path: string, name: string): string {
  return JSON.stringify([domain, path, name]);
}

function matchesHost({ domain, originOnly }: StoredCookie, host: string): boolean {
  return host === domain || (!originOnly && host.endsWith(`.${domain}`));
}

function matchesPath(cookie: StoredCookie, path: string): boolean {
  if (path === cookie.path) return true;
  return path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`);
}
