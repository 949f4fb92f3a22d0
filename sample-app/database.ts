import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { DatabaseSync, DatabaseSyncInstance } from '@photostructure/sqlite';
import { currentApp, type Flacon } from 'flacon';

type Driver = { DatabaseSync: typeof DatabaseSync };
type Value = string | number | bigint | null | Uint8Array;

// Node has SQLite from 22 on; the package has the same interface for Node 20.
function driver(): Driver {
  const builtin = process.getBuiltinModule?.('node:sqlite') as Driver | undefined;
  return builtin ?? (createRequire(import.meta.url)('@photostructure/sqlite') as Driver);
}

/** The SQLite file of the application, opened when it is first used. */
export class Database {
  readonly path: string;
  #connection: DatabaseSyncInstance | undefined;

  constructor(path: string) {
    this.path = path;
  }

  get connection(): DatabaseSyncInstance {
    return (this.#connection ??= this.#open());
  }

  #open(): DatabaseSyncInstance {
    if (this.path !== ':memory:') mkdirSync(dirname(this.path), { recursive: true });
    const { DatabaseSync: Connection } = driver();
    const connection = new Connection(this.path);
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000;');
    connection.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
    return connection;
  }

  /** All rows of a query. */
  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.connection.prepare(sql).all(...values) as Row[];
  }

  /** The first row of a query. */
  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.connection.prepare(sql).get(...values) as Row | undefined;
  }

  /** Runs a statement; gives the number of rows it changed and the id of the row it inserted. */
  run(sql: string, ...values: Value[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.connection.prepare(sql).run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  }

  /** Runs `fn` in a transaction: all of it happens, or nothing. */
  transaction<T>(fn: () => T): T {
    this.connection.exec('BEGIN IMMEDIATE');
    try {
      const result = fn();
      this.connection.exec('COMMIT');
      return result;
    } catch (error) {
      this.connection.exec('ROLLBACK');
      throw error;
    }
  }

  /** Drops all tables and makes them again, empty. */
  reset(): void {
    for (const table of ['journal', 'stocks', 'prices', 'users']) this.connection.exec(`DROP TABLE IF EXISTS ${table}`);
    this.connection.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

// One connection per file, so that a hot reload of the app keeps it.
const databases = new Map<string, Database>();

/** The database of an application; default: the current one. */
export function databaseOf(app: Flacon = currentApp): Database {
  const path = app.config.DATABASE;
  let database = databases.get(path);
  if (database === undefined) databases.set(path, (database = new Database(path)));
  return database;
}

/** Closes all databases: for tests, which delete the files. */
export function closeDatabases(): void {
  for (const database of databases.values()) database.close();
  databases.clear();
}

declare module 'flacon' {
  interface ConfigData {
    /** Path of the SQLite file. */
    DATABASE: string;
  }
}
