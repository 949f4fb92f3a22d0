import { inflateSync } from 'node:zlib';
import { HTTP_STATUS_CODES } from 'flacon/http';
import type { Received } from './http-recordings-transports.ts';
import type { Json } from './http-recordings-values.ts';

/** An answer in the form of the recordings. */
export interface Answer {
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Json;
  readonly trace?: readonly string[];
  readonly session?: Json;
  readonly raises?: string;
  readonly stream_error?: string;
  readonly setup_error?: string;
  readonly message?: string;
}

/** Settings of the app that say what depends on the clock or a key. */
export interface AnswerContext {
  readonly sessionCookieName: string;
  /** Seconds. */
  readonly sessionLifetime: number;
}

const dropped = new Set(['date', 'server', 'connection', 'keep-alive', 'transfer-encoding']);

/** How far a moment may be from the expected one, in seconds. */
const TOLERANCE = 30;

function isFromNow(date: string, seconds: number): boolean {
  return Math.abs(Date.parse(date) - Date.now() - seconds * 1000) < TOLERANCE * 1000;
}

/** A list in a header, sorted. */
export function sortList(value: string): string {
  return value
    .split(',')
    .map((item) => item.trim())
    .sort()
    .join(', ');
}

/** The JSON inside a session cookie; undefined if it is none. */
function sessionPayload(cookie: string): Json | undefined {
  const isCompressed = cookie.startsWith('.');
  const [payload, ...signature] = (isCompressed ? cookie.slice(1) : cookie).split('.');
  if (payload === undefined || signature.length !== 2) return undefined;
  const bytes = Buffer.from(payload, 'base64url');
  return JSON.parse((isCompressed ? inflateSync(bytes) : bytes).toString()) as Json;
}

function normaliseCookie(cookie: string, context: AnswerContext): [cookie: string, session: Json | undefined] {
  const maxAge = /; Max-Age=(-?\d+)/.exec(cookie)?.[1];
  let text = cookie.replace(/(?<=; Expires=)[^;]*/, (date) => {
    if (maxAge !== undefined && isFromNow(date, Number(maxAge))) return '<now+max-age>';
    return isFromNow(date, context.sessionLifetime) ? '<now+lifetime>' : date;
  });
  const prefix = `${context.sessionCookieName}=`;
  if (!text.startsWith(prefix)) return [text, undefined];
  const session = sessionPayload(text.slice(prefix.length).split(';', 1)[0] as string);
  if (session !== undefined) text = text.replace(/=[^;]*/, '=<signed>');
  return [text, session];
}

function normaliseHeader(name: string, value: string, received: Received): string {
  switch (name) {
    case 'allow':
    case 'vary':
      return sortList(value);
    case 'etag':
      return value.replace(/^((?:W\/)?"[\d.]+-\d+)-\d+"$/, '$1-PATHHASH"');
    case 'expires': {
      const control = received.headers.find(([header]) => header.toLowerCase() === 'cache-control')?.[1] ?? '';
      const maxAge = /max-age=(\d+)/.exec(control)?.[1];
      return maxAge !== undefined && isFromNow(value, Number(maxAge)) ? '<now+max-age>' : value;
    }
    default:
      return value;
  }
}

function normaliseBody(body: Buffer): Json {
  const text = body.toString('utf8');
  return Buffer.from(text).equals(body) ? text : { $bytes: body.toString('base64') };
}

/** Brings an answer into the form of the recordings. */
export function normalise(received: Received, trace: readonly string[], context: AnswerContext): Answer {
  const headers: [string, string][] = [];
  let session: Json | undefined;
  for (const [given, value] of received.headers) {
    const name = given.toLowerCase();
    if (dropped.has(name)) continue;
    if (name === 'set-cookie') {
      const [cookie, payload] = normaliseCookie(value, context);
      session ??= payload;
      headers.push([name, cookie]);
    } else headers.push([name, normaliseHeader(name, value, received)]);
  }
  headers.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const phrase = HTTP_STATUS_CODES[received.status];
  return {
    status: received.status,
    headers,
    body: normaliseBody(received.body),
    ...(received.reason.toUpperCase() !== phrase?.toUpperCase() && { reason: received.reason }),
    ...(trace.length > 0 && { trace: [...trace] }),
    ...(session !== undefined && { session }),
  };
}

/** Numbers in JSON as JavaScript writes them: Python tells `1.0` from `1`. */
function plainNumbers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi, (token) => {
    if (token.startsWith('"') || !/[.e]/i.test(token)) return token;
    return Object.is(Number(token), -0) ? '-0' : String(Number(token));
  });
}

function withPlainNumbers(answer: Answer): Answer {
  const { headers = [], body } = answer;
  const isJson = headers.some(([name, value]) => name === 'content-type' && value === 'application/json');
  if (!isJson || typeof body !== 'string' || body === '') return answer;
  const plain = plainNumbers(body);
  const length = String(Buffer.byteLength(body));
  const withLength = headers.map(([name, value]): readonly [string, string] => {
    return [name, name === 'content-length' && value === length ? String(Buffer.byteLength(plain)) : value];
  });
  return { ...answer, headers: withLength, body: plain };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What differs between two lists of answers, in words; undefined if nothing does. Without headers, an expected answer says only what it says. */
export function compareAnswers(expected: readonly Answer[], actual: readonly Answer[]): string | undefined {
  for (const [index, { message: _, ...wanted }] of expected.entries()) {
    const { message, ...got } = actual[index] ?? {};
    // That the setup is refused is what counts; Python's classes for it have no counterpart.
    if (wanted.setup_error !== undefined && got.setup_error !== undefined) continue;
    const left = withPlainNumbers(wanted);
    const right = withPlainNumbers(got);
    const isPartial = left.headers === undefined && left.status !== undefined;
    for (const key of new Set(Object.keys(isPartial ? left : { ...left, ...right })) as Set<keyof Answer>) {
      if (canonical(left[key]) === canonical(right[key])) continue;
      const note = message === undefined ? '' : ` (${message})`;
      return `step ${index}: ${key} ${canonical(left[key])} expected, got ${canonical(right[key])}${note}`;
    }
  }
  return undefined;
}
