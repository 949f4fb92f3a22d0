import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Blueprint, currentApp, flash, g, redirect, renderTemplate, request, secureFilename, urlFor } from 'flacon';
import { loadUser, loginRequired } from './auth.ts';

export const pages = new Blueprint('pages', import.meta);

pages.beforeAppRequest(loadUser);
pages.appContextProcessor(() => ({ current_user: g.user }));

pages.get('/', function index() {
  return renderTemplate('index.html');
});

pages.get('/about', function about() {
  return renderTemplate('about.html', { organization: 'ACME & Daughters' });
});

pages.route(
  '/upload',
  { methods: ['GET', 'POST'] },
  loginRequired(async function upload() {
    if (request.method === 'GET') return renderTemplate('upload.html');
    const file = request.files.get('file');
    const name = secureFilename(file?.filename ?? '');
    if (file === undefined || name === '') {
      flash('Choose a file first.', 'error');
      return redirect(urlFor('pages.upload'));
    }
    const folder = currentApp.config.UPLOAD_FOLDER;
    mkdirSync(folder, { recursive: true });
    await file.save(join(folder, name));
    flash(`Uploaded ${name}.`, 'success');
    return redirect(urlFor('pages.index'));
  }),
);
