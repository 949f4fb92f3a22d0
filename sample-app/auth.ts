import type { Flacon } from 'flacon';
import { LoginManager } from 'flacon/login';
import { users, type User } from './models.ts';

declare module 'flacon/login' {
  interface LoginTypes {
    user: User;
  }
}

/** Lets users log in, and be remembered. */
export function registerLogin(app: Flacon): void {
  const manager = new LoginManager(app);
  manager.loginView = 'users.login';
  manager.loginMessage = 'Please log in to see this page.';
  manager.loginMessageCategory = 'error';
  manager.userLoader((id) => users.byId(Number(id)));
}
