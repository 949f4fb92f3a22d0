import { durationSeconds, rememberCookieName, type RememberDuration } from './config.ts';
import { decodeCookie } from './cookie.ts';
import { sessionIdentifier } from './identifier.ts';
import { currentLogin, currentRequestUser, rememberCookie, setRequestUser } from './loading.ts';
import { userLoggedIn, userLoggedOut, userLoginConfirmed } from './signals.ts';
import { userFlag, type LoginUser } from './users.ts';
import type { Session } from 'flacon';

/** Options of `loginUser`. */
export interface LoginOptions {
  /** Remember the user after the session has ended, by a cookie. Default: false. */
  remember?: boolean;
  /** How long to remember: seconds, or parts. Default: REMEMBER_COOKIE_DURATION. */
  duration?: RememberDuration;
  /** Let in a user who is not active. Default: false. */
  force?: boolean;
  /** Whether the login counts as fresh. Default: true. */
  fresh?: boolean;
}

/**
 * Logs a user in: the session keeps the id, and a server-side session gets a new id of its own. Answers false for a
 * user who is not active. Checking the password is up to you.
 */
export function loginUser(user: LoginUser, options: LoginOptions = {}): boolean {
  const { remember = false, duration, force = false, fresh = true } = options;
  if (!force && !userFlag(user, 'isActive')) return false;
  const { app, request, session } = currentLogin();
  regenerate(session);
  session.set('_user_id', user.getId());
  session.set('_fresh', fresh);
  session.set('_id', sessionIdentifier(request));
  if (remember) {
    session.set('_remember', 'set');
    if (duration !== undefined) session.set('_remember_seconds', durationSeconds(duration, 'duration'));
  }
  const current = setRequestUser(user);
  if (userLoggedIn.hasReceivers) userLoggedIn.send(app, { user: current });
  return true;
}

/** Logs the current user out, and has the remember cookie cleared. Answers true. */
export function logoutUser(): true {
  const user = currentRequestUser() as LoginUser;
  const { app, request, session } = currentLogin();
  for (const key of ['_user_id', '_fresh', '_id']) if (session.has(key)) session.delete(key);
  if (request.cookies.has(rememberCookieName(app))) {
    session.set('_remember', 'clear');
    if (session.has('_remember_seconds')) session.delete('_remember_seconds');
  }
  if (userLoggedOut.hasReceivers) userLoggedOut.send(app, { user });
  setRequestUser(null);
  return true;
}

/** Makes a login fresh again, after the user has given the password once more. */
export function confirmLogin(): void {
  const { app, request, session } = currentLogin();
  session.set('_fresh', true);
  session.set('_id', sessionIdentifier(request));
  if (userLoginConfirmed.hasReceivers) userLoginConfirmed.send(app);
}

/** Whether the login was made in this session, and not restored by the remember cookie. */
export function loginFresh(): boolean {
  return currentLogin().session.get('_fresh', false);
}

/** Whether the browser has a valid remember cookie. */
export function loginRemembered(): boolean {
  const cookie = rememberCookie(currentLogin());
  return cookie !== undefined && decodeCookie(cookie) !== undefined;
}

// Sessions on the server have an id that an attacker may have planted: it must not become the id of a login.
function regenerate(session: Session): void {
  const { regenerate: renew } = session as Session & { regenerate?: unknown };
  if (typeof renew === 'function') renew.call(session);
}
