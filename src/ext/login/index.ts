/** Logins as Flask-Login 0.6 has them: the module `flacon/login`. */
export type { RememberDuration, SessionProtection } from './config.ts';
export { decodeCookie, encodeCookie } from './cookie.ts';
export { currentUser } from './loading.ts';
export type { Found } from './loader.ts';
export { loginAs } from './login-as.ts';
export { confirmLogin, loginFresh, loginRemembered, loginUser, logoutUser, type LoginOptions } from './login.ts';
export { LoginManager, type LoginManagerOptions, type RefusalHandler } from './manager.ts';
export {
  sessionProtected,
  userAccessed,
  userLoadedFromCookie,
  userLoadedFromRequest,
  userLoggedIn,
  userLoggedOut,
  userLoginConfirmed,
  userNeedsRefresh,
  userUnauthorized,
  type UserPayload,
} from './signals.ts';
export { expandLoginView, isSafeUrl, loginUrl, makeNextParam, nextUrl } from './urls.ts';
export { AnonymousUserMixin, UserMixin, type CurrentUser, type LoginTypes, type LoginUser } from './users.ts';
export { freshLoginRequired, loginRequired, setLoginView } from './views.ts';
