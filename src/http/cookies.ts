import { latin1FromUtf8, utf8FromLatin1 } from './charset.ts';
import { httpDate } from './dates.ts';
import { BadRequest } from './exceptions.ts';
import { domainToAscii } from './idna.ts';
import { MultiDict } from './multidict.ts';
import { makeQuoter } from './urls.ts';

/** Attributes of a cookie. */
export interface CookieOptions {
  /** Lifetime in seconds; without it, and without `expires`, the cookie ends with the browser session. */
  maxAge?: number | null;
  /** When it ends: a date, a Unix time in seconds, or text that is written as it is. */
  expires?: Date | number | string | null;
  /** Path it is limited to, `/` by default; `null` writes none. */
  path?: string | null;
  /** Domain whose subdomains get it too; without it only the host that set it. */
  domain?: string | null;
  /** Send it over https only. Default false. */
  secure?: boolean;
  /** Hide it from scripts. Default false. */
  httponly?: boolean;
  /** `Strict`, `Lax` or `None`, in any case. */
  samesite?: string | null;
  /** Keep it in partitioned storage; turns `secure` on. Default false. */
  partitioned?: boolean;
  /** Derive `expires` from `maxAge`. Default true. */
  syncExpires?: boolean;
  /** Warn if the header is longer than this, 0 for never. Default 4093, what browsers keep. */
  maxSize?: number;
}

/** Index behind the quoted string that starts at `start`, or -1 if it is not closed. */
function quotedEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i + 1;
    if (code === 92) i++;
  }
  return -1;
}

function skipSpace(text: string, start: number): number {
  let i = start;
  while (i < text.length && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i++;
  return i;
}

/** End of the value that starts at `start`: the next semicolon that is not inside quotes. */
function valueEnd(text: string, start: number): number {
  if (text.charCodeAt(start) === 34) {
    const end = quotedEnd(text, start);
    const next = end === -1 ? -1 : skipSpace(text, end);
    if (next !== -1 && (next === text.length || text.charCodeAt(next) === 59)) return next;
  }
  const semicolon = text.indexOf(';', start);
  return semicolon === -1 ? text.length : semicolon;
}

function unquoteValue(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  const inner = value.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  // Octal escapes are bytes, and several of them may be one character.
  const bytes = Buffer.from(inner, 'utf8')
    .toString('latin1')
    .replace(/\\([0-3][0-7]{2}|.)/gs, (_, escape: string) =>
      escape.length === 1 ? escape : String.fromCharCode(Number.parseInt(escape, 8)),
    );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/**
 * Parses a Cookie header as node:http gives it. Several cookies of one name keep their order; one without a name is
 * dropped. Throws BadRequest if the header is not UTF-8.
 */
export function parseCookie(header: string | null | undefined): MultiDict;
export function parseCookie<D extends MultiDict>(
  header: string | null | undefined,
  cls: new (pairs: [string, string][]) => D,
): D;
export function parseCookie(
  header: string | null | undefined,
  cls: new (pairs: [string, string][]) => MultiDict = MultiDict,
): MultiDict {
  const pairs: [string, string][] = [];
  const text = header ? decodeHeader(header) : '';
  for (let start = 0; start < text.length;) {
    const semicolon = text.indexOf(';', start);
    const equals = text.indexOf('=', start);
    let end = semicolon === -1 ? text.length : semicolon;
    let value = '';
    let nameEnd = end;
    if (equals !== -1 && equals < end) {
      nameEnd = equals;
      const valueStart = skipSpace(text, equals + 1);
      end = valueEnd(text, valueStart);
      value = unquoteValue(text.slice(valueStart, end).trim());
    }
    const name = text.slice(start, nameEnd).trim();
    if (name !== '') pairs.push([name, value]);
    start = end + 1;
  }
  return new cls(pairs);
}

function decodeHeader(header: string): string {
  try {
    return utf8FromLatin1(header, { fatal: true });
  } catch (cause) {
    throw new BadRequest('The Cookie header is not valid UTF-8.', { cause });
  }
}

// Without the semicolon, which would end the attribute.
const quoteCookiePath = makeQuoter("%!$&'()*+,/:=@");
const PLAIN_VALUE = /^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]*$/;
const SAMESITE: Readonly<Record<string, string>> = { strict: 'Strict', lax: 'Lax', none: 'None' };

function quoteValue(value: string): string {
  if (PLAIN_VALUE.test(value)) return value;
  const escaped = latin1FromUtf8(value).replace(/[\x00-\x1f",;\\\x7f-\xff]/g, (char) =>
    char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `"${escaped}"`;
}

function samesiteText(samesite: string): string {
  const text = SAMESITE[samesite.toLowerCase()];
  if (text === undefined) throw new RangeError("samesite must be 'Strict', 'Lax' or 'None'");
  return text;
}

/** A domain without its port and the leading dot, which once stood for the subdomains. */
function domainText(domain: string): string {
  return domainToAscii((domain.split(':', 1)[0] as string).replace(/^\.+/, ''));
}

function expiresText({ expires, maxAge, syncExpires = true }: CookieOptions): string | undefined {
  if (expires !== null && expires !== undefined) return typeof expires === 'string' ? expires : httpDate(expires);
  if (maxAge === null || maxAge === undefined || !syncExpires) return undefined;
  return httpDate(Date.now() / 1000 + maxAge);
}

/**
 * Writes the value of a Set-Cookie header. Values that are not plain are quoted with octal escapes, as browsers send
 * them back and `parseCookie` reads them. Throws a RangeError for an unknown `samesite`.
 */
export function dumpCookie(key: string, value = '', options: CookieOptions = {}): string {
  const { maxAge, path = '/', domain, samesite, partitioned = false, maxSize = 4093 } = options;
  const quoted = quoteValue(value);
  let out = `${latin1FromUtf8(key)}=${quoted}`;
  if (domain !== null && domain !== undefined) out += `; Domain=${domainText(domain)}`;
  const expires = expiresText(options);
  if (expires !== undefined) out += `; Expires=${expires}`;
  if (maxAge !== null && maxAge !== undefined) out += `; Max-Age=${Math.trunc(maxAge)}`;
  if (options.secure || partitioned) out += '; Secure';
  if (options.httponly) out += '; HttpOnly';
  if (path !== null) out += `; Path=${quoteCookiePath(path)}`;
  if (samesite !== null && samesite !== undefined) out += `; SameSite=${samesiteText(samesite)}`;
  if (partitioned) out += '; Partitioned';
  if (maxSize > 0 && out.length > maxSize) {
    process.emitWarning(
      `The '${key}' cookie is too large: its value has ${quoted.length} bytes and the header ${out.length}, the limit is ` +
        `${maxSize}. Browsers may silently ignore it.`,
      { code: 'COOKIE_TOO_LARGE' },
    );
  }
  return out;
}
