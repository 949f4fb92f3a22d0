import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flacon } from 'flacon';

declare module 'flacon' {
  interface ConfigData {
    /** Path of the SQLite file. */
    DATABASE: string;
  }
}

/** Settings of this installation: SECRET_KEY and DATABASE from the environment or `.env`, else from `instance/`. */
export function configure(app: Flacon, settings: Record<string, unknown>): void {
  mkdirSync(app.instancePath, { recursive: true });
  app.config.fromMapping({
    SECRET_KEY: process.env['SECRET_KEY'] ?? developmentKey(app),
    DATABASE: process.env['DATABASE'] ?? join(app.instancePath, 'portfolio.sqlite'),
    UPLOAD_FOLDER: join(app.instancePath, 'uploads'),
    MAX_CONTENT_LENGTH: 5_000_000,
    SESSION_COOKIE_SAMESITE: 'Lax',
    ...settings,
  });
}

// A key that stays the same from start to start, so that nobody is logged out by a restart; of this machine only.
function developmentKey(app: Flacon): string {
  const file = join(app.instancePath, 'secret_key');
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    app.logger.warning(`SECRET_KEY is not set: made one for development in ${file}`);
    const key = randomBytes(32).toString('hex');
    writeFileSync(file, key, { mode: 0o600 });
    return key;
  }
}
