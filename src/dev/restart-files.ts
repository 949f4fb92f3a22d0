import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const NAMES =
  /^(?:\.env(?:\..+)?|\.flaconenv|package\.json|[jt]sconfig(?:\..+)?\.json|\.package-lock\.json|\.modules\.yaml|\.yarn-integrity|\.yarn-state\.yml)$/;

/** How long a change waits to be whole. */
const SETTLE_MS = 40;

/** Files that a process reads once: when one of them changes, a new process is needed. */
export class RestartFiles {
  readonly #folders: ReadonlySet<string>;
  readonly #named: ReadonlySet<string>;
  readonly #contents = new Map<string, string | undefined>();
  readonly #isExtra: (file: string) => boolean;

  /**
   * Remembers what such files directly in these folders say now, and these `named` ones, whatever they are called.
   * `isExtra` names more files.
   */
  constructor(folders: readonly string[], named: readonly string[], isExtra: (file: string) => boolean) {
    this.#folders = new Set(folders);
    this.#named = new Set(named);
    this.#isExtra = isExtra;
    for (const file of named) this.#contents.set(file, read(file));
    for (const folder of this.#folders) {
      for (const name of list(folder))
        if (NAMES.test(name)) this.#contents.set(join(folder, name), read(join(folder, name)));
    }
  }

  /** Those that say something else than before, and have not been told yet. */
  get changed(): string[] {
    return [...this.#contents.keys()].filter((file) => !this.#isSame(file, read(file)));
  }

  /** The first of `files` that asks for a restart: one of those that say something else than before. */
  async find(files: readonly string[]): Promise<string | undefined> {
    const different = files.filter((file) => this.#concerns(file) && !this.#isSame(file, read(file)));
    if (different.length === 0) return undefined;
    // A file that is being written is empty first.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const changed = different.filter((file) => {
      const content = read(file);
      const isSame = this.#isSame(file, content);
      this.#contents.set(file, content);
      return !isSame;
    });
    return changed[0];
  }

  #concerns(file: string): boolean {
    if (this.#named.has(file) || this.#isExtra(file) || file.endsWith('.node')) return true;
    return NAMES.test(basename(file)) && this.#folders.has(dirname(file));
  }

  /** A file that was not there is the same as long as it is not there. */
  #isSame(file: string, content: string | undefined): boolean {
    const isKnown = this.#contents.has(file) || (this.#folders.has(dirname(file)) && content === undefined);
    return isKnown && this.#contents.get(file) === content;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // There need not be a node_modules.
    return [];
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // It was removed, or is not there yet.
    return undefined;
  }
}
