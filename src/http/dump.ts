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

/** Removes the quotes around a value and the backslashes that escape a character. The reverse of `quoteHeaderValue`. */
export function unquoteHeaderValue(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  const text = value.slice(1, -1);
  return text.includes('\\') ? text.replace(/\\(.)/g, '$1') : text;
}

function dumpParameter(key: string, value: HeaderItem): string {
  // `key*` announces the RFC 8187 form, which is already encoded and must not be quoted.
  return key.endsWith('*') ? `${key}=${String(value)}` : `${key}=${quoteHeaderValue(value)}`;
}

/**
 * Writes `value; key=value; …`, as in Content-Type. Parameters that are `null` or `undefined` are left out.
 * The reverse of `parseOptionsHeader`.
 */
export function dumpOptionsHeader(
  header: string | null | undefined,
  options: Readonly<Record<string, HeaderItem>>,
): string {
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

/** What `dumpHeader` writes: items, or `key=value` pairs as an object or a Map. */
export type HeaderItems = Iterable<HeaderItem> | ReadonlyMap<string, HeaderItem> | Readonly<Record<string, HeaderItem>>;

/**
 * Writes items, or `key=value` pairs, separated by commas. A key whose value is `null` or `undefined` stands alone.
 * The reverse of `parseListHeader` and `parseDictHeader`.
 */
export function dumpHeader(items: HeaderItems): string {
  if (Symbol.iterator in items && !(items instanceof Map)) {
    return Array.from(items as Iterable<HeaderItem>, (item) => quoteHeaderValue(item)).join(', ');
  }
  const pairs: Iterable<[string, HeaderItem]> = items instanceof Map ? items : Object.entries(items);
  const dump = ([key, value]: [string, HeaderItem]): string =>
    value === null || value === undefined ? key : dumpParameter(key, value);
  return Array.from(pairs, dump).join(', ');
}

/** Writes a duration in seconds as an Age header; `null` if there is none. Throws a RangeError for a negative one. */
export function dumpAge(seconds?: number | null): string | null {
  if (seconds === null || seconds === undefined) return null;
  const age = Math.trunc(seconds);
  if (age < 0) throw new RangeError('age cannot be negative');
  return String(age);
}
