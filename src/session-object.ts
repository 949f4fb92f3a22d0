import { inspect, type InspectOptions } from 'node:util';
import type { SessionData, SessionMethods } from './sessions.ts';
import { FlaconError } from './util/errors.ts';

/** Where the data of a session come from, when they are first needed. */
export interface SessionSource {
  load(): Record<string, unknown>;
}

interface SessionState {
  /** Without a prototype, so that any text can be a key. */
  data: Record<string, unknown> | undefined;
  source: SessionSource | undefined;
  accessed: boolean;
  modified: boolean;
}

// A property and not a private field: methods run on the proxy, which has no private fields.
const STATE = Symbol('session state');

/**
 * A session whose keys are its properties: `session.email = …`, `delete session.email`, `'email' in session`
 * (flask.sessions.SecureCookieSession). It notes when it is read and written; changes inside of a value are not noticed:
 * `session.modified = true` after them. Keys that are names of methods need `get()` and `set()`.
 *
 * Subclasses may have fields and methods of their own; these are no session data.
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- the proxy has what the interface says
export class SecureCookieSession implements SessionMethods {
  [STATE]: SessionState;

  constructor(initial?: Readonly<Record<string, unknown>> | SessionSource) {
    const source = isSource(initial) ? initial : undefined;
    const data = source ? undefined : nullObject(initial as Record<string, unknown> | undefined);
    this[STATE] = { data, source, accessed: false, modified: false };
    return new Proxy(this, handler);
  }

  /** Whether it was made in this request; always false here, as in Flask. */
  get new(): boolean {
    return false;
  }

  get accessed(): boolean {
    return this[STATE].accessed;
  }

  set accessed(value: boolean) {
    this[STATE].accessed = value;
  }

  get modified(): boolean {
    return this[STATE].modified;
  }

  set modified(value: boolean) {
    this[STATE].modified = value;
  }

  get permanent(): boolean {
    return Boolean(this.get('_permanent'));
  }

  set permanent(value: boolean) {
    this.set('_permanent', Boolean(value));
  }

  get size(): number {
    return Object.keys(read(this)).length;
  }

  get<K extends keyof SessionData>(key: K): SessionData[K] | undefined;
  get<K extends keyof SessionData, F>(key: K, fallback: F): NonNullable<SessionData[K]> | F;
  get<T = unknown>(key: string): T | undefined;
  get<T = unknown>(key: string, fallback: T): T;
  get(key: string, fallback?: unknown): unknown {
    const data = read(this);
    return key in data ? data[key] : fallback;
  }

  set<K extends keyof SessionData>(key: K, value: SessionData[K]): this;
  set(key: string, value: unknown): this;
  set(key: string, value: unknown): this {
    write(this)[key] = value;
    return this;
  }

  has(key: string): boolean {
    return key in read(this);
  }

  delete(key: string): boolean {
    this.beforeChange();
    if (!this.has(key)) return false;
    return delete write(this)[key];
  }

  pop<K extends keyof SessionData>(key: K): SessionData[K] | undefined;
  pop<K extends keyof SessionData, F>(key: K, fallback: F): NonNullable<SessionData[K]> | F;
  pop<T = unknown>(key: string): T | undefined;
  pop<T = unknown>(key: string, fallback: T): T;
  pop(key: string, fallback?: unknown): unknown {
    this.beforeChange();
    if (!this.has(key)) return fallback;
    const value: unknown = this.get(key);
    this.delete(key);
    return value;
  }

  setDefault<K extends keyof SessionData>(key: K, value: NonNullable<SessionData[K]>): NonNullable<SessionData[K]>;
  setDefault<T>(key: string, value: T): T;
  setDefault(key: string, value: unknown): unknown {
    this.beforeChange();
    if (!this.has(key)) this.set(key, value);
    return this.get(key);
  }

  update(values: Readonly<Record<string, unknown>>): void {
    Object.assign(write(this), values);
  }

  clear(): void {
    const data = write(this);
    for (const key of Object.keys(data)) delete data[key];
  }

  keys(): string[] {
    return Object.keys(read(this));
  }

  values(): unknown[] {
    return Object.values(read(this));
  }

  entries(): [string, unknown][] {
    return Object.entries(read(this));
  }

  toObject(): Record<string, unknown> {
    return { ...read(this) };
  }

  toJSON(): Record<string, unknown> {
    return this.toObject();
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.keys()[Symbol.iterator]();
  }

  /** Called before every change of the data; may throw. */
  protected beforeChange(): void {}

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Session ${inspect({ ...dataOf(this) }, options)}`;
  }
}

// Declares the names of SessionData as properties, which the proxy makes true.
export interface SecureCookieSession extends SessionData {}

/** Stands in where there is no secret key: it can be read, and is empty; writing says what to do. */
export class NullSession extends SecureCookieSession {
  protected override beforeChange(): never {
    throw new FlaconError('The session is unavailable because no secret key was set.', {
      code: 'NO_SECRET_KEY',
      fix: 'Set app.config.SECRET_KEY to something unique and secret, such as the output of: node -p "crypto.randomBytes(32).toString(\'hex\')"',
    });
  }

  override clear(): void {
    this.beforeChange();
  }
}

/** Whether the data were needed so far; if not, there is nothing that could have changed. */
export function isLoaded(session: SecureCookieSession): boolean {
  return session[STATE].data !== undefined;
}

/** Where the session's data come from, if not from the constructor. */
export function sourceOf(session: SecureCookieSession): SessionSource | undefined {
  return session[STATE].source;
}

/** The data themselves, without noting that they were read. */
export function dataOf(session: SecureCookieSession): Record<string, unknown> {
  const state = session[STATE];
  return (state.data ??= nullObject(state.source?.load()));
}

function read(session: SecureCookieSession): Record<string, unknown> {
  session[STATE].accessed = true;
  return dataOf(session);
}

function write(session: SecureCookieSession): Record<string, unknown> {
  (session as unknown as { beforeChange(): void }).beforeChange();
  session[STATE].modified = true;
  return read(session);
}

function nullObject(values: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  return Object.assign(Object.create(null) as Record<string, unknown>, values);
}

function isSource(initial: object | undefined): initial is SessionSource {
  return typeof (initial as { load?: unknown } | undefined)?.load === 'function';
}

// Names that the class or a subclass defines are its own; all others are keys of the data.
const handler: ProxyHandler<SecureCookieSession> = {
  get(target, key, receiver) {
    if (typeof key === 'symbol' || key in target) return Reflect.get(target, key, receiver) as unknown;
    // Promises ask every value for it: that is no use of the session.
    if (key === 'then') return undefined;
    return read(target)[key];
  },
  set(target, key, value, receiver) {
    if (typeof key === 'symbol' || key in target) {
      if (isReserved(target, key) || !Reflect.set(target, key, value, receiver)) throw reservedName(String(key));
      return true;
    }
    write(target)[key] = value;
    return true;
  },
  deleteProperty(target, key) {
    if (typeof key === 'symbol' || key in target) return Reflect.deleteProperty(target, key);
    return target.delete(key) || true;
  },
  has: (target, key) => (typeof key === 'symbol' ? key in target : key in read(target)),
  ownKeys: (target) => Object.keys(read(target)),
  getOwnPropertyDescriptor(target, key) {
    if (typeof key === 'symbol') return undefined;
    return Object.getOwnPropertyDescriptor(read(target), key);
  },
  setPrototypeOf: () => false,
};

function isReserved(target: SecureCookieSession, key: PropertyKey): boolean {
  return key === '__proto__' || typeof Reflect.get(target, key) === 'function';
}

function reservedName(name: string): FlaconError {
  return new FlaconError(`session.${name} is part of the session itself and cannot be assigned.`, {
    code: 'SESSION_NAME',
    fix: `Use session.set('${name}', value) and session.get('${name}').`,
  });
}
