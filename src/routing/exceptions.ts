import { BadRequest, HTTPException } from '../http/exceptions.ts';
import { redirectPage } from '../http/redirect-page.ts';
import { FlaconError } from '../util/errors.ts';
import type { MapAdapter } from './adapter.ts';
import { listOf, quoted } from './spelling.ts';
import type { Rule } from './rules.ts';
import { similarity } from './similarity.ts';

/** A mistake in a rule, a map or a value for a URL. `code` says which. */
export class RoutingError extends FlaconError {}

/** The matched URL is not the canonical one: answer with a redirect (308) to `newUrl`. */
export class RequestRedirect extends HTTPException {
  static override readonly code: number = 308;

  /** Where to: absolute. */
  readonly newUrl: string;

  constructor(newUrl: string) {
    super(newUrl);
    this.newUrl = newUrl;
  }

  override getBody(): string {
    return redirectPage(this.newUrl);
  }

  override getHeaders(): [string, string][] {
    return [...super.getHeaders(), ['Location', this.newUrl]];
  }
}

/** 400: the only rule for the URL answers websockets and the request is none, or the other way round. */
export class WebsocketMismatch extends BadRequest {}

/** What nobody can build a URL from, as `BuildError` gets it. */
export interface BuildRequest {
  endpoint: string;
  values: Readonly<Record<string, unknown>>;
  method: string | undefined;
  adapter?: MapAdapter;
}

/** No rule builds a URL for the endpoint with these values. The message names the nearest rule and what it lacks. */
export class BuildError extends RoutingError {
  readonly endpoint: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly method: string | undefined;
  readonly adapter: MapAdapter | undefined;
  /** The rule that comes nearest. */
  readonly suggested: Rule | undefined;

  constructor(request: BuildRequest) {
    const suggested = request.adapter && closestRule(request, request.adapter.map.iterRules());
    super(describe(request, suggested), { code: 'URL_BUILD' });
    this.endpoint = request.endpoint;
    this.values = request.values;
    this.method = request.method;
    // Not enumerable: an adapter holds the whole map, which would drown the message when the error is printed.
    Object.defineProperty(this, 'adapter', { value: request.adapter, enumerable: false });
    Object.defineProperty(this, 'suggested', { value: suggested, enumerable: false });
  }
}

function closestRule({ endpoint, values, method }: BuildRequest, rules: Iterable<Rule>): Rule | undefined {
  const names = Object.keys(values);
  let best: Rule | undefined;
  let bestScore = -1;
  for (const rule of rules) {
    const takesAll = names.every((name) => rule.arguments.has(name));
    const takesMethod = method !== undefined && rule.methods?.has(method) === true;
    const score = 0.98 * similarity(rule.endpoint, endpoint) + (takesAll ? 0.01 : 0) + (takesMethod ? 0.01 : 0);
    if (score > bestScore) {
      best = rule;
      bestScore = score;
    }
  }
  return best;
}

function describe({ endpoint, values, method }: BuildRequest, suggested: Rule | undefined): string {
  const names = Object.keys(values).sort();
  let message = `Could not build url for endpoint ${quoted(endpoint)}`;
  if (method !== undefined) message += ` (${quoted(method)})`;
  if (names.length > 0) message += ` with values ${listOf(names)}`;
  message += '.';
  if (suggested === undefined) return message;
  if (suggested.endpoint !== endpoint) return `${message} Did you mean ${quoted(suggested.endpoint)} instead?`;
  if (method !== undefined && suggested.methods?.has(method) === false) {
    message += ` Did you mean to use methods ${listOf([...suggested.methods].sort())}?`;
  }
  const missing = [...suggested.arguments].filter((name) => !Object.hasOwn(values, name)).sort();
  if (missing.length > 0) message += ` Did you forget to specify values ${listOf(missing)}?`;
  return message;
}
