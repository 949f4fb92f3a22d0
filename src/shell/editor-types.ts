/** A terminal to read from; anything readable will do. */
export type EditorInput = NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

/** A terminal to write to. */
export type EditorOutput = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** One suggestion of a completion. */
export interface CompletionItem {
  /** What is put in place of the range. */
  label: string;
  kind?: string;
  /** A word on the right, such as a type. */
  detail?: string;
  /** Tells more about it, in a few lines, once it is selected. */
  describe?: () => Promise<readonly string[]>;
}

/** Suggestions for the range `[start, end)` of a text. */
export interface Completions {
  items: readonly CompletionItem[];
  start: number;
  end: number;
  /** Better suggestions that take their place when they come, unless a key was faster. */
  later?: Promise<Completions | undefined>;
}

/** Where the editor finds earlier entries. */
export interface EditorHistory {
  /** Oldest first; the last one comes first on Up. */
  readonly lines: readonly string[];
}

/** Options of an {@link Editor}. */
export interface EditorOptions {
  input: EditorInput;
  output: EditorOutput;
  /** Stands before the first line; may be coloured. */
  prompt: string;
  /** Stands before every other line. Default: three dots, as wide as the prompt. */
  continuation?: string;
  /** Gives the text with escape codes of colours; each line must carry its own. */
  highlight?: (code: string, cursor: number) => string;
  history?: EditorHistory;
  /** Whether Enter runs the text; by default whether its brackets and strings are closed. */
  isComplete?: (code: string) => boolean | Promise<boolean>;
  complete?: (code: string, cursor: number) => Promise<Completions>;
  /** Ctrl-C with nothing typed, or while no entry is being read. */
  onInterrupt?: () => void;
  /** Hears of every change of text or cursor; may answer with {@link Editor.setHint}, at once or later. */
  onChange?: (text: string, cursor: number) => void;
  /** Ctrl-X Ctrl-E: gives the text after it was edited elsewhere. The editor is suspended meanwhile. */
  onEdit?: (text: string) => Promise<string | undefined>;
  /** Ctrl-G with nothing to give up: a list of keys is wanted. */
  onHelp?: () => void;
  /** Ctrl-Z. By default the process is stopped, as every program of a terminal is. */
  onSuspend?: () => void;
  /** Whether the menu is coloured. Default true. */
  color?: boolean;
  /** Size of the terminal, where the output does not know it. */
  columns?: number;
  rows?: number;
  /** Lines without any escape sequence. Default: when `TERM` is `dumb`. */
  plain?: boolean;
}

/** Options of {@link Editor.readEntry}. */
export interface ReadOptions {
  /** The prompt from now on. */
  prompt?: string;
  /** What is there to be edited at the start. */
  initial?: string;
}
