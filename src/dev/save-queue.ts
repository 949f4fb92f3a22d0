import type { MaybePromise } from '../types.ts';
import type { ChangeResult, Interruption } from './dev-app.ts';
import type { Watchdog } from './watchdog.ts';

/** How long a failed update waits for more changes before it is reported: a file is often written in two goes. */
const SETTLE_MS = 50;

/** What is done with saves. */
export interface SaveQueueOptions {
  watchdog: Pick<Watchdog, 'watch' | 'isUpdating'>;
  /** Takes the files in that were touched from `begin` on. */
  change(files: readonly string[], begin: number, interruption: Interruption): MaybePromise<ChangeResult>;
  /** The supervisor need not wait for what it calls `id`. */
  acknowledge(id: number): void;
  /** There is something new to see; resolves when it was shown. */
  showNew(): Promise<void>;
  /** Says what came of it. */
  announce(result: ChangeResult): void;
  /** An update is over, whatever came of it. */
  changed(): void;
}

/** One that goes on. */
class Update implements Interruption {
  #abort: AbortController | undefined;
  /** What it loads takes long: the next save ends it. */
  isSlow = false;

  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }

  interrupt(): void {
    this.#abort?.abort();
  }
}

/** Takes saves in: one update at a time; what comes meanwhile is in the next. */
export class SaveQueue {
  readonly #options: SaveQueueOptions;
  readonly #touched = new Set<string>();
  #acknowledge: number[] = [];
  #firstTouch = 0;
  #more: (() => void) | undefined;
  #update: Update | undefined;
  #isChanging = false;

  constructor(options: SaveQueueOptions) {
    this.#options = options;
  }

  get isChanging(): boolean {
    return this.#isChanging;
  }

  /** Files were touched; `id` is what the supervisor calls it. */
  async add(files: readonly string[], id?: number): Promise<void> {
    if (this.#touched.size === 0) this.#firstTouch = performance.now();
    for (const file of files) this.#touched.add(file);
    if (id !== undefined) this.#acknowledge.push(id);
    this.#more?.();
    if (this.#update?.isSlow) this.#update.interrupt();
    if (this.#isChanging) return;
    const { watchdog, showNew, announce, changed } = this.#options;
    this.#isChanging = true;
    watchdog.isUpdating = true;
    watchdog.watch();
    try {
      while (this.#touched.size > 0) {
        const change = this.#changeOnce();
        const result = change instanceof Promise ? await change : change;
        if (result.kind === 'reloaded') await showNew();
        if (result.kind === 'failed' && this.#touched.size === 0) await this.#settle();
        // What fails may be half of a change: the other half decides.
        if (result.kind !== 'failed' || this.#touched.size === 0) announce(result);
        changed();
      }
    } finally {
      this.#isChanging = false;
      watchdog.isUpdating = false;
    }
  }

  /** What is loaded takes long: the supervisor may send the next change, which gives this one up. */
  giveWay(): void {
    if (!this.#update) return;
    this.#update.isSlow = true;
    this.#acknowledgeAll();
  }

  #changeOnce(): MaybePromise<ChangeResult> {
    const files = [...this.#touched];
    const begin = this.#firstTouch;
    this.#touched.clear();
    this.#update = new Update();
    const end = (): void => {
      this.#update = undefined;
      this.#acknowledgeAll();
    };
    let change: MaybePromise<ChangeResult> | undefined;
    try {
      change = this.#options.change(files, begin, this.#update);
    } finally {
      if (!(change instanceof Promise)) end();
    }
    return change instanceof Promise ? change.finally(end) : change;
  }

  #acknowledgeAll(): void {
    for (const id of this.#acknowledge.splice(0)) this.#options.acknowledge(id);
  }

  /** Waits for the rest of a save, or for the repair that is on its way. */
  #settle(): Promise<void> {
    return new Promise((resolve) => {
      // When this process was held up itself, what came meanwhile is heard after the timers: it still counts.
      const timer = setTimeout(() => setImmediate(resolve), SETTLE_MS);
      this.#more = () => {
        clearTimeout(timer);
        this.#more = undefined;
        resolve();
      };
    });
  }
}
