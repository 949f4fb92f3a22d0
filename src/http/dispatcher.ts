import { utf8FromLatin1 } from './charset.ts';
import { faceOf, fetchFace } from './fetch.ts';
import type { Fetchable, FetchFace } from './fetch.ts';
import { PatchedSource } from './request-source.ts';
import type { Request } from './request.ts';
import type { Response } from './response.ts';
import { unquote } from './urls.ts';

/**
 * Puts several applications under one roof: `DispatcherMiddleware(app, { '/backend': backend })`. The longest prefix that
 * ends at a slash wins; it moves from the path to the root path of the request, so that URLs are built with it
 * (werkzeug.middleware.dispatcher).
 */
export function DispatcherMiddleware(app: Fetchable, mounts: Readonly<Record<string, Fetchable>> = {}): FetchFace {
  const fallback = faceOf(app);
  const faces = new Map(
    Object.entries(mounts).map(([prefix, mounted]) => [prefix.replace(/\/+$/, ''), faceOf(mounted)]),
  );

  function dispatch(request: Request): Response | Promise<Response> {
    const path = request.rawPath;
    let end = path.length;
    while (end !== -1) {
      const prefix = unquote(utf8FromLatin1(path.slice(0, end)));
      const face = faces.get(prefix);
      if (face !== undefined && (prefix !== '' || end === 0)) return mount(face, request, prefix, path.slice(end));
      end = end === 0 ? -1 : path.lastIndexOf('/', end - 1);
    }
    return fallback(request);
  }

  return fetchFace(dispatch, fallback.makeRequest);
}

/** Asks a mounted application, with a request of its own kind where it has one. */
function mount(
  face: ReturnType<typeof faceOf>,
  request: Request,
  prefix: string,
  rest: string,
): Response | Promise<Response> {
  const query = request.source.target.slice(request.rawPath.length);
  const patch = { rootPath: request.rootPath + prefix, target: rest + query };
  if (face.makeRequest === undefined) {
    request.override(patch);
    return face(request);
  }
  const inner = face.makeRequest(new PatchedSource(request.source, patch));
  const result = face(inner);
  const closing = (response: Response): Response => {
    response.callOnClose(() => inner.close());
    return response;
  };
  return result instanceof Promise ? result.then(closing) : closing(result);
}
