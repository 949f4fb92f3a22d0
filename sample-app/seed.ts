import { readFileSync } from 'node:fs';
import { databaseOf } from './database.ts';
import { stocks, users, type Price } from './models.ts';

/** Who `seed` makes: an account to look around with. */
export const demo = { email: 'demo@example.com', password: 'demo-portfolio' };

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The rows of a CSV file with the columns symbol, date (`Jan 1 2000`), price. */
export function parsePrices(csv: string): Price[] {
  const [, ...lines] = csv.trim().split(/\r?\n/);
  return lines.map((line) => {
    const [symbol = '', date = '', price = ''] = line.split(',');
    const [month = '', day, year] = date.split(' ');
    return {
      symbol,
      month: new Date(Date.UTC(Number(year), MONTHS.indexOf(month), Number(day))),
      price: Number(price),
    };
  });
}

/** Imports the monthly prices, and makes the demo account with a small portfolio. Gives the number of prices. */
export async function seed(): Promise<number> {
  const rows = parsePrices(readFileSync(new URL('data/stocks.csv', import.meta.url), 'utf8'));
  const database = databaseOf();
  database.transaction(() => {
    const insert = 'INSERT OR REPLACE INTO prices (symbol, month, price) VALUES (?, ?, ?)';
    for (const { symbol, month, price } of rows) database.run(insert, symbol, month.toISOString().slice(0, 10), price);
  });
  if (users.byEmail(demo.email) === undefined) {
    await users.create(demo.email, demo.password);
    const user = users.byEmail(demo.email);
    if (user !== undefined) {
      stocks.add(user, 'AAPL', 16, 71.89);
      stocks.add(user, 'IBM', 9, 91.55);
    }
  }
  return rows.length;
}
