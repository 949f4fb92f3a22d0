import { existsSync, statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';

import { findGitLock } from './watcher.ts';

/** How long ago git wrote its index when events may still be about what it has changed. */
const GIT_MS = 500;

/** Options of {@link NearWatch}. */
export interface NearWatchOptions {
  /** Real path of the project. */
  root: string;
  /** Whether a file is one of the modules that are loaded now. */
  isLoaded(file: string): boolean;
  /** Whether a save is being taken in: what else there is to see waits until that has been answered. Default: never. */
  isBusy?(): boolean;
  /** A loaded module was written. Called once for each version that is seen. */
  onWrite(file: string): void;
}

/**
 * Sees that a loaded module was written in the process that evaluates it: the way by the supervisor, which watches the
 * whole project and decides what asks for a restart, takes half a millisecond more. What is missed here comes that way,
 * and what is seen here comes once more, and has not changed by then.
 */
export class NearWatch {
  readonly #options: NearWatchOptions;
  readonly #gitLock: string | undefined;
  readonly #folders = new Map<string, FSWatcher | undefined>();
  readonly #versions = new Map<string, string>();
  readonly #later = new Set<string>();

  constructor(options: NearWatchOptions) {
    this.#options = options;
    this.#gitLock = findGitLock(options.root);
  }

  /** Watches the folders of these files. */
  add(files: Iterable<string>): void {
    for (const file of files) {
      const folder = dirname(file);
      if (!this.#folders.has(folder)) this.#folders.set(folder, this.#watch(folder));
    }
  }

  close(): void {
    for (const watcher of this.#folders.values()) watcher?.close();
    this.#folders.clear();
    this.#later.clear();
  }

  /** What git changes is one change, once it is done; events of its last files may come after that. */
  #isChangedByGit(): boolean {
    if (this.#gitLock === undefined) return false;
    if (existsSync(this.#gitLock)) return true;
    const index = statSync(this.#gitLock.replace(/\.lock$/, ''), { throwIfNoEntry: false });
    return index !== undefined && Date.now() - index.mtimeMs < GIT_MS;
  }

  #watch(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null) this.#onEvent(join(folder, name));
      });
      watcher.on('error', () => {
        // A folder that went away: the supervisor says what that means.
        watcher.close();
        this.#folders.delete(folder);
      });
      return watcher;
    } catch {
      // Too many watches, or no folder: the supervisor's watch is enough.
      return undefined;
    }
  }

  #onEvent(file: string): void {
    // A package.json that is imported asks for a restart all the same.
    if (file.endsWith('.json') || !this.#options.isLoaded(file)) return;
    if (this.#options.isBusy?.()) this.#lookLater(file);
    else this.#look(file);
  }

  /** One write brings several events: those after the first are not looked at while somebody waits for the new version. */
  #lookLater(file: string): void {
    this.#later.add(file);
    if (this.#later.size > 1) return;
    // What has been asked is answered in the next turn of the loop.
    setImmediate(() =>
      setImmediate(() => {
        const files = [...this.#later];
        this.#later.clear();
        for (const each of files) this.#look(each);
      }),
    );
  }

  #look(file: string): void {
    const stats = statSync(file, { throwIfNoEntry: false });
    // Many saves begin with an empty file.
    if (stats === undefined || stats.size === 0 || !stats.isFile()) return;
    const version = `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
    if (this.#versions.get(file) === version) return;
    if (this.#isChangedByGit()) return;
    this.#versions.set(file, version);
    this.#options.onWrite(file);
  }
}
