import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';

import { createMatcher, globBase } from './glob.ts';
import type { PathMatcher } from './glob.ts';
import { putOffReading } from './put-off-reading.ts';

/** Options of {@link FileWatcher}. */
export interface FileWatcherOptions {
  /** Real path of the project; everything below it is watched that is not ignored. */
  root: string;
  /** More files, folders and globs, from `cwd`. */
  extraFiles?: readonly string[];
  /** Files, folders and globs that are not watched, from `cwd`. */
  excludePatterns?: readonly string[];
  /** Default: the root. */
  cwd?: string;
  /** Look at the files every so many milliseconds instead of asking the system; for network and virtual disks. */
  pollInterval?: number | undefined;
  /** Whether somebody else who sees this file being written acts on it at once; it is reported all the same, a little later. */
  isSeenElsewhere?: (file: string) => boolean;
}

/** Files that were written, came or went since the last call. Whether their content differs is for the caller to see. */
export type ChangesListener = (files: string[]) => void;

const IGNORED_FOLDERS = new Set(
  'node_modules .git .hg .svn .jj dist coverage .cache .flacon .turbo .vite .vscode .idea .nyc_output __pycache__'.split(
    ' ',
  ),
);

/** Databases that the application itself writes, and what editors leave for a moment. */
const IGNORED_NAMES =
  /(?:\.(?:sqlite3?|db)(?:-(?:journal|wal|shm))?|\.sw[a-z]|~|\.tmp|\.log|___jb_(?:tmp|old)___|\.pid|\.sock)$|^(?:4913|\.DS_Store|\.#.*|#.*#|\.goutputstream-.*)$/;

/** Written by package managers when they have installed something. */
const INSTALL_MARKERS = ['.package-lock.json', '.modules.yaml', '.yarn-integrity', '.yarn-state.yml'];

/** While git changes many files it holds this one. */
const GIT_LOCK = join('.git', 'index.lock');
const GIT_POLL_MS = 15;
const GIT_PATIENCE_MS = 10_000;

/** When the files of a new folder are looked at once more. */
const NEW_FOLDER_MS = [50, 200, 1000];

/** How long a change waits that somebody else acts on. */
const SEEN_ELSEWHERE_MS = 25;

/** How long a file may be empty before that is what was saved. */
const EMPTY_MS = 40;

/**
 * Watches a project. Reports at once: files that are written in one go come in one call, and what comes while the caller
 * is busy (until the promise it returns is settled) comes together in the next.
 */
export class FileWatcher {
  readonly #options: FileWatcherOptions;
  readonly #listener: (files: string[]) => unknown;
  readonly #isExcluded: PathMatcher;
  readonly #isExtra: PathMatcher;
  readonly #needed = new Set<string>();
  readonly #neededFolders = new Set<string>();
  readonly #gitLock: string | undefined;
  #touched = new Set<string>();
  #watcher: FSWatcher | undefined;
  #isScheduled = false;
  #hasWaited = false;
  #isBusy = false;
  #isClosed = false;

  constructor(options: FileWatcherOptions, listener: (files: string[]) => unknown) {
    const { root, cwd = root, extraFiles = [], excludePatterns = [] } = options;
    this.#options = options;
    this.#listener = listener;
    this.#isExcluded = createMatcher(excludePatterns, cwd);
    this.#isExtra = createMatcher(extraFiles, cwd);
    this.#gitLock = findGitLock(root);
  }

  /** Begins; resolves when everything is watched. */
  async start(): Promise<void> {
    const { root, cwd = root, extraFiles = [], pollInterval } = this.#options;
    const { watch } = await import('chokidar');
    // Ctrl-C right after the banner: nothing may be opened any more.
    if (this.#isClosed) return;
    const modules = join(root, 'node_modules');
    this.#watcher = watch(
      [
        root,
        ...extraFiles.map((pattern) => globBase(pattern, cwd)),
        ...INSTALL_MARKERS.map((name) => join(modules, name)),
        ...this.#neededFolders,
      ],
      {
        ignored: (path: string) => this.#isIgnored(path),
        ignoreInitial: true,
        ignorePermissionErrors: true,
        atomic: false,
        disableGlobbing: true,
        ...(pollInterval !== undefined && { usePolling: true, interval: pollInterval, binaryInterval: pollInterval }),
      },
    );
    // chokidar's own events come later, and one of two changes within 50 ms not at all; it is used for what it watches.
    this.#watcher.on('raw', (_event: string, path: string | null, details: { watchedPath?: string }) => {
      this.#onRaw(path, details.watchedPath);
    });
    for (const event of ['add', 'unlink'] as const) this.#watcher.on(event, (path) => this.#touch(path));
    let isReady = false;
    this.#watcher.on('addDir', (path) => {
      if (isReady) this.#lookAgain(path);
    });
    // A watch that cannot be set (too many, no permission) must not end the server.
    this.#watcher.on('error', (error) => process.stderr.write(` * Not everything is watched: ${error.message}\n`));
    await new Promise<void>((resolve) => this.#watcher?.once('ready', resolve));
    isReady = true;
    if (this.#options.isSeenElsewhere) putOffReading(this.#watcher);
  }

  /** Watches files that are not below the root, or in an ignored folder. */
  add(files: Iterable<string>): void {
    const added: string[] = [];
    for (const file of files) {
      const isInside = file.startsWith(this.#options.root + sep) && !this.#isIgnored(file);
      if (isInside || this.#needed.has(file)) continue;
      this.#needed.add(file);
      // The folder, because editors replace files.
      if (!this.#neededFolders.has(dirname(file))) added.push(dirname(file));
      this.#neededFolders.add(dirname(file));
    }
    if (added.length > 0) this.#watcher?.add(added);
  }

  /** Reports those of `files` that were written after `time`, for what came before the watch. */
  touchChangedSince(files: Iterable<string>, time: number): void {
    for (const file of files)
      if ((statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > time) this.#touch(file);
  }

  /** Whether a change of this file was asked for by `extraFiles`. */
  isExtra(file: string): boolean {
    return this.#isExtra(file);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#watcher?.close();
  }

  #isIgnored(path: string): boolean {
    if (this.#isExcluded(path)) return true;
    if (this.#needed.has(path) || this.#isExtra(path)) return false;
    for (const needed of this.#needed) if (needed.startsWith(path + sep)) return false;
    const inside = relative(this.#options.root, path);
    // Of other places only the folders of needed files are watched.
    if (inside.startsWith('..') || isAbsolute(inside)) {
      return IGNORED_NAMES.test(basename(path)) || !this.#neededFolders.has(dirname(path));
    }
    const names = inside.split(sep);
    if (names.some((name) => IGNORED_FOLDERS.has(name)))
      return !INSTALL_MARKERS.includes(names.at(-1) ?? '') || names.length !== 2;
    return IGNORED_NAMES.test(names.at(-1) ?? '');
  }

  /** An event of a watch, and the path that this watches: a folder, or the file itself. */
  #onRaw(path: string | null, watched: string | undefined): void {
    const { isSeenElsewhere } = this.#options;
    const candidates = isSeenElsewhere && path !== null && watched !== undefined ? [join(watched, path), watched] : [];
    const file = candidates.find((each) => isSeenElsewhere?.(each));
    if (file === undefined) return this.#touch(rawPath(path, watched));
    // Nothing is asked of it now: the processor is needed by those who evaluate it.
    if (this.#isClosed) return;
    this.#touched.add(file);
    this.#schedule();
  }

  #touch(path: string | undefined): void {
    if (path === undefined || this.#isClosed || this.#isIgnored(path)) return;
    this.#touched.add(path);
    this.#schedule();
  }

  /** Between the moment a new folder is read and the one it is watched from, the system tells of nothing in it. */
  #lookAgain(folder: string): void {
    const known = new Set(list(folder));
    for (const wait of NEW_FOLDER_MS) {
      const timer = setTimeout(() => {
        const now = list(folder);
        for (const name of new Set([...known, ...now])) this.#touch(join(folder, name));
        for (const name of now) known.add(name);
      }, wait);
      timer.unref();
    }
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isBusy || this.#isClosed) return;
    this.#isScheduled = true;
    const { isSeenElsewhere } = this.#options;
    const flush = (): void => void this.#flush();
    // The processor is theirs meanwhile.
    if (isSeenElsewhere && [...this.#touched].every(isSeenElsewhere)) setTimeout(flush, SEEN_ELSEWHERE_MS);
    // The writes of one save arrive in one turn of the loop.
    else setImmediate(flush);
  }

  async #flush(): Promise<void> {
    if (this.#gitLock !== undefined) await this.#waitForGit(this.#gitLock);
    this.#isScheduled = false;
    // A save that begins with an empty file is seen at that moment; the next event brings the rest.
    if (!this.#hasWaited && [...this.#touched].some(isEmpty)) {
      this.#hasWaited = true;
      setTimeout(() => this.#schedule(), EMPTY_MS);
      return;
    }
    this.#hasWaited = false;
    const files = [...this.#touched].map(realPath);
    this.#touched = new Set();
    if (files.length === 0 || this.#isClosed) return;
    this.#isBusy = true;
    try {
      await this.#listener([...new Set(files)]);
    } finally {
      this.#isBusy = false;
      if (this.#touched.size > 0) this.#schedule();
    }
  }

  /** A checkout is one change, however many files it writes. */
  async #waitForGit(lock: string): Promise<void> {
    const end = Date.now() + GIT_PATIENCE_MS;
    while (existsSync(lock) && Date.now() < end && !this.#isClosed) {
      await new Promise((resolve) => setTimeout(resolve, GIT_POLL_MS));
    }
    // What it wrote last is heard of in the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The path an event of the system is about: in the watched folder, or the watched file itself. */
function rawPath(path: string | null, watched: string | undefined): string | undefined {
  if (watched === undefined) return path === null || !isAbsolute(path) ? undefined : path;
  if (path === null || path === '') return watched;
  const isFolder = statSync(watched, { throwIfNoEntry: false })?.isDirectory();
  const isFile = isFolder === false || (isFolder === undefined && basename(watched) === path);
  return join(isFile ? dirname(watched) : watched, path);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is gone again.
    return [];
  }
}

function isEmpty(path: string): boolean {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.size === 0 && stats.isFile();
  } catch {
    // The name of something in a folder that is a file by now.
    return false;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // Gone: its folder may still be a link.
    return existsSync(dirname(path)) ? join(realpathSync.native(dirname(path)), basename(path)) : path;
  }
}

/** The file that exists while git changes the files of a project; undefined where there is no repository. */
export function findGitLock(root: string): string | undefined {
  return findUp(root, GIT_LOCK);
}

function findUp(directory: string, name: string): string | undefined {
  if (existsSync(join(directory, dirname(name)))) return join(directory, name);
  const parent = dirname(directory);
  return parent === directory ? undefined : findUp(parent, name);
}
