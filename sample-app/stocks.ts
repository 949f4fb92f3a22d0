import { abort, Blueprint, flash, redirect, renderTemplate, request, urlFor, g } from 'flacon';
import { currentUser, loginRequired } from './auth.ts';
import { Price, Stock } from './models.ts';

export const stocks = new Blueprint('stocks', import.meta);

stocks.get('/', function list_stocks() {
  return renderTemplate('stocks/list.html', {
    prices: Price.latest(),
    stocks: g.user === undefined ? [] : Stock.ofUser(g.user),
  });
});

stocks.get(
  '/<int:id>',
  loginRequired(function stock_details({ id }: { id: number }) {
    const stock = ownStock(id);
    return renderTemplate('stocks/details.html', { stock, history: Price.of(stock.symbol).slice(0, 12) });
  }),
);

stocks.route(
  '/add',
  { methods: ['GET', 'POST'] },
  loginRequired(function add_stock() {
    const symbols = Price.latest().map(({ symbol }) => symbol);
    if (request.method === 'GET') return renderTemplate('stocks/add.html', { symbols });
    const symbol = request.form.require('symbol').trim().toUpperCase();
    const shares = request.form.get('shares', { type: wholeNumber });
    const price = request.form.get('price', { type: amount });
    if (!symbols.includes(symbol) || shares === undefined || price === undefined) {
      flash(`A symbol (${symbols.join(', ')}), whole shares and a price, please.`, 'error');
      return [renderTemplate('stocks/add.html', { symbols, form: request.form }), 400];
    }
    Stock.add(currentUser(), symbol, shares, price);
    flash(`Added new stock (${symbol})!`, 'success');
    return redirect(urlFor('stocks.list_stocks'));
  }),
);

stocks.post(
  '/<int:id>/delete',
  loginRequired(function delete_stock({ id }: { id: number }) {
    const stock = ownStock(id);
    stock.delete();
    flash(`Deleted stock (${stock.symbol}).`, 'success');
    return redirect(urlFor('stocks.list_stocks'));
  }),
);

function ownStock(id: number): Stock {
  const stock = Stock.get(id) ?? abort(404);
  return stock.userId === currentUser().id ? stock : abort(403);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) throw new RangeError(text);
  return value;
}

function amount(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e9)) throw new RangeError(text);
  return value;
}
