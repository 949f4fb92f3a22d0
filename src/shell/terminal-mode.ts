import type { EditorInput, EditorOutput } from './editor-types.ts';

const PASTE_ON = '\u001b[?2004h';
const PASTE_OFF = '\u001b[?2004l';
const SHOW_CURSOR = '\u001b[?25h';

/** The state of the terminal while keys are read one by one, and the way back. */
export class TerminalMode {
  readonly #input: EditorInput;
  readonly #output: EditorOutput;
  #isOn = false;

  constructor(input: EditorInput, output: EditorOutput) {
    this.#input = input;
    this.#output = output;
  }

  on(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    if (this.#input.isTTY) this.#input.setRawMode?.(true);
    this.#output.write(PASTE_ON);
    this.#input.resume();
  }

  /** Leaves the terminal as a shell of the system expects it. */
  off(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#output.write(PASTE_OFF + SHOW_CURSOR);
    if (this.#input.isTTY) this.#input.setRawMode?.(false);
    this.#input.pause();
  }
}
