import type { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { ReadOnlyView } from 'flacon/shell';
import type { DatabaseSandbox } from './database-sandbox.ts';

/** A connection that was opened to be read only: SQLite itself refuses whatever changes something. */
export class DatabaseReader implements ReadOnlyView {
  readonly #connection: DatabaseSyncInstance;
  readonly #storage: AsyncLocalStorage<DatabaseReader | DatabaseSandbox>;
  #hasEnded = false;

  constructor(connection: DatabaseSyncInstance, storage: AsyncLocalStorage<DatabaseReader | DatabaseSandbox>) {
    this.#connection = connection;
    this.#storage = storage;
  }

  enter<T>(body: () => T): T {
    return this.#storage.run(this, body);
  }

  get reading(): DatabaseSyncInstance {
    if (this.#hasEnded) throw new Error('The read-only shell that this code was started in has ended.');
    return this.#connection;
  }

  /** The same connection: what is tried with it fails. */
  get writing(): DatabaseSyncInstance {
    return this.reading;
  }

  connectionFor(): DatabaseSyncInstance {
    return this.reading;
  }

  /** A transaction of code that cannot change anything: there is nothing to take back. */
  savepoint<T>(fn: () => T): T {
    return fn();
  }

  close(): void {
    this.#hasEnded = true;
    this.#connection.close();
  }
}
