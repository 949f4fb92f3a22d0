import type { Editor } from './editor.ts';
import { ansiText, plainText, type Span } from './spans.ts';

/** What the shell itself says in its terminal: lines above the prompt. */
export class TerminalOutput {
  readonly #editor: Editor;
  readonly #color: boolean;

  constructor(editor: Editor, color: boolean) {
    this.#editor = editor;
    this.#color = color;
  }

  /** The text of spans, with the end of its last line. */
  lines(spans: readonly Span[]): string {
    return `${this.#color ? ansiText(spans) : plainText(spans)}\n`;
  }

  print(spans: readonly Span[]): void {
    if (spans.length > 0) this.#editor.printAbove(this.lines(spans));
  }
}
