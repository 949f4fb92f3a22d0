import { BadRequest, MethodNotAllowed, NotFound } from '../../src/http/exceptions.ts';
import { Request } from '../../src/http/request.ts';
import { BuildError, RequestRedirect, WebsocketMismatch } from '../../src/routing/exceptions.ts';
import { UrlMap } from '../../src/routing/map.ts';
import type { BindOptions } from '../../src/routing/map.ts';
import type { MapAdapter } from '../../src/routing/map.ts';
import { Rule } from '../../src/routing/rules.ts';
import type { RuleOptions } from '../../src/routing/rules.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

type Fields = Record<string, never>;

export interface MapDefinition {
  options: Record<string, boolean | string>;
  rules: (Record<string, Json> & { rule: string })[];
}

export interface RecordedBind {
  server_name?: string;
  script_name?: string;
  subdomain?: string;
  url_scheme?: string;
  default_method?: string;
  query_args?: string | Record<string, Json>;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The same object with keys in camel case, `null` and missing ones left out. */
export function camelCaseKeys(object: object): Fields {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [camelCase(key), value as never]),
  );
}

/** Every value of the corpora that JSON cannot say. */
export function decode(value: Json): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  const [[key = '', inner = null] = []] = Object.entries(value);
  switch (key) {
    case '$int':
    case '$float':
      return Number((inner as string).replace('inf', 'Infinity'));
    case '$uuid':
      return inner;
    case '$set':
      return new Set((inner as Json[]).map(decode));
    case '$tuple':
      return (inner as Json[]).map(decode);
    case '$bytes':
      return Buffer.from(inner as string, 'base64');
    default:
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decode(item)]));
  }
}

export function makeMap({ options, rules }: MapDefinition): UrlMap {
  const made = rules.map(({ rule, ...rest }) => new Rule(rule, camelCaseKeys(rest) as RuleOptions));
  return new UrlMap(made, camelCaseKeys(options));
}

export function bind(
  map: UrlMap,
  { server_name: serverName = 'example.com', ...options }: RecordedBind = {},
): MapAdapter {
  return map.bind(serverName, camelCaseKeys(options) as BindOptions);
}

/** A request as the server would understand it. */
export interface RecordedRequest {
  target: string;
  host?: string;
  scheme?: string;
  method?: string;
  script_name?: string;
  headers?: Record<string, string>;
  server_name?: string | null;
  subdomain?: string;
}

export function bindToRequest(map: UrlMap, recorded: RecordedRequest): MapAdapter {
  const { target, host = 'localhost', scheme = 'http', method = 'GET', script_name: rootPath, headers = {} } = recorded;
  const { server_name: serverName, subdomain } = recorded;
  const rawHeaders = ['Host', host, ...Object.entries(headers).flat()];
  const request = new Request({ target, scheme, method, rawHeaders, ...(rootPath !== undefined && { rootPath }) });
  return map.bindToRequest(request, {
    ...(typeof serverName === 'string' && { serverName }),
    ...(subdomain !== undefined && { subdomain }),
  });
}

/** What the corpora call an error. */
export function describeError(error: unknown): Json {
  if (error instanceof RequestRedirect) return { kind: 'redirect', code: 308, location: error.newUrl };
  if (error instanceof MethodNotAllowed) return { kind: 'method_not_allowed', methods: [...error.validMethods].sort() };
  if (error instanceof NotFound) return { kind: 'not_found' };
  if (error instanceof WebsocketMismatch) return { kind: 'websocket_mismatch' };
  if (error instanceof BadRequest) return { kind: 'http_error', code: 400, class: error.constructor.name };
  if (error instanceof BuildError)
    return { kind: 'build_error', suggested: error.suggested?.endpoint ?? null, message: error.message };
  if (error instanceof Error) return { kind: 'error' };
  throw error;
}

/** The same answer without what only serves a reader. */
export function comparable(expected: Record<string, Json>): unknown {
  if (expected.kind === 'error') return { kind: 'error' };
  return decode(expected);
}

export interface Tally {
  passed: number;
  tagged: string[];
  failures: string[];
}

/** Replays cases; `replay` gives the answer of one. */
export function replayAll<Case extends { id: string; tags?: string[]; expect: Record<string, Json> }>(
  cases: readonly Case[],
  replay: (recorded: Case) => unknown,
): Tally {
  const tally: Tally = { passed: 0, tagged: [], failures: [] };
  for (const recorded of cases) {
    let answer: unknown;
    try {
      answer = replay(recorded);
    } catch (error) {
      answer = describeError(error);
    }
    const expected = JSON.stringify(comparable(recorded.expect));
    if (JSON.stringify(answer) === expected) tally.passed += 1;
    else if (recorded.tags !== undefined) tally.tagged.push(recorded.id);
    else tally.failures.push(`${recorded.id}: expected ${expected}, got ${JSON.stringify(answer)}`);
  }
  return tally;
}
