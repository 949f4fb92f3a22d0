import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { RestartFiles } from './restart-files.ts';
import type { DevServerOptions } from './supervisor.ts';
import { FileWatcher } from './watcher.ts';
import type { WorkerProcess } from './worker-process.ts';

/** How long a save waits for a worker that is just starting. */
const START_MS = 2000;

/** Saves from when the server started until the system watches are found by the time of the files. */
const LOOK_BACK_MS = 1000;

type WatchOptions = Pick<DevServerOptions, 'extraFiles' | 'restartFiles' | 'excludePatterns' | 'pollInterval'>;

/** Options of {@link ChangeDelivery}. */
export interface ChangeDeliveryOptions extends WatchOptions {
  /** Real path of the project. */
  root: string;
  cwd: string;
  /** The worker looks at the files of the application itself, too. */
  hasNearWatch: boolean;
  /** Who is told; undefined while nobody is. */
  worker(): WorkerProcess | undefined;
  /** Resolves when the newest worker is ready, or has ended before it was. */
  settled(): Promise<boolean>;
  /** Whether no worker runs until a file is saved. */
  isDown(): boolean;
  restart(reason: string): void;
}

/** Watches the files of an application, and tells its worker of their changes or asks for a new one. */
export class ChangeDelivery {
  readonly #options: ChangeDeliveryOptions;
  /** What the application is made of. */
  readonly #files = new Set<string>();
  #watcher: FileWatcher | undefined;
  readonly #restartFiles: RestartFiles;
  #change: { id: number; worker: WorkerProcess; reason: string; done: () => void } | undefined;
  #changeId = 0;

  constructor(options: ChangeDeliveryOptions) {
    this.#options = options;
    const { root, cwd, restartFiles = [] } = options;
    const folders = [root, cwd, join(root, 'node_modules'), ...restartFiles.map((file) => dirname(file))];
    this.#restartFiles = new RestartFiles(folders, restartFiles, (file) => this.#watcher?.isExtra(file) ?? false);
  }

  async watch(): Promise<void> {
    const { extraFiles = [], restartFiles = [], excludePatterns = [], pollInterval, root, cwd } = this.#options;
    const isSeenElsewhere = this.#options.hasNearWatch ? (file: string) => this.#files.has(file) : undefined;
    const watcher = new FileWatcher(
      { root, cwd, extraFiles, excludePatterns, pollInterval, ...(isSeenElsewhere && { isSeenElsewhere }) },
      (files) => this.#onChange(files),
    );
    this.#watcher = watcher;
    watcher.add(restartFiles);
    const begin = Date.now();
    await watcher.start();
    watcher.touchChangedSince([...this.#files, ...restartFiles], begin - LOOK_BACK_MS);
    watcher.touchChangedSince(this.#restartFiles.changed, 0);
  }

  /** The application is made of these files, too. */
  add(files: readonly string[]): void {
    for (const file of files) this.#files.add(file);
    this.#watcher?.add(files);
  }

  /** A worker has taken a change in. */
  taken(id: number): void {
    if (this.#change?.id === id) this.#change.done();
  }

  ended(worker: WorkerProcess): void {
    if (this.#change?.worker === worker) this.#change.done();
  }

  /**
   * A worker is held up. The change it was told of is not waited for: the next one may be its repair, and needs another
   * worker; and if it is not the change that holds it up, this one needs it too.
   */
  blocked(worker: WorkerProcess, isUpdating: boolean): void {
    const change = this.#change;
    if (change?.worker !== worker) return;
    change.done();
    if (!isUpdating) this.#options.restart(change.reason);
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
  }

  /** Resolves when the next change may be told. */
  async #onChange(files: string[]): Promise<void> {
    const { settled, worker, isDown } = this.#options;
    const reason = `${basename(files[0] ?? '')} has changed`;
    const restart = await this.#restartFiles.find(files);
    if (restart !== undefined) return this.#options.restart(`${basename(restart)} has changed`);
    // One that does not come to an end of its start is replaced too.
    const isSettled = await Promise.race([settled(), delay(START_MS, false, { ref: false })]);
    const isBlocked = worker()?.isBlocked ?? false;
    if (!isSettled || isBlocked || isDown()) return this.#options.restart(reason);
    await this.#tell(files, reason);
  }

  async #tell(files: string[], reason: string): Promise<void> {
    const worker = this.#options.worker();
    if (!worker) return;
    const id = (this.#changeId += 1);
    await new Promise<void>((resolve) => {
      this.#change = { id, worker, reason, done: resolve };
      worker.send({ type: 'changes', id, files });
    });
    this.#change = undefined;
  }
}
