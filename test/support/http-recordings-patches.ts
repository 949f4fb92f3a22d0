import type { Request, Response } from 'flacon';
import { ContentRange, WWWAuthenticate, type CookieOptions } from 'flacon/http';
import { decode, decodeOptions, singleEntry, type Json, type JsonObject } from './http-recordings-values.ts';

type Patch = (response: Response, argument: Json, request: Request) => unknown;

function seconds(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'seconds' in value ? value.seconds : value;
}

function cookieArguments(argument: Json): [name: string, value: string, options: CookieOptions] {
  const { key, value = '', maxAge, ...options } = decodeOptions(argument);
  return [
    String(key),
    String(value),
    { ...options, ...(maxAge !== undefined && { maxAge: seconds(maxAge) as number }) },
  ];
}

function list(argument: Json): string[] {
  return typeof argument === 'string' ? [argument] : (argument as string[]);
}

function pair(argument: Json): [string, string] {
  const [name, value] = argument as readonly [string, Json];
  return [name, String(value)];
}

const patches: Readonly<Record<string, Patch>> = {
  set_cookie: (response, argument) => response.setCookie(...cookieArguments(argument)),
  delete_cookie: (response, argument) => {
    const [name, , options] = cookieArguments(argument);
    response.deleteCookie(name, options);
  },
  header: (response, argument) => response.headers.set(...pair(argument)),
  add_header: (response, argument) => {
    const [, , params] = argument as readonly [string, string, JsonObject?];
    response.headers.add(...pair(argument), params as Record<string, string> | undefined);
  },
  remove_header: (response, name) => response.headers.remove(String(name)),
  append_body: (response, text) => response.setData(Buffer.concat([response.getData(), Buffer.from(String(text))])),
  status: (response, status) => {
    response.status = status as number;
  },
  set_etag: (response, argument) => {
    const [etag, weak] = argument as readonly [string, boolean?];
    response.setEtag(etag, weak);
  },
  add_etag: (response) => response.addEtag(),
  last_modified: (response, time) => {
    response.lastModified = time as number;
  },
  expires: (response, time) => {
    response.expires = time as number;
  },
  date: (response, time) => {
    response.date = time as number;
  },
  age: (response, age) => {
    response.age = age as number;
  },
  retry_after: (response, after) => {
    response.retryAfter = after as number;
  },
  vary: (response, names) => response.vary.update(list(names)),
  allow: (response, names) => response.allow.update(list(names)),
  content_language: (response, names) => response.contentLanguage.update(list(names)),
  cache_control: (response, argument) => Object.assign(response.cacheControl, decodeOptions(argument)),
  content_security_policy: (response, argument) =>
    Object.assign(response.contentSecurityPolicy, decodeOptions(argument)),
  www_authenticate: (response, argument) => {
    response.wwwAuthenticate = wwwAuthenticate(argument);
  },
  content_range: (response, argument) => {
    const [start, stop, length] = argument as readonly [number | null, number | null, number?];
    response.contentRange = new ContentRange('bytes', start, stop, length);
  },
  location: (response, location) => {
    response.location = String(location);
  },
  mimetype: (response, mimetype) => {
    response.mimetype = String(mimetype);
  },
  mimetype_params: (response, argument) => {
    for (const [name, value] of Object.entries(argument as JsonObject))
      response.mimetypeParams.set(name, String(value));
  },
  make_conditional: (response, argument, request) => response.makeConditional(request, decodeOptions(argument)),
  freeze: (response) => response.freeze(),
};

export function wwwAuthenticate(argument: Json): WWWAuthenticate {
  const [type, parameters] = argument as readonly [string, JsonObject?];
  return new WWWAuthenticate(type, (decode(parameters ?? {}) ?? {}) as Record<string, string>);
}

/** Carries out a recorded list of changes. */
export function patchResponse<R extends Response>(response: R, changes: Json | undefined, request: Request): R {
  for (const change of (changes ?? []) as readonly JsonObject[]) {
    const [name, argument] = singleEntry(change) ?? ['', null];
    const patch = patches[name];
    if (patch === undefined) throw new Error(`No such change of a response: ${JSON.stringify(change)}`);
    patch(response, argument, request);
  }
  return response;
}
