import { createServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { errorPage } from '../debug/page.ts';
import { locateApp } from '../script-info.ts';
import type { AppLocation } from '../script-info.ts';
import { holdSocket } from './connections.ts';
import type { WorkerMessage, WorkerOptions } from './messages.ts';
import { formatUrl, isAnyAddress, note, printBanner } from './report.ts';
import { RestartFiles } from './restart-files.ts';
import { FileWatcher } from './watcher.ts';
import { WorkerProcess } from './worker-process.ts';

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
  /** Environment of the application, asked for at every start of its process. Default: that of this process. */
  environment?: () => NodeJS.ProcessEnv;
  /** Print the banner. Default true. */
  banner?: boolean;
  /** What the banner says to open a shell. */
  shellCommand?: string | undefined;
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
  /** Settled when everything has ended, with the exit code. */
  readonly closed: Promise<number>;
  /** Starts the application's process anew; connections wait. */
  restart(reason?: string): void;
  /** Ends everything: no process is left and the port is free. */
  close(): Promise<void>;
}

/** How long a worker that is stopped may take. */
const STOP_MS = 3000;

/** How long a new worker waits for the old one to let go of what it has opened. */
const OVERLAP_MS = 1000;

/** A worker that has not read a message for so long is in an endless loop. */
const STUCK_MS = 2000;

/** A worker that ends sooner than this after it was ready would only do so again. */
const STABLE_MS = 1000;

/**
 * Serves an application while it is developed. This process owns the listening socket and hands connections to a worker,
 * which can be replaced while they wait.
 * @throws AppLoadError when there is no such application, and what listening fails with, such as `EADDRINUSE`.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const { cwd = process.cwd(), host = '127.0.0.1', port = 5000 } = options;
  const location = locateApp({ app: options.app, cwd });
  const server = createSocketServer({ pauseOnConnect: true });
  await listen(server, host, port);
  const supervisor = new Supervisor(server, location, { ...options, cwd, host });
  supervisor.start();
  return supervisor;
}

class Supervisor implements DevServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly location: AppLocation;
  readonly ready: Promise<void>;
  readonly closed: Promise<number>;
  readonly #server: Server;
  readonly #options: DevServerOptions & { cwd: string };
  readonly #workerOptions: Omit<WorkerOptions, 'incarnation'>;
  readonly #waiting: Socket[] = [];
  readonly #ending = new Set<WorkerProcess>();
  readonly #handleSignal = (): void => void this.close();
  #worker: WorkerProcess | undefined;
  #watcher: FileWatcher | undefined;
  #restartFiles: RestartFiles | undefined;
  #incarnation = 0;
  #change: { id: number; seen: () => void; done: () => void } | undefined;
  #changeId = 0;
  /** Why there is no worker: told to who asks, until a file is saved. */
  #downReason: string | undefined;
  #isClosing = false;
  #exitCode = 0;
  #resolveReady: () => void = () => undefined;
  #resolveClosed: (code: number) => void = () => undefined;
  #allEnded: (() => void) | undefined;

  constructor(server: Server, location: AppLocation, options: DevServerOptions & { cwd: string; host: string }) {
    this.#server = server;
    this.#options = options;
    this.location = location;
    this.host = options.host;
    this.port = (server.address() as AddressInfo).port;
    this.url = formatUrl(isAnyAddress(this.host) ? '127.0.0.1' : this.host, this.port);
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    const { app, cwd, debug = false, reload = debug } = options;
    this.#workerOptions = {
      app,
      cwd,
      host: this.host,
      port: this.port,
      debugger: options.debugger ?? debug,
      reload,
      liveReload: reload && (options.liveReload ?? true),
      shell: options.shell ?? true,
    };
    server.on('connection', (socket) => this.#dispatch(socket));
  }

  start(): void {
    const { banner = true, signals = true, debug = false, shellCommand } = this.#options;
    if (banner) {
      const { origin, text } = this.location;
      const app = origin === 'option' || origin === 'environment' ? text : undefined;
      printBanner({ app, debug, host: this.host, port: this.port, addresses: localAddresses(this.host), shellCommand });
    }
    if (signals) for (const signal of SIGNALS) process.on(signal, this.#handleSignal);
    this.#spawn(Promise.resolve());
    if (this.#workerOptions.reload) void this.#watch();
  }

  restart(reason?: string): void {
    if (this.#isClosing) return;
    if (reason !== undefined) note(`Restarting: ${reason}`);
    const old = this.#worker;
    let released: Promise<unknown> = Promise.resolve();
    if (old && old.state !== 'ended') {
      released = Promise.race([this.#retire(old), delay(OVERLAP_MS)]);
    }
    this.#spawn(released);
  }

  async close(): Promise<void> {
    if (this.#isClosing) {
      for (const worker of this.#ending) worker.kill('SIGKILL');
      return this.closed.then(() => undefined);
    }
    this.#isClosing = true;
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    await this.#watcher?.close();
    const worker = this.#worker;
    if (worker && worker.state !== 'ended') {
      this.#ending.add(worker);
      worker.send({ type: 'stop' });
    }
    const timer = setTimeout(() => {
      for (const ending of this.#ending) ending.kill('SIGKILL');
    }, STOP_MS);
    if (this.#ending.size > 0) {
      await new Promise<void>((resolve) => {
        this.#allEnded = resolve;
      });
    }
    clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, this.#handleSignal);
    this.#resolveReady();
    this.#resolveClosed(this.#exitCode);
  }

  #dispatch(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#worker?.state === 'ready') this.#worker.send({ type: 'connection' }, socket);
    else if (this.#downReason !== undefined) this.#answerDown(socket);
    else this.#waiting.push(socket);
  }

  #spawn(before: Promise<unknown>): void {
    this.#downReason = undefined;
    this.#incarnation += 1;
    const { debug = false, environment = () => process.env } = this.#options;
    const env: NodeJS.ProcessEnv = { ...environment(), FLACON_DEBUG: debug ? '1' : '0', FLACON_RUN_FROM_CLI: 'true' };
    const worker = new WorkerProcess(
      {
        onReady: (ready) => this.#onReady(ready),
        onMessage: (from, message, socket) => this.#onMessage(from, message, socket),
        onExit: (ended, code, signal) => this.#onExit(ended, code, signal),
      },
      env,
    );
    this.#worker = worker;
    void worker.start({ ...this.#workerOptions, incarnation: this.#incarnation }, before);
  }

  /** Lets a worker finish what it has begun. Resolves when it has ended. */
  #retire(worker: WorkerProcess): Promise<void> {
    this.#ending.add(worker);
    if (worker.state === 'ready') {
      worker.state = 'draining';
      worker.send({ type: 'drain' });
    } else worker.kill('SIGKILL');
    return worker.ended;
  }

  #onReady(worker: WorkerProcess): void {
    if (worker !== this.#worker) return;
    for (const socket of this.#waiting.splice(0)) this.#dispatch(socket);
    this.#resolveReady();
  }

  #onMessage(worker: WorkerProcess, message: WorkerMessage, socket: Socket | undefined): void {
    switch (message.type) {
      case 'connection':
        if (!socket) return;
        holdSocket(socket);
        this.#dispatch(socket);
        return;
      case 'files':
        this.#watcher?.add(message.files);
        return;
      case 'seen':
        if (this.#change?.id === message.id) this.#change.seen();
        return;
      case 'updated':
        if (this.#change?.id === message.id) this.#change.done();
        return;
      case 'restart':
        if (worker === this.#worker) this.restart(message.reason);
        return;
      case 'failed':
        this.#exitCode = message.exitCode;
        void this.close();
        return;
      case 'booted':
      case 'ready':
        return;
      default:
        message satisfies never;
    }
  }

  #onExit(worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.#ending.delete(worker);
    if (this.#isClosing && this.#ending.size === 0) this.#allEnded?.();
    if (worker !== this.#worker || this.#isClosing) return;
    this.#change?.done();
    const how = signal === null ? `exit code ${code}` : signal;
    if (!this.#workerOptions.reload) {
      note(`The application's process has ended (${how}).`);
      this.#exitCode = code || 1;
      void this.close();
    } else if (worker.readySince > 0 && performance.now() - worker.readySince > STABLE_MS) {
      this.restart(`the application's process has ended (${how})`);
    } else {
      note(`The application's process has ended (${how}). It starts again when a file is saved.`);
      this.#downReason = how;
      this.#resolveReady();
      for (const socket of this.#waiting.splice(0)) this.#answerDown(socket);
    }
  }

  async #watch(): Promise<void> {
    const { extraFiles = [], restartFiles = [], excludePatterns = [], pollInterval, cwd } = this.#options;
    const { root } = this.location;
    const watcher = new FileWatcher({ root, cwd, extraFiles, excludePatterns, pollInterval }, (files) =>
      this.#onChange(files),
    );
    this.#watcher = watcher;
    const folders = [root, cwd, join(root, 'node_modules'), ...restartFiles.map((file) => dirname(file))];
    this.#restartFiles = new RestartFiles(folders, (file) => watcher.isExtra(file));
    watcher.add(restartFiles);
    await watcher.start();
  }

  /** Resolves when the next change may be told. */
  async #onChange(files: string[]): Promise<void> {
    const restart = this.#restartFiles?.find(files);
    if (restart !== undefined) return this.restart(`${basename(restart)} has changed`);
    if (this.#downReason !== undefined) return this.restart(`${basename(files[0] ?? '')} has changed`);
    await this.ready;
    await this.#tell(files);
  }

  async #tell(files: string[]): Promise<void> {
    const worker = this.#worker;
    if (!worker || this.#isClosing) return;
    const id = (this.#changeId += 1);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        note('The application does not react: it is in an endless loop.');
        worker.kill('SIGKILL');
      }, STUCK_MS);
      this.#change = {
        id,
        seen: () => clearTimeout(timer),
        done: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      worker.send({ type: 'changes', id, files });
    });
    this.#change = undefined;
  }

  #answerDown(socket: Socket): void {
    const server = createServer((_req, res) => {
      const message = `The application's process has ended (${this.#downReason ?? 'unknown'}) while it was starting. Its output is in the terminal.`;
      const traceback = {
        name: 'Not running',
        message,
        fix: 'Save a file to start it again.',
        frames: [],
        place: undefined,
        excerpt: [],
        cause: undefined,
      };
      res.writeHead(500, { 'content-type': 'text/html; charset=utf-8', connection: 'close', refresh: '2' });
      res.end(errorPage(traceback));
    });
    server.emit('connection', socket);
    socket.resume();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function localAddresses(host: string): string[] {
  if (!isAnyAddress(host)) return [];
  const own = Object.values(networkInterfaces()).flat();
  const outside = own.find((address) => address !== undefined && !address.internal && address.family === 'IPv4');
  return [host === '::' ? '::1' : '127.0.0.1', ...(outside ? [outside.address] : [])];
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
