import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpooledFile } from './file-storage.ts';

/**
 * An upload on its way to a temporary file, which only this user may read. What is written waits for `flush`. The file
 * goes with the request; only a process that is killed outright leaves it behind, for the system to clear.
 */
export class UploadSpool implements SpooledFile {
  readonly path = join(tmpdir(), `flacon-upload-${randomBytes(12).toString('hex')}`);
  size = 0;
  #pending: Uint8Array[] = [];
  #handle: FileHandle | undefined;
  #isWhole = false;

  write(chunk: Uint8Array): void {
    this.#pending.push(chunk);
    this.size += chunk.byteLength;
  }

  /** Says that nothing more will be written. */
  end(): void {
    this.#isWhole = true;
  }

  /** Whether there is something to `flush`. */
  get isPending(): boolean {
    return this.#pending.length > 0 || (this.#isWhole && this.#handle !== undefined);
  }

  async flush(): Promise<void> {
    if (this.#pending.length > 0) {
      // `wx`: the name is new, whoever else writes to the temporary folder.
      this.#handle ??= await open(this.path, 'wx', 0o600);
      const chunk = Buffer.concat(this.#pending);
      this.#pending = [];
      await this.#handle.appendFile(chunk);
    }
    if (this.#isWhole) await this.#closeHandle();
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    this.#pending = [];
    await this.#closeHandle();
    await rm(this.path, { force: true });
  }
}
