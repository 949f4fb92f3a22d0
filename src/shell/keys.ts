import { emitKeypressEvents, type Key } from 'node:readline';

/** What a key does in the editor. */
export type Action =
  | 'accept'
  | 'newline'
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'home'
  | 'end'
  | 'text-start'
  | 'text-end'
  | 'page-up'
  | 'page-down'
  | 'word-left'
  | 'word-right'
  | 'backspace'
  | 'delete'
  | 'delete-or-eof'
  | 'delete-word-left'
  | 'delete-word-right'
  | 'delete-space-left'
  | 'kill-line'
  | 'kill-line-left'
  | 'yank'
  | 'yank-pop'
  | 'undo'
  | 'redo'
  | 'previous'
  | 'next'
  | 'search'
  | 'search-forward'
  | 'complete'
  | 'complete-back'
  | 'escape'
  | 'abort'
  | 'interrupt'
  | 'clear-screen'
  | 'suspend'
  | 'edit';

/** What was typed: an action, text, or text that was pasted. */
export type Typed = { action: Action } | { text: string } | { paste: string };

const CTRL: Readonly<Record<string, Action>> = {
  a: 'home',
  b: 'left',
  c: 'interrupt',
  d: 'delete-or-eof',
  e: 'end',
  f: 'right',
  g: 'abort',
  h: 'backspace',
  k: 'kill-line',
  l: 'clear-screen',
  n: 'next',
  p: 'previous',
  r: 'search',
  s: 'search-forward',
  u: 'kill-line-left',
  w: 'delete-space-left',
  y: 'yank',
  z: 'suspend',
  _: 'undo',
  left: 'word-left',
  right: 'word-right',
  home: 'text-start',
  end: 'text-end',
  delete: 'delete-word-right',
  backspace: 'delete-word-left',
};

const META: Readonly<Record<string, Action>> = {
  b: 'word-left',
  d: 'delete-word-right',
  f: 'word-right',
  y: 'yank-pop',
  _: 'redo',
  '<': 'text-start',
  '>': 'text-end',
  left: 'word-left',
  right: 'word-right',
  backspace: 'delete-word-left',
  delete: 'delete-word-right',
  return: 'newline',
  enter: 'newline',
};

const PLAIN: Readonly<Record<string, Action>> = {
  return: 'accept',
  enter: 'newline',
  left: 'left',
  right: 'right',
  up: 'up',
  down: 'down',
  home: 'home',
  end: 'end',
  pageup: 'page-up',
  pagedown: 'page-down',
  backspace: 'backspace',
  delete: 'delete',
  tab: 'complete',
  escape: 'escape',
};

// Keys that Node's decoder does not name.
const SEQUENCES: Readonly<Record<string, Action>> = {
  '\u001f': 'undo',
  '\u001b\u001f': 'redo',
  '\u001b[13;2u': 'newline',
  '\u001b[27;2;13~': 'newline',
  '\u001bOM': 'accept',
};

/** The meaning of one key; nothing for keys without one. */
function actionOf(key: Key): Action | undefined {
  const { name = '', sequence = '', ctrl, meta, shift } = key;
  const known = SEQUENCES[sequence];
  if (known) return known;
  if (ctrl) return CTRL[name];
  if (name === 'return' && (meta || shift)) return 'newline';
  if (name === 'tab' && shift) return 'complete-back';
  if (meta) return META[name] ?? META[sequence.slice(1)] ?? (name === 'escape' ? 'escape' : undefined);
  return PLAIN[name];
}

/** Takes what Node's decoder reports apart into actions, text and whole pastes. */
export class KeyReader {
  readonly #receive: (typed: Typed) => void;
  readonly #splitsAlt: () => boolean;
  #pasted: string[] | undefined;
  #afterControlX = false;

  /** `splitsAlt`: Alt and a letter are Escape and then the letter, as for vi, where one may be typed right after the other. */
  constructor(receive: (typed: Typed) => void, splitsAlt: () => boolean = () => false) {
    this.#receive = receive;
    this.#splitsAlt = splitsAlt;
  }

  /** One `keypress` event. */
  read(character: string | undefined, key: Key): void {
    const sequence = key.sequence ?? character ?? '';
    if (this.#pasted) {
      if (key.name === 'paste-end') return this.#endPaste(this.#pasted);
      if (key.ctrl && key.name === 'c') {
        // A paste whose end was lost must not swallow all keys for ever.
        this.#pasted = undefined;
        return this.#receive({ action: 'interrupt' });
      }
      this.#pasted.push(sequence);
      return;
    }
    if (key.name === 'paste-start') {
      this.#pasted = [];
      return;
    }
    if (this.#afterControlX) {
      this.#afterControlX = false;
      if (key.ctrl && key.name === 'e') return this.#receive({ action: 'edit' });
      if (key.ctrl && key.name === 'u') return this.#receive({ action: 'undo' });
    }
    if (key.ctrl && key.name === 'x') {
      this.#afterControlX = true;
      return;
    }
    const [, letter] = key.meta && this.#splitsAlt() ? (/^\u001b([ -~])$/.exec(sequence) ?? []) : [];
    if (letter !== undefined) {
      this.#receive({ action: 'escape' });
      return this.#receive({ text: letter });
    }
    const action = actionOf(key);
    if (action) this.#receive({ action });
    else if (!key.ctrl && !key.meta && isText(sequence)) this.#receive({ text: sequence });
  }

  #endPaste(pasted: readonly string[]): void {
    this.#pasted = undefined;
    this.#receive({ paste: cleanText(pasted.join('')) });
  }
}

function isText(sequence: string): boolean {
  return sequence !== '' && !/[\u0000-\u001f\u007f-\u009f]/.test(sequence);
}

/** Text as the editor keeps it: lines end in `\n`, and no control characters but the tab. */
export function cleanText(text: string): string {
  return text
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

/** How long a lone Escape waits for the rest of a sequence, in milliseconds. */
const ESCAPE_MS = 60;

/** Reads keys of a terminal. Gives the function that ends it. */
export function listenForKeys(
  input: NodeJS.ReadableStream,
  receive: (typed: Typed) => void,
  splitsAlt?: () => boolean,
): () => void {
  const reader = new KeyReader(receive, splitsAlt);
  const listener = (character: string | undefined, key: Key): void => reader.read(character, key);
  // The decoder asks its interface only for this number.
  const timing: unknown = { escapeCodeTimeout: ESCAPE_MS };
  emitKeypressEvents(input, timing as Parameters<typeof emitKeypressEvents>[1]);
  input.on('keypress', listener);
  return () => {
    input.off('keypress', listener);
  };
}
