import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const NAMES =
  /^(?:\.env(?:\..+)?|\.flaconenv|package\.json|[jt]sconfig(?:\..+)?\.json|\.package-lock\.json|\.modules\.yaml|\.yarn-integrity|\.yarn-state\.yml)$/;

/** Files that a process reads once: when one of them changes, a new process is needed. */
export class RestartFiles {
  readonly #folders: ReadonlySet<string>;
  readonly #contents = new Map<string, string | undefined>();
  readonly #isExtra: (file: string) => boolean;

  /** Remembers what such files directly in these folders say now. `isExtra` names more files. */
  constructor(folders: readonly string[], isExtra: (file: string) => boolean) {
    this.#folders = new Set(folders);
    this.#isExtra = isExtra;
    for (const folder of this.#folders) {
      for (const name of list(folder))
        if (NAMES.test(name)) this.#contents.set(join(folder, name), read(join(folder, name)));
    }
  }

  /** The first of `files` that asks for a restart: one of those whose content is another than before. */
  find(files: readonly string[]): string | undefined {
    return files.filter((file) => this.#hasChanged(file))[0];
  }

  #hasChanged(file: string): boolean {
    const isOfProject = NAMES.test(basename(file)) && this.#folders.has(dirname(file));
    if (!isOfProject && !this.#isExtra(file) && !file.endsWith('.node')) return false;
    const content = read(file);
    const isSame = this.#contents.has(file)
      ? this.#contents.get(file) === content
      : isOfProject && content === undefined;
    this.#contents.set(file, content);
    return !isSame;
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
    return undefined;
  }
}
