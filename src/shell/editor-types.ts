/** One suggestion of a completion. */
export interface CompletionItem {
  /** What is put in place of the range. */
  label: string;
  kind?: string;
  /** A word on the right, such as a type. */
  detail?: string;
}

/** Suggestions for the range `[start, end)` of a text. */
export interface Completions {
  items: readonly CompletionItem[];
  start: number;
  end: number;
}

/** Where the editor finds earlier entries. */
export interface EditorHistory {
  /** Oldest first; the last one comes first on Up. */
  readonly lines: readonly string[];
}
