import { abort, Blueprint, renderTemplate } from 'flacon';
import { currentUser } from './auth.ts';
import { Price, Stock, User } from './models.ts';

export const admin = new Blueprint('admin', import.meta, { cliGroup: null });

admin.beforeRequest(() => {
  if (!currentUser().isAdmin) abort(403);
});

admin.get('/', function index() {
  const users = User.all().map((user) => ({ user, stocks: Stock.ofUser(user).length }));
  return renderTemplate('admin/index.html', { users, symbols: Price.latest().length });
});
