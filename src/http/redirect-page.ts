import { escapeHtml } from '../util/markup.ts';

/** The page behind a redirect, for those whose browser does not follow it. */
export function redirectPage(location: string): string {
  const html = escapeHtml(location);
  return (
    '<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n' +
    `<p>You should be redirected automatically to the target URL: <a href="${html}">${html}</a>. If not, click the link.\n`
  );
}
