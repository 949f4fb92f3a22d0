import { echo, type Flacon } from 'flacon';
import { databaseOf } from './database.ts';
import { prices } from './models.ts';
import { demo, seed } from './seed.ts';

/** The commands of the application itself; those of blueprints are with the blueprints. */
export function registerCommands(app: Flacon): void {
  app.cli
    .command('init_db')
    .description('Initialize the SQLite database: drop all tables and make them again.')
    .action(() => {
      databaseOf().reset();
      echo('Initialized the SQLite database!');
    });

  app.cli
    .command('seed')
    .description('Import the monthly prices and make a demo account.')
    .option('--if-empty', 'Do nothing if there are prices already.')
    .action(async ({ ifEmpty }: { ifEmpty?: boolean }) => {
      if (ifEmpty && prices.count() > 0) return;
      echo(`Imported ${await seed()} monthly prices into ${databaseOf().path}.`);
      echo(`Demo account: ${demo.email}, password ${demo.password}`);
    });
}
