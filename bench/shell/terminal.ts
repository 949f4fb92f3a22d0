import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import type * as Pty from '@lydell/node-pty';

const { spawn } = createRequire(import.meta.url)('@lydell/node-pty') as typeof Pty;

/** A program to be started in a terminal. */
export interface Program {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** A program in a terminal of 80x24, and when it has shown what. */
export class BenchTerminal {
  readonly ended: Promise<number>;
  readonly #pty: Pty.IPty;
  #shown = '';
  #check: () => void = () => undefined;
  #hasEnded = false;

  constructor({ file, args, cwd, env }: Program) {
    this.#pty = spawn(file, [...args], { cols: 80, rows: 24, cwd, env });
    this.#pty.onData((data) => {
      this.#shown += data;
      // Some ask where the cursor is before they show anything.
      if (data.includes('\u001b[6n')) this.#pty.write('\u001b[1;1R');
      this.#check();
    });
    this.ended = new Promise((resolve) =>
      this.#pty.onExit(({ exitCode }) => {
        this.#hasEnded = true;
        this.#check();
        resolve(exitCode);
      }),
    );
  }

  /** Types; only what is shown from now on is looked at. */
  type(bytes: string): void {
    this.#shown = '';
    this.#pty.write(bytes);
  }

  /** Waits until something is shown. Gives the moment, as of `performance.now()`. */
  shows(pattern: RegExp): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#check = () => {
        const now = performance.now();
        if (pattern.test(stripVTControlCharacters(this.#shown).replaceAll('\r', ''))) {
          this.#check = () => undefined;
          resolve(now);
        } else if (this.#hasEnded) reject(new Error(`ended without ${pattern}:\n${this.#shown}`));
      };
      this.#check();
    });
  }

  /** Milliseconds from typing until something is shown. */
  async time(bytes: string, pattern: RegExp): Promise<number> {
    const begin = performance.now();
    this.type(bytes);
    return (await this.shows(pattern)) - begin;
  }

  kill(): void {
    if (!this.#hasEnded) this.#pty.kill('SIGKILL');
  }
}
