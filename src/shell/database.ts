import { channel } from 'node:diagnostics_channel';

/**
 * What a database handle has to offer to the shell is found under this property. The symbol is the same in every copy of
 * this package: `Symbol.for('flacon.shell.database')`.
 */
export const shellDatabase: unique symbol = Symbol.for('flacon.shell.database');

/** A handle that a shell can work with: it has a {@link ShellDatabase} under {@link shellDatabase}. */
export interface DatabaseHandle {
  readonly [shellDatabase]: ShellDatabase;
}

/** Values of the parameters of a statement, by position or by name. */
export type QueryParams = readonly unknown[] | Readonly<Record<string, unknown>>;

/** What a handle can do for a shell. Every part is optional but the name; a command that needs a missing part says so. */
export interface ShellDatabase {
  /** What messages call the database, such as the name of its file. */
  readonly name: string;
  /**
   * Opens a sandbox: a connection of its own, on which a transaction is open or opened by the first change. Throws when
   * there can be none.
   */
  openSandbox?(): Sandbox | Promise<Sandbox>;
  /** Opens what the database is only read through. Throws when there can be no such thing. */
  openReadOnly?(): ReadOnlyView | Promise<ReadOnlyView>;
  /** How the database would run a statement: text, or rows. The statement itself does not run. */
  explain?(sql: string, params: QueryParams): unknown;
  /** The tables, for `.tables`. */
  tables?(): readonly TableInfo[] | Promise<readonly TableInfo[]>;
  /** How a table was made, as text for `.schema`; undefined if there is none of that name. */
  schema?(table: string): string | undefined | Promise<string | undefined>;
}

/** A line of `.tables`. */
export interface TableInfo {
  name: string;
  /** Number of rows, if it is known. */
  rows?: number;
  /** Such as `view`. Default: `table`. */
  kind?: string;
}

/** How much was changed in a sandbox. */
export interface SandboxChanges {
  /** Statements that changed something or could have. */
  statements: number;
  /** Rows that they changed. */
  rows: number;
}

/**
 * Changes that nobody else sees, and that end with the sandbox unless they are committed. `commit` and `rollback` end
 * it: what still runs in it then gets an error, never the handle's ordinary connection.
 */
export interface Sandbox {
  /** What somebody who opens it should know, such as that others cannot write meanwhile. */
  readonly remark?: string | undefined;
  /**
   * Runs code for which the handle is the sandbox, also after an `await`: with an `AsyncLocalStorage`. Transactions of
   * that code become savepoints. All other code goes on with the handle's ordinary connections.
   */
  enter<T>(body: () => T): T;
  /** Keeps the changes. */
  commit(): SandboxChanges | Promise<SandboxChanges>;
  /** Undoes the changes. Throws if that is not possible any more. */
  rollback(): SandboxChanges | Promise<SandboxChanges>;
}

/** A way to a database on which it refuses every change, such as a connection that was opened to read. */
export interface ReadOnlyView {
  /** Runs code for which the handle is this view, also after an `await`; as of {@link Sandbox}. */
  enter<T>(body: () => T): T;
  /** Ends it: what still runs in it then gets an error, never the handle's ordinary connection. */
  close(): unknown;
}

/** A statement that has run. */
export interface QueryEvent {
  sql: string;
  params: QueryParams;
  /** How long it took, in milliseconds. */
  ms: number;
  /** Rows that it gave or changed. */
  rows?: number | undefined;
  /** Why it failed. */
  error?: unknown;
  /** The database that ran it. */
  database: ShellDatabase;
  /**
   * Made where the query was asked for: its stack says the place. Only needed where the event is emitted after an `await`;
   * by default the place is that of the call that emits the event.
   */
  origin?: Error | undefined;
}

const queries = channel('flacon.query');

/** Whether anybody listens to queries. If not, a handle can spare itself the time they take to measure. */
export function hearsQueries(): boolean {
  return queries.hasSubscribers;
}

/**
 * Tells that a query has run. Call it in the asynchronous context that the query was asked for in, so that it counts for
 * the request, or the shell, that it belongs to. It is a message of `node:diagnostics_channel`, named `flacon.query`.
 */
export function emitQuery(event: QueryEvent): void {
  if (queries.hasSubscribers) queries.publish(event);
}

/** Calls back for each query of the process; gives the function that ends it. */
export function onQuery(listener: (event: QueryEvent) => void): () => void {
  const subscriber = (message: unknown): void => listener(message as QueryEvent);
  queries.subscribe(subscriber);
  return () => void queries.unsubscribe(subscriber);
}

/** What a value offers to the shell as a database; undefined for everything else. */
export function databaseOf(value: unknown): ShellDatabase | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Partial<DatabaseHandle>)[shellDatabase];
  } catch {
    // A proxy that stands for nothing at the moment is no database.
    return undefined;
  }
}
