import type { Completions, EditorHistory } from './editor-types.ts';

/** Options of an {@link Editor}. */
export interface EditorOptions {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(mode: boolean): unknown };
  output: NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };
  prompt: string;
  continuation?: string;
  highlight?: (code: string, cursor: number) => string;
  history?: EditorHistory;
  isComplete?: (code: string) => boolean | Promise<boolean>;
  complete?: (code: string, cursor: number) => Promise<Completions>;
  onInterrupt?: () => void;
  /** Ctrl-X Ctrl-E: gives the text after editing elsewhere; the editor is suspended meanwhile. */
  onEdit?: (text: string) => Promise<string | undefined>;
  columns?: number;
  rows?: number;
  plain?: boolean;
}

/** Options of {@link Editor.readEntry}. */
export interface ReadOptions {
  prompt?: string;
  initial?: string;
}

export class Editor {
  constructor(options: EditorOptions) {
    void options;
  }
  readEntry(options: ReadOptions = {}): Promise<string | undefined> {
    return Promise.resolve(options.initial);
  }
  printAbove(text: string): void {
    void text;
  }
  setPrompt(prompt: string): void {
    void prompt;
  }
  get text(): string {
    return '';
  }
  suspend(): void {}
  resume(): void {}
  close(): void {}
}
