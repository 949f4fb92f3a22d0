import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

import type { SupervisorMessage, WorkerMessage, WorkerOptions } from './messages.ts';

/** What happens in a worker. */
export interface WorkerListener {
  onReady(worker: WorkerProcess, loaded: boolean): void;
  onMessage(worker: WorkerProcess, message: WorkerMessage, socket: Socket | undefined): void;
  /** The process has ended. `code` is null when a signal ended it. */
  onExit(worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null): void;
}

/** `booting` until the program is read, `starting` while it loads the app, then `ready`, or `draining` to make room. */
export type WorkerState = 'booting' | 'starting' | 'ready' | 'draining' | 'ended';

/** How the supervisor sees a worker. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #booted: Promise<void>;
  state: WorkerState = 'booting';
  /** When it became ready, in ms; 0 before. */
  readySince = 0;
  /** Settled when the process has ended. */
  readonly ended: Promise<void>;

  constructor(listener: WorkerListener, env: NodeJS.ProcessEnv) {
    const isSource = import.meta.url.endsWith('.ts');
    const file = fileURLToPath(new URL(isSource ? './worker.ts' : './worker.js', import.meta.url));
    const execArgv = [...nodeOptions(process.execArgv), ...(isSource ? ['--import', import.meta.resolve('tsx')] : [])];
    this.#child = fork(file, [], { execArgv, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
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

  send(message: SupervisorMessage, socket?: Socket): void {
    // A channel that breaks is followed by the exit.
    if (this.#child.connected) this.#child.send(message, socket, { keepOpen: false }, () => undefined);
    else socket?.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
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
