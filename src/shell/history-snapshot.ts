import { closeSync, chmodSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { redact } from './redact.ts';

/** The part of a REPL that `repl-history` uses: entries, the newest first, and the event of its end. */
interface ReplLike {
  history: string[];
  on(event: 'exit', listener: () => void): unknown;
}

type ReplHistory = (repl: ReplLike, options: { filePath: string; useHome: false; maxSave: number }) => void;

const replHistory = createRequire(import.meta.url)('repl-history') as ReplHistory;

/** How many entries a snapshot holds. */
const MAX_SAVE = 1000;

/**
 * A plain copy of the history beside the journal: one entry per line, the newest first, read and written by the package
 * `repl-history`. The package was made for Node's own REPL and its defaults lose entries, end the process and write where
 * others read; what this adapter does about each stands at its place. The journal stays the truth.
 */
export class HistorySnapshot {
  readonly path: string;
  /** The entries that were there at the start, oldest first. */
  readonly lines: readonly string[];

  private constructor(path: string, lines: readonly string[]) {
    this.path = path;
    this.lines = lines;
  }

  /** Where the snapshot of a journal lies: beside it. */
  static pathFor(journal: string): string {
    return `${journal.replace(/\.jsonl$/, '')}.history`;
  }

  /** Reads a snapshot; an empty one where none is. Throws when its folder cannot be made or its file not be read. */
  static load(path: string): HistorySnapshot {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // The package prints "No history file found" over the prompt when there is none.
    touch(path);
    const repl: ReplLike = { history: [], on: () => repl };
    attach(repl, path);
    return new HistorySnapshot(path, unique(repl.history.map(decode)).toReversed());
  }

  /** Writes the snapshot: `lines` are oldest first, as `History.lines` of all shells. To be called at the very end. */
  save(lines: readonly string[]): void {
    // The folder may have gone since the start, for which the package would throw after the session.
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    // The package writes in place, so that a shell that starts meanwhile reads half a file: it gets a file of its own.
    const draft = `${this.path}.${process.pid}`;
    touch(draft);
    try {
      const newest = unique(lines.toReversed()).map((line) => encode(redact(line)));
      let listener = (): void => {};
      const repl: ReplLike = {
        history: [],
        on(_, exit) {
          listener = exit;
          return repl;
        },
      };
      attach(repl, draft);
      // The package leaves out the newest entry, which it takes for the `.exit` that was typed.
      repl.history = ['.exit', ...newest];
      withoutExit(listener);
      renameSync(draft, this.path);
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

/** Hands a REPL to the package. The path is always ours: its defaults are its own folder and Node's own history. */
function attach(repl: ReplLike, filePath: string): void {
  replHistory(repl, { filePath, useHome: false, maxSave: MAX_SAVE });
}

/** The package ends the process when it has written, before others have cleaned up. */
function withoutExit(body: () => void): void {
  const { exit } = process;
  process.exit = (() => undefined) as unknown as typeof process.exit;
  try {
    body();
  } finally {
    process.exit = exit;
  }
}

/** Makes a file that only its owner reads; the package would make one that everybody does. */
function touch(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}

// The package cuts at line feeds; entries of several lines are stored with carriage returns, as Node does.
function encode(entry: string): string {
  return entry.replaceAll('\n', '\r');
}

function decode(line: string): string {
  return line.replaceAll('\r', '\n');
}
