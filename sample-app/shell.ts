import type { Flacon } from 'flacon';
import { definePlugin } from 'flacon/shell';
import { Database, databaseOf } from './database.ts';
import { journal, prices, stocks, users } from './models.ts';

/** What the shell of this application has in hand: the database, the models, and a command. */
export function registerShell(app: Flacon): void {
  app.shellContextProcessor(() => ({
    get database() {
      return databaseOf(app);
    },
    users,
    stocks,
    prices,
    journal,
  }));
  app.shellPlugin(portfolio);
}

const portfolio = definePlugin({
  name: 'portfolio',
  commands: [
    {
      name: 'portfolio',
      usage: '.portfolio EMAIL',
      description: 'Show the stocks of a user, at the latest prices.',
      complete: () => users.all().map(({ email }) => email),
      run(shell, args) {
        const user = users.byEmail(args.trim());
        if (user === undefined) throw new Error(`There is no user '${args.trim()}'.`);
        const rows = stocks
          .of(user)
          .map(({ symbol, shares, price }) => [symbol, shares, price ?? '–', shares * (price ?? 0)]);
        shell.table(['Symbol', 'Shares', 'Price', 'Value'], rows);
      },
    },
  ],
  printers: [
    {
      matches: (value) => value instanceof Database,
      print: (database: Database) => `<Database '${database.path}'>`,
    },
  ],
});
