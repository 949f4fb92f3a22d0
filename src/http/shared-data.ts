import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { getContentType } from './content.ts';
import { faceOf, fetchFace } from './fetch.ts';
import type { Fetchable, FetchFace } from './fetch.ts';
import { FileBody } from './file-body.ts';
import { guessType } from './guess-type.ts';
import type { Request } from './request.ts';
import { Response } from './response.ts';
import { safeJoin } from './safe-join.ts';
import { adler32, pythonFloat } from './send-file.ts';

/** Options of `SharedDataMiddleware`. */
export interface SharedDataOptions {
  /** Names that are not served: patterns with `*`, `?` and `[…]`. Default: none. */
  disallow?: string | readonly string[];
  /** Send ETag, lifetime and expiry. Default: true. */
  cache?: boolean;
  /** Lifetime in seconds. Default: 12 hours. */
  cacheTimeout?: number;
  /** Type of files with an unknown extension. Default: `application/octet-stream`. */
  fallbackMimetype?: string;
}

/**
 * Serves files in front of an application: `SharedDataMiddleware(app, { '/static': 'public' })`, each a folder or one
 * file. What is not there is left to the application (werkzeug.middleware.shared_data).
 */
export function SharedDataMiddleware(
  app: Fetchable,
  exports: Readonly<Record<string, string>>,
  options: SharedDataOptions = {},
): FetchFace {
  const {
    disallow = [],
    cache = true,
    cacheTimeout = 12 * 60 * 60,
    fallbackMimetype = 'application/octet-stream',
  } = options;
  const inner = faceOf(app);
  const forbidden = (typeof disallow === 'string' ? [disallow] : disallow).map(globPattern);

  function find(path: string): string | undefined {
    for (const [prefix, target] of Object.entries(exports)) {
      if (path === prefix && isFile(target)) return target;
      const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
      if (!path.startsWith(folder)) continue;
      const file = isFile(target) ? target : safeJoin(target, path.slice(folder.length));
      if (file !== undefined && isFile(file)) return file;
    }
    return undefined;
  }

  function answer(request: Request, file: string): Response {
    const { size, mtimeMs } = statSync(file);
    const mimetype = guessType(basename(file)).mimetype ?? fallbackMimetype;
    const response = new Response(new FileBody(file, size), {
      contentType: getContentType(mimetype),
      directPassthrough: true,
    });
    response.contentLength = size;
    response.lastModified = mtimeMs / 1000;
    response.cacheControl.public = true;
    if (!cache) return response;
    response.setEtag(`wzsdm-${pythonFloat(mtimeMs / 1000)}-${size}-${adler32(basename(file))}`);
    response.cacheControl.maxAge = cacheTimeout;
    response.expires = Math.trunc(Date.now() / 1000 + cacheTimeout);
    return response.makeConditional(request);
  }

  function serve(request: Request): Response | Promise<Response> {
    const file = find(request.path);
    if (file === undefined || forbidden.some((pattern) => pattern.test(basename(file)))) return inner(request);
    return answer(request, file);
  }

  return fetchFace(serve, inner.makeRequest);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Missing or unreadable: the application answers.
    return false;
  }
}

/** A shell pattern as a regular expression. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(
    /\[(!?)([^\]]+)\]|[*?]|[\\^$.|+(){}[\]/]/g,
    (token, not: string | undefined, set: string | undefined) => {
      if (token === '*') return '.*';
      if (token === '?') return '.';
      if (set !== undefined) return `[${not ? '^' : ''}${set.replaceAll('\\', '\\\\')}]`;
      return `\\${token}`;
    },
  );
  return new RegExp(`^${source}$`, 's');
}
