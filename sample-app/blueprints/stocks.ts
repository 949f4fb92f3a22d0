import { abort, Blueprint, flash, redirect, renderTemplate, request, urlFor } from 'flacon';
import { currentUser, loginRequired } from 'flacon/login';
import { prices, stocks as stockModel, type Stock } from '../models.ts';

export const stocks = new Blueprint('stocks', import.meta);

// The prices are for everybody.
stocks.get('/', function index() {
  const held = currentUser.isAuthenticated ? stockModel.of(currentUser) : [];
  const value = held.reduce((sum, { shares, price, purchasePrice }) => sum + shares * (price ?? purchasePrice), 0);
  const cost = held.reduce((sum, { shares, purchasePrice }) => sum + shares * purchasePrice, 0);
  return renderTemplate('stocks/index.html', { stocks: held, value, gain: value - cost, market: prices.latest() });
});

/** The stock with this id, if it is the visitor's: 404 if there is none, 403 if it is somebody else's. */
function ownStock(id: number): Stock {
  const stock = stockModel.byId(id) ?? abort(404);
  if (stock.userId !== currentUser.id) abort(403);
  return stock;
}

stocks.get(
  '/<int:id>',
  loginRequired(function stockDetails({ id }) {
    const stock = ownStock(id);
    return renderTemplate('stocks/details.html', { stock, history: prices.history(stock.symbol) });
  }),
);

stocks.route(
  '/add',
  { methods: ['GET', 'POST'] },
  loginRequired(function addStock() {
    if (request.method === 'GET') return renderTemplate('stocks/add.html', { market: prices.latest(), form: {} });
    const symbol = request.form.get('symbol')?.trim().toUpperCase() ?? '';
    const shares = Number(request.form.get('shares'));
    const purchasePrice = Number(request.form.get('purchase_price'));
    if (!/^[A-Z][A-Z.]{0,9}$/.test(symbol)) flash('A symbol is one to ten letters.', 'error');
    else if (!Number.isInteger(shares) || shares < 1)
      flash('The number of shares is a whole number above zero.', 'error');
    else if (!(purchasePrice > 0)) flash('The price is a number above zero.', 'error');
    else {
      stockModel.add(currentUser, symbol, shares, purchasePrice);
      flash(`Added new stock (${symbol})!`, 'success');
      return redirect(urlFor('stocks.index'));
    }
    return [renderTemplate('stocks/add.html', { market: prices.latest(), form: request.form.toObject() }), 400];
  }),
);

stocks.post(
  '/<int:id>/delete',
  loginRequired(function deleteStock({ id }) {
    const stock = ownStock(id);
    stockModel.delete(stock);
    flash(`Deleted stock (${stock.symbol})!`, 'info');
    return redirect(urlFor('stocks.index'));
  }),
);
