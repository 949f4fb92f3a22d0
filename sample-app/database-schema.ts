import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import type { TableInfo } from 'flacon/shell';

type Value = string | number | bigint | null | Uint8Array;

/** Tables and views, with the number of their rows. */
export function describeTables(connection: DatabaseSyncInstance): TableInfo[] {
  const tables = connection
    .prepare(
      "SELECT name, type AS kind FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all() as { name: string; kind: string }[];
  return tables.map(({ name, kind }) => {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const { rows } = connection.prepare(`SELECT count(*) AS rows FROM ${quoted}`).get() as { rows: number };
    return { name, kind, rows };
  });
}

/** The statements that made a table and its indexes. */
export function tableSchema(connection: DatabaseSyncInstance, table: string): string | undefined {
  const rows = connection
    .prepare('SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC, name')
    .all(table) as { sql: string }[];
  return rows.length === 0 ? undefined : rows.map(({ sql }) => `${sql};`).join('\n');
}

/** The plan of a statement: a line for each step, indented below the step that it is part of. */
export function explainQuery(connection: DatabaseSyncInstance, sql: string, params: readonly Value[]): string {
  const steps = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params) as {
    id: number;
    parent: number;
    detail: string;
  }[];
  const depths = new Map<number, number>();
  return steps
    .map(({ id, parent, detail }) => {
      const depth = (depths.get(parent) ?? -1) + 1;
      depths.set(id, depth);
      return `${'  '.repeat(depth)}${detail}`;
    })
    .join('\n');
}
