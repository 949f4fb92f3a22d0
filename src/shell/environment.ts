import type { Flacon } from '../app.ts';

/** What an application runs for: `dev`, `test`, or what NODE_ENV says. */
export function environmentOf(app: Flacon | undefined): string {
  if (app === undefined || app.debug) return 'dev';
  return app.testing ? 'test' : (process.env['NODE_ENV'] ?? 'dev');
}

/** Whether real data is at stake. */
export function isProduction(environment: string): boolean {
  return environment.startsWith('prod');
}
