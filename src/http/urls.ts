import { domainToAscii, domainToText } from './idna.ts';
import { iterMultiItems } from './multidict.ts';
import type { MultiDictInit } from './multidict.ts';
import { splitNetloc, urlSplit, urlUnsplit } from './url-split.ts';

export { splitNetloc, urlJoin, urlSplit, urlUnsplit } from './url-split.ts';
export type { NetlocParts, SplitUrl } from './url-split.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
const ALWAYS_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~';

function table(chars: string): Uint8Array {
  const flags = new Uint8Array(256);
  for (const char of chars) flags[char.charCodeAt(0)] = 1;
  return flags;
}

/**
 * Makes a function that percent-encodes text as UTF-8, or bytes. Letters, digits, `_.-~` and the characters of `safe`
 * stay. Make it once and keep it: it holds a lookup table.
 */
export function makeQuoter(safe: string): (value: string | Uint8Array) => string {
  const keep = table(ALWAYS_SAFE + safe);
  return function quote(value) {
    let start = 0;
    if (typeof value === 'string') {
      while (start < value.length && keep[value.charCodeAt(start)] === 1) start++;
      if (start === value.length) return value;
    }
    let out = typeof value === 'string' ? value.slice(0, start) : '';
    for (const byte of typeof value === 'string' ? Buffer.from(value.slice(start), 'utf8') : value) {
      out += keep[byte] === 1 ? String.fromCharCode(byte) : HEX[byte];
    }
    return out;
  };
}

// The WHATWG URL standard's path segment characters.
const quoteSegment = makeQuoter("!$&'()*+,/:;=@");
const quotePathPart = makeQuoter("%!$&'()*+,/:;=@");
const quoteQueryPart = makeQuoter("%!$&'()*+,/:;=?@");
const quoteFragmentPart = makeQuoter("%!#$&'()*+,/:;=?@");
const quoteUserPart = makeQuoter("%!$&'()*+,;=");
const quoteQueryItem = makeQuoter(" !$'()*,/:;?@");

/** Percent-encodes text for the path of a URL. `/` stays, `%` is encoded. */
export function quotePath(text: string): string {
  return quoteSegment(text);
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The byte that `%XX` at `i` stands for, or -1 if it is not an escape. */
function escapedByte(text: string, i: number): number {
  if (text.charCodeAt(i) !== 37 || i + 2 >= text.length) return -1;
  const high = hexDigit(text.charCodeAt(i + 1));
  const low = hexDigit(text.charCodeAt(i + 2));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

/** Replaces every run of escapes, except of bytes in `keep`, by what `decode` makes of its bytes. */
function replaceEscapes(text: string, decode: (bytes: number[]) => string, keep?: Uint8Array): string {
  let out = '';
  let bytes: number[] = [];
  for (let i = 0; i < text.length;) {
    const byte = escapedByte(text, i);
    const decoded = byte !== -1 && keep?.[byte] !== 1;
    if (decoded) bytes.push(byte);
    if (!decoded && bytes.length > 0) {
      out += decode(bytes);
      bytes = [];
    }
    const next = byte === -1 ? i + 1 : i + 3;
    if (!decoded) out += text.slice(i, next);
    i = next;
  }
  return bytes.length > 0 ? out + decode(bytes) : out;
}

/** Length of the UTF-8 sequence at `i`, 0 if it is invalid (Unicode, table 3-7). */
function sequenceLength(bytes: readonly number[], i: number): number {
  const lead = bytes[i] as number;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > bytes.length) return 0;
  const second = bytes[i + 1] as number;
  const min = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const max = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < min || second > max) return 0;
  for (let n = 2; n < length; n++) {
    if (((bytes[i + n] as number) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function decodeReplacing(bytes: number[]): string {
  return Buffer.from(bytes).toString('utf8');
}

function decodeKeeping(bytes: number[]): string {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    out += length === 0 ? HEX[bytes[i] as number] : decodeReplacing(bytes.slice(i, i + length));
    i += length || 1;
  }
  return out;
}

const DECODERS = {
  'utf-8': decodeReplacing,
  latin1: (bytes: number[]) => String.fromCharCode(...bytes),
  ascii: (bytes: number[]) => String.fromCharCode(...bytes.map((byte) => (byte > 0x7f ? 0xfffd : byte))),
};

/** Decodes `%XX`. Invalid bytes become U+FFFD; a `%` that starts no escape stays. */
export function unquote(text: string, charset: keyof typeof DECODERS = 'utf-8'): string {
  if (!text.includes('%')) return text;
  if (charset !== 'utf-8') return replaceEscapes(text, DECODERS[charset]);
  try {
    return decodeURIComponent(text);
  } catch {
    // Not all of it is escapes of UTF-8: decode what is.
    return replaceEscapes(text, decodeReplacing);
  }
}

/** Decodes `%XX` as UTF-8 and leaves escapes of invalid bytes as they are. */
export function unquoteValid(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Not all of it is escapes of UTF-8: decode what is.
    return replaceEscapes(text, decodeKeeping);
  }
}

function unquoteQueryItem(text: string): string {
  return unquoteValid(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** Pairs of a query string or a urlencoded form, in order, blank values included. Bytes that are not UTF-8 stay escaped. */
export function parseQsl(query: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (let start = 0; start <= query.length;) {
    let end = query.indexOf('&', start);
    if (end === -1) end = query.length;
    if (end > start) {
      const item = query.slice(start, end);
      const equals = item.indexOf('=');
      if (equals === -1) pairs.push([unquoteQueryItem(item), '']);
      else pairs.push([unquoteQueryItem(item.slice(0, equals)), unquoteQueryItem(item.slice(equals + 1))]);
    }
    start = end + 1;
  }
  return pairs;
}

function quotePlus(value: unknown): string {
  return quoteQueryItem(String(value)).replaceAll(' ', '+');
}

/** Writes a query string from an object, pairs or a MultiDict. Values that are `null` or `undefined` are left out. */
export function urlencode(query: MultiDictInit<unknown>): string {
  let out = '';
  for (const [key, value] of iterMultiItems(query)) {
    if (value === null || value === undefined) continue;
    out += `${out === '' ? '' : '&'}${quotePlus(key)}=${quotePlus(value)}`;
  }
  return out;
}

function convertNetloc(
  netloc: string,
  convertHost: (host: string) => string,
  convertUser: (text: string) => string,
): string {
  if (netloc === '') return '';
  const { username, password, hostname, port } = splitNetloc(netloc);
  let out = hostname === undefined ? '' : convertHost(hostname);
  if (out.includes(':')) out = `[${out}]`;
  if (port) out += `:${port}`;
  if (!username) return out;
  return `${convertUser(username)}${password ? `:${convertUser(password)}` : ''}@${out}`;
}

/**
 * Converts an IRI to a URI: what is not ASCII or not safe is percent-encoded, the domain goes into Punycode, what is
 * already encoded stays. Throws a FlaconError `INVALID_URL` or `INVALID_DOMAIN`.
 */
export function iriToUri(iri: string): string {
  const parts = urlSplit(iri);
  return urlUnsplit({
    scheme: parts.scheme,
    netloc: convertNetloc(parts.netloc, domainToAscii, quoteUserPart),
    path: quotePathPart(parts.path),
    query: quoteQueryPart(parts.query),
    fragment: quoteFragmentPart(parts.fragment),
  });
}

// Controls, the space and `%` stay encoded everywhere, delimiters where decoding would change the meaning.
const UNSAFE = `${String.fromCharCode(...Array(33).keys())}%\x7f`;
const KEEP_FRAGMENT = table(UNSAFE);
const KEEP_QUERY = table(`${UNSAFE}&=+#`);
const KEEP_PATH = table(`${UNSAFE}/?#`);
const KEEP_USER = table(`${UNSAFE}:@/?#`);

/**
 * Converts a URI to an IRI: UTF-8 is decoded, the domain comes out of Punycode, and what is reserved or invalid stays
 * encoded. Throws a FlaconError `INVALID_URL`.
 */
export function uriToIri(uri: string): string {
  const parts = urlSplit(uri);
  const decode = (keep: Uint8Array) => (text: string) =>
    text.includes('%') ? replaceEscapes(text, decodeKeeping, keep) : text;
  return urlUnsplit({
    scheme: parts.scheme,
    netloc: convertNetloc(parts.netloc, domainToText, decode(KEEP_USER)),
    path: decode(KEEP_PATH)(parts.path),
    query: decode(KEEP_QUERY)(parts.query),
    fragment: decode(KEEP_FRAGMENT)(parts.fragment),
  });
}
