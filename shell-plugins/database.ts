import { definePlugin, type Shell, type ShellDatabase } from 'flacon/shell';
import { endReadOnly, followReadOnly, insideReadOnly, refuseWritable, startReadOnly } from './read-only.ts';
import {
  endSandboxes,
  findDatabases,
  followDatabases,
  insideSandboxes,
  refuseUnprotected,
  sandboxCommand,
  startSandbox,
} from './sandbox.ts';
import { beginEntry, sqlCommand, stopEcho, summary } from './sql-echo.ts';

/** `.sandbox`, `.sql`, `.tables`, `.schema`: for every database handle that speaks the shell's protocol. */
export default definePlugin({
  name: 'database',
  commands: [
    sandboxCommand,
    sqlCommand,
    { name: 'tables', description: 'The tables of the databases, with their rows.', run: showTables },
    {
      name: 'schema',
      usage: '.schema TABLE',
      description: 'How a table was made.',
      complete: async (shell) => (await allTables(shell)).map(({ name }) => name),
      run: showSchema,
    },
  ],
  async setup(shell) {
    await startReadOnly(shell);
    await startSandbox(shell);
  },
  async reloaded(shell) {
    await followReadOnly(shell);
    await followDatabases(shell);
  },
  before(shell, entry) {
    refuseWritable(shell, entry);
    refuseUnprotected(shell, entry);
    beginEntry(shell, entry);
  },
  after: summary,
  around: (shell, body) => insideReadOnly(shell, () => insideSandboxes(shell, body)),
  async dispose(shell) {
    stopEcho(shell);
    await endSandboxes(shell);
    await endReadOnly(shell);
  },
});

function databasesWith(shell: Shell, part: 'tables' | 'schema'): ShellDatabase[] {
  const databases = findDatabases(shell);
  if (databases.length === 0) throw new Error('the application gives the shell no database');
  const able = databases.filter((database) => database[part] !== undefined);
  if (able.length === 0) throw new Error(`${databases.map(({ name }) => name).join(', ')} does not tell its tables`);
  return able;
}

async function allTables(
  shell: Shell,
): Promise<{ database: ShellDatabase; name: string; kind: string; rows: string }[]> {
  const lists = await Promise.all(
    databasesWith(shell, 'tables').map(async (database) =>
      ((await database.tables?.()) ?? []).map(({ name, kind = 'table', rows }) => ({
        database,
        name,
        kind,
        rows: rows === undefined ? '' : String(rows),
      })),
    ),
  );
  return lists.flat();
}

async function showTables(shell: Shell): Promise<void> {
  const tables = await allTables(shell);
  if (tables.length === 0) return shell.print('There are no tables.');
  const hasSeveral = new Set(tables.map(({ database }) => database)).size > 1;
  shell.table(
    ['TABLE', 'ROWS', ...(hasSeveral ? ['DATABASE'] : [])],
    tables.map(({ database, name, kind, rows }) => [
      kind === 'table' ? name : `${name} (${kind})`,
      rows,
      ...(hasSeveral ? [database.name] : []),
    ]),
  );
}

async function showSchema(shell: Shell, table: string): Promise<void> {
  if (table === '') throw new Error('which table? .schema TABLE');
  for (const database of databasesWith(shell, 'schema')) {
    const text = await database.schema?.(table);
    if (text !== undefined) return shell.print(text);
  }
  throw new Error(`no table '${table}': .tables lists them`);
}
