import type { Flacon } from '../app.ts';

/** What an application runs for: `dev`, `test`, or what NODE_ENV says. Debug mode does not make production data less real. */
export function environmentOf(app: Flacon | undefined): string {
  const { NODE_ENV: named } = process.env;
  if (app === undefined) return 'dev';
  if (named !== undefined && isProduction(named) && !app.testing) return named;
  if (app.debug) return 'dev';
  return app.testing ? 'test' : (named ?? 'dev');
}

/** Whether real data is at stake. */
export function isProduction(environment: string): boolean {
  return environment.startsWith('prod');
}
