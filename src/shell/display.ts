import type { EditorInput, EditorOutput } from './editor-types.ts';
import { FullScreen, type FullScreenProgram } from './full-screen.ts';
import { listenForKeys, type Typed } from './keys.ts';
import { OutputAbove } from './output-above.ts';
import { Screen, type Size, type View } from './screen.ts';
import { TerminalMode } from './terminal-mode.ts';

/** What a display shows, and who hears of its terminal. */
export interface DisplayOptions {
  input: EditorInput;
  output: EditorOutput;
  /** Size of the terminal, where the output does not know it. */
  columns?: number | undefined;
  rows?: number | undefined;
  /** Whether an entry is being read. */
  isReading(): boolean;
  /** That entry, as it is now. */
  view(): View;
  /** Something was typed. */
  typed(typed: Typed): void;
  /** The keys are those of vi. */
  isVi(): boolean;
  /** The terminal is back from somebody else. */
  back(): void;
  /** The terminal is gone. */
  gone(): void;
}

/** A block, a bar, or as the terminal has it. */
export type CursorShape = 'block' | 'bar' | undefined;

const SHAPES = { block: '\u001b[2 q', bar: '\u001b[6 q', default: '\u001b[0 q' } as const;

/** The terminal of an editor: keys, the rows of the entry, output above it, and those who borrow all of it. */
export class Display {
  readonly #options: DisplayOptions;
  readonly #screen: Screen;
  readonly #mode: TerminalMode;
  readonly #above = new OutputAbove();
  /** Has the whole screen and all keys. */
  #guest: FullScreen | undefined;
  #isSuspended = false;
  #shape: CursorShape;
  #stopListening: (() => void) | undefined;

  constructor(options: DisplayOptions) {
    this.#options = options;
    this.#mode = new TerminalMode(options.input, options.output);
    this.#screen = new Screen(
      (text) => this.write(text),
      () => this.size,
    );
  }

  get size(): Size {
    const { columns, rows, output } = this.#options;
    return { columns: Math.max(2, columns ?? output.columns ?? 80), rows: Math.max(1, rows ?? output.rows ?? 24) };
  }

  /** Whether somebody else has the terminal. */
  get isAway(): boolean {
    return this.#isSuspended || this.#guest !== undefined;
  }

  write(text: string): void {
    this.#options.output.write(text);
  }

  /** Begins to read keys, unless that has begun. */
  listen(): void {
    if (!this.#isSuspended) this.#mode.on();
    if (this.#stopListening) return;
    const { input, output, gone } = this.#options;
    const receive = (typed: Typed): void => (this.#guest ? this.#guest.receive(typed) : this.#options.typed(typed));
    const stopKeys = listenForKeys(input, receive, () => !this.#guest && this.#options.isVi());
    const end = (): void => {
      this.#guest?.close();
      gone();
    };
    input.on('end', end);
    input.on('close', end);
    output.on('resize', this.#resized);
    this.#stopListening = () => {
      stopKeys();
      input.off('end', end);
      input.off('close', end);
      output.off('resize', this.#resized);
    };
  }

  readonly #resized = (): void => {
    if (this.#guest) return this.#guest.resized();
    if (!this.#options.isReading() || this.#isSuspended) return;
    this.#screen.resized();
    this.#screen.paint(this.#options.view());
  };

  /** Shows a new entry where the cursor is, in a line of its own. */
  begin(): void {
    if (this.isAway) return;
    const line = this.#above.newLine();
    if (line !== '') this.write(line);
    this.paint();
  }

  /** Shows the entry as it is now. */
  paint(): void {
    if (this.#options.isReading() && !this.isAway) this.#screen.paint(this.#options.view());
  }

  /** The shape of the cursor tells the mode of vi; undefined is that of the terminal. */
  showCursor(shape: CursorShape): void {
    if (shape === this.#shape || (this.isAway && shape !== undefined)) return;
    this.#shape = shape;
    this.write(SHAPES[shape ?? 'default']);
  }

  /** Leaves an entry on the screen and goes on beneath it. */
  finish(view: View): void {
    if (!this.isAway) this.#screen.finish(view);
  }

  /** Takes the entry off the screen. */
  withdraw(): void {
    if (!this.isAway) this.#screen.clear();
  }

  clear(): void {
    this.write('\u001b[H\u001b[2J');
    this.#screen.forget();
  }

  /** Prints above the entry, if there is one; a line that is not ended is continued by the next call. */
  printAbove(text: string): void {
    if (text === '') return;
    if (this.isAway) return this.#above.hold(text);
    if (!this.#options.isReading()) return this.write(this.#above.append(text));
    this.#screen.clear();
    this.write(this.#above.insert(text, this.size.columns));
    this.paint();
  }

  /** Gives the whole screen and all keys to a program until it ends. Gives false where somebody else has them already. */
  async run(program: FullScreenProgram): Promise<boolean> {
    if (this.isAway) return false;
    this.listen();
    if (this.#options.isReading()) this.#screen.clear();
    this.showCursor(undefined);
    this.#guest = new FullScreen(program, { write: (text) => this.write(text), size: () => this.size });
    await this.#guest.ended;
    this.#guest = undefined;
    this.#comeBack();
    return true;
  }

  suspend(): void {
    if (this.#isSuspended) return;
    if (this.#options.isReading()) this.#screen.clear();
    this.showCursor(undefined);
    this.#isSuspended = true;
    this.#mode.off();
  }

  resume(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    if (!this.#stopListening) return;
    this.#mode.on();
    this.#comeBack();
  }

  #comeBack(): void {
    if (this.#options.isReading()) this.begin();
    this.printAbove(this.#above.release());
    this.#options.back();
  }

  /** Restores the terminal. */
  close(): void {
    this.#guest?.close();
    this.showCursor(undefined);
    this.#mode.off();
    this.#stopListening?.();
    this.#stopListening = undefined;
  }
}
