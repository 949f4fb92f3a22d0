import { formatRecord, onLogRecord } from '../logging.ts';

/** The last lines of the log of this process. */
export class LogTail {
  readonly #lines: string[] = [];
  readonly #stopListening: () => void;

  /** `size`: how many records are kept. */
  constructor(size = 200) {
    this.#stopListening = onLogRecord((record) => {
      this.#lines.push(formatRecord(record));
      if (this.#lines.length > size) this.#lines.shift();
    });
  }

  /** The records, the oldest first, as they stand in a log. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }

  /** Keeps no more. */
  close(): void {
    this.#stopListening();
  }
}
