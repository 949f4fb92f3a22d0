import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionStore } from './store.ts';

const PRUNE_EVERY = 500;

/**
 * Keeps each session in a file. The time of the file is the end of the session. For one process: another one may write
 * between comparing and storing.
 */
export class FilesystemStore implements SessionStore {
  readonly isAsync = false;
  readonly #folder: string;
  #writes = 0;

  /** `folder` is made if it is missing, readable by this user only. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  get(name: string): string | undefined {
    const path = this.#path(name);
    const ends = endOf(path);
    if (ends === undefined) return undefined;
    if (ends > Date.now()) return readText(path);
    rmSync(path, { force: true });
    return undefined;
  }

  replace(name: string, text: string, expected: string | undefined, seconds: number): boolean {
    if (this.get(name) !== expected) return false;
    const path = this.#path(name);
    // A reader sees the old text or the new one, never half of it.
    const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
    writeFileSync(draft, text, { mode: 0o600 });
    setEnd(draft, seconds);
    renameSync(draft, path);
    this.#writes += 1;
    if (this.#writes % PRUNE_EVERY === 0) this.#prune();
    return true;
  }

  touch(name: string, seconds: number): void {
    const path = this.#path(name);
    if ((endOf(path) ?? 0) > Date.now()) setEnd(path, seconds);
  }

  delete(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  // A hash, because what the browser sends must not name files.
  #path(name: string): string {
    return join(this.#folder, createHash('sha256').update(name).digest('hex'));
  }

  #prune(): void {
    const now = Date.now();
    for (const file of readdirSync(this.#folder)) {
      const path = join(this.#folder, file);
      if ((endOf(path) ?? Infinity) <= now) rmSync(path, { force: true });
    }
  }
}

function endOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function setEnd(path: string, seconds: number): void {
  const ends = Date.now() / 1000 + seconds;
  utimesSync(path, ends, ends);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Another request ended the session meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
