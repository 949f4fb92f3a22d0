import { stringWidth } from '../util/terminal.ts';

/** Of what comes while somebody else has the terminal, the end is kept: so many characters. */
const MAX_HELD = 1_000_000;

/** Output that comes beside an entry: where it ended, and what waits for the terminal to come back. */
export class OutputAbove {
  /** A line that was not ended: what comes next continues it. */
  #unfinished = '';
  #held = '';

  /** What to write where no entry is on the screen. */
  append(text: string): string {
    this.#end(text);
    return text;
  }

  /** What to write above an entry, in the place where that begins. */
  insert(text: string, columns: number): string {
    const before = this.#unfinished;
    this.#end(text);
    const whole = before + text;
    const continues = before !== '' && stringWidth(before) < columns;
    return (continues ? `\u001b[A\r\u001b[K${whole}` : text) + (this.#unfinished === '' ? '' : '\r\n');
  }

  #end(text: string): void {
    const whole = this.#unfinished + text;
    this.#unfinished = whole.slice(whole.lastIndexOf('\n') + 1);
  }

  /** What to write before an entry, which begins in a line of its own. */
  newLine(): string {
    const isNeeded = this.#unfinished !== '';
    this.#unfinished = '';
    return isNeeded ? '\r\n' : '';
  }

  /** Keeps output for later. */
  hold(text: string): void {
    this.#held = (this.#held + text).slice(-MAX_HELD);
  }

  /** What was kept. */
  release(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}
