import { Flacon, session, type ConfigData } from 'flacon';
import { Session, type SessionStore } from 'flacon/session';

/** An app whose sessions are on the server, with views that read and write them. */
export function makeApp(config: Partial<ConfigData>, store?: SessionStore): { app: Flacon; sessions: Session } {
  const app = new Flacon();
  app.config.fromMapping({ SECRET_KEY: 'key', ...config });
  const sessions = new Session(app, store === undefined ? {} : { store });
  app.get('/set/<key>/<value>', ({ key, value }) => {
    session.set(key, value);
    return 'set';
  });
  app.get('/get', () => session.toObject());
  app.get('/clear', () => {
    session.clear();
    return 'cleared';
  });
  app.get('/plain', () => 'plain');
  return { app, sessions };
}

/** The value of a cookie that a response sets; undefined if it sets none. */
export function cookieOf(
  response: { headers: { getList(name: string): string[] } },
  name = 'session',
): string | undefined {
  return response.headers
    .getList('Set-Cookie')
    .find((text) => text.startsWith(`${name}=`))
    ?.split(';', 1)[0]
    ?.slice(name.length + 1);
}

/** A store whose answers come when the test says so. */
export class HeldStore implements SessionStore {
  readonly isAsync = true;
  readonly #store: SessionStore;
  readonly #waiting: (() => void)[] = [];
  isHolding = false;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  async #held<T>(use: () => T): Promise<Awaited<T>> {
    if (this.isHolding) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return await use();
  }

  release(): void {
    this.isHolding = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  get(name: string): Promise<string | undefined> {
    return this.#held(() => this.#store.get(name));
  }

  replace(name: string, text: string, expected: string | undefined, seconds: number): Promise<boolean> {
    return this.#held(() => this.#store.replace(name, text, expected, seconds));
  }

  touch(name: string, seconds: number): Promise<unknown> {
    return this.#held(() => this.#store.touch(name, seconds));
  }

  delete(name: string): Promise<unknown> {
    return this.#held(() => this.#store.delete(name));
  }
}
