import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { withoutInspect } from './inspect.ts';
import type { SupervisorMessage, WorkerMessage, WorkerOptions } from './messages.ts';
import { WATCHDOG_PIPE } from './watchdog-thread.ts';
import type { WatchdogMessage } from './watchdog-thread.ts';

/** What happens in a worker. */
export interface WorkerListener {
  onReady(worker: WorkerProcess, loaded: boolean): void;
  onMessage(worker: WorkerProcess, message: WorkerMessage, socket: Socket | undefined): void;
  /** It is held up, or goes on. */
  onWatchdog(worker: WorkerProcess, message: WatchdogMessage): void;
  /** The process has ended. `code` is null when a signal ended it. */
  onExit(worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null): void;
}

/** `booting` until the program is read, `starting` while it loads the app, then `ready`, or `draining` to make room. */
export type WorkerState = 'booting' | 'starting' | 'ready' | 'draining' | 'ended';

/** One look will do for the connections that come meanwhile. */
const NUDGE_MS = 500;

/** How the supervisor sees a worker. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #booted: Promise<void>;
  /** Connections on their way, by number. */
  readonly #sent = new Map<number, Socket>();
  #lastSent = 0;
  /** To the thread that goes on when everything else there is held up. */
  readonly #watchdog: Socket;
  #nudged = 0;
  state: WorkerState = 'booting';
  /** When it became ready, in ms; 0 before. */
  readySince = 0;
  /** It does not react. */
  isBlocked = false;
  /** Settled when the process has ended. */
  readonly ended: Promise<void>;

  constructor(listener: WorkerListener, env: NodeJS.ProcessEnv) {
    const isSource = import.meta.url.endsWith('.ts');
    const file = fileURLToPath(new URL(isSource ? './worker.ts' : '../dev/worker.cjs', import.meta.url));
    const { NODE_OPTIONS = '' } = env;
    const execArgv = [
      ...poolSize(NODE_OPTIONS),
      ...withoutInspect(nodeOptions(process.execArgv)),
      ...(isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : []),
    ];
    const options = { NODE_OPTIONS: withoutInspect(NODE_OPTIONS.split(/\s+/)).join(' ') };
    const environment = NODE_OPTIONS === '' ? env : { ...env, ...options };
    this.#child = fork(file, [], {
      execArgv,
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    this.#watchdog = this.#child.stdio[WATCHDOG_PIPE] as Socket;
    this.#watchdog.on('error', () => this.#watchdog.destroy());
    let text = '';
    this.#watchdog.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const message = JSON.parse(line) as WatchdogMessage;
        this.isBlocked = message.type === 'blocked';
        listener.onWatchdog(this, message);
      }
    });
    let booted: () => void = () => undefined;
    this.#booted = new Promise((resolve) => {
      booted = resolve;
    });
    this.#child.on('message', (message: Serializable, socket: unknown) => {
      const received = message as WorkerMessage;
      if (received.type === 'booted') booted();
      else if (received.type === 'ready') {
        if (this.state === 'starting') this.state = 'ready';
        this.readySince = performance.now();
        listener.onReady(this, received.loaded);
      } else if (received.type === 'taken') {
        // The process has its own copy.
        this.#sent.get(received.id)?.destroy();
        this.#sent.delete(received.id);
      } else listener.onMessage(this, received, socket as Socket | undefined);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.state = 'ended';
        booted();
        resolve();
        listener.onExit(this, code, signal);
      });
    });
    // Reported by the exit that follows.
    this.#child.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Loads the app, after `before` at the latest. */
  async start(options: WorkerOptions, before: Promise<unknown>): Promise<void> {
    await Promise.all([this.#booted, before]);
    if (this.state !== 'booting') return;
    this.state = 'starting';
    this.send({ type: 'start', options });
  }

  send(message: SupervisorMessage): void {
    // A channel that breaks is followed by the exit.
    if (this.#child.connected) this.#child.send(message, () => undefined);
    if (message.type === 'changes') this.#nudge();
  }

  /** Hands a connection over. It is kept until the process has it: one that is blocked may never read it. */
  sendConnection(socket: Socket): void {
    const id = (this.#lastSent += 1);
    this.#sent.set(id, socket);
    if (this.#child.connected) {
      this.#child.send({ type: 'connection', id }, socket, { keepOpen: true }, () => undefined);
    }
    this.#nudge();
  }

  /** The connections that a process which has ended did not take. */
  takeBack(): Socket[] {
    const sockets = [...this.#sent.values()];
    this.#sent.clear();
    return sockets;
  }

  /** Has it looked whether the process takes what it was sent. */
  #nudge(): void {
    const now = performance.now();
    if (now - this.#nudged < NUDGE_MS) return;
    this.#nudged = now;
    this.#watchdog.write('.');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** V8 has so many threads at the most for what it does beside the program. */
const MOST_HELPERS = 4;

/**
 * As many threads for V8's compilers as processors can be spared: with four on two processors, which is the default, they
 * take both from the thread that evaluates a save, and from whoever waits for it. An option of the user's wins.
 */
function poolSize(nodeOptions: string): string[] {
  const size = Math.max(1, Math.floor(availableParallelism() / 2));
  return size >= MOST_HELPERS || nodeOptions.includes('--v8-pool-size') ? [] : [`--v8-pool-size=${size}`];
}

/** The options of this process that make sense for another program. */
function nodeOptions(execArgv: readonly string[]): string[] {
  const options: string[] = [];
  for (let at = 0; at < execArgv.length; at += 1) {
    const option = execArgv[at] ?? '';
    if (['-e', '--eval', '-p', '--print', '-pe'].includes(option)) at += 1;
    else if (!option.startsWith('--input-type') && !option.startsWith('--eval=')) options.push(option);
  }
  return options;
}
