import { abort, Blueprint, renderTemplate } from 'flacon';
import { currentUser, loginRequired } from 'flacon/login';
import { databaseOf } from '../database.ts';
import { prices, users } from '../models.ts';

export const admin = new Blueprint('admin', import.meta);

admin.beforeRequest(
  loginRequired(() => {
    if (!currentUser.isAdmin) abort(403);
  }),
);

admin.get('/', function dashboard() {
  const stocks = databaseOf().get<{ n: number }>('SELECT count(*) AS n FROM stocks')?.n ?? 0;
  return renderTemplate('admin/dashboard.html', { users: users.all(), counts: { stocks, prices: prices.count() } });
});
