import { currentApp, g, getFlashedMessages, request, session, urlFor } from 'flacon';
import type { FileStorage } from 'flacon';
import { float, int, type Accept, type MultiDict } from 'flacon/http';
import { decode, decodeOptions, encode, singleEntry, type Json, type JsonObject } from './http-recordings-values.ts';
import type { Scope } from './http-recordings-scope.ts';

/** Evaluates an expression of the recordings inside a request; `argument` is what stands behind its name, if anything. */
export type Expression = (argument: Json, scope: Scope) => unknown;

const types: Readonly<Record<string, (text: string) => unknown>> = {
  int,
  float,
  str: String,
  json: (text) => currentApp.json.loads(text),
  upper: (text) => text.toUpperCase(),
};

interface Lookup {
  type: (text: string) => unknown;
  default?: unknown;
}

function lookupOptions({ type = 'str', default: fallback }: JsonObject = {}): Lookup {
  return { type: types[String(type)] as Lookup['type'], ...(fallback !== undefined && { default: decode(fallback) }) };
}

type Arguments = readonly [source: string, key: string, options?: JsonObject];

// Headers have the same methods as far as they are asked for here.
function source(name: string): MultiDict {
  const { args, form, values, cookies, headers } = request;
  switch (name) {
    case 'args':
      return args;
    case 'form':
      return form;
    case 'values':
      return values;
    case 'cookies':
      return cookies;
    case 'headers':
      return headers as unknown as MultiDict;
    default:
      throw new Error(`No such source: ${name}`);
  }
}

function lists(dict: MultiDict): Record<string, string[]> {
  return dict.toObject({ flat: false });
}

const titleCase = (name: string): string =>
  name.replace(/[^-]+/g, (word) => word[0]?.toUpperCase() + word.slice(1).toLowerCase());

/** The headers as WSGI shows them: names in title case, those of the connection left out. */
function headerPairs(): [string, string][] {
  const pairs = [...request.headers].map(([name, value]): [string, string] => [titleCase(name), value]);
  return pairs.filter(([name]) => name !== 'Host').sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

async function describeFile(field: string, file: FileStorage): Promise<unknown[]> {
  const content = Buffer.from(await file.bytes()).toString('latin1');
  return [field, file.filename, file.contentType ?? null, file.mimetype, file.headers.get('X-Part') ?? null, content];
}

function items(accept: Accept): [string, number][] {
  return [...accept].map(([value, quality]) => [value, quality]);
}

function isoDate(date: Date | undefined): string | null {
  return date === undefined ? null : date.toISOString().replace(/\.000Z$/, '+00:00');
}

function authorization(): Record<string, unknown> | null {
  const { authorization: found } = request;
  if (found === undefined) return null;
  const { type, parameters, token, username } = found;
  return { type, parameters, token: token ?? null, username: username ?? null };
}

export const expressions: Readonly<Record<string, Expression>> = {
  method: () => request.method,
  path: () => request.path,
  full_path: () => request.fullPath,
  script_root: () => request.scriptRoot,
  root_path: () => request.rootPath,
  url: () => request.url,
  base_url: () => request.baseUrl,
  root_url: () => request.rootUrl,
  url_root: () => request.urlRoot,
  host_url: () => request.hostUrl,
  host: () => request.host,
  scheme: () => request.scheme,
  is_secure: () => request.isSecure,
  remote_addr: () => request.remoteAddr ?? null,
  access_route: () => request.accessRoute,
  query_string: () => request.queryString,
  args: () => lists(request.args),
  form: () => lists(request.form),
  values: () => lists(request.values),
  cookies: () => lists(request.cookies),
  files: () =>
    Promise.all([...request.files.entries({ multi: true })].map(([field, file]) => describeFile(field, file))),
  data: async () => (await request.getData()).toString('latin1'),
  text: () => request.text,
  headers: headerPairs,
  content_type: () => request.contentType ?? null,
  content_length: () => request.contentLength ?? null,
  content_encoding: () => request.contentEncoding ?? null,
  mimetype: () => request.mimetype,
  mimetype_params: () => request.mimetypeParams,
  is_json: () => request.isJson,
  endpoint: () => request.endpoint ?? null,
  blueprint: () => request.blueprint ?? null,
  blueprints: () => request.blueprints,
  view_args: () => request.viewArgs ?? null,
  url_rule: () => request.urlRule?.rule ?? null,
  accept: () => items(request.acceptMimetypes),
  accept_json: () => request.acceptMimetypes.acceptJson,
  accept_html: () => request.acceptMimetypes.acceptHtml,
  accept_languages: () => items(request.acceptLanguages),
  accept_encodings: () => items(request.acceptEncodings),
  accept_charsets: () => items(request.acceptCharsets),
  if_match: () => request.ifMatch.toHeader(),
  if_none_match: () => request.ifNoneMatch.toHeader(),
  if_modified_since: () => isoDate(request.ifModifiedSince),
  if_unmodified_since: () => isoDate(request.ifUnmodifiedSince),
  if_range: () => request.ifRange.toHeader(),
  date: () => isoDate(request.date),
  range: () => request.range?.toHeader() ?? null,
  max_forwards: () => request.maxForwards ?? null,
  origin: () => request.origin ?? null,
  referrer: () => request.referrer ?? null,
  user_agent: () => request.userAgent.toString(),
  pragma: () => [...request.pragma],
  cache_control: () => Object.fromEntries(request.cacheControl),
  authorization,
  g: () => encode({ ...g }),
  session: () => encode(session.toObject()),
  session_flags: () => {
    const { permanent, modified, new: isNew, accessed } = session;
    return { permanent, modified, new: isNew, accessed };
  },
  flashes: () => getFlashedMessages({ withCategories: true }),
  trace: (_, { trace }) => [...trace],
  get: (argument) => {
    const [name, key, options] = argument as Arguments;
    const { type, default: fallback } = lookupOptions(options);
    return source(name).get(key, { type, default: fallback }) ?? null;
  },
  getlist: (argument) => {
    const [name, key, options] = argument as Arguments;
    return source(name).getList(key, { type: lookupOptions(options).type });
  },
  index: (argument, { exceptions }) => {
    const [name, key] = argument as Arguments;
    // Of all sources, only WSGI's headers raise a plain KeyError; `headers.require` answers 400 like the others.
    if (name === 'headers' && !request.headers.has(key)) throw exceptions.make('KeyError', [key]);
    return source(name).require(key);
  },
  contains: (argument) => {
    const [name, key] = argument as Arguments;
    return source(name).has(key);
  },
  to_dict: (argument) => {
    const [name, flat = true] = argument as readonly [string, boolean?];
    return flat ? source(name).toObject() : lists(source(name));
  },
  items: (argument) => {
    const [name, multi] = argument as readonly [string, boolean?];
    return [...source(name).entries({ multi: multi ?? false })];
  },
  json: (argument) => request.getJson(decodeOptions(argument)) ?? null,
  json_attr: () => request.json,
  best_match: (argument) => {
    const [offered, fallback] = argument as readonly [string[], string?];
    return request.acceptMimetypes.bestMatch(offered, fallback) ?? null;
  },
  best_language: (argument) => {
    const [offered, fallback] = argument as readonly [string[], string?];
    return request.acceptLanguages.bestMatch(offered, fallback) ?? null;
  },
  quality: (type) => request.acceptMimetypes.quality(String(type)),
  url_for: (argument) => {
    const { endpoint, values } = argument as { endpoint: string; values?: Json };
    return urlFor(endpoint, decode(values ?? {}) as Record<string, unknown>);
  },
};

/** Evaluates expressions one after the other: some see what others have read. */
export async function evaluateAll(list: readonly Json[], scope: Scope): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {};
  for (const [position, written] of list.entries()) {
    const [name, argument] = typeof written === 'string' ? [written, null] : (singleEntry(written) ?? ['', null]);
    const expression = scope.expressions[name];
    if (expression === undefined) throw new Error(`No such expression: ${JSON.stringify(written)}`);
    const key = typeof written === 'string' ? name : `e${String(position).padStart(2, '0')}`;
    results[key] = await expression(argument, scope);
  }
  return results;
}
