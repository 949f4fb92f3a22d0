import { createServer } from 'node:net';
import type { Server } from 'node:net';

import { locateApp } from '../script-info.ts';
import type { AppLocation } from '../script-info.ts';
import { readProjectConfig } from './project-config.ts';
import { Supervision } from './supervision.ts';

/** Options of {@link startDevServer}. */
export interface DevServerOptions {
  /** The application, as `--app` names it. Default: looked for. */
  app?: string | undefined;
  /** Default: the working directory. */
  cwd?: string;
  /** Default `127.0.0.1`. */
  host?: string;
  /** 0 takes any free port. Default 5000. */
  port?: number;
  /** Debug mode of the app. Default false. */
  debug?: boolean;
  /** Take changes in. Default: `debug`. */
  reload?: boolean;
  /** Show unhandled errors in the browser. Default: `debug`. */
  debugger?: boolean;
  /** Refresh open pages. Default: `reload`. */
  liveReload?: boolean;
  /** Host a shell. Default true. */
  shell?: boolean;
  /** Files, folders and globs from `cwd` that restart the server when they change. */
  extraFiles?: readonly string[];
  /** Files that were read into the environment; a change of one restarts the server too. */
  restartFiles?: readonly string[];
  /** Files, folders and globs from `cwd` whose changes are not looked at. */
  excludePatterns?: readonly string[];
  /** Look for changes every so many milliseconds, where the system cannot tell of them. */
  pollInterval?: number | undefined;
  /** Milliseconds after which an application that does not react is started anew by itself; 0 for never. Default 10 000. */
  blockedAfter?: number;
  /** Environment of the application, asked for at every start of its process. Default: that of this process. */
  environment?: () => NodeJS.ProcessEnv;
  /** Print the banner. Default true. */
  banner?: boolean;
  /** URL of a module whose `runCommand(args, { app, location })` runs the program: for `.app` in a shell. */
  commands?: string | undefined;
  /** What the banner says to open a shell. */
  shellCommand?: string | undefined;
  /** Say in the banner which keys there are; see `DevTerminal`. Default false. */
  keys?: boolean;
  /** End on SIGINT, SIGTERM and SIGHUP. Default true. */
  signals?: boolean;
}

/** A development server that runs. */
export interface DevServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly location: AppLocation;
  /** The application answers, or a page says why it cannot. */
  readonly ready: Promise<void>;
  /** As `ready`, and shells can attach. */
  readonly hosting: Promise<void>;
  /** Settled when everything has ended, with the exit code. */
  readonly closed: Promise<number>;
  /** It is about to end. */
  readonly isClosing: boolean;
  /** Hands what the application prints to `sink`, or, with undefined, to the terminal again. */
  divertOutput(sink: ((text: string) => void) | undefined): void;
  /** Starts the application's process anew; connections wait. */
  restart(reason?: string): void;
  /** Ends everything: no process is left and the port is free. */
  close(): Promise<void>;
}

/**
 * Serves an application while it is developed. This process owns the listening socket and hands connections to a worker,
 * which can be replaced while they wait.
 * @throws AppLoadError when there is no such application, and what listening fails with, such as `EADDRINUSE`.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const { cwd = process.cwd(), host = '127.0.0.1', port = 5000 } = options;
  const location = locateApp({ app: options.app, cwd });
  // What is wrong with it is said before anything runs.
  readProjectConfig(location.root);
  const server = createServer({ pauseOnConnect: true });
  await listen(server, host, port);
  const supervisor = new Supervision(server, location, { ...options, cwd, host });
  supervisor.start();
  return supervisor;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
