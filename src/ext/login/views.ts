import { currentApp, request, type Blueprint, type RequestContext, type ResponseReturnValue } from 'flacon';
import { getCurrentObject } from 'flacon/local';
import { EXEMPT_METHODS } from './config.ts';
import { currentRequestUser, managerOf } from './loading.ts';
import { loginFresh } from './login.ts';
import { userFlag, type LoginUser } from './users.ts';

type MaybePromise<T> = T | Promise<T>;
type Refusal = () => MaybePromise<ResponseReturnValue>;
/** A view with any arguments, or a `beforeRequest` hook. */
type GuardedView = (args: never, ctx: RequestContext) => unknown;

/**
 * Lets only users who are logged in see a view, or get past a `beforeRequest` hook; others get what
 * `LoginManager.unauthorized` says. OPTIONS needs no login, since browsers ask it without cookies. The view keeps its
 * name, and so its endpoint.
 *
 * @example
 * app.get('/settings', loginRequired(function settings() { … }));
 */
export function loginRequired<V extends GuardedView>(view: V): V {
  return guard(view, () => {
    const manager = managerOf(getCurrentObject(currentApp));
    return isAuthenticated() ? undefined : () => manager.unauthorized();
  });
}

/** As `loginRequired`, and the login must be fresh: a remembered user gets what `LoginManager.needsRefresh` says. */
export function freshLoginRequired<V extends GuardedView>(view: V): V {
  return guard(view, () => {
    const manager = managerOf(getCurrentObject(currentApp));
    if (!isAuthenticated()) return () => manager.unauthorized();
    return loginFresh() ? undefined : () => manager.needsRefresh();
  });
}

function guard<V extends GuardedView>(view: V, check: () => Refusal | undefined): V {
  const guarded = (args: never, ctx: RequestContext): unknown => {
    if (EXEMPT_METHODS.has(request.method) || currentApp.config.LOGIN_DISABLED) return view(args, ctx);
    const refusal = check();
    return refusal === undefined ? view(args, ctx) : refusal();
  };
  // The name, which becomes the endpoint, and what a class-based view carries: its methods for instance.
  const { prototype: _prototype, ...properties } = Object.getOwnPropertyDescriptors(view) as PropertyDescriptorMap;
  // What answers instead of the view is a view's answer too; the type stays the view's.
  return Object.defineProperties(guarded, properties) as V;
}

function isAuthenticated(): boolean {
  return userFlag(currentRequestUser() as LoginUser, 'isAuthenticated');
}

/**
 * Sets the login page of the current app, or of one of its blueprints. Once a blueprint has its own, the page given
 * before for all is kept for the rest of the app only.
 */
export function setLoginView(loginView: string, blueprint?: Blueprint): void {
  const manager = managerOf(getCurrentObject(currentApp));
  if (blueprint === undefined) manager.loginView = loginView;
  else manager.blueprintLoginViews[blueprint.name] = loginView;
}
