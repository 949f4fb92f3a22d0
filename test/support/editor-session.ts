import { PassThrough } from 'node:stream';
import { Editor } from '../../src/shell/editor.ts';
import type { EditorOptions } from '../../src/shell/editor-types.ts';
import { TestTerminal } from './terminal.ts';

const KEYS: Readonly<Record<string, string>> = {
  enter: '\r',
  tab: '\t',
  'shift-tab': '\u001b[Z',
  esc: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  delete: '\u001b[3~',
  backspace: '\u007f',
  'alt-enter': '\u001b\r',
  'shift-enter': '\u001b[13;2u',
  'alt-backspace': '\u001b\u007f',
  'ctrl-left': '\u001b[1;5D',
  'ctrl-_': '\u001f',
  'alt-_': '\u001b_',
};

/** The bytes of keys: `ctrl-a`, `alt-b`, `up`, or text as it is. */
export function bytesOf(...keys: string[]): string {
  return keys
    .map((key) => {
      const known = KEYS[key];
      if (known !== undefined) return known;
      if (/^ctrl-[a-z]$/.test(key)) return String.fromCharCode(key.charCodeAt(5) - 96);
      return /^alt-.$/.test(key) ? `\u001b${key.slice(4)}` : key;
    })
    .join('');
}

/** Bytes of a bracketed paste. */
export function pasteOf(text: string): string {
  return `\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`;
}

class Keyboard extends PassThrough {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
}

/** An editor on a terminal of its own. */
export class EditorSession {
  readonly terminal: TestTerminal;
  readonly keyboard = new Keyboard();
  readonly editor: Editor;
  /** What was entered so far. */
  readonly entries: (string | undefined)[] = [];

  constructor(options: Partial<EditorOptions> & { width?: number; height?: number } = {}) {
    const { width = 40, height = 10, ...others } = options;
    this.terminal = new TestTerminal(width, height);
    const output: unknown = this.terminal;
    this.editor = new Editor({
      prompt: 'app> ',
      plain: false,
      color: false,
      input: this.keyboard,
      output: output as EditorOptions['output'],
      ...others,
    });
  }

  /** Begins to read, again and again until the end. */
  run(initial?: string): this {
    void this.#run(initial);
    return this;
  }

  async #run(initial?: string): Promise<void> {
    let entry = await this.editor.readEntry(initial === undefined ? {} : { initial });
    for (this.entries.push(entry); entry !== undefined; this.entries.push(entry)) entry = await this.editor.readEntry();
  }

  /** Types keys, and waits until they are read and painted. */
  async press(...keys: string[]): Promise<string[]> {
    this.keyboard.write(bytesOf(...keys));
    return this.settled();
  }

  async paste(text: string): Promise<string[]> {
    this.keyboard.write(pasteOf(text));
    return this.settled();
  }

  async settled(): Promise<string[]> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return this.screen;
  }

  get screen(): string[] {
    return this.terminal.screen;
  }
}
