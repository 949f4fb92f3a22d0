import type { Flacon } from './app.ts';
import { currentContext } from './globals.ts';
import type { Response } from './http/response.ts';
import { sendFromDirectory } from './http/send-file.ts';
import type { Scaffold } from './scaffold.ts';
import { FlaconError } from './util/errors.ts';

/** Answers the current request with a file of the static folder of `owner`: the app, or a blueprint of it. */
export function sendStaticFile(app: Flacon, owner: Scaffold, filename: string): Response {
  if (owner.staticFolder === undefined) {
    throw new FlaconError(`'${owner.name}' has no static folder.`, {
      code: 'NO_STATIC_FOLDER',
      fix: "new Flacon(import.meta, { staticFolder: 'static' })",
    });
  }
  const { request } = currentContext();
  if (request === undefined)
    throw new FlaconError('A static file is sent as the answer to a request.', {
      code: 'OUTSIDE_REQUEST_CONTEXT',
      fix: "app.testRequestContext('/').run(() => …)",
    });
  return sendFromDirectory(request, owner.staticFolder, filename, {
    getMaxAge: (path) => app.getSendFileMaxAge(path),
    useXSendfile: app.config.USE_X_SENDFILE,
  });
}
