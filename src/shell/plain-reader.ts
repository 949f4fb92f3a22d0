import { createInterface, type Interface } from 'node:readline';

/** What is read from, and what is done with a line. */
export interface PlainReaderOptions {
  input: NodeJS.ReadableStream;
  write: (text: string) => void;
  continuation: string;
  isComplete: (code: string) => boolean | Promise<boolean>;
  onInterrupt: () => void;
}

/** Reads entries line by line, for terminals that only print: no colours, no moves of the cursor. */
export class PlainReader {
  readonly #options: PlainReaderOptions;
  readonly #lines: string[] = [];
  readonly #interface: Interface;
  #hasEnded = false;
  #wake: (() => void) | undefined;
  #text: string[] = [];
  #prompt = '';
  #isReading = false;
  #isDropped = false;

  constructor(options: PlainReaderOptions) {
    this.#options = options;
    this.#interface = createInterface({ input: options.input, terminal: false, crlfDelay: Infinity });
    this.#interface.on('line', (line) => {
      this.#lines.push(line);
      this.#wake?.();
    });
    this.#interface.on('close', () => {
      this.#hasEnded = true;
      this.#wake?.();
    });
    process.on('SIGINT', this.interrupt);
  }

  get text(): string {
    return this.#text.join('\n');
  }

  async readEntry(prompt: string): Promise<string | undefined> {
    this.#prompt = prompt;
    this.#text = [];
    this.#isReading = true;
    this.#options.write(prompt);
    try {
      for (;;) {
        const line = await this.#line();
        if (line === undefined) return this.#text.length > 0 ? this.text : undefined;
        this.#text.push(line);
        this.#isDropped = false;
        if ((await this.#options.isComplete(this.text)) && !this.#isDropped) return this.text;
        if (!this.#isDropped) this.#options.write(this.#options.continuation);
      }
    } finally {
      this.#isReading = false;
    }
  }

  async #line(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#lines.shift();
  }

  /** Ctrl-C: drops the lines of the entry, or tells that there is nothing to drop. */
  readonly interrupt = (): void => {
    if (!this.#isReading || this.#text.length === 0) return this.#options.onInterrupt();
    this.#text = [];
    this.#isDropped = true;
    this.#options.write(`\n${this.#prompt}`);
  };

  /** Prints while a line may be being typed: on a line of its own, with the prompt again after it. */
  printAbove(text: string): void {
    const { write, continuation } = this.#options;
    if (!this.#isReading) return write(text);
    write(`\n${text}${text.endsWith('\n') ? '' : '\n'}${this.#text.length > 0 ? continuation : this.#prompt}`);
  }

  close(): void {
    process.off('SIGINT', this.interrupt);
    this.#interface.close();
  }
}
