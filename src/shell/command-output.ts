/** A command that goes on for longer after its first output shows what it prints as it comes, in milliseconds. */
const PATIENCE_MS = 100;

/** Collects what a command prints, so that a long answer can be shown page by page. */
export class CommandOutput {
  readonly #print: (text: string) => void;
  #text: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `print` shows what a slow command has printed. */
  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  begin(): void {
    this.#text = '';
    this.#timer = undefined;
  }

  /** Takes output; gives false where nothing is collected. */
  take(text: string): boolean {
    if (this.#text === undefined) return false;
    this.#text += text;
    this.#timer ??= setTimeout(() => this.#print(this.end()), PATIENCE_MS);
    return true;
  }

  /** What was collected; from now on output is shown as it comes. */
  end(): string {
    clearTimeout(this.#timer);
    const text = this.#text ?? '';
    this.#text = undefined;
    return text;
  }
}
