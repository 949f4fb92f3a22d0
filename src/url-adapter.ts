import type { Flacon } from './app.ts';
import type { RequestContext } from './ctx.ts';
import { HTTPException } from './http/exceptions.ts';
import type { MapAdapter } from './routing/map.ts';
import type { Request } from './wrappers.ts';

/** What builds and matches URLs: bound to a request, or to SERVER_NAME without one (Flask.create_url_adapter). */
export function createUrlAdapter(app: Flacon, request: Request | undefined): MapAdapter | undefined {
  const { config, urlMap } = app;
  if (request !== undefined) {
    const serverName = urlMap.hostMatching ? undefined : (config.SERVER_NAME ?? undefined);
    const subdomain = urlMap.hostMatching || app.subdomainMatching ? undefined : urlMap.defaultSubdomain;
    return urlMap.bindToRequest(request, { serverName, subdomain });
  }
  if (config.SERVER_NAME === null) return undefined;
  return urlMap.bind(config.SERVER_NAME, {
    scriptName: config.APPLICATION_ROOT,
    urlScheme: config.PREFERRED_URL_SCHEME,
  });
}

/** Finds the rule that answers a request and puts it, or the error, on the request. */
export function matchRequest(ctx: RequestContext): void {
  const { app, request } = ctx;
  try {
    if (app.config.TRUSTED_HOSTS !== null) {
      request.trustedHosts = app.config.TRUSTED_HOSTS;
      request.checkHost();
    }
    const isPlain = app.config.SERVER_NAME === null || !app.subdomainMatching;
    const match = (isPlain ? app.urlMap.matchRequest(request) : undefined) ?? ctx.urlAdapter?.match();
    request.urlRule = match?.rule;
    request.viewArgs = match?.viewArgs;
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error;
    request.routingException = error;
  }
}
