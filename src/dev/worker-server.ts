import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Debugger } from '../debug/debugger.ts';
import { shortPath } from '../debug/traceback.ts';
import { AppLoadError } from '../find-app.ts';
import { formatLogLine } from '../http/access-log.ts';
import { HTTPException } from '../http/exceptions.ts';
import type { ResponseInfo } from '../http/listener.ts';
import type { Request } from '../http/request.ts';
import { Response } from '../http/response.ts';
import { locateApp } from '../script-info.ts';
import { ownerOf } from '../shell/output.ts';
import { isColorEnabled } from '../util/terminal.ts';
import { Connections } from './connections.ts';
import { DevApp } from './dev-app.ts';
import type { ChangeResult } from './dev-app.ts';
import { createDevDebugger } from './dev-debugger.ts';
import { DevShell } from './dev-shell.ts';
import { ErrorReport } from './error-report.ts';
import { LiveReload } from './live-reload.ts';
import type { WorkerMessage, WorkerOptions } from './messages.ts';
import type { PendingModule } from './pending.ts';
import { fileList, note, reloadLine } from './report.ts';
import { NearWatch } from './near-watch.ts';
import { ModuleRuntime } from './runtime.ts';
import { SaveQueue } from './save-queue.ts';
import { SpareTime } from './spare-time.ts';
import type { SideThread } from '../util/side-thread.ts';
import type { Watchdog } from './watchdog.ts';

/** Sends a message to the supervisor; resolves when it is on its way, so that the process may end. */
export type Send = (message: WorkerMessage, socket?: Socket) => Promise<void>;

/** How long closing may take when the process ends. */
const CLOSE_MS = 1000;

/** What goes on beside the main thread. */
export interface WorkerThreads {
  /** Hears when something begins that could hold the process up, which it does as long as it `isBusy`. */
  watchdog: Pick<Watchdog, 'watch' | 'isUpdating'>;
  /** Where it runs. */
  thread: SideThread;
}

/** The worker: serves the sockets it is handed with the newest app, and takes changes in. */
export class WorkerServer {
  readonly #options: WorkerOptions;
  readonly #send: Send;
  readonly #watchdog: WorkerThreads['watchdog'];
  readonly #server = createServer();
  readonly #connections = new Connections(this.#server);
  readonly #runtime: ModuleRuntime;
  readonly #errors: ErrorReport;
  readonly #devApp: DevApp;
  readonly #liveReload: LiveReload | undefined;
  readonly #shell: DevShell | undefined;
  readonly #nearWatch: NearWatch | undefined;
  readonly #debugger: Debugger | undefined;
  readonly #saves: SaveQueue;
  readonly #spareTime = new SpareTime(() => this.isBusy);
  readonly #known = new Set<string>();
  #additions = 0;
  #isLoading = true;
  #requests = 0;

  constructor(options: WorkerOptions, send: Send, { watchdog, thread }: WorkerThreads) {
    this.#options = options;
    this.#send = send;
    this.#watchdog = watchdog;
    const location = locateApp({ app: options.app, cwd: options.cwd });
    this.#runtime = new ModuleRuntime({ root: location.root });
    this.#runtime.mapStackTraces();
    this.#errors = new ErrorReport(this.#runtime);
    this.#liveReload = options.liveReload ? new LiveReload(this.#version(0)) : undefined;
    this.#devApp = new DevApp(this.#runtime, location, {
      app: options.app,
      cwd: options.cwd,
      hooks: {
        onThrow: (error, request) => this.#answerThrown(error, request),
        beforeResponse: (response, request) => this.#liveReload?.inject(response, request),
        onRequest: (request, message) => this.#shell?.requests.received(request, message),
        onResponse: (request, response, info) => {
          logRequest(request, response, info);
          this.#shell?.requests.answered(request, response.status, info.ms);
        },
        onError: (error) => this.#errors.print(error),
      },
      onSlow: (pending) => this.#onSlow(pending),
      onRetireError: (error) => this.#errors.print(error),
    });
    this.#saves = new SaveQueue({
      watchdog,
      change: (files, begin, interruption) => this.#devApp.change(files, begin, interruption),
      acknowledge: (id) => void this.#send({ type: 'updated', id }),
      showNew: () => this.#showNew(),
      announce: (result) => this.#announce(result),
      changed: () => {
        this.#sendFiles();
        this.#spareTime.saved();
      },
    });
    this.#debugger = options.debugger ? this.#createDebugger() : undefined;
    this.#shell = options.shell ? this.#createShell(thread) : undefined;
    this.#nearWatch = options.nearWatch ? this.#createNearWatch(location.root) : undefined;
    this.#server.on('request', (req, res) => this.#onRequest(req, res, false));
    this.#server.on('checkContinue', (req, res) => this.#onRequest(req, res, true));
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        if (!ownerOf(error)) this.#errors.print(error);
      });
    }
  }

  #createNearWatch(root: string): NearWatch {
    return new NearWatch({
      root,
      isLoaded: (file) => this.#runtime.records.has(file),
      isBusy: () => this.#saves.isChanging,
      onWrite: (file) => void this.change([file]),
    });
  }

  #createShell(thread: SideThread): DevShell {
    return new DevShell(this.#runtime, this.#devApp, this.#options, {
      errors: this.#debugger?.source,
      thread,
      reload: async () => {
        const result = await this.#devApp.reload();
        if (result.kind === 'reloaded') await this.#showNew();
        this.#announce(result);
        this.#sendFiles();
        return result;
      },
      stop: (exitCode) => void this.#send({ type: 'quit', exitCode }),
    });
  }

  /** Loads the app and tells the supervisor that connections can come. */
  async start(): Promise<void> {
    this.#watchdog.watch();
    const result = await this.#devApp.load();
    this.#isLoading = false;
    if (result.kind === 'failed' && !this.#options.reload) {
      this.#errors.print(result.error);
      void this.#send({ type: 'failed', exitCode: result.error instanceof AppLoadError ? result.error.exitCode : 1 });
      return;
    }
    if (result.kind === 'failed') this.#announce(result);
    else this.#liveReload?.send({ type: 'refresh' }, this.#version());
    this.#sendFiles();
    void this.#send({ type: 'ready', loaded: result.kind !== 'failed' });
    this.#debugger?.open();
    await this.#shell?.start();
    void this.#send({ type: 'hosting' });
    if (!this.#options.reload) return;
    this.#spareTime.started().catch((error: unknown) => this.#errors.print(error, 'The rehearsal of reloads failed'));
  }

  get isBusy(): boolean {
    return this.#isLoading || this.#saves.isChanging || this.#requests > 0;
  }

  accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    this.#connections.add(socket);
    this.#server.emit('connection', socket);
    socket.resume();
  }

  /** Files were touched; `id` is what the supervisor calls it. */
  change(files: readonly string[], id?: number): Promise<void> {
    this.#spareTime.saving();
    return this.#saves.add(files, id);
  }

  /** Pages made from now on are the new ones, and whoever waits for one is answered before anything is said about it. */
  async #showNew(): Promise<void> {
    this.#liveReload?.send({ type: 'refresh' }, this.#version());
    // The next turn of the loop reads what has been asked meanwhile.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }

  /** Gives the connections to the next process, once their requests are answered. */
  async drain(): Promise<void> {
    this.#nearWatch?.close();
    this.#spareTime.close();
    this.#liveReload?.close();
    const shellClosed = this.#shell?.close('restart');
    const closing = this.#devApp.close();
    const sent: Promise<void>[] = [];
    await this.#connections.drain((socket) => void sent.push(this.#send({ type: 'connection' }, socket)));
    await Promise.all(sent);
    await atMost(Promise.all([closing, shellClosed]), CLOSE_MS);
  }

  async stop(): Promise<void> {
    this.#nearWatch?.close();
    this.#spareTime.close();
    this.#liveReload?.close();
    await atMost(Promise.all([this.#devApp.close(), this.#shell?.close('stop')]), CLOSE_MS);
    this.#connections.destroy();
  }

  #onRequest(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    if (this.#debugger?.handle(req, res) || this.#liveReload?.handle(req, res)) return;
    this.#requests += 1;
    res.once('close', () => (this.#requests -= 1));
    this.#watchdog.watch();
    if (this.#devApp.handle(req, res, expectsContinue)) return;
    const page = this.#errors.page(this.#devApp.error, {
      heading: 'The application could not be loaded',
      note: 'It is loaded again when a file is saved.',
      notLoaded: true,
      scriptUrl: this.#liveReload?.scriptUrl,
    });
    res.writeHead(500, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    res.end(page);
  }

  #answerThrown(error: unknown, request: Request): Response {
    // The listener answers with the exception's own page, or with a plain 500.
    if (error instanceof HTTPException || !this.#debugger) throw error;
    this.#errors.print(error);
    return this.#debugger.answer(error, request);
  }

  #createDebugger(): Debugger {
    const { pin, host, port } = this.#options;
    return createDevDebugger(this.#runtime, this.#devApp, {
      pin,
      host,
      port,
      refreshScriptUrl: () => this.#liveReload?.scriptUrl,
      send: (message) => this.#send(message),
    });
  }

  #announce(result: ChangeResult): void {
    this.#shell?.announce(result);
    switch (result.kind) {
      case 'reloaded':
        note(reloadLine(result.files, result.modules.length, result.ms, result.generation));
        return;
      case 'assets':
        if (result.styles) this.#liveReload?.send({ type: 'styles', files: result.files });
        else this.#liveReload?.send({ type: 'refresh' }, `${this.#version()}.${Date.now()}`);
        return;
      case 'repaired':
        note('Repaired: the change was taken back.');
        if (result.hasAssets) this.#liveReload?.send({ type: 'refresh' }, `${this.#version()}.${Date.now()}`);
        else this.#liveReload?.send({ type: 'repaired' });
        return;
      case 'failed':
        this.#errors.print(result.error, `${fileList(result.files)}: not loaded`);
        this.#liveReload?.send({ type: 'failed', error: this.#errors.pageError(result.error) });
        return;
      case 'restart':
        void this.#send({ type: 'restart', reason: result.reason });
        return;
      case 'nothing':
      case 'superseded':
        return;
      default:
        return result satisfies never;
    }
  }

  #onSlow(pending: PendingModule | undefined): void {
    const line = pending?.line === undefined ? '' : `:${pending.line}`;
    const what = pending ? `a top-level await in ${shortPath(pending.file)}${line}` : 'the application to be made';
    note(`Still waiting for ${what}.`);
    this.#saves.giveWay();
  }

  #sendFiles(): void {
    const { additions } = this.#runtime.graph;
    if (additions === this.#additions) return;
    this.#additions = additions;
    const files = this.#runtime.files().filter((file) => !this.#known.has(file));
    if (files.length === 0) return;
    for (const file of files) this.#known.add(file);
    this.#nearWatch?.add(files);
    void this.#send({ type: 'files', files });
  }

  #version(generation = this.#devApp.generation): string {
    return `${process.pid}.${generation}`;
  }
}

function logRequest(request: Request, response: Response, { ms }: ResponseInfo): void {
  const { remoteAddr, method, source, protocol } = request;
  const entry = { remoteAddr, method, target: source.target, protocol, status: response.status, ms };
  process.stderr.write(`${formatLogLine(entry, { color: isColorEnabled(process.stderr) })}\n`);
}

async function atMost(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    promise,
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
