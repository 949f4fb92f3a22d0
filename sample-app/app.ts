import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Flacon, redirect, renderTemplate, urlFor, type ConfigData } from 'flacon';
import type {} from 'flacon/hot';
import { currentUser } from 'flacon/login';
import { registerLogin } from './auth.ts';
import { admin } from './blueprints/admin.ts';
import { journal } from './blueprints/journal.ts';
import { stocks } from './blueprints/stocks.ts';
import { users } from './blueprints/users.ts';
import { registerCommands } from './commands.ts';
import { closeSessions, registerSessions } from './sessions.ts';
import { registerShell } from './shell.ts';

/**
 * Makes the application. What is given wins over the environment (FLACON_SECRET_KEY, FLACON_DATABASE, REDIS_URL), that
 * over the defaults.
 */
export function createApp(config: Partial<ConfigData> = {}): Flacon {
  const app = new Flacon(import.meta, { name: 'portfolio' });
  app.config.fromMapping({
    DATABASE: join(app.instancePath, 'portfolio.sqlite'),
    UPLOAD_FOLDER: join(app.instancePath, 'uploads'),
    MAX_CONTENT_LENGTH: 5_000_000,
    SESSION_COOKIE_SAMESITE: 'Lax',
    REMEMBER_COOKIE_DURATION: { days: 30 },
    REMEMBER_COOKIE_SAMESITE: 'Lax',
    REDIS_URL: process.env['REDIS_URL'],
  });
  app.config.fromPrefixedEnv();
  app.config.fromMapping(config);
  app.config.SECRET_KEY ??= developmentKey(app);

  registerSessions(app);
  registerLogin(app);

  app.registerBlueprint(users, { urlPrefix: '/users' });
  app.registerBlueprint(stocks, { urlPrefix: '/stocks' });
  app.registerBlueprint(journal, { urlPrefix: '/journal' });
  app.registerBlueprint(admin, { urlPrefix: '/admin' });

  app.templateFilter('money', (value: number) => value.toLocaleString('en-US', { style: 'currency', currency: 'USD' }));

  app.get('/', function index() {
    return currentUser.isAuthenticated ? redirect(urlFor('stocks.index')) : renderTemplate('index.html');
  });

  app.errorHandler(404, () => [renderTemplate('errors/404.html'), 404]);
  app.errorHandler(403, () => [renderTemplate('errors/403.html'), 403]);
  app.errorHandler(413, () => [renderTemplate('errors/413.html'), 413]);

  registerCommands(app);
  registerShell(app);
  return app;
}

/** A key of this installation, so that sessions outlive a restart. For production, set FLACON_SECRET_KEY. */
function developmentKey(app: Flacon): string {
  const file = join(app.instancePath, 'secret-key');
  if (!existsSync(file)) {
    mkdirSync(app.instancePath, { recursive: true });
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
    app.logger.warning(`FLACON_SECRET_KEY is not set: made a key for development in ${file}.`);
  }
  return readFileSync(file, 'utf8');
}

export const app = createApp();

// Each hot reload makes another application.
import.meta.hot?.dispose(() => closeSessions(app));
