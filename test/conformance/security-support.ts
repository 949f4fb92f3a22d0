import { parseAcceptHeader, LanguageAccept, MIMEAccept } from '../../src/http/accept.ts';
import type { Accept } from '../../src/http/accept.ts';
import { Authorization, WWWAuthenticate } from '../../src/http/auth.ts';
import { parseCacheControlHeader, ResponseCacheControl } from '../../src/http/cache-control.ts';
import { getContentLength, getContentType } from '../../src/http/content.ts';
import { dumpCookie, parseCookie } from '../../src/http/cookies.ts';
import type { CookieOptions } from '../../src/http/cookies.ts';
import { parseCspHeader } from '../../src/http/csp.ts';
import { httpDate, parseAge, parseDate } from '../../src/http/dates.ts';
import { dumpAge, dumpHeader, dumpOptionsHeader, quoteHeaderValue, unquoteHeaderValue } from '../../src/http/dump.ts';
import type { HeaderItem } from '../../src/http/dump.ts';
import { generateEtag, parseEtags, quoteEtag, unquoteEtag } from '../../src/http/etags.ts';
import { isEntityHeader, isHopByHopHeader } from '../../src/http/header-kinds.ts';
import { parseSetHeader } from '../../src/http/header-set.ts';
import { Headers } from '../../src/http/headers.ts';
import { getCurrentUrl, getHost, hostIsTrusted } from '../../src/http/hosts.ts';
import type { ServerAddress } from '../../src/http/hosts.ts';
import { MultiDict } from '../../src/http/multidict.ts';
import { int } from '../../src/http/numbers.ts';
import { parseDictHeader, parseListHeader, parseOptionsHeader } from '../../src/http/parse.ts';
import { parseContentRangeHeader, parseIfRangeHeader, parseRangeHeader } from '../../src/http/range.ts';
import type { ContentRange } from '../../src/http/range.ts';
import { appendSlashRedirect, redirect } from '../../src/http/redirect.ts';
import { isResourceModified } from '../../src/http/resource-modified.ts';
import { safeJoin } from '../../src/http/safe-join.ts';
import { secureFilename } from '../../src/http/secure-filename.ts';
import {
  iriToUri,
  parseQsl,
  quotePath,
  splitNetloc,
  unquote,
  uriToIri,
  urlencode,
  urlJoin,
  urlSplit,
} from '../../src/http/urls.ts';
import { escape, Markup, striptags, unescape } from '../../src/util/markup.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The Python value that a corpus value stands for, as this library has it. */
export function decode(value: Json): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  const [entry] = Object.entries(value);
  if (entry === undefined || !entry[0].startsWith('$')) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decode(item)]));
  }
  const [form, content] = entry;
  switch (form) {
    case '$int':
    case '$float':
    case '$timedelta':
      return Number(content);
    case '$tuple':
    case '$set':
      return (content as Json[]).map(decode);
    case '$bytes':
      return Buffer.from(content as string, 'base64');
    case '$markup':
      return new Markup(content as string);
    case '$date':
    case '$datetime':
      return new Date(
        /(?:Z|[+-]\d\d:\d\d)$/.test(content as string)
          ? (content as string)
          : `${content as string}Z`.replace(/^(\S{10})Z$/, '$1'),
      );
    case '$dict':
      return Object.fromEntries((content as [string, Json][]).map(([key, item]) => [key, decode(item)]));
    default:
      throw new TypeError(`unknown form ${form}`);
  }
}

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/;

/** A value without the differences between the languages: `undefined` is None, dates are instants. */
export function normalize(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Date) return { instant: value.getTime() };
  if (typeof value === 'string' && ISO_DATE.test(value)) return { instant: Date.parse(value) };
  if (value instanceof Markup) return String(value);
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalize(item)]));
}

/** What Python writes for a value that is not text: `True` is the spelling of a bool there, `true` here. */
function pythonText(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  return value;
}

function pythonRepr(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(pythonText(value ?? 'None'));
}

function pythonItems(record: Record<string, unknown>): Record<string, HeaderItem> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, pythonText(value) as HeaderItem]));
}

function describeAccept(accept: Accept): unknown {
  return { items: [...accept], best: accept.best, header: accept.toHeader() };
}

function describeContentRange(range: ContentRange | undefined): unknown {
  if (range === undefined) return undefined;
  const { units, start, stop, length } = range;
  return { units, start, stop, length, header: range.toHeader() };
}

function describeAuth(auth: Authorization | WWWAuthenticate | undefined): unknown {
  if (auth === undefined) return undefined;
  return { type: auth.type, parameters: auth.parameters, token: auth.token, header: auth.toHeader() };
}

function cookieOptions(options: Record<string, unknown>): CookieOptions {
  const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
}

/** What Python raises where this library raises something else. */
const PYTHON_ERRORS: Readonly<Record<string, string>> = { FlaconError: 'ValueError', RangeError: 'ValueError' };

/** Python's `del dict[key]` fails for a missing key, where `delete` answers false. */
class KeyError extends Error {}

type Operation = [name: string, ...args: unknown[]];

/** Runs operations; what they answer is collected, errors by their class. `silent` ones answer nothing. */
function runOperations(
  operations: Operation[],
  table: Record<string, (...args: never[]) => unknown>,
  silent: (name: string) => boolean,
): unknown[] {
  const out: unknown[] = [];
  for (const [name, ...args] of operations) {
    const operation = table[name];
    if (operation === undefined) throw new TypeError(`the adapter does not know ${name}`);
    try {
      const result = operation(...(args as never[]));
      if (!silent(name)) out.push(result);
    } catch (error) {
      const { name: className } = (error as Error).constructor;
      out.push({ error: PYTHON_ERRORS[className] ?? className });
    }
  }
  return out;
}

const HEADERS_SILENT = new Set([
  'setitem',
  'set',
  'add',
  'add_header',
  'delitem',
  'remove',
  'setlist',
  'extend',
  'update',
  'clear',
]);

function headersOperations(operations: Operation[]): unknown {
  const headers = new Headers();
  const optional = (values: unknown[]): [] | [unknown] => (values.length === 0 ? [] : [values[0]]);
  const set = (name: string, value: string, params?: Record<string, string>): void => headers.set(name, value, params);
  const add = (name: string, value: string, params?: Record<string, string>): void => headers.add(name, value, params);
  const remove = (name: string): void => headers.remove(name);
  const out = runOperations(
    operations,
    {
      setitem: set,
      set,
      add,
      add_header: add,
      delitem: remove,
      remove,
      setlist: (name: string, values: string[]) => headers.setList(name, values),
      setdefault: (name: string, value: string) => headers.setDefault(name, value),
      setlistdefault: (name: string, values: string[]) => headers.setListDefault(name, values),
      extend: (init: Record<string, string>) => headers.extend(init),
      update: (init: Record<string, string>) => headers.update(init),
      clear: () => headers.clear(),
      items: () => [...headers],
      keys: () => [...headers.keys()],
      values: () => [...headers.values()],
      len: () => headers.size,
      contains: (name: string) => headers.has(name),
      getitem: (name: string) => headers.require(name),
      get: (name: string, ...rest: unknown[]) => headers.get(name, { default: rest[0] }),
      get_int: (name: string) => headers.get(name, { type: int }),
      getlist: (name: string) => headers.getList(name),
      get_all: (name: string) => headers.getList(name),
      pop: (name: string, ...rest: unknown[]) => headers.pop(name, ...(optional(rest) as [unknown])),
      str: () => String(headers),
    },
    (name) => HEADERS_SILENT.has(name),
  );
  return { out, list: [...headers] };
}

function multidictOperations(pairs: [string, unknown][], operations: Operation[]): unknown {
  const dict = new MultiDict<unknown>(pairs);
  const out = runOperations(
    operations,
    {
      getitem: (key: string) => dict.require(key),
      get: (key: string, ...rest: unknown[]) => dict.get(key, { default: rest[0] }),
      getlist: (key: string) => dict.getList(key),
      contains: (key: string) => dict.has(key),
      len: () => dict.size,
      items: (multi?: boolean) => [...dict.entries({ multi: multi ?? false })],
      lists: () => [...dict.lists()],
      keys: () => [...dict.keys()],
      values: () => [...dict.values()],
      listvalues: () => [...dict.listValues()],
      to_dict: (flat?: boolean) => (flat === false ? dict.toObject({ flat: false }) : dict.toObject()),
      add: (key: string, value: unknown) => dict.add(key, value),
      setitem: (key: string, value: unknown) => dict.set(key, value),
      delitem: (key: string) => {
        if (!dict.delete(key)) throw new KeyError(key);
      },
      setlist: (key: string, values: unknown[]) => dict.setList(key, values),
      setdefault: (key: string, value: unknown) => dict.setDefault(key, value),
      setlistdefault: (key: string, values: unknown[]) => dict.setListDefault(key, values),
      update: (init: Record<string, unknown>) => dict.update(init),
      pop: (key: string, ...rest: unknown[]) => dict.pop(key, ...(rest as [unknown])),
      poplist: (key: string) => dict.popList(key),
      popitem: () => dict.popItem(),
      popitemlist: () => dict.popItemList(),
      clear: () => dict.clear(),
    },
    () => false,
  );
  return { out, lists: [...dict.lists()] };
}

/** How each function of the corpus is called here. */
export const functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
  secure_filename: secureFilename,
  safe_join: safeJoin,
  iri_to_uri: iriToUri,
  uri_to_iri: uriToIri,
  quote_path_segment: quotePath,
  unquote: (text: string) => unquote(text),
  urlsplit: (url: string) => {
    const parts = urlSplit(url);
    const { hostname, port } = splitNetloc(parts.netloc);
    return { ...parts, hostname, port };
  },
  urljoin: urlJoin,
  parse_qsl: parseQsl,
  urlencode: (pairs: [string, unknown][]) =>
    urlencode(Array.isArray(pairs) ? pairs.map(([key, value]): [string, unknown] => [key, pythonText(value)]) : pairs),
  redirect_location: (location: string) => {
    const response = redirect(location);
    return { location: response.headers.get('Location'), body: response.text };
  },
  append_slash_redirect: (path: string, queryString: string) =>
    appendSlashRedirect({ path, queryString }).headers.get('Location'),
  host_is_trusted: hostIsTrusted,
  get_host: (scheme: string, header: string | null, server: ServerAddress | null, trusted: string[] | null) =>
    getHost(scheme, header, server, trusted),
  get_current_url: getCurrentUrl,
  get_content_length: getContentLength,
  get_content_type: getContentType,
  parse_cookie: (header: string | null) => [...parseCookie(header).entries({ multi: true })],
  dump_cookie: (key: string, value: string, options: Record<string, unknown>) =>
    dumpCookie(key, value, cookieOptions(options)),
  parse_accept_mime: (header: string | null) => describeAccept(parseAcceptHeader(header, MIMEAccept)),
  best_match_mime: (header: string, values: string[], fallback: unknown) =>
    parseAcceptHeader(header, MIMEAccept).bestMatch(values, fallback),
  mime_quality: (header: string, value: string) => parseAcceptHeader(header, MIMEAccept).quality(value),
  parse_accept_language: (header: string | null) => describeAccept(parseAcceptHeader(header, LanguageAccept)),
  best_match_language: (header: string, values: string[], fallback: unknown) =>
    parseAcceptHeader(header, LanguageAccept).bestMatch(values, fallback),
  parse_options_header: parseOptionsHeader,
  dump_options_header: (header: string | null, options: Record<string, unknown>) =>
    dumpOptionsHeader(header, pythonItems(options)),
  parse_list_header: parseListHeader,
  parse_set_header: (header: string) => [...parseSetHeader(header)],
  parse_dict_header: parseDictHeader,
  dump_header: (items: unknown[] | Record<string, unknown>) =>
    dumpHeader(Array.isArray(items) ? (items.map(pythonText) as HeaderItem[]) : pythonItems(items)),
  quote_header_value: (value: unknown, allowToken?: boolean) =>
    quoteHeaderValue(pythonText(value) as HeaderItem, { allowToken: allowToken ?? true }),
  unquote_header_value: unquoteHeaderValue,
  parse_range: (header: string | null) => {
    const range = parseRangeHeader(header);
    return range && { units: range.units, ranges: range.ranges, header: range.toHeader() };
  },
  range_for_length: (header: string | null, length: number | null) => {
    const range = parseRangeHeader(header);
    return (
      range && [
        range.rangeForLength(length),
        describeContentRange(range.makeContentRange(length)),
        range.toContentRangeHeader(length),
      ]
    );
  },
  parse_content_range: (header: string | null) => describeContentRange(parseContentRangeHeader(header)),
  parse_etags: (header: string | null) => {
    const etags = parseEtags(header);
    const strong = [...etags.asSet()];
    const weak = [...etags.asSet(true)].filter((tag) => etags.isWeak(tag));
    return { strong, weak, star: etags.starTag, bool: !etags.isEmpty };
  },
  etag_contains: (header: string | null, etag: string) => {
    const etags = parseEtags(header);
    return {
      contains: etags.contains(etag),
      weak: etags.containsWeak(etag),
      raw: etags.containsRaw(etag),
      strong: etags.isStrong(etag),
      is_weak: etags.isWeak(etag),
    };
  },
  quote_etag: quoteEtag,
  unquote_etag: unquoteEtag,
  generate_etag: generateEtag,
  is_resource_modified: (
    environ: Record<string, string>,
    etag: string | null,
    lastModified: string | Date | null,
    ignoreIfRange: boolean,
  ) => {
    const get = (name: string): string | undefined => environ[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`];
    return isResourceModified({ get }, { etag, lastModified, ignoreIfRange });
  },
  parse_if_range: (header: string | null) => {
    const ifRange = parseIfRangeHeader(header);
    return { etag: ifRange.etag, date: ifRange.date, header: ifRange.toHeader() };
  },
  parse_date: parseDate,
  http_date: httpDate,
  parse_age: parseAge,
  dump_age: dumpAge,
  parse_authorization: (header: string | null) => describeAuth(Authorization.fromHeader(header)),
  parse_www_authenticate: (header: string | null) => describeAuth(WWWAuthenticate.fromHeader(header)),
  dump_www_authenticate: (type: string, parameters: Record<string, string>, token: string | null) =>
    new WWWAuthenticate(type, parameters, token).toHeader(),
  parse_cache_control: (header: string | null) => {
    const cacheControl = parseCacheControlHeader(header, ResponseCacheControl);
    return {
      dict: Object.fromEntries(cacheControl),
      props: {
        no_cache: cacheControl.noCache,
        no_store: cacheControl.noStore,
        max_age: cacheControl.maxAge,
        s_maxage: cacheControl.sMaxage,
        public: cacheControl.public,
        private: cacheControl.private,
        must_revalidate: cacheControl.mustRevalidate,
        immutable: cacheControl.immutable,
        no_transform: cacheControl.noTransform,
        stale_while_revalidate: cacheControl.staleWhileRevalidate,
      },
      header: cacheControl.toHeader(),
    };
  },
  parse_csp: (header: string | null) => {
    const policy = parseCspHeader(header);
    return { dict: Object.fromEntries(policy), header: policy.toHeader() };
  },
  is_entity_header: isEntityHeader,
  is_hop_by_hop_header: isHopByHopHeader,
  escape: (value: unknown) => String(escape(Array.isArray(value) ? pythonText(value) : value)),
  markup_unescape: (html: string) => String(unescape(html)),
  markup_striptags: (html: string) => String(striptags(html)),
  headers_ops: headersOperations,
  multidict_ops: multidictOperations,
};
