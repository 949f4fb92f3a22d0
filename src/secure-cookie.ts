import { milliseconds } from './config.ts';
import { TaggedJSONSerializer } from './json-tag.ts';
import { SessionInterface, type SessionApp, type SessionRequest, type SessionResponse } from './session-interface.ts';
import { dataOf, isLoaded, SecureCookieSession, sourceOf, type SessionSource } from './session-object.ts';
import type { Session } from './sessions.ts';
import { FlaconError } from './util/errors.ts';
import {
  BadPayload,
  BadSignature,
  URLSafeTimedSerializer,
  type KeyDerivation,
  type SecretKeys,
} from './util/signer.ts';

interface SignedCookie extends SessionSource {
  cookie: string;
  /** How each value looked when it was loaded; in debug mode. */
  snapshot: Map<string, string> | undefined;
}

interface CachedSerializer {
  key: string | Uint8Array;
  fallbacks: readonly (string | Uint8Array)[] | null;
  count: number;
  serializer: URLSafeTimedSerializer;
}

/** Keeps sessions in a signed cookie, in the bytes of Flask: with the same key, each reads the other's. */
export class SecureCookieSessionInterface extends SessionInterface {
  salt = 'cookie-session';
  digestMethod = 'sha1';
  keyDerivation: KeyDerivation = 'hmac';
  sessionClass: new (initial?: Readonly<Record<string, unknown>> | SessionSource) => SecureCookieSession =
    SecureCookieSession;
  /** The clock that signs, in milliseconds since 1970. */
  now: () => number = Date.now;
  readonly #serializers = new WeakMap<object, CachedSerializer>();
  #serializer: TaggedJSONSerializer | undefined;

  /** Writes the data; `register` tags of your own on it. */
  get serializer(): TaggedJSONSerializer {
    return (this.#serializer ??= new TaggedJSONSerializer());
  }

  set serializer(serializer: TaggedJSONSerializer) {
    this.#serializer = serializer;
  }

  /** What signs the cookies of an app; undefined if it has no key. */
  getSigningSerializer(app: SessionApp): URLSafeTimedSerializer | undefined {
    const { SECRET_KEY: key, SECRET_KEY_FALLBACKS: fallbacks } = app.config;
    if (!key || key.length === 0) return undefined;
    const cached = this.#serializers.get(app);
    const count = fallbacks?.length ?? 0;
    if (cached?.key === key && cached.fallbacks === fallbacks && cached.count === count) return cached.serializer;
    // The last one signs, the others are for cookies from before the key was changed.
    const serializer = this.makeSigningSerializer([...(fallbacks ?? []), key]);
    this.#serializers.set(app, { key, fallbacks, count, serializer });
    return serializer;
  }

  /** A serializer for these keys, the signing one last. */
  protected makeSigningSerializer(keys: SecretKeys): URLSafeTimedSerializer {
    const { salt, serializer, keyDerivation, digestMethod } = this;
    const now = (): number => this.now();
    return new URLSafeTimedSerializer(keys, { salt, serializer, signerOptions: { keyDerivation, digestMethod, now } });
  }

  openSession(app: SessionApp, request: SessionRequest): SecureCookieSession | undefined {
    const signer = this.getSigningSerializer(app);
    if (!signer) return undefined;
    const cookie = request.cookies.get(this.getCookieName(app));
    if (!cookie) return new this.sessionClass();
    const source: SignedCookie = { cookie, snapshot: undefined, load: () => this.#load(app, signer, source) };
    return new this.sessionClass(source);
  }

  saveSession(app: SessionApp, session: Session, response: SessionResponse): void {
    if (!(session instanceof SecureCookieSession)) throw foreignSession();
    if (!isLoaded(session) && !session.modified && !this.#mayNeedRefresh(app, session)) return;
    const { accessed } = session;
    if (accessed) response.vary.add('Cookie');
    const data = dataOf(session);
    if (!session.modified) this.#warnOfLostChanges(app, session, data);
    const isEmpty = Object.keys(data).length === 0;
    if (isEmpty ? !session.modified : !this.shouldSetCookie(app, session)) return;
    if (isEmpty) response.deleteCookie(this.getCookieName(app), this.getCookieOptions(app));
    else this.#setCookie(app, session, data, response);
    response.vary.add('Cookie');
  }

  #setCookie(app: SessionApp, session: Session, data: Record<string, unknown>, response: SessionResponse): void {
    const name = this.getCookieName(app);
    const value = this.#dump(app, data);
    const size = Buffer.byteLength(name) + 1 + value.length;
    if (app.config.MAX_COOKIE_SIZE > 0 && size > app.config.MAX_COOKIE_SIZE) this.#reportSize(app, size, data);
    const expires = this.getExpirationTime(app, session);
    // The size is reported here, with the names of the largest values.
    response.setCookie(name, value, { ...this.getCookieOptions(app), ...(expires && { expires }), maxSize: 0 });
  }

  #load(app: SessionApp, signer: URLSafeTimedSerializer, source: SignedCookie): Record<string, unknown> {
    const maxAge = Math.trunc(milliseconds(app.config.PERMANENT_SESSION_LIFETIME) / 1000);
    let data: unknown;
    try {
      data = signer.loads(source.cookie, { maxAge });
    } catch (error) {
      // Forged, expired or signed with a key that is gone: the visitor starts anew.
      if (error instanceof BadSignature) return {};
      if (!(error instanceof BadPayload)) throw error;
      app.logger.warning(`A session cookie with a valid signature could not be read: ${String(error.cause)}`);
      return {};
    }
    if (typeof data !== 'object' || data === null || Array.isArray(data)) {
      app.logger.warning('A session cookie with a valid signature does not contain an object.');
      return {};
    }
    const entries = Object.entries(data);
    if (app.debug) source.snapshot = new Map(entries.map(([key, value]) => [key, this.serializer.dumps(value)]));
    return data as Record<string, unknown>;
  }

  // Most requests of a visitor with a session do not use it: then look for the one key that matters before the signature
  // is checked.
  #mayNeedRefresh(app: SessionApp, session: SecureCookieSession): boolean {
    if (!app.config.SESSION_REFRESH_EACH_REQUEST) return false;
    const { cookie } = (sourceOf(session) ?? {}) as Partial<SignedCookie>;
    if (cookie === undefined || cookie.startsWith('.')) return true;
    return Buffer.from(cookie.slice(0, cookie.indexOf('.')), 'base64url').includes('_permanent');
  }

  #dump(app: SessionApp, data: Record<string, unknown>): string {
    const signer = this.getSigningSerializer(app);
    if (!signer) throw new FlaconError('The session cannot be saved: SECRET_KEY is gone.', { code: 'NO_SECRET_KEY' });
    try {
      return signer.dumps({ ...data });
    } catch (cause) {
      const key = Object.keys(data).find((name) => !this.#canDump(data[name]));
      if (key === undefined) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FlaconError(`session.${key} cannot be kept in a cookie: ${reason}`, {
        code: 'SESSION_VALUE',
        fix: `Store something simpler in session.${key}, or register a JSONTag on app.sessionInterface.serializer.`,
        cause,
      });
    }
  }

  #canDump(value: unknown): boolean {
    try {
      this.serializer.dumps(value);
      return true;
    } catch {
      // The caller has the error already, and wants to know which value it was.
      return false;
    }
  }

  #warnOfLostChanges(app: SessionApp, session: SecureCookieSession, data: Record<string, unknown>): void {
    const { snapshot } = (sourceOf(session) ?? {}) as Partial<SignedCookie>;
    if (!snapshot) return;
    for (const [key, before] of snapshot) {
      if (!(key in data) || this.serializer.dumps(data[key]) === before) continue;
      app.logger.warning(
        `session.${key} was changed from within, which is not noticed and will be lost. Set session.modified = true after the change.`,
      );
    }
  }

  #reportSize(app: SessionApp, size: number, data: Record<string, unknown>): void {
    const sizes = Object.entries(data).map(([key, value]): [string, number] => [
      key,
      this.serializer.dumps(value).length,
    ]);
    const largest = sizes.sort(([, a], [, b]) => b - a).slice(0, 3);
    const names = largest.map(([key, length]) => `${key} (${length} bytes)`).join(', ');
    const message = `The session cookie has ${size} bytes, and browsers drop cookies of more than ${app.config.MAX_COOKIE_SIZE}. Largest values: ${names}.`;
    const fix =
      "Keep less in the session, or keep it on the server: import { Session } from 'flacon/session'; new Session(app).";
    if (app.debug) throw new FlaconError(message, { code: 'SESSION_TOO_LARGE', fix });
    app.logger.warning(`${message} ${fix}`);
  }
}

function foreignSession(): FlaconError {
  return new FlaconError('This session was not opened by a SecureCookieSessionInterface.', {
    code: 'SESSION_CLASS',
    fix: 'Override saveSession along with openSession, or return a SecureCookieSession.',
  });
}
