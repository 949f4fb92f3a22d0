import {
  abort,
  flash,
  FlaconError,
  redirect,
  request,
  session,
  type Flacon,
  type RequestContext,
  type ResponseReturnValue,
} from 'flacon';
import { getCurrentObject } from 'flacon/local';
import type { SessionProtection } from './config.ts';
import { currentRequestUser, preloadUser, type Loaders } from './loading.ts';
import { Loader, type Found } from './loader.ts';
import { sessionIdentifier } from './identifier.ts';
import { updateRememberCookie } from './remember.ts';
import { userNeedsRefresh, userUnauthorized } from './signals.ts';
import { expandLoginView, loginUrl, makeNextParam } from './urls.ts';
import { AnonymousUserMixin, type LoginUser } from './users.ts';

type MaybePromise<T> = T | Promise<T>;

declare module 'flacon' {
  interface Flacon {
    /** The login manager, once one was made for the app. */
    loginManager: LoginManager;
  }
}

/** Options of `LoginManager.initApp`. */
export interface LoginManagerOptions {
  /** Give templates `current_user`. Default: true. */
  addContextProcessor?: boolean;
}

/** What answers instead of a view that may not be seen. */
export type RefusalHandler = () => MaybePromise<ResponseReturnValue>;

/** The settings of logins, and what the app does with somebody who has to log in (flask_login.LoginManager). */
export class LoginManager {
  /** Class of visitors who are not logged in. */
  anonymousUser: new () => LoginUser = AnonymousUserMixin;
  /** Endpoint or URL of the login page. null: 401 instead. */
  loginView: string | null = null;
  /** Login pages of single blueprints, by name; they win over `loginView`. */
  blueprintLoginViews: Record<string, string | null> = {};
  /** Flashed on the way to the login page. null: nothing. */
  loginMessage: string | null = 'Please log in to access this page.';
  loginMessageCategory = 'message';
  /** Endpoint or URL of the page that makes a login fresh. null: 401 instead. */
  refreshView: string | null = null;
  /** Flashed on the way to that page. null: nothing. */
  needsRefreshMessage: string | null = 'Please reauthenticate to access this page.';
  needsRefreshMessageCategory = 'message';
  /**
   * What happens to a session that comes from another address or browser: 'basic' makes it stale, 'strong' ends its
   * login (a permanent one becomes stale), null does nothing.
   */
  sessionProtection: SessionProtection = 'basic';
  /** Translates the two messages. */
  localizeCallback: ((message: string) => unknown) | undefined = undefined;
  /** What `userLoader` and `requestLoader` were given. */
  readonly loaders: Loaders = { user: undefined, request: undefined };
  #unauthorizedHandler: RefusalHandler | undefined;
  #needsRefreshHandler: RefusalHandler | undefined;

  constructor(app?: Flacon, options: LoginManagerOptions = {}) {
    if (app !== undefined) this.initApp(app, options);
  }

  /** Sets an app up for logins. */
  initApp(app: Flacon, { addContextProcessor = true }: LoginManagerOptions = {}): void {
    app.extensions['login'] = this;
    app.loginManager = this;
    // Before the hooks that were there already: they may want to know who it is.
    const before = app.beforeRequestFuncs.get(null) ?? [];
    app.beforeRequestFuncs.set(null, [(ctx: RequestContext) => preloadUser(this.loaders, ctx), ...before]);
    app.afterRequest((response, ctx) => {
      updateRememberCookie(app, ctx.session, response);
    });
    if (addContextProcessor) app.contextProcessor(() => ({ current_user: currentRequestUser() ?? null }));
  }

  /**
   * Sets the function that finds a user by the id that the session keeps. It returns null or undefined for a user who
   * is gone, and may be asynchronous: it then runs before each view, where there is a login.
   */
  userLoader<F extends (id: string) => Found | Promise<Found>>(loader: F): F {
    this.loaders.user = new Loader(loader, 'user loader');
    return loader;
  }

  /** Sets the function that finds a user by the request, a token of an API for instance. May be asynchronous. */
  requestLoader<F extends (request: RequestContext['request']) => Found | Promise<Found>>(loader: F): F {
    this.loaders.request = new Loader(loader, 'request loader');
    return loader;
  }

  /** Sets what answers somebody without a login, instead of message and redirect. */
  unauthorizedHandler<F extends RefusalHandler>(handler: F): F {
    this.#unauthorizedHandler = handler;
    return handler;
  }

  /** Sets what answers somebody whose login is not fresh, instead of message and redirect. */
  needsRefreshHandler<F extends RefusalHandler>(handler: F): F {
    this.#needsRefreshHandler = handler;
    return handler;
  }

  /**
   * What somebody without a login gets: the handler's answer, or a message and a redirect to the login page. Return it
   * from a view or hook. Throws Unauthorized, 401, if there is no login page.
   */
  unauthorized(): MaybePromise<ResponseReturnValue> {
    const { app } = this.#current();
    if (userUnauthorized.hasReceivers) userUnauthorized.send(app);
    if (this.#unauthorizedHandler) return this.#unauthorizedHandler();
    const { blueprint } = request;
    const hasOwnView = blueprint !== undefined && Object.hasOwn(this.blueprintLoginViews, blueprint);
    const view = hasOwnView ? this.blueprintLoginViews[blueprint] : this.loginView;
    return this.#sendTo(app, view, this.loginMessage, this.loginMessageCategory);
  }

  /** What somebody gets whose login is not fresh. As `unauthorized`, with `refreshView`. */
  needsRefresh(): MaybePromise<ResponseReturnValue> {
    const { app } = this.#current();
    if (userNeedsRefresh.hasReceivers) userNeedsRefresh.send(app);
    if (this.#needsRefreshHandler) return this.#needsRefreshHandler();
    return this.#sendTo(app, this.refreshView, this.needsRefreshMessage, this.needsRefreshMessageCategory);
  }

  #sendTo(app: Flacon, view: string | null | undefined, message: string | null, category: string): ResponseReturnValue {
    if (!view) return abort(401);
    if (message) flash(this.localizeCallback ? this.localizeCallback(message) : message, category);
    if (!app.config.USE_SESSION_FOR_NEXT) return redirect(loginUrl(view, request.url));
    session.set('_id', sessionIdentifier(getCurrentObject(request)));
    session.set('next', makeNextParam(expandLoginView(view), request.url));
    return redirect(loginUrl(view));
  }

  /**
   * Loads the user of the current request, if a loader is asynchronous. Happens by itself before a view; for tests and
   * the shell, which have a request without a view.
   */
  async loadUser(): Promise<LoginUser> {
    await preloadUser(this.loaders, this.#current());
    return currentRequestUser() as LoginUser;
  }

  #current(): { app: Flacon; request: RequestContext['request']; session: RequestContext['session'] } {
    const current = getCurrentObject(request);
    if (current.app === undefined) {
      throw new FlaconError('This request does not belong to an app yet.', {
        code: 'OUTSIDE_REQUEST_CONTEXT',
        fix: "app.testRequestContext('/').run(() => …)",
      });
    }
    return { app: current.app, request: current, session: getCurrentObject(session) };
  }
}
