/** What can be written into a header as one value. */
export type HeaderItem = string | number | boolean | null | undefined;

// RFC 9110 section 5.6.2: characters of a token.
const TOKEN = new Uint8Array(128);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  TOKEN[char.charCodeAt(0)] = 1;
}

/** Index behind the token characters that start at `start`. */
export function tokenEnd(text: string, start = 0): number {
  let i = start;
  while (i < text.length && TOKEN[text.charCodeAt(i)] === 1) i++;
  return i;
}

/** Whether `text` is a non-empty RFC 9110 token. */
export function isToken(text: string): boolean {
  return text !== '' && tokenEnd(text) === text.length;
}

/**
 * Puts a value into double quotes unless it is a token, with `\` before `"` and `\`. The reverse of `unquoteHeaderValue`.
 * `allowToken: false` quotes tokens too.
 */
export function quoteHeaderValue(value: HeaderItem, { allowToken = true }: { allowToken?: boolean } = {}): string {
  const text = String(value);
  if (text === '') return '""';
  if (allowToken && isToken(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Removes the quotes and the backslash escapes that `quoteHeaderValue` put around a value. */
export function unquoteHeaderValue(value: string): string {
  if (value.length < 2 || value[0] !== '"' || value.at(-1) !== '"') return value;
  return value.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"');
}

function dumpParameter(key: string, value: HeaderItem): string {
  // `key*` announces the RFC 8187 form, which is already encoded and must not be quoted.
  return key.endsWith('*') ? `${key}=${String(value)}` : `${key}=${quoteHeaderValue(value)}`;
}

/**
 * Writes `value; key=value; …`, as in Content-Type. Parameters that are `null` or `undefined` are left out.
 * The reverse of `parseOptionsHeader`.
 */
export function dumpOptionsHeader(header: string | null | undefined, options: Readonly<Record<string, HeaderItem>>): string {
  let out = header ?? '';
  let first = header === null || header === undefined;
  for (const key of Object.keys(options)) {
    const value = options[key];
    if (value === null || value === undefined) continue;
    out += first ? dumpParameter(key, value) : `; ${dumpParameter(key, value)}`;
    first = false;
  }
  return out;
}

/**
 * Writes items, or `key=value` pairs, separated by commas. A key whose value is `null` or `undefined` stands alone.
 * The reverse of `parseListHeader` and `parseDictHeader`.
 */
export function dumpHeader(items: Iterable<HeaderItem> | Readonly<Record<string, HeaderItem>>): string {
  if (Symbol.iterator in items) {
    return Array.from(items as Iterable<HeaderItem>, (item) => quoteHeaderValue(item)).join(', ');
  }
  return Object.entries(items)
    .map(([key, value]) => (value === null || value === undefined ? key : dumpParameter(key, value)))
    .join(', ');
}

/** Writes a duration in seconds as an Age header; `null` if there is none. Throws a RangeError for a negative one. */
export function dumpAge(seconds?: number | null): string | null {
  if (seconds === null || seconds === undefined) return null;
  const age = Math.trunc(seconds);
  if (age < 0) throw new RangeError('age cannot be negative');
  return String(age);
}
