import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { FlaconError } from '../util/errors.ts';
import { formatLogLine } from './access-log.ts';
import { faceOf } from './fetch.ts';
import type { Fetchable } from './fetch.ts';
import { createListener } from './listener.ts';
import type { ListenerOptions, ResponseInfo } from './listener.ts';
import type { Request } from './request.ts';
import type { Response } from './response.ts';
import { SharedDataMiddleware } from './shared-data.ts';

export { createListener } from './listener.ts';
export type { Handler, Listener, ListenerOptions, ResponseInfo } from './listener.ts';

/** Key and certificate of a server that speaks https, as `node:https` takes them. */
export interface TlsOptions {
  key: string | Buffer;
  cert: string | Buffer;
}

/** Options of `makeServer`. */
export interface ServerOptions extends ListenerOptions {
  /** Speak https with this key and certificate. Default: http. */
  ssl?: TlsOptions | undefined;
}

/** Options of `runSimple`. */
export interface RunSimpleOptions extends ServerOptions {
  /** Folders and files to serve in front of the application, by path. */
  staticFiles?: Readonly<Record<string, string>> | undefined;
  /** Write neither the start-up lines nor the request log. Default: false. */
  quiet?: boolean | undefined;
  /** Restart when files change. A program of one's own is restarted by `app run`; here it is accepted and has no effect. */
  useReloader?: boolean | undefined;
  /** Show errors in the browser. As `useReloader`. */
  useDebugger?: boolean | undefined;
}

/** A server that is running. */
export interface RunningServer {
  server: Server;
  /** Such as `http://127.0.0.1:5000`; the path of a socket as `unix://…`. */
  url: string;
  port: number | undefined;
  /** Takes no more connections, lets requests in flight finish, then resolves. */
  close: () => Promise<void>;
}

/** A node:http server for an application; it is not listening yet. */
export function makeServer(app: Fetchable, options: ServerOptions = {}): Server {
  const face = faceOf(app);
  const listener = createListener(face, { ...options, makeRequest: options.makeRequest ?? face.makeRequest });
  const onRequest: Parameters<typeof createServer>[1] = (req, res) => listener(req, res);
  const server: Server =
    options.ssl === undefined ? createServer(onRequest) : createSecureServer(options.ssl, onRequest);
  // Without this node would invite bodies that are refused by their length.
  server.on('checkContinue', (req, res) => listener(req, res, true));
  return server;
}

/**
 * Serves an application for development: `await runSimple('127.0.0.1', 5000, (request) => new Response('Hello'))`. Port 0
 * takes a free one, `unix:///path` as the host a socket. Throws a FlaconError `PORT_IN_USE` or `CANNOT_LISTEN`.
 */
export async function runSimple(
  host: string,
  port: number,
  app: Fetchable,
  options: RunSimpleOptions = {},
): Promise<RunningServer> {
  const { staticFiles, quiet = false, ...serverOptions } = options;
  const served = staticFiles === undefined ? app : SharedDataMiddleware(app, staticFiles);
  const onResponse = serverOptions.onResponse ?? (quiet ? undefined : logResponse);
  const server = makeServer(served, { ...serverOptions, onResponse });
  await listen(server, host, port);
  const address = server.address();
  const isSocket = typeof address === 'string';
  const boundPort = isSocket ? undefined : (address as AddressInfo).port;
  const scheme = options.ssl === undefined ? 'http' : 'https';
  const url = isSocket ? `unix://${address}` : `${scheme}://${host.includes(':') ? `[${host}]` : host}:${boundPort}`;
  if (!quiet) {
    process.stderr.write('WARNING: This is a development server. Do not use it in a production deployment.\n');
    process.stderr.write(` * Running on ${url}\nPress CTRL+C to quit\n`);
  }
  return { server, url, port: boundPort, close: () => closeServer(server) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      reject(
        new FlaconError(
          isTaken ? `Port ${port} is in use by another program.` : `Cannot listen on ${host}:${port}: ${cause.message}`,
          {
            code: isTaken ? 'PORT_IN_USE' : 'CANNOT_LISTEN',
            fix: 'stop that program, or take another port',
            cause,
          },
        ),
      );
    });
    if (host.startsWith('unix://')) server.listen(host.slice(7), resolve);
    else server.listen(port, host, resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}

function logResponse(request: Request, response: Response, { ms }: ResponseInfo): void {
  const { method, source, remoteAddr, protocol } = request;
  const entry = { method, target: source.target, remoteAddr, protocol, status: response.status, ms };
  process.stderr.write(`${formatLogLine(entry, { color: process.stderr.isTTY })}\n`);
}
