import type { Flacon } from 'flacon';
import { definePlugin } from 'flacon/shell';
import { getDatabase } from './database.ts';
import { Entry, Price, Stock, User } from './models.ts';

/** What the shell of this app has in hand: the models, the database, and a command that shows a portfolio. */
export function registerShell(app: Flacon): void {
  app.shellContextProcessor(() => ({
    User,
    Stock,
    Price,
    Entry,
    get database() {
      return getDatabase();
    },
  }));
  app.shellPlugin(portfolio);
}

const portfolio = definePlugin({
  name: 'portfolio',
  commands: [
    {
      name: 'portfolio',
      usage: '.portfolio EMAIL',
      description: 'What somebody owns, at the last known prices.',
      run(shell, args) {
        const user = User.byEmail(args.trim());
        if (user === undefined) throw new Error(`nobody is registered as '${args.trim()}'`);
        for (const { symbol, shares, value } of Stock.ofUser(user)) shell.print(`${symbol.padEnd(6)}${shares} shares, $${value.toFixed(2)}`);
      },
    },
  ],
});
