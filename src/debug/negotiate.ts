import { MIMEAccept, parseAcceptHeader } from '../http/accept.ts';

/** What an error is told as. */
export type ErrorFormat = 'html' | 'json' | 'text';

/** What is asked of the request that failed. */
export type HeaderReader = (name: string) => string | null | undefined;

/**
 * A page for a browser that shows it, JSON for who asks for it or sends it, and text for everything else: a script or a
 * terminal has no use for HTML.
 */
export function errorFormat(header: HeaderReader): ErrorFormat {
  const destination = header('Sec-Fetch-Dest') ?? 'document';
  const accept = parseAcceptHeader(header('Accept'), MIMEAccept);
  const accepted = new Set(accept.values());
  const isShown = ['document', 'iframe', 'frame'].includes(destination);
  const isNamed = accepted.has('text/html') || accepted.has('application/xhtml+xml');
  if (isNamed && isShown)
    return accept.bestMatch(['text/html', 'application/json']) === 'application/json' ? 'json' : 'html';
  const wantsJson = [...accepted].some((type) => /\bjson$/.test(type));
  if (wantsJson && accept.bestMatch(['application/json', 'text/plain']) === 'application/json') return 'json';
  const isAnything = accepted.size === 0 || accepted.has('*/*');
  return isAnything && /^application\/(?:[\w.-]+\+)?json\b/i.test(header('Content-Type') ?? '') ? 'json' : 'text';
}
