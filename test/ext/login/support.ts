import { Flacon, redirect, renderTemplateString, request, urlFor } from 'flacon';
import { currentUser, LoginManager, loginUser, logoutUser, nextUrl, UserMixin } from 'flacon/login';

/** A user with an id. */
export class User extends UserMixin {
  readonly id: number;
  readonly email: string;
  constructor(id: number, email: string) {
    super();
    this.id = id;
    this.email = email;
  }
}

/** Two of them, by id. */
export const users = new Map([new User(1, 'ann@b.c'), new User(2, 'bob@b.c')].map((user) => [String(user.id), user]));

/** An app with a login page, which lets in whom the query says. */
export function makeApp(): { app: Flacon; manager: LoginManager } {
  const app = new Flacon();
  app.config.SECRET_KEY = 'key';
  const manager = new LoginManager(app);
  manager.loginView = 'login';
  app.route('/login', { methods: ['GET', 'POST'] }, function login() {
    loginUser(users.get(request.args.get('u') ?? '1') as User, { remember: request.args.has('remember') });
    return redirect(nextUrl(urlFor('home')));
  });
  app.get('/', function home() {
    return renderTemplateString(
      '{% if current_user.is_authenticated %}{{ current_user.email }}{% else %}nobody{% endif %}',
    );
  });
  app.get('/who', () => String(currentUser.getId()));
  app.get('/plain', () => 'plain');
  app.get('/logout', () => String(logoutUser()));
  return { app, manager };
}
