import { AsyncLocalStorage } from 'node:async_hooks';
import type { Flacon } from './app.ts';
import type { AppContext, AppGlobals } from './ctx.ts';
import type { Session } from './sessions.ts';
import { FlaconError } from './util/errors.ts';
import { createProxy } from './util/local.ts';
import type { Request } from './wrappers.ts';

/** The one context variable: which app, and inside a request which request, the running code belongs to. */
export const contextVariable = new AsyncLocalStorage<AppContext>();

function outsideAppContext(): FlaconError {
  return new FlaconError(
    'Working outside of application context.\n\nWhat you used belongs to the current application, and no application is current here.',
    { code: 'OUTSIDE_APP_CONTEXT', fix: 'app.appContext().run(() => …)' },
  );
}

function outsideRequestContext(): FlaconError {
  return new FlaconError(
    'Working outside of request context.\n\nWhat you used belongs to an active HTTP request, and no request is active here.',
    {
      code: 'OUTSIDE_REQUEST_CONTEXT',
      fix: "in tests: app.testRequestContext('/path').run(() => …); in code that outlives a request: copyCurrentRequestContext(fn)",
    },
  );
}

/** The active context. Throws outside of one. */
export function currentContext(): AppContext {
  const ctx = contextVariable.getStore();
  if (ctx === undefined) throw outsideAppContext();
  return ctx;
}

/** Whether a context of an application is active. */
export function hasAppContext(): boolean {
  return contextVariable.getStore() !== undefined;
}

/** Whether a request is active. */
export function hasRequestContext(): boolean {
  return contextVariable.getStore()?.request !== undefined;
}

/** The application that handles the current request or command. */
export const currentApp: Flacon = createProxy(() => contextVariable.getStore()?.app, outsideAppContext, 'currentApp');

/** A namespace that lives as long as the current context: what a request wants to share between its functions. */
export const g: AppGlobals = createProxy(() => contextVariable.getStore()?.g, outsideAppContext, 'g');

/** The current request. */
export const request: Request = createProxy(
  () => contextVariable.getStore()?.request,
  outsideRequestContext,
  'request',
);

/** The current session: what the visitor's browser keeps between requests. */
export const session: Session = createProxy(
  () => contextVariable.getStore()?.session,
  outsideRequestContext,
  'session',
);
