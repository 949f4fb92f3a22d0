import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Pty from '@lydell/node-pty';
import { onTestFailed, onTestFinished } from 'vitest';

import { findShown, shownText } from '../support/shown-text.ts';
import { flaconRoot } from './dev-process.ts';

const { spawn } = createRequire(import.meta.url)('@lydell/node-pty') as typeof Pty;

/** Prints how the terminal was left behind, as the last thing. */
const PROGRAM = '"$@"; code=$?; stty -a | grep -o "[-]*icanon\\|[-]*echo " | tr "\\n" " "; echo "left with $code"';

/** `app run` in a terminal of 80 columns. */
export class TerminalProcess {
  readonly #terminal: Pty.IPty;
  readonly #exited: Promise<void>;
  #hasExited = false;
  #shown = '';
  #from = 0;
  #check = (): void => undefined;

  constructor(cwd: string, args: readonly string[] = [], env: Record<string, string> = {}) {
    const program = [process.execPath, join(flaconRoot, 'bin', 'app.js'), 'run', '--port', '0', ...args];
    this.#terminal = spawn('sh', ['-c', PROGRAM, 'sh', ...program], {
      cols: 80,
      rows: 24,
      cwd,
      env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', ...env },
    });
    this.#terminal.onData((data) => {
      this.#shown += data;
      this.#check();
    });
    this.#exited = new Promise((resolve) => {
      this.#terminal.onExit(() => {
        this.#hasExited = true;
        this.#check();
        resolve();
      });
    });
    onTestFailed(() => console.log(`what the terminal has shown:\n${this.text}`));
    onTestFinished(async () => {
      if (!this.#hasExited) this.#terminal.kill('SIGHUP');
      await this.#exited;
    });
  }

  /** Everything that was shown, without escape sequences. */
  get text(): string {
    return shownText(this.#shown);
  }

  /** Types; what is waited for from now on comes after it. */
  type(keys: string): void {
    this.#from = this.#shown.length;
    this.#terminal.write(keys);
  }

  /** Waits until something is shown, after what was typed last. */
  shows(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      this.#check = () => {
        const found = findShown(pattern, this.#shown.slice(this.#from));
        if (found) resolve(found);
        else if (this.#hasExited) reject(new Error(`ended without ${String(pattern)}`));
      };
      this.#check();
    });
  }
}
