import { abort, Blueprint, renderTemplate } from 'flacon';
import { currentUser, loginRequired } from '../auth.ts';
import { databaseOf } from '../database.ts';
import { prices, users } from '../models.ts';

export const admin = new Blueprint('admin', import.meta);

admin.beforeRequest(() => {
  const toLogin = loginRequired();
  if (toLogin === undefined && currentUser()?.isAdmin !== true) abort(403);
  return toLogin;
});

admin.get('/', function dashboard() {
  const stocks = databaseOf().get<{ n: number }>('SELECT count(*) AS n FROM stocks')?.n ?? 0;
  return renderTemplate('admin/dashboard.html', { users: users.all(), counts: { stocks, prices: prices.count() } });
});
