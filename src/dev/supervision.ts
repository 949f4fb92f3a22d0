import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { AppLocation } from '../script-info.ts';
import { BlockedWorkers } from './blocked.ts';
import { ChangeDelivery } from './change-delivery.ts';
import { Companions } from './companions.ts';
import { holdSocket } from './connections.ts';
import { answerDown } from './down-page.ts';
import type { WorkerMessage, WorkerOptions } from './messages.ts';
import { readProjectConfig } from './project-config.ts';
import { formatUrl, isAnyAddress, localAddresses, note, printBanner } from './report.ts';
import type { DevServer, DevServerOptions } from './supervisor.ts';
import { keepRawMode, keysHint } from './terminal-keys.ts';
import { WorkerEnvironment } from './worker-environment.ts';
import { createWorkerOptions } from './worker-options.ts';
import { WorkerProcess } from './worker-process.ts';

/** How long a worker that is stopped may take. */
const STOP_MS = 3000;

/** How long a new worker waits for the old one to let go of what it has opened. */
const OVERLAP_MS = 1000;

/** How long an old worker may finish the requests it has. */
const DRAIN_MS = 30_000;

/** A worker that does not react is replaced after so long. */
const BLOCKED_MS = 10_000;

/** When two workers in a row end sooner than this after they were ready, the third would too. */
const STABLE_MS = 1000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The supervisor of one server; see {@link startDevServer}. */
export class Supervision implements DevServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly location: AppLocation;
  readonly ready: Promise<void>;
  readonly hosting: Promise<void>;
  readonly closed: Promise<number>;
  readonly #server: Server;
  readonly #options: DevServerOptions & { cwd: string };
  readonly #workerOptions: WorkerOptions;
  readonly #environment: WorkerEnvironment;
  readonly #waiting: Socket[] = [];
  readonly #ending = new Set<WorkerProcess>();
  readonly #blocked: BlockedWorkers;
  readonly #companions: Companions;
  readonly #changes: ChangeDelivery;
  /** In a shell of this terminal, and in the programs it starts, Ctrl-C is theirs. */
  readonly #handleSignal = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || this.#sink === undefined) void this.close();
  };
  /** After a failure of this process: at once, before one of them touches the terminal that is given back. */
  readonly #killAll = (): void => {
    for (const worker of [...this.#ending, ...(this.#worker ? [this.#worker] : [])]) worker.kill('SIGKILL');
  };
  #worker: WorkerProcess | undefined;
  /** Why there is no worker: told to who asks, until a file is saved. */
  #downReason: string | undefined;
  #shortLives = 0;
  #sink: ((text: string) => void) | undefined;
  #isClosing = false;
  #exitCode = 0;
  /** The newest worker is ready, or has ended before it was. */
  #settled: Promise<boolean> = Promise.resolve(true);
  #settle: () => void = () => undefined;
  #resolveReady: () => void = () => undefined;
  #resolveHosting: () => void = () => undefined;
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
    this.hosting = new Promise((resolve) => {
      this.#resolveHosting = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#environment = new WorkerEnvironment(options.environment ?? (() => process.env));
    this.#workerOptions = createWorkerOptions(options, this.port);
    this.#companions = new Companions(location.root);
    this.#changes = new ChangeDelivery({
      ...options,
      root: location.root,
      hasNearWatch: this.#workerOptions.nearWatch,
      worker: () => (this.#isClosing ? undefined : this.#worker),
      settled: () => this.#settled,
      isDown: () => this.#downReason !== undefined,
      restart: (reason) => this.restart(reason),
    });
    this.#blocked = new BlockedWorkers({
      root: location.root,
      patience: this.#workerOptions.reload ? (options.blockedAfter ?? BLOCKED_MS) : 0,
      onGiveUp: (worker, seconds) => {
        if (worker === this.#worker) this.restart(`it did not react for ${seconds} s`);
        else worker.kill('SIGKILL');
      },
    });
    server.on('connection', (socket) => this.#dispatch(socket));
  }

  start(): void {
    const { banner = true, signals = true, debug = false, shellCommand } = this.#options;
    if (banner) {
      const { origin, text } = this.location;
      const app = origin === 'option' || origin === 'environment' ? text : undefined;
      const { debugger: isDebugged, pin } = this.#workerOptions;
      printBanner({
        app,
        debug,
        host: this.host,
        port: this.port,
        addresses: localAddresses(this.host),
        shellCommand,
        keys: this.#options.keys === true ? keysHint(this.#workerOptions.shell) : undefined,
        debuggerPin: isDebugged ? (pin.pin ?? 'off') : undefined,
      });
    }
    process.on('exit', this.#killAll);
    if (signals) for (const signal of SIGNALS) process.on(signal, this.#handleSignal);
    this.#spawn(Promise.resolve());
    this.#updateCompanions();
    if (this.#workerOptions.reload) void this.#changes.watch();
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  divertOutput(sink: ((text: string) => void) | undefined): void {
    this.#sink = sink;
    this.#worker?.send({ type: 'divert', isOn: sink !== undefined });
  }

  restart(reason?: string): void {
    if (this.#isClosing) return;
    if (reason !== undefined) note(`Restarting: ${reason}`);
    this.#updateCompanions();
    const old = this.#worker;
    let released: Promise<unknown> = Promise.resolve();
    if (old && old.state !== 'ended') {
      released = Promise.race([this.#retire(old), delay(OVERLAP_MS, undefined, { ref: false })]);
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
    const companionsEnded = this.#companions.stop();
    await this.#changes.close();
    const worker = this.#worker;
    if (worker && worker.state !== 'ended') {
      this.#ending.add(worker);
      if (worker.isBlocked) worker.kill('SIGKILL');
      else worker.send({ type: 'stop' });
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
    await companionsEnded;
    process.off('exit', this.#killAll);
    for (const signal of SIGNALS) process.off(signal, this.#handleSignal);
    this.#resolveReady();
    this.#resolveHosting();
    this.#resolveClosed(this.#exitCode);
  }

  #dispatch(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#isClosing) socket.destroy();
    else if (this.#worker?.state === 'ready') this.#worker.sendConnection(socket);
    else if (this.#downReason !== undefined) answerDown(socket, this.#downReason);
    else this.#waiting.push(socket);
  }

  #spawn(before: Promise<unknown>): void {
    this.#downReason = undefined;
    this.#settled = new Promise((resolve) => {
      this.#settle = () => resolve(true);
    });
    const { debug = false } = this.#options;
    const env: NodeJS.ProcessEnv = {
      ...this.#environment.read(),
      FLACON_DEBUG: debug ? '1' : '0',
      FLACON_RUN_FROM_CLI: 'true',
    };
    const worker = new WorkerProcess(
      {
        onReady: (ready) => this.#onReady(ready),
        onMessage: (from, message, socket) => this.#onMessage(from, message, socket),
        onWatchdog: (from, message) => {
          void this.#blocked.handle(from, message);
          if (message.type === 'blocked') this.#changes.blocked(from, message.isUpdating);
        },
        onExit: (ended, code, signal) => this.#onExit(ended, code, signal),
      },
      env,
    );
    this.#worker = worker;
    void worker.start({ ...this.#workerOptions, isDiverted: this.#sink !== undefined }, before);
  }

  /** Starts what has ended, too. */
  #updateCompanions(): void {
    try {
      void this.#companions.update(readProjectConfig(this.location.root).companions);
    } catch (error) {
      note(error instanceof Error ? error.message : String(error));
    }
  }

  /** Lets a worker finish what it has begun. Resolves when it has ended. */
  #retire(worker: WorkerProcess): Promise<void> {
    this.#ending.add(worker);
    if (worker.state === 'ready' && !worker.isBlocked) {
      worker.state = 'draining';
      worker.send({ type: 'drain' });
      const timer = setTimeout(() => worker.kill('SIGKILL'), DRAIN_MS);
      void worker.ended.then(() => clearTimeout(timer));
    } else {
      worker.state = 'draining';
      worker.kill('SIGKILL');
    }
    return worker.ended;
  }

  #onReady(worker: WorkerProcess): void {
    if (worker !== this.#worker) return;
    for (const socket of this.#waiting.splice(0)) this.#dispatch(socket);
    this.#settle();
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
        this.#changes.add(message.files);
        return;
      case 'updated':
        this.#changes.taken(message.id);
        return;
      case 'restart':
        if (worker === this.#worker) this.restart(message.reason);
        return;
      case 'pinFailures':
        this.#workerOptions.pin.failures = message.failures;
        return;
      case 'quit':
      case 'failed':
        this.#exitCode = message.exitCode;
        void this.close();
        return;
      case 'hosting':
        this.#resolveHosting();
        return;
      case 'output':
        if (this.#sink) this.#sink(message.text);
        else process.stderr.write(message.text);
        return;
      case 'booted':
      case 'ready':
      case 'taken':
        return;
      default:
        message satisfies never;
    }
  }

  #onExit(worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.#ending.delete(worker);
    keepRawMode();
    this.#blocked.forget(worker);
    // Dealt with when it is clear who comes next.
    for (const socket of worker.takeBack()) queueMicrotask(() => this.#dispatch(socket));
    if (this.#isClosing && this.#ending.size === 0) this.#allEnded?.();
    this.#changes.ended(worker);
    if (worker !== this.#worker || this.#isClosing) return;
    const how = signal === null ? `exit code ${code}` : signal;
    if (!this.#workerOptions.reload) {
      note(`The application's process has ended (${how}).`);
      this.#exitCode = code || 1;
      void this.close();
    } else if (worker.readySince > 0 && !this.#isSpinning(worker)) {
      this.restart(`the application's process has ended (${how})`);
    } else {
      note(`The application's process has ended (${how}). It starts again when a file is saved.`);
      this.#downReason = how;
      this.#settle();
      this.#resolveReady();
      this.#resolveHosting();
      for (const socket of this.#waiting.splice(0)) answerDown(socket, how);
    }
  }

  #isSpinning(worker: WorkerProcess): boolean {
    const isShort = performance.now() - worker.readySince < STABLE_MS;
    this.#shortLives = isShort ? this.#shortLives + 1 : 0;
    return this.#shortLives > 1;
  }
}
