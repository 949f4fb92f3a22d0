import { FlaconError } from 'flacon';
import { mergeSessions } from './merge.ts';
import { chain, type MaybePromise, type SessionStore } from './store.ts';
import { Turns } from './turns.ts';

/** Writes and reads what sessions hold. */
export interface SessionSerializer {
  dumps(value: unknown): string;
  loads(text: string): unknown;
}

/** How records are named and kept. */
export interface RecordOptions {
  /** Goes before the names of sessions. */
  prefix: string;
  /** The key of a session that says whose it is. */
  userKey: string;
  serializer: SessionSerializer;
  /** Seconds that a session is kept after its last use. */
  lifetime: () => number;
  /** Milliseconds that a write may take. */
  timeout: number;
}

/** A session on its way to the store. */
export interface SessionDraft {
  id: string;
  /** Where it is now, if its id is new. */
  previousId: string | undefined;
  /** What the store held when it was opened; undefined for a session that is not stored yet. */
  text: string | undefined;
  data: Record<string, unknown>;
  /** The data as they are stored if nobody else wrote. */
  dumped: string;
}

const MOST_ATTEMPTS = 100;
/** The list of a user's sessions is checked for those that ended whenever it has grown by so many. */
const PRUNE_STEP = 20;

/** The sessions in a store: merging concurrent writes, and knowing whose they are. */
export class SessionRecords {
  readonly store: SessionStore;
  readonly #options: RecordOptions;
  readonly #turns: Turns;

  constructor(store: SessionStore, options: RecordOptions) {
    this.store = store;
    this.#options = options;
    this.#turns = new Turns(options.timeout);
  }

  /** The text of a session; undefined if there is none. */
  read(id: string): MaybePromise<string | undefined> {
    return this.store.get(this.#name(id));
  }

  /** The data in a text. Throws if it is no session's. */
  parse(text: string): Record<string, unknown> {
    const data = this.#options.serializer.loads(text);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
    throw new TypeError('not an object');
  }

  /**
   * Stores a session. What other requests have written since it was opened is kept, see `mergeSessions`; a session
   * that was ended since stays ended. Answers whether it was stored.
   */
  write(draft: SessionDraft): MaybePromise<boolean> {
    const { text, previousId, id } = draft;
    const isNew = text === undefined || previousId !== undefined;
    if (!isNew)
      return chain(this.#register(draft), () =>
        chain(
          this.#update(this.#name(id), text, (now) => this.#merge(draft, now)),
          isStored,
        ),
      );
    const existing = previousId === undefined || text === undefined ? undefined : this.read(previousId);
    return chain(existing, (now) =>
      chain(this.#register(draft), () =>
        // A session under a new id is a new one: whoever ended the old one did not mean it.
        chain(
          this.#update(this.#name(id), undefined, () => this.#merge(draft, now ?? text)),
          (stored) =>
            previousId === undefined
              ? isStored(stored)
              : chain(this.store.delete(this.#name(previousId)), () => isStored(stored)),
        ),
      ),
    );
  }

  /** What to store where `now` is: undefined if the session was ended. */
  #merge({ text, data, dumped }: SessionDraft, now: string | undefined): string | undefined {
    const { serializer } = this.#options;
    if (now === text) return dumped;
    if (now === undefined || text === undefined) return undefined;
    return serializer.dumps({
      ...mergeSessions(this.parse(text), data, this.parse(now), (value) => serializer.dumps(value)),
    });
  }

  /** Prolongs a session by its lifetime. */
  touch(id: string, data: Record<string, unknown>): MaybePromise<unknown> {
    const seconds = this.#options.lifetime();
    const user = this.#userOf(data);
    const touched = this.store.touch(this.#name(id), seconds);
    if (user === undefined) return touched;
    const index = this.store.touch(this.#indexName(user), seconds);
    return touched instanceof Promise ? Promise.all([touched, index]) : index;
  }

  /** Ends a session. Answers whether there was one. */
  delete(id: string): MaybePromise<boolean> {
    return chain(this.read(id), (text) => {
      if (text === undefined) return false;
      return chain(this.store.delete(this.#name(id)), () => {
        const user = this.#userOf(this.parse(text));
        if (user === undefined) return true;
        return chain(
          this.#updateIndex(user, (ids) => ids.filter((other) => other !== id)),
          () => true,
        );
      });
    });
  }

  /** Ids of the sessions of a user, those included that ended by themselves. */
  idsOf(user: string): MaybePromise<string[]> {
    return chain(this.store.get(this.#indexName(user)), (text) => parseIds(text));
  }

  /** Ends all sessions of a user but one. Answers how many there were. */
  async deleteAll(user: string, except: string | undefined): Promise<number> {
    const ids = (await this.idsOf(user)).filter((id) => id !== except);
    const ended = await Promise.all(ids.map((id) => this.delete(id)));
    await this.#updateIndex(user, (now) => now.filter((id) => !ids.includes(id)));
    return ended.filter(Boolean).length;
  }

  // Before the session itself is stored: a list that names too much does no harm.
  #register({ id, previousId, text, data }: SessionDraft): MaybePromise<unknown> {
    const user = this.#userOf(data);
    const before = text === undefined ? undefined : this.#userOf(this.parse(text));
    if (user === before && (user === undefined || previousId === undefined)) return undefined;
    const gone = previousId ?? id;
    const removed =
      before === undefined ? undefined : this.#updateIndex(before, (ids) => ids.filter((other) => other !== gone));
    if (user === undefined) return removed;
    return chain(removed, () =>
      chain(
        this.#updateIndex(user, (ids) => (ids.includes(id) ? ids : [...ids, id])),
        (size) => (size > 0 && size % PRUNE_STEP === 0 ? this.#pruneIndex(user, id) : undefined),
      ),
    );
  }

  async #pruneIndex(user: string, except: string): Promise<void> {
    const ids = await this.idsOf(user);
    const texts = await Promise.all(ids.map((id) => this.read(id)));
    const ended = new Set(ids.filter((id, index) => texts[index] === undefined && id !== except));
    await this.#updateIndex(user, (now) => now.filter((id) => !ended.has(id)));
  }

  /** Answers how many ids the list then has. */
  #updateIndex(user: string, change: (ids: string[]) => string[]): MaybePromise<number> {
    const name = this.#indexName(user);
    let size = 0;
    const updated = chain(this.store.get(name), (known) =>
      this.#update(name, known, (now) => {
        const ids = change(parseIds(now));
        size = ids.length;
        return JSON.stringify(ids);
      }),
    );
    return chain(updated, () => size);
  }

  /** Stores what `change` makes of what is there, once more for each time that somebody else was faster. */
  #update(
    name: string,
    known: string | undefined,
    change: (now: string | undefined) => string | undefined,
  ): MaybePromise<string | undefined> {
    const seconds = this.#options.lifetime();
    const attempt = (now: string | undefined, count: number): MaybePromise<string | undefined> => {
      const text = change(now);
      if (text === undefined) return undefined;
      if (count > MOST_ATTEMPTS)
        throw new FlaconError(`A session could not be stored in ${MOST_ATTEMPTS} attempts.`, {
          code: 'SESSION_CONTENTION',
        });
      return chain(this.store.replace(name, text, now, seconds), (done) =>
        done ? text : chain(this.store.get(name), (later) => attempt(later, count + 1)),
      );
    };
    if (!this.store.isAsync) return attempt(known, 1);
    return this.#turns.take(name, async () => attempt(known, 1));
  }

  #userOf(data: Readonly<Record<string, unknown>>): string | undefined {
    const user = data[this.#options.userKey];
    return user === undefined || user === null ? undefined : String(user);
  }

  #name(id: string): string {
    return this.#options.prefix + id;
  }

  // No id of a session has a colon, so that the two never meet.
  #indexName(user: string): string {
    return `${this.#options.prefix}user:${user}`;
  }
}

function isStored(text: string | undefined): boolean {
  return text !== undefined;
}

function parseIds(text: string | undefined): string[] {
  return text === undefined ? [] : (JSON.parse(text) as string[]);
}
