import { FlaconError, hasRequestContext, request, session, type Flacon, type Request, type Session } from 'flacon';
import { createProxy, getCurrentObject } from 'flacon/local';
import { rememberCookieName, SESSION_KEYS } from './config.ts';
import { decodeCookie } from './cookie.ts';
import { sessionIdentifier } from './identifier.ts';
import type { Found, Loader } from './loader.ts';
import type { LoginManager } from './manager.ts';
import { sessionProtected, userAccessed, userLoadedFromCookie, userLoadedFromRequest } from './signals.ts';
import type { CurrentUser, LoginUser } from './users.ts';

/** The loaders of an app's login. */
export interface Loaders {
  user: Loader<string> | undefined;
  request: Loader<Request> | undefined;
}

/** What is needed of a request's context. */
export interface LoginContext {
  readonly app: Flacon;
  readonly request: Request;
  readonly session: Session;
}

const users = new WeakMap<Request, LoginUser>();

/** The login manager of an app. Throws a FlaconError `NO_LOGIN_MANAGER` if it has none. */
export function managerOf(app: Flacon): LoginManager {
  const manager = app.extensions['login'] as LoginManager | undefined;
  if (manager !== undefined) return manager;
  throw new FlaconError(`The app '${app.name}' has no login manager.`, {
    code: 'NO_LOGIN_MANAGER',
    fix: "import { LoginManager } from 'flacon/login'; new LoginManager(app)",
  });
}

/** The current request with what belongs to it. Throws outside of one. */
export function currentLogin(): LoginContext & { manager: LoginManager } {
  const current = getCurrentObject(request);
  const app = current.app as Flacon;
  return { app, request: current, session: getCurrentObject(session), manager: managerOf(app) };
}

/** The user of the current request, loaded when first asked for; undefined outside of a request. */
export function currentRequestUser(): LoginUser | undefined {
  if (!hasRequestContext()) return undefined;
  return users.get(getCurrentObject(request)) ?? setRequestUser(loadUser(currentLogin()));
}

/**
 * The user of the current request: the one who logged in, or an anonymous one. Type: see `LoginTypes`. Outside of a
 * request it is unbound.
 */
export const currentUser: CurrentUser = createProxy(
  () => currentRequestUser() as CurrentUser | undefined,
  () =>
    new FlaconError('Working outside of request context: there is a current user only while a request is handled.', {
      code: 'OUTSIDE_REQUEST_CONTEXT',
      fix: "app.testRequestContext('/').run(() => …)",
    }),
  'currentUser',
);

/** Makes somebody the user of the current request; null: an anonymous one. */
export function setRequestUser(user: LoginUser | null): LoginUser {
  const { request: current, manager } = currentLogin();
  const value = user === null ? new manager.anonymousUser() : getCurrentObject(user);
  users.set(current, value);
  return value;
}

/** Calls the loaders that may be asynchronous, so that `currentUser` finds their results. Sees, but does not change the session. */
export function preloadUser(loaders: Loaders, ctx: LoginContext): Promise<undefined> | undefined {
  if ((loaders.user?.isSync ?? true) && (loaders.request?.isSync ?? true)) return undefined;
  if (users.has(ctx.request)) return undefined;
  const id = ctx.session.get<string>('_user_id');
  if (id === undefined && loaders.request === undefined && rememberCookie(ctx) === undefined) return undefined;
  return prepare(loaders, ctx, id);
}

async function prepare(loaders: Loaders, ctx: LoginContext, id: string | undefined): Promise<undefined> {
  let user: Found;
  if (id !== undefined && id !== null) user = await loaders.user?.prepare(ctx.request, id);
  if (user) return;
  const cookie = rememberCookie(ctx);
  if (cookie === undefined) await loaders.request?.prepare(ctx.request, ctx.request);
  else {
    const remembered = readCookie(cookie);
    if (remembered !== undefined) await loaders.user?.prepare(ctx.request, remembered);
  }
}

function readCookie(cookie: string): string | undefined {
  try {
    return decodeCookie(cookie);
  } catch {
    // Whoever uses the current user gets the error; this request may not.
    return undefined;
  }
}

/** The remember cookie, unless it is about to be cleared. */
export function rememberCookie({ app, request: current, session: data }: LoginContext): string | undefined {
  const cookie = current.cookies.get(rememberCookieName(app));
  return cookie === undefined || data.get('_remember') === 'clear' ? undefined : cookie;
}

function loadUser(ctx: LoginContext & { manager: LoginManager }): LoginUser | null {
  const { app, manager } = ctx;
  const { loaders } = manager;
  if (loaders.user === undefined && loaders.request === undefined) {
    throw new FlaconError('The login manager cannot find users: it has neither a user loader nor a request loader.', {
      code: 'NO_USER_LOADER',
      fix: 'loginManager.userLoader((id) => users.byId(id))',
    });
  }
  if (userAccessed.hasReceivers) userAccessed.send(app);
  if (endsByProtection(ctx)) return null;
  const id = ctx.session.get<string>('_user_id');
  const user = id === undefined || id === null ? undefined : loaders.user?.call(ctx.request, id);
  if (user) return user;
  const cookie = rememberCookie(ctx);
  if (cookie !== undefined) return loadFromCookie(ctx, cookie);
  const found = loaders.request?.call(ctx.request, ctx.request) ?? null;
  if (found && userLoadedFromRequest.hasReceivers) userLoadedFromRequest.send(app, { user: found });
  return found;
}

function loadFromCookie(
  { app, request: current, session: data, manager }: ReturnType<typeof currentLogin>,
  cookie: string,
): LoginUser | null {
  const id = decodeCookie(cookie);
  if (id === undefined) return null;
  data.set('_user_id', id);
  data.set('_fresh', false);
  const user = manager.loaders.user?.call(current, id) ?? null;
  if (user && userLoadedFromCookie.hasReceivers) userLoadedFromCookie.send(app, { user });
  return user;
}

/** Session protection: whether the login has to end because the session comes from elsewhere. */
function endsByProtection({ app, request: current, session: data, manager }: ReturnType<typeof currentLogin>): boolean {
  const { SESSION_PROTECTION: mode = manager.sessionProtection } = app.config;
  if (mode !== 'basic' && mode !== 'strong') return false;
  // An empty session is a visitor's who was never here, or has just logged out.
  if (data.size === 0 || data.get('_id') === sessionIdentifier(current)) return false;
  const ends = mode === 'strong' && !data.permanent;
  if (ends) {
    for (const key of SESSION_KEYS) if (data.has(key)) data.delete(key);
    data.set('_remember', 'clear');
  } else if (data.get('_fresh') !== false) {
    data.set('_fresh', false);
  }
  if (sessionProtected.hasReceivers) sessionProtected.send(app);
  return ends;
}
