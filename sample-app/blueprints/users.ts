import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  Blueprint,
  currentApp,
  echo,
  FlaconError,
  flash,
  prompt,
  redirect,
  renderTemplate,
  request,
  secureFilename,
  sendFromDirectory,
  urlFor,
} from 'flacon';
import { currentUser, loginRequired, loginUser, logoutUser, nextUrl } from 'flacon/login';
import { users as userModel, type User } from '../models.ts';

export const users = new Blueprint('users', import.meta);

users.route('/register', { methods: ['GET', 'POST'] }, async function register() {
  if (request.method === 'GET') return renderTemplate('users/register.html');
  const email = request.form.get('email')?.trim() ?? '';
  const password = request.form.get('password') ?? '';
  const problem = registrationProblem(email, password);
  if (problem !== undefined) {
    flash(problem, 'error');
    return [renderTemplate('users/register.html', { email }), 400];
  }
  loginUser(await userModel.create(email, password));
  currentApp.logger.info(`Registered a new user: ${email}`);
  flash(`Thanks for registering, ${email}!`, 'success');
  return redirect(urlFor('stocks.index'));
});

function registrationProblem(email: string, password: string): string | undefined {
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) return 'Please give an e-mail address.';
  if (password.length < 8) return 'The password needs at least 8 characters.';
  return userModel.byEmail(email) === undefined ? undefined : `${email} is already registered.`;
}

users.route('/login', { methods: ['GET', 'POST'] }, async function login() {
  if (request.method === 'GET') return renderTemplate('users/login.html');
  const email = request.form.get('email')?.trim() ?? '';
  const user = await userModel.authenticate(email, request.form.get('password') ?? '');
  if (user === undefined) {
    currentApp.logger.info(`Failed login for ${email} from ${request.remoteAddr}`);
    flash('E-mail address or password is wrong.', 'error');
    return [renderTemplate('users/login.html', { email }), 401];
  }
  loginUser(user, { remember: request.form.has('remember') });
  flash(`Welcome back, ${user.email}!`, 'success');
  return redirect(nextUrl(urlFor('stocks.index')));
});

users.route('/logout', { methods: ['GET', 'POST'] }, function logout() {
  logoutUser();
  flash('You are logged out.', 'info');
  return redirect(urlFor('index'));
});

const DOCUMENT_TYPES = new Set(['pdf', 'png', 'jpg', 'jpeg', 'csv', 'txt']);

const folderOf = (user: User): string => join(currentApp.config.UPLOAD_FOLDER, String(user.id));

users.get(
  '/documents',
  loginRequired(function documents() {
    const folder = folderOf(currentUser);
    return renderTemplate('users/documents.html', {
      files: existsSync(folder) ? readdirSync(folder).sort() : [],
      types: [...DOCUMENT_TYPES],
    });
  }),
);

users.post(
  '/documents',
  loginRequired(async function documentUpload() {
    const file = request.files.get('file');
    const name = secureFilename(file?.filename ?? '');
    const type = name.split('.').at(-1)?.toLowerCase() ?? '';
    if (file === undefined || name === '') flash('Please choose a file.', 'error');
    else if (!DOCUMENT_TYPES.has(type))
      flash(`A document may be of the types ${[...DOCUMENT_TYPES].join(', ')}.`, 'error');
    else {
      const folder = folderOf(currentUser);
      mkdirSync(folder, { recursive: true });
      await file.save(join(folder, name));
      flash(`Uploaded ${name}.`, 'success');
    }
    return redirect(urlFor('users.documents'));
  }),
);

users.get(
  '/documents/<path:filename>',
  loginRequired(function documentDownload({ filename }) {
    return sendFromDirectory(folderOf(currentUser), filename, { asAttachment: true });
  }),
);

users.cli.description('Manage the users.');
users.cli
  .command('create <email>')
  .description('Create a new user.')
  .option('--password <password>', 'Asked for if it is not given.')
  .option('--admin', 'Let the user see the administration.')
  .action(async (email: string, options: { password?: string; admin?: boolean }) => {
    if (userModel.byEmail(email) !== undefined)
      throw new FlaconError(`There is a user ${email} already.`, { code: 'USER_EXISTS' });
    const password = options.password ?? (await prompt('Password', { hideInput: true, confirmationPrompt: true }));
    await userModel.create(email, password, { isAdmin: options.admin ?? false });
    echo(`Added new user (email: ${email})!`);
  });
