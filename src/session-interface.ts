import { milliseconds, type ConfigData } from './config.ts';
import { NullSession, type SecureCookieSession } from './session-object.ts';
import type { Session } from './sessions.ts';

/** What sessions need to know of the app. */
export interface SessionApp {
  readonly config: Pick<
    ConfigData,
    | 'APPLICATION_ROOT'
    | 'MAX_COOKIE_SIZE'
    | 'PERMANENT_SESSION_LIFETIME'
    | 'SECRET_KEY'
    | 'SECRET_KEY_FALLBACKS'
    | 'SESSION_COOKIE_DOMAIN'
    | 'SESSION_COOKIE_HTTPONLY'
    | 'SESSION_COOKIE_NAME'
    | 'SESSION_COOKIE_PARTITIONED'
    | 'SESSION_COOKIE_PATH'
    | 'SESSION_COOKIE_SAMESITE'
    | 'SESSION_COOKIE_SECURE'
    | 'SESSION_REFRESH_EACH_REQUEST'
  >;
  readonly debug: boolean;
  readonly logger: { warning(message: string): void };
}

/** What sessions need of the request. */
export interface SessionRequest {
  readonly cookies: { get(name: string): string | undefined };
}

/** Attributes of the session's cookie. */
export interface SessionCookieOptions {
  domain: string | null;
  path: string;
  secure: boolean;
  httponly: boolean;
  samesite: string | null;
  partitioned: boolean;
}

/** What sessions need of the response. */
export interface SessionResponse {
  setCookie(name: string, value: string, options: SessionCookieOptions & { expires?: Date; maxSize: number }): void;
  deleteCookie(name: string, options: SessionCookieOptions): void;
  readonly vary: { add(header: string): unknown };
}

/**
 * How sessions are opened and saved (flask.sessions.SessionInterface). Extend it with {@link openSession} and
 * {@link saveSession} to keep them elsewhere, and assign it to `app.sessionInterface`.
 */
export abstract class SessionInterface {
  /** Whether {@link openSession} returns a promise: it is then opened before the view, else when it is first used. */
  readonly isAsync: boolean = false;
  /** What {@link makeNullSession} makes. */
  nullSessionClass: new () => SecureCookieSession = NullSession;

  /** The session of a request; undefined if it cannot be had, which gives a null session. */
  abstract openSession(app: SessionApp, request: SessionRequest): Session | undefined | Promise<Session | undefined>;

  /** Called after every request whose session is no null session, when the response is made. */
  abstract saveSession(app: SessionApp, session: Session, response: SessionResponse): void | Promise<void>;

  /** Stands in for a session that cannot be had: it can be read, but not written. */
  makeNullSession(_app: SessionApp): Session {
    return new this.nullSessionClass();
  }

  isNullSession(session: unknown): boolean {
    return session instanceof this.nullSessionClass;
  }

  getCookieName(app: SessionApp): string {
    return app.config.SESSION_COOKIE_NAME;
  }

  /** The domain whose subdomains get the cookie; null for this host only. */
  getCookieDomain(app: SessionApp): string | null {
    return app.config.SESSION_COOKIE_DOMAIN || null;
  }

  getCookiePath(app: SessionApp): string {
    return app.config.SESSION_COOKIE_PATH || app.config.APPLICATION_ROOT;
  }

  getCookieHttponly(app: SessionApp): boolean {
    return app.config.SESSION_COOKIE_HTTPONLY;
  }

  getCookieSecure(app: SessionApp): boolean {
    return app.config.SESSION_COOKIE_SECURE;
  }

  getCookieSamesite(app: SessionApp): string | null {
    return app.config.SESSION_COOKIE_SAMESITE;
  }

  getCookiePartitioned(app: SessionApp): boolean {
    return app.config.SESSION_COOKIE_PARTITIONED;
  }

  /** All attributes of the cookie but its end. */
  getCookieOptions(app: SessionApp): SessionCookieOptions {
    return {
      domain: this.getCookieDomain(app),
      path: this.getCookiePath(app),
      secure: this.getCookieSecure(app),
      httponly: this.getCookieHttponly(app),
      samesite: this.getCookieSamesite(app),
      partitioned: this.getCookiePartitioned(app),
    };
  }

  /** When a permanent session ends; undefined for one that ends with the browser. */
  getExpirationTime(app: SessionApp, session: Session): Date | undefined {
    return session.permanent ? new Date(Date.now() + milliseconds(app.config.PERMANENT_SESSION_LIFETIME)) : undefined;
  }

  /** Whether the response has to carry the cookie: the session changed, or is permanent and prolonged by each request. */
  shouldSetCookie(app: SessionApp, session: Session): boolean {
    return session.modified || (app.config.SESSION_REFRESH_EACH_REQUEST && session.permanent);
  }
}
