export { NullSession, SecureCookieSession, type SessionSource } from './session-object.ts';
export {
  SessionInterface,
  type SessionApp,
  type SessionCookieOptions,
  type SessionRequest,
  type SessionResponse,
} from './session-interface.ts';
export { SecureCookieSessionInterface } from './secure-cookie.ts';

/**
 * Names and types of what an application keeps in the session. Augment it:
 * `declare module 'flacon' { interface SessionData { email?: string } }`.
 */
// oxlint-disable-next-line no-empty-object-type -- made to be augmented
export interface SessionData {}

/** What every session can do, whatever it is stored in. */
export interface SessionMethods extends Iterable<string> {
  /** Ends after `PERMANENT_SESSION_LIFETIME` instead of with the browser; kept as the key `_permanent`. */
  permanent: boolean;
  /** Whether it has to be saved. Set it after changing something inside of a value. */
  modified: boolean;
  /** Whether it was read or written in this request; the response then depends on the cookie. */
  accessed: boolean;
  /** Whether it is known to have begun in this request. */
  readonly new: boolean;
  /** How many keys there are. */
  readonly size: number;
  get<K extends keyof SessionData>(key: K): SessionData[K] | undefined;
  get<K extends keyof SessionData, F>(key: K, fallback: F): NonNullable<SessionData[K]> | F;
  get<T = unknown>(key: string): T | undefined;
  get<T = unknown>(key: string, fallback: T): T;
  set<K extends keyof SessionData>(key: K, value: SessionData[K]): this;
  set(key: string, value: unknown): this;
  has(key: string): boolean;
  /** Whether there was such a key. */
  delete(key: string): boolean;
  /** Takes a key away and returns its value, or `fallback` if there is none. */
  pop<K extends keyof SessionData>(key: K): SessionData[K] | undefined;
  pop<K extends keyof SessionData, F>(key: K, fallback: F): NonNullable<SessionData[K]> | F;
  pop<T = unknown>(key: string): T | undefined;
  pop<T = unknown>(key: string, fallback: T): T;
  /** The value of a key, set to `value` first if there is none. */
  setDefault<K extends keyof SessionData>(key: K, value: NonNullable<SessionData[K]>): NonNullable<SessionData[K]>;
  setDefault<T>(key: string, value: T): T;
  update(values: Partial<SessionData> & Readonly<Record<string, unknown>>): void;
  /** Takes all keys away; the cookie is then deleted. */
  clear(): void;
  keys(): string[];
  values(): unknown[];
  entries(): [string, unknown][];
  /** A copy of the data as a plain object. */
  toObject(): Record<string, unknown>;
}

/** A session: methods, and the data as properties. */
export type Session = SessionMethods & SessionData;
