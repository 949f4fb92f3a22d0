import { currentContext } from './globals.ts';
import { Tuple } from './json-tag.ts';
import { messageFlashed } from './signals.ts';
import { FlaconError } from './util/errors.ts';
import type { RequestContext } from './ctx.ts';

/** A flashed message with its category. */
export type FlashedMessage = [category: string, message: unknown];

/** What `getFlashedMessages` is asked for. */
export interface FlashedMessagesOptions {
  /** Pairs of category and message. Default: false, the messages alone. */
  withCategories?: boolean;
  /** Only messages of these categories. Default: all. */
  categoryFilter?: readonly string[];
}

function requestContext(): RequestContext {
  const ctx = currentContext();
  if (ctx.request !== undefined) return ctx as RequestContext;
  throw new FlaconError('Working outside of request context: flashed messages live in the session of a request.', {
    code: 'OUTSIDE_REQUEST_CONTEXT',
    fix: "app.testRequestContext('/').run(() => …)",
  });
}

/** Keeps a message for the next request of this visitor, who sees it once. */
export function flash(message: unknown, category = 'message'): void {
  const { app, session } = requestContext();
  const flashes = (session.get('_flashes') as FlashedMessage[] | undefined) ?? [];
  session.set('_flashes', [...flashes, Tuple.of(category, message)]);
  if (messageFlashed.hasReceivers) messageFlashed.send(app, { message, category });
}

/** The messages that were flashed, in order; asked again in the same request, the same ones. */
export function getFlashedMessages(options: FlashedMessagesOptions & { withCategories: true }): FlashedMessage[];
export function getFlashedMessages(options?: FlashedMessagesOptions): unknown[];
export function getFlashedMessages({
  withCategories = false,
  categoryFilter = [],
}: FlashedMessagesOptions = {}): unknown[] {
  const ctx = requestContext();
  ctx.flashes ??= '_flashes' in ctx.session ? (ctx.session.pop('_flashes') as FlashedMessage[]) : [];
  const wanted =
    categoryFilter.length === 0 ? ctx.flashes : ctx.flashes.filter(([category]) => categoryFilter.includes(category));
  return withCategories ? wanted : wanted.map(([, message]) => message);
}
