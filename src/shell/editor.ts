import { stringWidth, stripAnsi } from '../util/terminal.ts';
import { Display } from './display.ts';
import type { EditorOptions, ReadOptions } from './editor-types.ts';
import { Entry } from './entry.ts';
import type { FullScreenProgram } from './full-screen.ts';
import { isComplete } from './highlight.ts';
import { Hints, type HintSlot } from './hints.ts';
import { cleanText, type Action, type Typed } from './keys.ts';
import { PlainReader } from './plain-reader.ts';
import type { Size, View } from './screen.ts';
import { readPaste } from './transcript.ts';

export type { CompletionItem, Completions, EditorHistory, EditorOptions, ReadOptions } from './editor-types.ts';

/** Keys typed before they are read: more than this is no person. */
const MAX_TYPED_AHEAD = 100_000;

/**
 * Reads entries of one or more lines from a terminal. It owns the rows from its prompt on, and nothing above them: other
 * output comes through {@link Editor.printAbove}.
 */
export class Editor {
  readonly #options: EditorOptions;
  readonly #entry: Entry;
  readonly #display: Display;
  readonly #plain: PlainReader | undefined;
  #prompt: string;
  #resolve: ((entry: string | undefined) => void) | undefined;
  #queue: Typed[] = [];
  #below: readonly string[] = [];
  readonly #hints = new Hints();
  /** Set while it is being asked whether the entry is complete: keys wait. */
  #checking: object | undefined;
  #isPaintDue = false;
  #hasEnded = false;
  /** The text and cursor that the last `onChange` heard of. */
  #heard = { text: '', cursor: 0 };

  constructor(options: EditorOptions) {
    this.#options = options;
    this.#prompt = options.prompt;
    this.#entry = new Entry(options.history, () => this.#schedule());
    const { input, output, columns, rows } = options;
    this.#display = new Display({
      input,
      output,
      columns,
      rows,
      isReading: () => this.#resolve !== undefined,
      view: () => this.#view(this.#entry.cursor),
      typed: (typed) => this.#receive(typed),
      isVi: () => this.#entry.mode !== undefined,
      back: () => this.#drain(),
      gone: () => {
        this.#hasEnded = true;
        this.#finish(undefined);
      },
    });
    if (!(options.plain ?? process.env['TERM'] === 'dumb')) return;
    this.#plain = new PlainReader({
      input: options.input,
      write: (text) => this.#display.write(text),
      continuation: stripAnsi(this.#continuation),
      isComplete: (code) => this.#isComplete(code),
      onInterrupt: () => options.onInterrupt?.(),
    });
  }

  /** What is typed so far. */
  get text(): string {
    return this.#plain?.text ?? this.#entry.text;
  }

  get #continuation(): string {
    const width = stringWidth(stripAnsi(this.#prompt).trimEnd());
    return this.#options.continuation ?? `${'...'.padStart(width).slice(-Math.max(width, 1))} `;
  }

  /** How large the terminal is. */
  get size(): Size {
    return this.#display.size;
  }

  #isComplete(code: string): boolean | Promise<boolean> {
    return this.#options.isComplete ? this.#options.isComplete(code) : isComplete(code) === 'complete';
  }

  /** Reads an entry. Nothing comes at the end of the input: Ctrl-D with nothing typed, or a terminal that is gone. */
  readEntry(options: ReadOptions = {}): Promise<string | undefined> {
    if (options.prompt !== undefined) this.#prompt = options.prompt;
    if (this.#plain) return this.#plain.readEntry(stripAnsi(this.#prompt));
    if (this.#hasEnded) return Promise.resolve(undefined);
    this.#display.listen();
    this.#entry.reset(options.initial);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      // At once: what is printed from now on has to stand above it.
      this.#display.begin();
      this.#showMode();
      this.#drain();
    });
  }

  #receive(typed: Typed): void {
    const isInterrupt = 'action' in typed && typed.action === 'interrupt';
    if (isInterrupt) {
      this.#queue = [];
      this.#checking = undefined;
      if (!this.#resolve) return this.#options.onInterrupt?.();
    }
    if (this.#queue.length < MAX_TYPED_AHEAD) this.#queue.push(typed);
    this.#drain();
  }

  #drain(): void {
    while (this.#resolve && !this.#checking && !this.#display.isAway) {
      const typed = this.#queue.shift();
      if (!typed) break;
      if ('action' in typed) this.#act(typed.action);
      else if ('text' in typed) this.#do(this.#entry.type(typed.text));
      else this.#paste(typed.paste);
    }
    this.#schedule();
  }

  /** Pastes the first entry, and lets the others of a transcript follow. */
  #paste(text: string): void {
    const [first, ...others] = readPaste(text, { prompt: this.#prompt, continuation: this.#continuation });
    this.#queue.unshift(...others.flatMap((entry): Typed[] => [{ action: 'accept' }, { paste: entry }]));
    this.#entry.paste(first);
  }

  #act(key: Action): void {
    this.#do(this.#entry.act(key));
  }

  /** Does what is left of a key after the text has had it. */
  #do(action: Action | undefined): void {
    switch (action) {
      case 'accept':
        return this.#accept();
      case 'delete-or-eof':
        return this.#finish(undefined);
      case 'interrupt':
        return this.#interrupt();
      case 'complete':
        return this.#complete();
      case 'clear-screen':
        return this.#display.clear();
      case 'suspend':
        return this.#stopProcess();
      case 'edit':
        return this.#editElsewhere();
      case 'escape':
        return this.#hints.hide();
      case 'abort':
        return this.#options.onHelp?.();
      default:
        // Done already, or a key that means something only in a search or a menu.
        return undefined;
    }
  }

  #accept(): void {
    const answer = this.#isComplete(this.#entry.text);
    if (typeof answer === 'boolean') return this.#decide(answer);
    const checking = {};
    this.#checking = checking;
    const decide = (isWhole: boolean): void => {
      if (this.#checking !== checking) return;
      this.#checking = undefined;
      this.#decide(isWhole);
      this.#drain();
    };
    // When nobody can tell, it runs: running it tells what is wrong.
    answer.then(decide, () => decide(true));
  }

  #decide(isWhole: boolean): void {
    if (isWhole) this.#finish(this.#entry.text);
    else this.#entry.newline();
  }

  #finish(entry: string | undefined): void {
    const resolve = this.#resolve;
    if (!resolve) return;
    this.#leave();
    this.#resolve = undefined;
    this.#checking = undefined;
    this.#showMode();
    resolve(entry);
  }

  /** Leaves what is typed on the screen, without panels and marks, and goes on beneath it. */
  #leave(): void {
    this.#entry.closePanels();
    this.#below = [];
    this.#hints.clear();
    this.#display.finish(this.#view(-1));
  }

  #interrupt(): void {
    if (this.#entry.text === '') return this.#options.onInterrupt?.();
    this.#leave();
    this.#entry.reset();
  }

  #complete(): void {
    const { text, cursor } = this.#entry;
    // Keys go on meanwhile: an answer for a text that has changed is of no use, and no answer is no suggestion.
    this.#options.complete?.(text, cursor).then(
      (found) => {
        if (!this.#resolve || this.#entry.text !== text || this.#entry.cursor !== cursor) return;
        this.#entry.suggest(found);
        this.#schedule();
      },
      () => undefined,
    );
  }

  #stopProcess(): void {
    if (this.#options.onSuspend) return this.#options.onSuspend();
    this.suspend();
    process.once('SIGCONT', () => this.resume());
    process.kill(process.pid, 'SIGTSTP');
  }

  #editElsewhere(): void {
    const { onEdit } = this.#options;
    if (!onEdit) return;
    this.suspend();
    const goOn = (text: string | undefined): void => {
      if (text !== undefined) this.#entry.reset(cleanText(text).replace(/\n$/, ''));
      this.resume();
    };
    onEdit(this.#entry.text).then(goOn, (error: unknown) => {
      goOn(undefined);
      this.printAbove(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  }

  #schedule(): void {
    if (this.#isPaintDue || !this.#resolve) return;
    this.#isPaintDue = true;
    // All keys of one read are one paint.
    queueMicrotask(() => {
      this.#isPaintDue = false;
      this.#display.paint();
      this.#showMode();
    });
  }

  /** With the keys of vi the cursor tells the mode. */
  #showMode(): void {
    const { mode } = this.#entry;
    this.#display.showCursor(mode && this.#resolve ? (mode === 'insert' ? 'bar' : 'block') : undefined);
  }

  /** Takes other keys from now on. */
  setKeys(keys: 'emacs' | 'vi'): void {
    this.#entry.useVi(keys === 'vi');
    this.#showMode();
  }

  /** Tells of changes; who hears of them may change what stands beneath. */
  #notice(): void {
    const { text, cursor } = this.#entry;
    if (this.#heard.text === text && this.#heard.cursor === cursor) return;
    if (this.#heard.text !== text) {
      this.#below = [];
      this.#hints.show();
    }
    this.#heard = { text, cursor };
    this.#options.onChange?.(text, cursor);
  }

  #view(cursor: number): View {
    if (cursor >= 0) this.#notice();
    const { text } = this.#entry;
    const { highlight, color = true } = this.#options;
    const panel = this.#entry.panel(color, this.size.rows);
    return {
      prompt: this.#prompt,
      continuation: this.#continuation,
      text,
      painted: highlight ? highlight(text, cursor) : text,
      cursor: Math.max(0, cursor),
      below: panel.length > 0 ? panel : this.#below,
      hints: this.#hints.rows,
    };
  }

  /** Shows rows beneath the entry, such as a signature or a preview, until its text changes. A menu hides them. */
  showBelow(rows: readonly string[]): void {
    this.#below = rows;
    this.#schedule();
  }

  /**
   * Shows rows of advice beneath the entry and its menu, where there is room, until they are replaced, hidden by Escape or
   * the entry ends. They may be coloured; no rows take the slot away.
   */
  setHint(slot: HintSlot, rows: readonly string[]): void {
    if (this.#plain || !this.#resolve) return;
    this.#hints.set(slot, rows);
    this.#schedule();
  }

  /** Prints above the entry, which stays as it is; a line that is not ended is continued by the next call. */
  printAbove(text: string): void {
    if (text === '') return;
    if (this.#plain) return this.#plain.printAbove(text);
    this.#display.printAbove(text);
  }

  /**
   * Gives the whole screen and all keys to a program until it ends; what is printed meanwhile comes afterwards. Gives
   * false where that cannot be: in a plain terminal, or while somebody else has it.
   */
  async runFullScreen(program: FullScreenProgram): Promise<boolean> {
    return !this.#plain && !this.#hasEnded && (await this.#display.run(program));
  }

  setPrompt(prompt: string): void {
    this.#prompt = prompt;
    this.#schedule();
  }

  /** Takes the entry off the screen, as if it had never been there; its reading ends with nothing. */
  withdraw(): void {
    const resolve = this.#resolve;
    if (!resolve) return;
    this.#display.withdraw();
    this.#resolve = undefined;
    this.#checking = undefined;
    this.#showMode();
    resolve(undefined);
  }

  /** Gives the terminal to somebody else, such as an external editor. */
  suspend(): void {
    this.#display.suspend();
  }

  /** Takes the terminal back, and shows the entry where the cursor is. */
  resume(): void {
    this.#display.resume();
  }

  /** Restores the terminal; an entry that is being read ends with nothing. */
  close(): void {
    this.#hasEnded = true;
    this.#finish(undefined);
    this.#display.close();
    this.#plain?.close();
  }
}
