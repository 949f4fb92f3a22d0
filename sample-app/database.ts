import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import type { DatabaseSync, DatabaseSyncInstance } from '@photostructure/sqlite';
import { currentApp, type Flacon } from 'flacon';
import { emitQuery, hearsQueries, shellDatabase, type DatabaseHandle, type ShellDatabase } from 'flacon/shell';
import { DatabaseReader } from './database-reader.ts';
import { DatabaseSandbox } from './database-sandbox.ts';
import { describeTables, explainQuery, tableSchema } from './database-schema.ts';

type Driver = { DatabaseSync: typeof DatabaseSync };
type Statement = ReturnType<DatabaseSyncInstance['prepare']>;
type Value = string | number | bigint | null | Uint8Array;

// Node has SQLite, from 24 on without a warning; the package has the same interface for older ones.
function driver(): Driver {
  const isReady = parseInt(process.versions.node) >= 24;
  const builtin = isReady ? (process.getBuiltinModule('node:sqlite') as Driver | undefined) : undefined;
  return builtin ?? (createRequire(import.meta.url)('@photostructure/sqlite') as Driver);
}

/** The SQLite file of the application, opened when it is first used. */
export class Database implements DatabaseHandle {
  readonly path: string;
  /** What the shell can do with this database. */
  readonly [shellDatabase]: ShellDatabase;
  /** What the shell has put in place of the connection, for code that it has started. */
  readonly #sandboxes = new AsyncLocalStorage<DatabaseSandbox | DatabaseReader>();
  #connection: DatabaseSyncInstance | undefined;

  constructor(path: string) {
    this.path = path;
    this[shellDatabase] = {
      name: basename(path),
      openSandbox: () => this.#openSandbox(),
      openReadOnly: () => this.#openReader(),
      explain: (sql, params) => explainQuery(this.#reading, sql, params as Value[]),
      tables: () => describeTables(this.#reading),
      schema: (table) => tableSchema(this.#reading, table),
    };
  }

  /** The connection of the running code, to be written with: in a sandbox of the shell, that of the sandbox. */
  get connection(): DatabaseSyncInstance {
    return this.#sandboxes.getStore()?.writing ?? this.#own;
  }

  get #own(): DatabaseSyncInstance {
    return (this.#connection ??= this.#open());
  }

  get #reading(): DatabaseSyncInstance {
    return this.#sandboxes.getStore()?.reading ?? this.#own;
  }

  #open(): DatabaseSyncInstance {
    if (this.path !== ':memory:') mkdirSync(dirname(this.path), { recursive: true });
    const connection = this.#connect();
    connection.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));
    return connection;
  }

  #connect(): DatabaseSyncInstance {
    const { DatabaseSync: Connection } = driver();
    const connection = new Connection(this.path);
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000;');
    return connection;
  }

  #openSandbox(): DatabaseSandbox {
    if (this.path === ':memory:') throw new Error('A database in memory has one connection only: no sandbox.');
    // There are tables now, whatever happens in the sandbox.
    void this.#own;
    return new DatabaseSandbox(this.#connect(), this.#sandboxes);
  }

  #openReader(): DatabaseReader {
    if (this.path === ':memory:') throw new Error('A database in memory has one connection only, which writes.');
    void this.#own;
    const { DatabaseSync: Connection } = driver();
    return new DatabaseReader(new Connection(this.path, { readOnly: true }), this.#sandboxes);
  }

  /** All rows of a query. */
  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#query(this.all, sql, values, (statement) => {
      const rows = statement.all(...values) as Row[];
      return [rows, rows.length];
    });
  }

  /** The first row of a query. */
  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#query(this.get, sql, values, (statement) => {
      const row = statement.get(...values) as Row | undefined;
      return [row, row === undefined ? 0 : 1];
    });
  }

  /** Runs a statement; gives the number of rows it changed and the id of the row it inserted. */
  run(sql: string, ...values: Value[]): { changes: number; id: number } {
    return this.#query(this.run, sql, values, (statement) => {
      const { changes, lastInsertRowid } = statement.run(...values);
      return [{ changes: Number(changes), id: Number(lastInsertRowid) }, Number(changes)];
    });
  }

  #query<T>(
    method: (...args: never[]) => unknown,
    sql: string,
    params: Value[],
    execute: (statement: Statement) => [result: T, rows: number],
  ): T {
    const connection = this.#sandboxes.getStore()?.connectionFor(sql) ?? this.#own;
    if (!hearsQueries()) return execute(connection.prepare(sql))[0];
    const database = this[shellDatabase];
    // Whoever called `all`, `get` or `run` is the origin of the query.
    const origin = new Error(sql);
    Error.captureStackTrace(origin, method);
    const begin = performance.now();
    try {
      const [result, rows] = execute(connection.prepare(sql));
      emitQuery({ sql, params, rows, ms: performance.now() - begin, database, origin });
      return result;
    } catch (error) {
      emitQuery({ sql, params, error, ms: performance.now() - begin, database, origin });
      throw error;
    }
  }

  /** Runs `fn` in a transaction: all of it happens, or nothing. */
  transaction<T>(fn: () => T): T {
    const sandbox = this.#sandboxes.getStore();
    if (sandbox) return sandbox.savepoint(fn);
    this.#own.exec('BEGIN IMMEDIATE');
    try {
      const result = fn();
      this.#own.exec('COMMIT');
      return result;
    } catch (error) {
      this.#own.exec('ROLLBACK');
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
