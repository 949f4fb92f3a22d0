import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentApp } from 'flacon';
import { transaction, type Database } from './database.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface PriceRow {
  symbol: string;
  month: string;
  price: number;
}

/** The rows of `data/stocks.csv`, months as `2000-01-01`. Throws for a line it cannot read. */
export function parsePrices(csv: string): PriceRow[] {
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line, index) => {
      const [symbol = '', date = '', price = ''] = line.trim().split(',');
      const [, month = '', year = ''] = /^([A-Z][a-z]{2}) 1 (\d{4})$/.exec(date) ?? [];
      const number = months.indexOf(month) + 1;
      if (symbol === '' || number === 0 || !(Number(price) > 0)) throw new Error(`stocks.csv:${index + 2}: cannot read '${line}'`);
      return { symbol, month: `${year}-${String(number).padStart(2, '0')}-01`, price: Number(price) };
    });
}

/** Puts the prices into the database, in place of those that are there. Returns how many. */
export function importPrices(database: Database): number {
  const rows = parsePrices(readFileSync(join(currentApp.rootPath, 'data', 'stocks.csv'), 'utf8'));
  const insert = database.prepare('insert or replace into prices (symbol, month, price) values (?, ?, ?)');
  transaction(database, () => {
    for (const { symbol, month, price } of rows) insert.run(symbol, month, price);
  });
  return rows.length;
}
