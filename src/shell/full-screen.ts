import type { Typed } from './keys.ts';
import { truncateLine, type Size } from './screen.ts';

/** Something that has the whole screen and all keys for a while, such as a pager. */
export interface FullScreenProgram {
  /** What is to be seen, from the top; what is too wide is cut. */
  rows(size: Size): readonly string[];
  /** A key. Gives `end` to leave; after a promise the screen is painted again. */
  key(typed: Typed, size: Size): 'end' | void | Promise<'end' | void>;
}

/** The terminal as a full screen needs it. */
export interface FullScreenTerminal {
  write(text: string): void;
  size(): Size;
}

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[H\u001b[2J';
const LEAVE = '\u001b[?1049l\u001b[?25h';

/** Runs a {@link FullScreenProgram} on the terminal's other screen: what was there before comes back. */
export class FullScreen {
  /** Resolves when the program has ended. */
  readonly ended: Promise<void>;
  readonly #program: FullScreenProgram;
  readonly #terminal: FullScreenTerminal;
  #shown: readonly string[] = [];
  #resolve = (): void => {};
  #isOpen = true;
  /** Keys wait for each other's answers. */
  #keys: Promise<void> | undefined;

  constructor(program: FullScreenProgram, terminal: FullScreenTerminal) {
    this.#program = program;
    this.#terminal = terminal;
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    terminal.write(ENTER);
    this.#paint();
  }

  receive(typed: Typed): void {
    if (!this.#keys) return this.#press(typed);
    this.#keys = this.#keys.then(() => this.#press(typed));
  }

  #press(typed: Typed): void {
    if (!this.#isOpen) return;
    const answer = this.#program.key(typed, this.#terminal.size());
    if (!(answer instanceof Promise)) return this.#answered(answer);
    const waiting = answer.then(
      (later) => this.#answered(later),
      () => this.close(),
    );
    this.#keys = waiting;
    void waiting.then(() => {
      if (this.#keys === waiting) this.#keys = undefined;
    });
  }

  #answered(answer: 'end' | void): void {
    if (answer === 'end') this.close();
    else this.#paint();
  }

  /** The terminal has another size. */
  resized(): void {
    this.#shown = [];
    this.#terminal.write('\u001b[2J');
    this.#paint();
  }

  /** Gives the screen back. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.write(LEAVE);
    this.#resolve();
  }

  #paint(): void {
    if (!this.#isOpen) return;
    const size = this.#terminal.size();
    const rows = this.#program
      .rows(size)
      .slice(0, size.rows)
      .map((row) => truncateLine(row, size.columns).text);
    let out = '';
    for (let index = 0; index < Math.max(rows.length, this.#shown.length); index += 1) {
      const row = rows[index] ?? '';
      if (row !== this.#shown[index]) out += `\u001b[${index + 1};1H\u001b[2K${row}`;
    }
    this.#shown = rows;
    if (out !== '') this.#terminal.write(out);
  }
}
