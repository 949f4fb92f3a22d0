import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { FlaconError } from 'flacon';
import type { SessionStore } from './store.ts';

/** A prepared statement, as far as sessions need it. */
export interface SqliteStatement {
  get(...values: (string | number | null)[]): unknown;
  run(...values: (string | number | null)[]): { changes: number | bigint };
}

/** A connection of `node:sqlite`, `@photostructure/sqlite` or `better-sqlite3`. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

/** Options of {@link SqliteStore}. */
export interface SqliteStoreOptions {
  /** Name of the table, which is made if it is missing. Default: 'sessions'. */
  table?: string;
}

interface DatabaseModule {
  DatabaseSync: new (path: string) => SqliteDatabase;
}

const PRUNE_EVERY = 200;

/** Keeps sessions in a table of a SQLite database, which several processes of one machine may share. */
export class SqliteStore implements SessionStore {
  readonly isAsync = false;
  readonly #database: SqliteDatabase;
  readonly #owned: boolean;
  readonly #select: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #update: SqliteStatement;
  readonly #extend: SqliteStatement;
  readonly #remove: SqliteStatement;
  readonly #prune: SqliteStatement;
  #writes = 0;

  /** `database`: the path of a file, or an open connection. */
  constructor(database: string | SqliteDatabase, { table = 'sessions' }: SqliteStoreOptions = {}) {
    if (!/^\w+$/.test(table)) {
      throw new FlaconError(`'${table}' is no name of a table.`, {
        code: 'SESSION_TABLE',
        fix: "SESSION_SQLITE_TABLE: 'sessions'",
      });
    }
    this.#owned = typeof database === 'string';
    this.#database = typeof database === 'string' ? openDatabase(database) : database;
    const db = this.#database;
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (name TEXT PRIMARY KEY, text TEXT NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID`,
    );
    this.#select = db.prepare(`SELECT text FROM ${table} WHERE name = ? AND ends > ?`);
    // One statement each, so that nobody comes in between comparing and storing.
    this.#insert = db.prepare(
      `INSERT INTO ${table} (name, text, ends) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE SET text = ?2, ends = ?3 WHERE ends <= ?4`,
    );
    this.#update = db.prepare(`UPDATE ${table} SET text = ?, ends = ? WHERE name = ? AND text = ? AND ends > ?`);
    this.#extend = db.prepare(`UPDATE ${table} SET ends = ? WHERE name = ? AND ends > ?`);
    this.#remove = db.prepare(`DELETE FROM ${table} WHERE name = ?`);
    this.#prune = db.prepare(`DELETE FROM ${table} WHERE ends <= ?`);
  }

  get(name: string): string | undefined {
    return (this.#select.get(name, Date.now()) as { text: string } | undefined)?.text;
  }

  replace(name: string, text: string, expected: string | undefined, seconds: number): boolean {
    const now = Date.now();
    const ends = Math.trunc(now + seconds * 1000);
    this.#writes += 1;
    if (this.#writes % PRUNE_EVERY === 0) this.#prune.run(now);
    const { changes } =
      expected === undefined
        ? this.#insert.run(name, text, ends, now)
        : this.#update.run(text, ends, name, expected, now);
    return Number(changes) > 0;
  }

  touch(name: string, seconds: number): void {
    const now = Date.now();
    this.#extend.run(Math.trunc(now + seconds * 1000), name, now);
  }

  delete(name: string): void {
    this.#remove.run(name);
  }

  close(): void {
    if (this.#owned) this.#database.close();
  }
}

function openDatabase(path: string): SqliteDatabase {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new (databaseModule().DatabaseSync)(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 1000;');
  return database;
}

// Node has SQLite from 22.13 on; the package is the same for earlier versions.
function databaseModule(): DatabaseModule {
  const builtin = process.getBuiltinModule?.('node:sqlite') as DatabaseModule | undefined;
  if (builtin) return builtin;
  try {
    return createRequire(import.meta.url)('@photostructure/sqlite') as DatabaseModule;
  } catch (cause) {
    throw new FlaconError('This Node has no SQLite.', {
      code: 'NO_SQLITE',
      fix: 'use Node 22.13 or later, or: npm install @photostructure/sqlite',
      cause,
    });
  }
}
