import type { Flacon, Response, Session } from 'flacon';
import { rememberCookieName, rememberSeconds } from './config.ts';
import { encodeCookie } from './cookie.ts';

/** Sets or clears the remember cookie, as the session's `_remember` says, and takes that note out of the session. */
export function updateRememberCookie(app: Flacon, session: Session, response: Response): void {
  // Nothing may be written into the session when there is nothing to do.
  if (!session.has('_remember')) {
    if (!app.config.REMEMBER_COOKIE_REFRESH_EACH_REQUEST) return;
    // A store that does not answer: that is the visitor's answer already.
    if (app.config.SECRET_KEY !== null && app.sessionInterface.isNullSession(session)) return;
    session.set('_remember', 'set');
  }
  const operation = session.pop('_remember');
  if (operation === 'set' && session.has('_user_id')) setCookie(app, session, response);
  else if (operation === 'clear') clearCookie(app, response);
}

function setCookie(app: Flacon, session: Session, response: Response): void {
  const { config } = app;
  const seconds = session.get<number>('_remember_seconds') ?? rememberSeconds(app);
  response.setCookie(rememberCookieName(app), encodeCookie(String(session.get('_user_id'))), {
    expires: new Date(Date.now() + seconds * 1000),
    domain: config.REMEMBER_COOKIE_DOMAIN ?? null,
    path: config.REMEMBER_COOKIE_PATH ?? '/',
    secure: config.REMEMBER_COOKIE_SECURE ?? false,
    httponly: config.REMEMBER_COOKIE_HTTPONLY ?? true,
    samesite: config.REMEMBER_COOKIE_SAMESITE ?? null,
  });
}

function clearCookie(app: Flacon, response: Response): void {
  const { REMEMBER_COOKIE_DOMAIN: domain = null, REMEMBER_COOKIE_PATH: path = '/' } = app.config;
  response.deleteCookie(rememberCookieName(app), { domain, path });
}
