import inspector from 'node:inspector';
import { Worker } from 'node:worker_threads';

import { threadSource } from '../util/thread-source.ts';
import { WATCHDOG_PIPE, watchdogThread } from './watchdog-thread.ts';
import type { MainMessage, WatchdogData } from './watchdog-thread.ts';

const SETTINGS = { pipe: WATCHDOG_PIPE, interval: 500, patience: 2000, grace: 200 };

/**
 * A thread that tells the supervisor when this one is held up, in an endless loop for example, and that ends the process
 * when the supervisor has ended and nobody here can hear of it. Nothing is asked while there is nothing to do.
 */
export class Watchdog {
  readonly #thread: Worker;
  readonly #isBusy: () => boolean;
  readonly #updating = new Int32Array(new SharedArrayBuffer(4));
  #isWatched = false;

  /** `isBusy` tells whether something runs that could hold the thread up. */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
    this.#thread = new Worker(threadSource(watchdogThread), {
      eval: true,
      workerData: { ...SETTINGS, updating: this.#updating } satisfies WatchdogData,
      execArgv: [],
      name: 'flacon-watchdog',
    });
    this.#thread.unref();
    this.#thread.on('message', () => this.#answer());
  }

  /** Whether the main thread takes a change of the files in, which the thread can see at any time. */
  set isUpdating(value: boolean) {
    Atomics.store(this.#updating, 0, value ? 1 : 0);
  }

  /** Something begins that may take long. */
  watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#tell('busy');
  }

  #answer(): void {
    this.#isWatched = this.#isBusy();
    // Somebody who steps through the code holds it up, too.
    this.#tell(this.#isWatched ? { alive: true, isDebugged: inspector.url() !== undefined } : 'idle');
  }

  #tell(message: MainMessage): void {
    this.#thread.postMessage(message);
  }
}
