import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { EntryList, type HistoryEntry } from './history-entries.ts';
import { redact } from './redact.ts';

export type { HistoryEntry } from './history-entries.ts';

/** Options of {@link History.open}. */
export interface HistoryOptions {
  /** Where the shell was started; by default the current folder. */
  cwd?: string;
  /** The environment of the application, such as `development`. */
  env?: string;
  /** Tells shells apart; by default a random name. */
  session?: string;
  /** Entries from elsewhere, oldest first: for a journal that is empty. */
  older?: readonly string[];
  /** Hears, once, why nothing is being saved. */
  onWarning?: (message: string) => void;
}

/** How an entry ended. */
export interface HistoryOutcome {
  ok: boolean;
  /** How long it took, in milliseconds. */
  ms: number;
}

/** How much of a journal is read at the start, from its end. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

/** The folder of all journals: `$XDG_STATE_HOME/flacon`, by default `~/.local/state/flacon`. */
export function historyFolder(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'];
  // The XDG specification: a relative path is to be ignored.
  return join(state?.startsWith('/') ? state : join(homedir(), '.local', 'state'), 'flacon');
}

/** The journal of a project. */
export function historyPath(projectRoot: string, env: NodeJS.ProcessEnv = process.env): string {
  const hash = createHash('sha256').update(realPathOf(projectRoot)).digest('hex').slice(0, 16);
  return join(historyFolder(env), `${hash}.jsonl`);
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // A folder that is gone still has its history.
    return path;
  }
}

/**
 * What was typed, in a journal of JSON lines that is only ever appended to: an entry is on the disk before it runs, and
 * any number of shells may write at once. Secrets never reach it.
 */
export class History {
  readonly path: string;
  readonly session: string;
  readonly #options: HistoryOptions;
  readonly #list: EntryList;
  #offset = 0;
  /** A record that is not at its end yet: another shell is writing it, or died in it. */
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;
  #hasWarned = false;

  private constructor(path: string, options: HistoryOptions) {
    this.path = path;
    this.#options = options;
    this.session = options.session ?? randomBytes(6).toString('hex');
    this.#list = new EntryList(this.session);
  }

  /** Opens a journal, or begins one. Never throws: without a file that can be written the history lasts as long as the shell. */
  static open(path: string, options: HistoryOptions = {}): History {
    const history = new History(path, options);
    history.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      closeSync(openSync(path, 'a', 0o600));
      chmodSync(path, 0o600);
    });
    history.refresh();
    // A journal that says something says everything: what was forgotten must not come back from a copy.
    if (history.entries.length === 0) history.#list.older = options.older ?? [];
    return history;
  }

  /** All entries in the order in which they were typed, those of other shells among them; the last 10,000. */
  get entries(): readonly HistoryEntry[] {
    return this.#list.entries;
  }

  /** For the editor: every text once, oldest first, this shell's own after those of others. */
  get lines(): readonly string[] {
    return this.#list.lines;
  }

  /**
   * Records an entry, before it runs. Gives its id; nothing when it begins with a space or is blank, and so is not recorded.
   */
  append(code: string): string | undefined {
    if (code.trim() === '' || code.startsWith(' ')) return undefined;
    this.refresh();
    this.#count += 1;
    const id = `${this.session}-${this.#count}`;
    const { cwd = process.cwd(), env } = this.#options;
    this.#write({ id, t: Date.now(), cwd, session: this.session, env, code: redact(code) });
    return id;
  }

  /** Records how an entry ended. */
  settle(id: string, { ok, ms }: HistoryOutcome): void {
    this.#write({ id, ok, ms: Math.round(ms * 10) / 10 });
  }

  /** Entries that contain every word of `query`, in any case; the newest first. */
  search(query: string): HistoryEntry[] {
    const words = query.toLowerCase().split(/\s+/);
    return this.entries.filter(({ code }) => words.every((word) => code.toLowerCase().includes(word))).toReversed();
  }

  /** The entry with this id, or with this number. */
  find(id: string | number): HistoryEntry | undefined {
    return this.entries.find((entry) => entry.id === id || entry.number === id);
  }

  /**
   * Takes an entry out. Its record is overwritten in its place, so that what was typed leaves the disk while other shells
   * go on appending; they hear of it by a record of its own. Gives whether there was such an entry.
   */
  forget(id: string | number): boolean {
    const entry = this.find(id);
    if (!entry) return false;
    this.#attempt(() => this.#blankOut(entry.id));
    this.#write({ id: entry.id, forgotten: true });
    return true;
  }

  #blankOut(id: string): void {
    const file = openSync(this.path, 'r+');
    try {
      const content = readFrom(file, 0);
      for (const { start, end } of linesOf(content)) {
        const record = parseRecord(content.toString('utf8', start, end));
        if (record?.['id'] === id) writeSync(file, Buffer.alloc(end - start, ' '), 0, end - start, start);
      }
    } finally {
      closeSync(file);
    }
  }

  /** Reads what other shells have written in the meantime. */
  refresh(): void {
    this.#attempt(() => {
      const file = openSync(this.path, 'r');
      try {
        this.#readOn(file);
      } finally {
        closeSync(file);
      }
    });
  }

  #readOn(file: number): void {
    const { size } = fstatSync(file);
    if (size < this.#offset) this.#startOver();
    const isFirst = this.#offset === 0;
    if (isFirst && size > MAX_READ_BYTES) this.#offset = size - MAX_READ_BYTES;
    if (size === this.#offset) return;
    const read = readFrom(file, this.#offset);
    this.#offset += read.length;
    const content = this.#rest.length === 0 ? read : Buffer.concat([this.#rest, read]);
    let at = 0;
    for (const { start, end } of linesOf(content)) {
      this.#list.apply(parseRecord(content.toString('utf8', start, end)));
      at = end + 1;
    }
    this.#rest = content.subarray(at);
  }

  /** The journal was cut or replaced by somebody: what it says now counts. */
  #startOver(): void {
    this.#offset = 0;
    this.#rest = Buffer.alloc(0);
    this.#list.clear();
  }

  #write(record: Record<string, unknown>): void {
    const line = `${JSON.stringify(record)}\n`;
    const isWritten = this.#attempt(() => {
      // A shell that was killed may have left half a record: ours begins on a line of its own.
      appendFileSync(this.path, this.#rest.length > 0 ? `\n${line}` : line, { mode: 0o600, flush: true });
    });
    if (isWritten) this.refresh();
    else this.#list.apply(record);
  }

  #attempt(body: () => void): boolean {
    try {
      body();
      return true;
    } catch (error) {
      if (!this.#hasWarned) {
        this.#hasWarned = true;
        this.#options.onWarning?.(
          `The history cannot be saved: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      return false;
    }
  }
}

function readFrom(file: number, offset: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(file, buffer, length, buffer.length - length, offset + length);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function* linesOf(content: Buffer): Generator<{ start: number; end: number }> {
  let start = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    yield { start, end };
    start = end + 1;
  }
}

/** A record; nothing for a line that is damaged, blanked or of no use. */
function parseRecord(line: string): Record<string, unknown> | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // A damaged line costs that line only.
    return undefined;
  }
}
