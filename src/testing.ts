import type { Flacon } from './app.ts';
import { Client, type ClientOptions as HTTPClientOptions, type RequestSourceOptions } from './http/test.ts';
import type { Session } from './sessions.ts';
import { FlaconError } from './util/errors.ts';

/** Options of a test client. */
export type ClientOptions = HTTPClientOptions;

/** A client that sends requests to an app without a socket, and keeps its cookies (flask.testing.FlaskClient). */
export class FlaconClient extends Client {
  readonly application: Flacon;

  constructor(app: Flacon, options: ClientOptions = {}) {
    super((request) => app.fetch(request), { makeRequest: (source) => app.makeRequest(source), ...options });
    this.application = app;
  }

  /**
   * Opens the session of the client's cookies, lets `fn` change it, and keeps the cookie that
   * results: what the next request of the client finds.
   */
  async sessionTransaction(
    fn: (session: Session) => unknown,
    options: RequestSourceOptions & { path?: string } = {},
  ): Promise<void> {
    const { application: app } = this;
    if (!this.useCookies) {
      throw new FlaconError('The client keeps no cookies, so that it has no session.', {
        code: 'CLIENT_WITHOUT_COOKIES',
        fix: 'app.testClient({ useCookies: true })',
      });
    }
    const { path = '/', ...rest } = options;
    const ctx = app.testRequestContext(path, { ...rest, headers: this.cookieHeaders(path, rest) });
    await ctx.openSession();
    const session = await app.sessionInterface.openSession(app, ctx.request);
    if (session === undefined || session === null || app.sessionInterface.isNullSession(session)) {
      throw new FlaconError('The session is not available.', {
        code: 'NO_SESSION',
        fix: "app.config.SECRET_KEY = '…'",
      });
    }
    await ctx.enter(() => fn(session));
    const response = new app.responseClass('');
    await app.sessionInterface.saveSession(app, session, response);
    this.storeCookies(ctx.request, response);
    await ctx.end();
  }
}

export { FlaconCliRunner, type InvokeOptions, type InvokeResult } from './testing-cli.ts';
export { loadApp, type LoadAppOptions } from './load-app.ts';
