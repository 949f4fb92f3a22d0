import {
  FlaconError,
  milliseconds,
  request,
  session as currentSession,
  TaggedJSONSerializer,
  type Flacon,
} from 'flacon';
import { getCurrentObject } from 'flacon/local';
import { makeStore, storeTimeout } from './config.ts';
import { StoreGuard } from './guard.ts';
import { ServerSideSessionInterface } from './interface.ts';
import { SessionRecords } from './records.ts';
import { ServerSideSession } from './server-session.ts';
import type { SessionStore } from './store.ts';

/** Options of {@link Session}. */
export interface SessionOptions {
  /** Where to keep sessions, instead of what SESSION_TYPE says. */
  store?: SessionStore;
}

interface Setup {
  app: Flacon;
  records: SessionRecords;
  sessionInterface: ServerSideSessionInterface;
}

/**
 * Keeps the sessions of an app on the server, as Flask-Session does: `new Session(app)`, with SESSION_TYPE set. Sessions
 * can then hold more than a cookie can, and can be ended from here.
 *
 * A store that fails or does not answer within SESSION_STORE_TIMEOUT makes requests that have a session, or write one,
 * a 503. Requests of one session that run at the same time keep each other's changes, see `mergeSessions`.
 */
export class Session {
  #setup: Setup | undefined;

  constructor(app?: Flacon, options: SessionOptions = {}) {
    if (app !== undefined) this.initApp(app, options);
  }

  /** Gives an app server-side sessions. Reads the settings: set them before. */
  initApp(app: Flacon, options: SessionOptions = {}): void {
    const {
      SESSION_KEY_PREFIX = 'session:',
      SESSION_USER_KEY = '_user_id',
      SESSION_USE_SIGNER = false,
      SESSION_PERMANENT = true,
    } = app.config;
    const timeout = storeTimeout(app);
    const serializer = new TaggedJSONSerializer();
    const records = new SessionRecords(options.store ?? makeStore(app), {
      prefix: SESSION_KEY_PREFIX,
      userKey: SESSION_USER_KEY,
      serializer,
      lifetime: () => milliseconds(app.config.PERMANENT_SESSION_LIFETIME) / 1000,
      timeout,
    });
    const guard = new StoreGuard(timeout, app.logger);
    const sessionInterface = new ServerSideSessionInterface({
      records,
      guard,
      serializer,
      useSigner: SESSION_USE_SIGNER,
      permanent: SESSION_PERMANENT,
    });
    app.sessionInterface = sessionInterface;
    app.extensions['session'] = this;
    this.#setup = { app, records, sessionInterface };
  }

  /** The data of a session, found by its id or by the value of its cookie; undefined if there is none. */
  async read(idOrCookie: string): Promise<Record<string, unknown> | undefined> {
    const { records } = this.#ready();
    const text = await records.read(this.#idOf(idOrCookie));
    return text === undefined ? undefined : records.parse(text);
  }

  /** Changes a session from outside of its requests, which keep what they change themselves. Answers whether there was one. */
  async write(idOrCookie: string, data: Readonly<Record<string, unknown>>): Promise<boolean> {
    const { records, sessionInterface } = this.#ready();
    const id = this.#idOf(idOrCookie);
    const text = await records.read(id);
    if (text === undefined) return false;
    return records.write({
      id,
      previousId: undefined,
      text,
      data: { ...data },
      dumped: sessionInterface.serializer.dumps({ ...data }),
    });
  }

  /** Ends a session, found by its id or by the value of its cookie. Answers whether there was one. */
  async revoke(idOrCookie: string): Promise<boolean> {
    return this.#ready().records.delete(this.#idOf(idOrCookie));
  }

  /**
   * Ends all sessions of a user, on all devices, and answers how many there were. `except`: the id of one to keep, such
   * as `sessionId()` after a change of password.
   */
  async revokeUser(userId: string | number, { except }: { except?: string } = {}): Promise<number> {
    return this.#ready().records.deleteAll(String(userId), except);
  }

  /** Ids of the sessions of a user. */
  async idsOf(userId: string | number): Promise<string[]> {
    const { records } = this.#ready();
    const ids = await records.idsOf(String(userId));
    const texts = await Promise.all(ids.map((id) => records.read(id)));
    return ids.filter((_, index) => texts[index] !== undefined);
  }

  /** Gives up what the store opened: a SQLite file. Clients of Redis are yours to close. */
  async close(): Promise<void> {
    await this.#ready().records.store.close?.();
  }

  #idOf(idOrCookie: string): string {
    const { app, sessionInterface } = this.#ready();
    return sessionInterface.idOf(app, idOrCookie) ?? idOrCookie;
  }

  #ready(): Setup {
    if (this.#setup !== undefined) return this.#setup;
    throw new FlaconError('This Session belongs to no app yet.', { code: 'NO_APP', fix: 'sessions.initApp(app)' });
  }
}

/** Gives the session of the current request a new id, and keeps its data: for a login of your own; `loginUser` does it. */
export function regenerateSession(): void {
  currentServerSession().regenerate();
}

/** The id of the session of the current request: a secret of the visitor. */
export function sessionId(): string {
  return currentServerSession().sid;
}

function currentServerSession(): ServerSideSession {
  const current: unknown = getCurrentObject(currentSession);
  if (current instanceof ServerSideSession) return current;
  throw new FlaconError(`The session of ${request.path} is not kept on the server.`, {
    code: 'NO_SERVER_SESSION',
    fix: 'new Session(app)',
  });
}
