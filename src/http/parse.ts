import { tokenEnd, unquoteHeaderValue } from './dump.ts';
import { unquote } from './urls.ts';

/** Parameters of a header value, by lower-case name. */
export type HeaderOptions = Record<string, string>;

/**
 * Parses items separated by commas (RFC 9110 section 5.6.1). Quotes around a whole item are removed, others stay, empty
 * items are dropped; a quote that is never closed makes the whole list empty. The reverse of `dumpHeader`.
 */
export function parseListHeader(value: string): string[] {
  const items = value.includes('"') ? splitOutsideQuotes(value) : value.split(',');
  const out: string[] = [];
  for (const item of items) {
    const text = item.trim();
    if (text !== '') out.push(unquoteHeaderValue(text));
  }
  return out;
}

function splitOutsideQuotes(value: string): string[] {
  const items: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 34) quoted = !quoted;
    else if (quoted && code === 92) i++;
    else if (!quoted && code === 44) {
      items.push(value.slice(start, i));
      start = i + 1;
    }
  }
  if (quoted) return [];
  items.push(value.slice(start));
  return items;
}

// RFC 2231 section 4: charset'language'value
const CHARSET_VALUE = /^([\w!#$%&*+\-.^`|~]*)'[\w!#$%&*+\-.^`|~]*'([\w!#$%&'*+\-.^`|~]+)/;

/** Decodes `%XX` if the charset is one of the few that may be trusted; others leave the value as it is. */
function decodeCharset(value: string, charset: string | undefined): string | undefined {
  switch (charset) {
    case 'utf-8':
      return unquote(value);
    case 'iso-8859-1':
      return unquote(value, 'latin1');
    case 'ascii':
    case 'us-ascii':
      return unquote(value, 'ascii');
    default:
      return undefined;
  }
}

/** Parses `key=value` items separated by commas. A key without a value gets `null`. The reverse of `dumpHeader`. */
export function parseDictHeader(value: string): Record<string, string | null> {
  // Not by assignment: a key may be called `__proto__`.
  return Object.fromEntries(parseDictItems(value));
}

/** `parseDictHeader` as a Map, which keeps the order of keys that are numbers. */
export function parseDictItems(value: string): Map<string, string | null> {
  const out = new Map<string, string | null>();
  for (const item of parseListHeader(value)) {
    const equals = item.indexOf('=');
    let key = (equals === -1 ? item : item.slice(0, equals)).trim();
    if (key === '') continue;
    if (equals === -1) {
      out.set(key, null);
      continue;
    }
    let text = item.slice(equals + 1).trim();
    if (key.endsWith('*')) {
      key = key.slice(0, -1);
      const match = CHARSET_VALUE.exec(text);
      if (match !== null) {
        const encoded = match[2] as string;
        text = decodeCharset(encoded, (match[1] as string).toLowerCase()) ?? encoded;
      }
    }
    out.set(key, unquoteHeaderValue(text));
  }
  return out;
}

/** Index behind the quoted string that starts at `start`, or -1 if it is not closed. */
function quotedStringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i + 1;
    const next = text.charCodeAt(i + 1);
    if (code === 92 && (next === 34 || next === 92)) i++;
  }
  return -1;
}

function skipSpace(text: string, start: number): number {
  let i = start;
  while (i < text.length && text.charAt(i).trim() === '') i++;
  return i;
}

/** The well-formed `key=value` parts behind the first semicolon, values still quoted. */
function splitParameters(text: string, start: number): [string, string][] {
  const parts: [string, string][] = [];
  let at = skipSpace(text, start);
  for (;;) {
    const keyEnd = tokenEnd(text, at);
    if (keyEnd > at && text.charCodeAt(keyEnd) === 61) {
      const key = text.slice(at, keyEnd).toLowerCase();
      at = keyEnd + 1;
      const end = text.charCodeAt(at) === 34 ? quotedStringEnd(text, at) : tokenEnd(text, at);
      if (end > at) {
        parts.push([key, text.slice(at, end)]);
        at = end;
      }
    }
    const semicolon = text.indexOf(';', at);
    if (semicolon === -1) return parts;
    at = skipSpace(text, semicolon + 1);
  }
}

/**
 * Parses `value; key=value; …`, as in Content-Type and Content-Disposition: `[value, options]`. Malformed parameters are
 * skipped. Continuations (`key*0=`) and charsets (`key*=UTF-8''…`) of RFC 2231 are joined and decoded; both `\"` and
 * `%22` in a quoted value are a quote. The reverse of `dumpOptionsHeader`.
 */
export function parseOptionsHeader(header: string | null | undefined): [value: string, options: HeaderOptions] {
  if (header === null || header === undefined) return ['', {}];
  const semicolon = header.indexOf(';');
  if (semicolon === -1) return [header.trim(), {}];
  const value = header.slice(0, semicolon).trim();
  if (value === '') return [value, {}];
  return [value, decodeParameters(splitParameters(header, semicolon + 1))];
}

function decodeParameters(parts: [string, string][]): HeaderOptions {
  const options = new Map<string, string>();
  let charset: string | undefined;
  let continued: string | undefined;
  for (const [name, raw] of parts) {
    let key = name;
    let text = raw;
    if (key.endsWith('*')) {
      key = key.slice(0, -1);
      const match = CHARSET_VALUE.exec(text);
      if (match !== null) {
        charset = (match[1] as string).toLowerCase();
        text = match[2] as string;
      }
      // Later parts of a continuation need not repeat the charset.
      charset ||= continued;
      const decoded = decodeCharset(text, charset);
      if (decoded !== undefined) {
        continued = charset;
        text = decoded;
      }
    }
    if (text.startsWith('"') && text.endsWith('"')) {
      text = text.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"').replaceAll('%22', '"');
    }
    const star = key.lastIndexOf('*');
    if (star !== -1 && star < key.length - 1 && isDigits(key, star + 1)) {
      key = key.slice(0, star);
      options.set(key, (options.get(key) ?? '') + text);
    } else {
      options.set(key, text);
    }
  }
  return Object.fromEntries(options);
}

function isDigits(text: string, start: number): boolean {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}
