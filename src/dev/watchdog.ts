import inspector from 'node:inspector';
import type { MessagePort } from 'node:worker_threads';

import type { SideThread } from '../util/side-thread.ts';
import { WATCHDOG_PIPE, watchdogThread } from './watchdog-thread.ts';
import type { MainMessage, WatchdogData } from './watchdog-thread.ts';

const SETTINGS = { pipe: WATCHDOG_PIPE, interval: 500, patience: 2000, grace: 200 };

/**
 * Has the side thread tell the supervisor when this one is held up, in an endless loop for example, and end the process
 * when the supervisor has ended and nobody here can hear of it. Nothing is asked while there is nothing to do.
 */
export class Watchdog {
  readonly #port: MessagePort;
  readonly #isBusy: () => boolean;
  readonly #updating = new Int32Array(new SharedArrayBuffer(4));
  #isWatched = false;

  /** `isBusy` tells whether something runs that could hold the thread up. */
  constructor(thread: SideThread, isBusy: () => boolean) {
    this.#isBusy = isBusy;
    const data: WatchdogData = { ...SETTINGS, updating: this.#updating };
    this.#port = thread.run(watchdogThread, data).on('message', () => this.#answer());
    this.#port.unref();
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
    this.#port.postMessage(message);
  }
}
