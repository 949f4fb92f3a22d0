import { randomBytes } from 'node:crypto';
import { FlaconError, NullSession, SecureCookieSession } from 'flacon';

/** What a server-side session knows besides its data. */
export interface SessionState {
  id: string;
  /** The id under which it is stored, while it has a new one. */
  previousId: string | undefined;
  /** The text it was made of; undefined for one that is not stored yet. */
  text: string | undefined;
  permanent: boolean;
}

// A property and no private field: setters may run on the session and on the proxy around it.
const STATE = Symbol('state of a server-side session');

/** A session whose data stay on the server: the cookie has only its id. See `SecureCookieSession` for its use. */
export class ServerSideSession extends SecureCookieSession {
  [STATE]: SessionState;

  constructor(state: Omit<SessionState, 'previousId'>, data: Readonly<Record<string, unknown>> = {}) {
    super(data);
    this[STATE] = { ...state, previousId: undefined };
  }

  /** Its id, a secret of the visitor: whoever has it has the session. */
  get sid(): string {
    return stateOf(this).id;
  }

  /** Whether it is not stored yet. */
  override get new(): boolean {
    return stateOf(this).text === undefined;
  }

  override get permanent(): boolean {
    this.accessed = true;
    return stateOf(this).permanent;
  }

  override set permanent(value: boolean) {
    stateOf(this).permanent = Boolean(value);
    this.accessed = true;
    this.modified = true;
  }

  /**
   * Gives it a new id, and keeps the data. To be done whenever somebody gets more rights than before: an id that was
   * planted by an attacker is then worth nothing. `loginUser` does it.
   */
  regenerate(): void {
    const state = stateOf(this);
    if (state.text !== undefined) state.previousId ??= state.id;
    state.id = makeSessionId();
    this.modified = true;
  }
}

/** The state of a session. */
export function stateOf(session: ServerSideSession): SessionState {
  return session[STATE];
}

/** An id that nobody can guess: 256 bits. */
export function makeSessionId(): string {
  return randomBytes(32).toString('base64url');
}

/** Stands in while the store does not answer, for error pages: it is empty, and cannot be written. */
export class UnavailableSession extends NullSession {
  protected override beforeChange(): never {
    throw new FlaconError('The session is unavailable, because its store does not answer.', {
      code: 'SESSION_UNAVAILABLE',
      fix: 'Do not write the session in a handler of the error 503.',
    });
  }
}
