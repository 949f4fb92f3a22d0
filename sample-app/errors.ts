import { renderTemplate, type Flacon } from 'flacon';

export function registerErrorPages(app: Flacon): void {
  app.errorHandler(403, () => [renderTemplate('errors/403.html'), 403]);
  app.errorHandler(404, () => [renderTemplate('errors/404.html'), 404]);
}
