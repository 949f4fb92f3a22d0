import type { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { Sandbox, SandboxChanges } from 'flacon/shell';
import type { DatabaseReader } from './database-reader.ts';

const READING = /^\s*(?:SELECT|EXPLAIN)\b/i;
const ENDING = /^\s*(?:BEGIN|COMMIT|END|ROLLBACK(?!\s+(?:TRANSACTION\s+)?TO))\b/i;

/**
 * A connection whose transaction ends with the sandbox. The transaction begins with the first change: until then the
 * sandbox sees what others write, and nobody has to wait for it.
 */
export class DatabaseSandbox implements Sandbox {
  readonly remark = 'once it has changes, other writers wait for 2 s and then fail';
  readonly #connection: DatabaseSyncInstance;
  readonly #storage: AsyncLocalStorage<DatabaseReader | DatabaseSandbox>;
  #statements = 0;
  #isChanging = false;
  #hasEnded = false;

  constructor(connection: DatabaseSyncInstance, storage: AsyncLocalStorage<DatabaseReader | DatabaseSandbox>) {
    this.#connection = connection;
    this.#storage = storage;
  }

  enter<T>(body: () => T): T {
    return this.#storage.run(this, body);
  }

  /** The connection, to read with. */
  get reading(): DatabaseSyncInstance {
    if (this.#hasEnded) throw new Error('The sandbox that this code was started in has ended.');
    return this.#connection;
  }

  /** The connection, to write with. */
  get writing(): DatabaseSyncInstance {
    const connection = this.reading;
    if (!this.#isChanging) connection.exec('BEGIN IMMEDIATE');
    this.#isChanging = true;
    return connection;
  }

  /** The connection for a statement, which counts if it can change something. */
  connectionFor(sql: string): DatabaseSyncInstance {
    if (ENDING.test(sql)) throw new Error('In a sandbox, transactions are not ended by statements: .sandbox commit');
    if (READING.test(sql)) return this.reading;
    this.#statements += 1;
    return this.writing;
  }

  /** A transaction in the transaction. */
  savepoint<T>(fn: () => T): T {
    this.writing.exec('SAVEPOINT sandbox');
    try {
      const result = fn();
      this.reading.exec('RELEASE sandbox');
      return result;
    } catch (error) {
      this.reading.exec('ROLLBACK TO sandbox; RELEASE sandbox');
      throw error;
    }
  }

  commit(): SandboxChanges {
    return this.#end('COMMIT');
  }

  rollback(): SandboxChanges {
    return this.#end('ROLLBACK');
  }

  #end(how: 'COMMIT' | 'ROLLBACK'): SandboxChanges {
    const connection = this.reading;
    const { rows } = connection.prepare('SELECT total_changes() AS rows').get() as { rows: number };
    try {
      if (this.#isChanging) connection.exec(how);
    } finally {
      this.#hasEnded = true;
      connection.close();
    }
    return { statements: this.#statements, rows };
  }
}
