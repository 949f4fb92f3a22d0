import {
  FlaconError,
  Response,
  ServiceUnavailable,
  SessionInterface,
  TaggedJSONSerializer,
  type Session,
  type SessionApp,
  type SessionRequest,
  type SessionResponse,
} from 'flacon';
import { BadSignature, Signer } from 'flacon/signer';
import type { StoreGuard } from './guard.ts';
import type { SessionRecords } from './records.ts';
import { makeSessionId, ServerSideSession, stateOf, UnavailableSession, type SessionState } from './server-session.ts';
import { chain, type MaybePromise } from './store.ts';

/** What the interface is made of. */
export interface InterfaceOptions {
  records: SessionRecords;
  guard: StoreGuard;
  serializer: TaggedJSONSerializer;
  /** Sign the id in the cookie. */
  useSigner: boolean;
  /** Whether new sessions are permanent. */
  permanent: boolean;
}

const SESSION_ID = /^[\w-]{16,128}$/;

/** Keeps sessions in a store, and their ids in the cookie (flask_session.base.ServerSideSessionInterface). */
export class ServerSideSessionInterface extends SessionInterface {
  override readonly isAsync: boolean;
  override nullSessionClass = UnavailableSession;
  /** Writes the data; `register` tags of your own on it. */
  readonly serializer: TaggedJSONSerializer;
  readonly #options: InterfaceOptions;
  /** Requests whose session could not be had: their error pages must not wait for the store again. */
  readonly #failed = new WeakSet<SessionRequest>();

  constructor(options: InterfaceOptions) {
    super();
    this.#options = options;
    this.serializer = options.serializer;
    this.isAsync = options.records.store.isAsync;
  }

  openSession(app: SessionApp, request: SessionRequest): MaybePromise<Session | undefined> {
    if (this.#failed.has(request)) return undefined;
    const cookie = request.cookies.get(this.getCookieName(app));
    const id = cookie === undefined ? undefined : this.idOf(app, cookie);
    if (id === undefined) return this.#start();
    const failed = (error: unknown): never => {
      this.#failed.add(request);
      throw error;
    };
    try {
      const { guard, records } = this.#options;
      const opened = chain(
        guard.run(() => records.read(id)),
        (text) => this.#restore(app, id, text),
      );
      return opened instanceof Promise ? opened.catch(failed) : opened;
    } catch (error) {
      return failed(error);
    }
  }

  /** The id in a cookie; undefined if it cannot be one, or its signature is wrong. */
  idOf(app: SessionApp, cookie: string): string | undefined {
    if (!this.#options.useSigner) return SESSION_ID.test(cookie) ? cookie : undefined;
    try {
      const id = this.#signer(app).unsign(cookie);
      return SESSION_ID.test(id) ? id : undefined;
    } catch (error) {
      if (error instanceof BadSignature) return undefined;
      throw error;
    }
  }

  #signer(app: SessionApp): Signer {
    const { SECRET_KEY: key, SECRET_KEY_FALLBACKS: fallbacks } = app.config;
    if (key && key.length > 0)
      return new Signer([...(fallbacks ?? []), key], { salt: 'flask-session', keyDerivation: 'hmac' });
    throw new FlaconError('SESSION_USE_SIGNER needs a secret key, and none was set.', {
      code: 'NO_SECRET_KEY',
      fix: 'Set app.config.SECRET_KEY.',
    });
  }

  // An id that the store does not know is never taken over: it may be one that somebody planted.
  #start(): ServerSideSession {
    return new ServerSideSession({ id: makeSessionId(), text: undefined, permanent: this.#options.permanent });
  }

  #restore(app: SessionApp, id: string, text: string | undefined): ServerSideSession {
    if (text === undefined) return this.#start();
    let data: Record<string, unknown>;
    try {
      data = this.#options.records.parse(text);
    } catch (error) {
      app.logger.warning(`A stored session could not be read, and a new one was started: ${String(error)}`);
      return this.#start();
    }
    const { _permanent: permanent, ...rest } = data;
    return new ServerSideSession({ id, text, permanent: Boolean(permanent) }, rest);
  }

  saveSession(app: SessionApp, session: Session, response: SessionResponse): MaybePromise<void> {
    if (!(session instanceof ServerSideSession)) throw foreignSession();
    if (session.accessed) response.vary.add('Cookie');
    if (!session.modified) return this.#keep(app, session, response);
    const state = stateOf(session);
    const data = session.toObject();
    if (Object.keys(data).length === 0) return this.#end(app, state, response);
    if (state.permanent) data['_permanent'] = true;
    // A value that cannot be written is no failure of the store.
    const dumped = this.#dump(data);
    const { records } = this.#options;
    return this.#guarded(response, () =>
      chain(records.write({ ...state, data, dumped }), (stored) =>
        stored ? this.#setCookie(app, session, response) : undefined,
      ),
    );
  }

  /** Prolongs a session that was not changed. */
  #keep(app: SessionApp, session: ServerSideSession, response: SessionResponse): MaybePromise<void> {
    const { text, id } = stateOf(session);
    if (text === undefined) return undefined;
    if (app.debug) this.#warnOfLostChanges(app, text, session.toObject());
    if (!app.config.SESSION_REFRESH_EACH_REQUEST) return undefined;
    const { records } = this.#options;
    return this.#guarded(response, () =>
      chain(records.touch(id, session.toObject()), () =>
        this.shouldSetCookie(app, session) ? this.#setCookie(app, session, response) : undefined,
      ),
    );
  }

  /** Ends a session that was emptied. */
  #end(app: SessionApp, { text, id, previousId }: SessionState, response: SessionResponse): MaybePromise<void> {
    const { records } = this.#options;
    const removed =
      text === undefined
        ? undefined
        : this.#guarded(response, () => chain(records.delete(previousId ?? id), () => undefined));
    return chain(removed, () => {
      response.deleteCookie(this.getCookieName(app), this.getCookieOptions(app));
      response.vary.add('Cookie');
    });
  }

  #guarded(response: SessionResponse, use: () => MaybePromise<void>): MaybePromise<void> {
    try {
      const done = this.#options.guard.run(use);
      return done instanceof Promise ? done.catch((error: unknown) => this.#refuse(error, response)) : done;
    } catch (error) {
      return this.#refuse(error, response);
    }
  }

  /** The answer of a request whose session could not be saved: what the view did for it is lost, and must not look done. */
  #refuse(error: unknown, response: SessionResponse): MaybePromise<void> {
    if (!(error instanceof ServiceUnavailable) || !(response instanceof Response)) throw error;
    return chain(response.close() as MaybePromise<void>, () => {
      const { status, headers, body } = error.getResponseParts();
      response.status = status;
      response.headers.clear();
      for (const [name, value] of headers) response.headers.set(name, value);
      response.directPassthrough = false;
      response.setData(body);
    });
  }

  #setCookie(app: SessionApp, session: ServerSideSession, response: SessionResponse): void {
    const { id } = stateOf(session);
    const value = this.#options.useSigner ? this.#signer(app).sign(id) : id;
    const expires = this.getExpirationTime(app, session);
    response.setCookie(this.getCookieName(app), value, {
      ...this.getCookieOptions(app),
      ...(expires && { expires }),
      maxSize: 0,
    });
    response.vary.add('Cookie');
  }

  #warnOfLostChanges(app: SessionApp, text: string, data: Record<string, unknown>): void {
    const before = this.#options.records.parse(text);
    for (const key of Object.keys(data)) {
      if (this.serializer.dumps(data[key]) === this.serializer.dumps(before[key])) continue;
      app.logger.warning(
        `session.${key} was changed from within, which is not noticed and will be lost. Set session.modified = true after the change.`,
      );
    }
  }

  #dump(data: Record<string, unknown>): string {
    try {
      return this.serializer.dumps(data);
    } catch (cause) {
      const key = Object.keys(data).find((name) => !this.#canDump(data[name])) ?? '';
      throw new FlaconError(
        `session.${key} cannot be stored: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          code: 'SESSION_VALUE',
          fix: `Store something simpler in session.${key}, or register a JSONTag on app.sessionInterface.serializer.`,
          cause,
        },
      );
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
}

function foreignSession(): FlaconError {
  return new FlaconError('This session was not opened by a ServerSideSessionInterface.', {
    code: 'SESSION_CLASS',
    fix: 'Make the Session extension once, and before the first request.',
  });
}
