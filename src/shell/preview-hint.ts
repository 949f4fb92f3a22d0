import type { Span } from './spans.ts';

/** What a preview needs of the shell around it. */
export interface PreviewHintOptions {
  /** Whether one may be asked for now. */
  isWanted(): boolean;
  /** Asks the session; undefined when there is no answer. */
  ask(code: string): Promise<readonly Span[] | undefined>;
  /** Shows it beneath the entry; nothing takes it away. */
  show(printed: readonly Span[]): void;
}

/** How long nothing must be typed, in milliseconds. */
const PAUSE_MS = 50;
/** Longer texts are programs. */
const MAX_LENGTH = 2000;

/** Shows the value of what is typed, once the typing pauses. The next key takes it away. */
export class PreviewHint {
  readonly #options: PreviewHintOptions;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  constructor(options: PreviewHintOptions) {
    this.#options = options;
  }

  /** Hears of every change of the text. */
  changed(text: string): void {
    if (text === this.#text) return;
    this.stop();
    this.#text = text;
    const code = text.trim();
    if (code === '' || code.startsWith('.') || code.length > MAX_LENGTH || !this.#options.isWanted()) return;
    this.#timer = setTimeout(() => void this.#ask(text), PAUSE_MS);
  }

  /** Takes the preview away, and lets no answer come that is on its way. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#text = '';
    if (this.#isShown) this.#options.show([]);
    this.#isShown = false;
  }

  async #ask(text: string): Promise<void> {
    if (!this.#options.isWanted()) return;
    const printed = await this.#options.ask(text);
    if (printed === undefined || printed.length === 0 || this.#text !== text) return;
    this.#isShown = true;
    this.#options.show(printed);
  }
}
