import { echo, type Flacon } from 'flacon';
import { createTables, getDatabase, hasTables } from './database.ts';
import { importPrices } from './seed.ts';

export function registerCommands(app: Flacon): void {
  app.cli
    .command('init_db')
    .description('Initialize the SQLite database: all tables, empty.')
    .action(() => {
      createTables(getDatabase());
      echo('Initialized the SQLite database!');
    });

  app.cli
    .command('seed')
    .description('Import the monthly prices of data/stocks.csv.')
    .option('--if-empty', 'only if the database has no tables yet')
    .action(({ ifEmpty }: { ifEmpty?: boolean }) => {
      const database = getDatabase();
      const isNew = !hasTables(database);
      if (ifEmpty && !isNew) return;
      if (isNew) createTables(database);
      echo(`Imported ${importPrices(database)} prices.`);
    });
}
