import type { Duration, Flacon } from 'flacon';
import { FlaconError } from 'flacon';

declare module 'flacon' {
  interface ConfigData {
    /** Name of the remember cookie. Default: 'remember_token'. */
    REMEMBER_COOKIE_NAME?: string;
    /** How long a login is remembered: seconds, or parts such as `{ days: 30 }`. Default: 365 days. */
    REMEMBER_COOKIE_DURATION?: RememberDuration;
    /** Domain whose subdomains get the cookie. Default: this host only. */
    REMEMBER_COOKIE_DOMAIN?: string | null;
    /** Default: '/'. */
    REMEMBER_COOKIE_PATH?: string;
    /** Send the cookie over https only. Default: false. */
    REMEMBER_COOKIE_SECURE?: boolean;
    /** Hide the cookie from scripts. Default: true. */
    REMEMBER_COOKIE_HTTPONLY?: boolean;
    REMEMBER_COOKIE_SAMESITE?: 'Strict' | 'Lax' | 'None' | null;
    /** Send the cookie anew with each response of a logged-in visitor. Default: false. */
    REMEMBER_COOKIE_REFRESH_EACH_REQUEST?: boolean;
    /** 'basic', 'strong' or null; wins over the manager's `sessionProtection`. */
    SESSION_PROTECTION?: SessionProtection;
    /** Keep the page that was asked for in the session instead of the query of the login page. Default: false. */
    USE_SESSION_FOR_NEXT?: boolean;
    /** Host of the login page in redirects, whatever host was asked for. */
    FORCE_HOST_FOR_REDIRECTS?: string | null;
    /** Lets everybody in, for tests. Default: false. */
    LOGIN_DISABLED?: boolean;
  }
}

/**
 * How long a login is remembered: a number of seconds, as in Flask-Login, or the sum of the parts. (Elsewhere in Flacon
 * a plain number is milliseconds.)
 */
export type RememberDuration = number | Exclude<Duration, number>;

/** What happens to a session that comes from another address or browser. */
export type SessionProtection = 'basic' | 'strong' | null;

/** Keys of the session that belong to the login (flask_login.config.SESSION_KEYS). */
export const SESSION_KEYS = ['_user_id', '_remember', '_remember_seconds', '_id', '_fresh', 'next'] as const;

/** Methods that need no login: browsers ask them without cookies. */
export const EXEMPT_METHODS: ReadonlySet<string> = new Set(['OPTIONS']);

const YEAR = 365 * 24 * 60 * 60;
const SECONDS = { days: 86_400, hours: 3600, minutes: 60, seconds: 1, milliseconds: 0.001 } as const;

/** Name of the remember cookie of an app. */
export function rememberCookieName(app: Flacon): string {
  return app.config.REMEMBER_COOKIE_NAME ?? 'remember_token';
}

/** Seconds that an app remembers logins. Throws a FlaconError `REMEMBER_COOKIE_DURATION` for a setting that is no duration. */
export function rememberSeconds(app: Flacon): number {
  const duration = app.config.REMEMBER_COOKIE_DURATION ?? YEAR;
  return durationSeconds(duration, 'REMEMBER_COOKIE_DURATION');
}

/** Seconds of a duration. `name`: what to call it in the error. */
export function durationSeconds(duration: RememberDuration, name: string): number {
  if (typeof duration === 'number' && Number.isFinite(duration)) return duration;
  if (typeof duration === 'object' && duration !== null) {
    const parts = Object.entries(duration).map(
      ([unit, count]) => (SECONDS[unit as keyof typeof SECONDS] ?? NaN) * count,
    );
    const seconds = parts.reduce((sum, part) => sum + part, 0);
    if (Number.isFinite(seconds)) return seconds;
  }
  throw new FlaconError(`${name} must be a duration, and is ${JSON.stringify(duration)}.`, {
    code: 'REMEMBER_COOKIE_DURATION',
    fix: `${name}: { days: 30 }, or a number of seconds`,
  });
}
