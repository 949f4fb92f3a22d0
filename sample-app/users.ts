import { Blueprint, echo, flash, redirect, renderTemplate, request, session, urlFor } from 'flacon';
import { currentUser, loginRequired } from './auth.ts';
import { User } from './models.ts';

export const users = new Blueprint('users', import.meta);

users.route('/register', { methods: ['GET', 'POST'] }, async function register() {
  if (request.method === 'GET') return renderTemplate('users/register.html');
  const email = request.form.require('email').trim();
  const password = request.form.require('password');
  const problem = whatIsWrong(email, password);
  if (problem !== undefined) {
    flash(problem, 'error');
    return [renderTemplate('users/register.html', { email }), 400];
  }
  const user = await User.create(email, password);
  session.userId = user.id;
  flash(`Welcome, ${user.email}!`, 'success');
  return redirect(urlFor('stocks.list_stocks'));
});

function whatIsWrong(email: string, password: string): string | undefined {
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return 'That is no email address.';
  if (password.length < 8) return 'A password has eight characters or more.';
  if (User.byEmail(email) !== undefined) return `${email} is registered already.`;
  return undefined;
}

users.route('/login', { methods: ['GET', 'POST'] }, async function login() {
  if (request.method === 'GET') return renderTemplate('users/login.html');
  const user = User.byEmail(request.form.require('email').trim());
  if (user === undefined || !(await user.checkPassword(request.form.require('password')))) {
    flash('Email or password is wrong.', 'error');
    return [renderTemplate('users/login.html', { email: request.form.get('email') }), 401];
  }
  session.userId = user.id;
  flash(`Hello again, ${user.email}!`, 'success');
  return redirect(localPath(request.args.get('next')) ?? urlFor('stocks.list_stocks'));
});

// Only a path of this site: `//host` and `/\host` would lead elsewhere.
function localPath(next: string | undefined): string | undefined {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : undefined;
}

users.get('/logout', function logout() {
  session.clear();
  flash('Good bye.', 'info');
  return redirect(urlFor('pages.index'));
});

users.get(
  '/profile',
  loginRequired(function profile() {
    return renderTemplate('users/profile.html', { user: currentUser() });
  }),
);

users.cli.description('Manage users.');
users.cli
  .command('create <email>')
  .description('Create a new user.')
  .requiredOption('--password <password>', 'eight characters or more')
  .option('--admin', 'may see the administration')
  .action(async (email: string, { password, admin }: { password: string; admin?: boolean }) => {
    const problem = whatIsWrong(email, password);
    if (problem !== undefined) throw new Error(problem);
    await User.create(email, password, { isAdmin: admin === true });
    echo(`Added new user (email: ${email})!`);
  });
