import { graphemesOf } from '../util/graphemes.ts';
import { scan } from './tokens.ts';

interface State {
  readonly text: string;
  readonly cursor: number;
}

/** What the last change was: typing and killing go on from one key to the next. */
type Change = 'type' | 'kill' | 'yank' | 'other' | 'none';

const INDENT = '  ';
const MAX_UNDO = 500;
const MAX_KILLS = 60;
// Both halves of a surrogate pair are of a word, so that no move ends between them.
const WORD = /[\p{L}\p{N}\p{M}_$\ud800-\udfff]/u;

/** The text of an entry and what keys do to it. Knows of no terminal; offsets count UTF-16 units. */
export class EditorBuffer {
  #text = '';
  #cursor = 0;
  #undo: State[] = [];
  #redo: State[] = [];
  #change: Change = 'none';
  readonly #kills: string[] = [];
  #yanked: { start: number; index: number } | undefined;
  /** The column that moving up and down keeps to. */
  #goal: number | undefined;

  get text(): string {
    return this.#text;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Puts another text in place, the cursor at its end; `undo` is of no use across it. */
  reset(text = '', cursor = text.length): void {
    this.#text = text;
    this.#cursor = cursor;
    this.#undo = [];
    this.#redo = [];
    this.#settle('none');
  }

  /** Replaces a range, as a completion does; can be undone. */
  replace(start: number, end: number, text: string): void {
    this.#edit('other', start, end, text);
  }

  insert(text: string): void {
    const continues = this.#change === 'type' && !/\s/.test(text);
    this.#edit('type', this.#cursor, this.#cursor, text, continues);
    if (/^[)\]}]$/.test(text)) this.#outdent();
  }

  /** Text that comes as one: one step to undo, no indentation added. */
  paste(text: string): void {
    this.#edit('other', this.#cursor, this.#cursor, text);
  }

  /** A new line, indented as the brackets that are open there ask for. */
  newline(): void {
    const before = this.#text.slice(0, this.#cursor);
    const after = this.#text.slice(this.#cursor);
    const { end, open } = scan(before);
    const line = before.slice(before.lastIndexOf('\n') + 1);
    const own = /^[ \t]*/.exec(line)?.[0] ?? '';
    if (end !== 'code') return this.#edit('other', this.#cursor, this.#cursor, end === 'template' ? '\n' : `\n${own}`);
    const opensHere = (open.at(-1)?.at ?? -1) >= before.length - line.length;
    const deeper = opensHere ? own + INDENT : own;
    const closes = opensHere && /^[ \t]*[)\]}]/.test(after);
    const spaces = /^[ \t]*/.exec(after)?.[0].length ?? 0;
    this.#edit('other', this.#cursor, this.#cursor + spaces, `\n${deeper}${closes ? `\n${own}` : ''}`);
    if (closes) this.#cursor -= own.length + 1;
  }

  /** A closing bracket that is typed first on its line takes the indentation of the line with its partner. */
  #outdent(): void {
    const start = this.#lineStart(this.#cursor);
    const line = this.#text.slice(start, this.#cursor);
    if (line.slice(0, -1).trim() !== '') return;
    const before = scan(this.#text.slice(0, this.#cursor - 1));
    const partner = before.open.at(-1);
    if (before.end !== 'code' || partner === undefined) return;
    const indent = /^[ \t]*/.exec(this.#text.slice(this.#lineStart(partner.at)))?.[0] ?? '';
    const bracket = line.slice(-1);
    if (line === indent + bracket) return;
    this.#text = this.#text.slice(0, start) + indent + bracket + this.#text.slice(this.#cursor);
    this.#cursor = start + indent.length + 1;
  }

  backspace(): void {
    const before = this.#text.slice(this.#lineStart(this.#cursor), this.#cursor);
    const isIndent =
      before.length > 0 && before.trim() === '' && before.length % INDENT.length === 0 && before.endsWith(INDENT);
    this.#edit('other', isIndent ? this.#cursor - INDENT.length : this.#previous(), this.#cursor, '');
  }

  delete(): void {
    this.#edit('other', this.#cursor, this.#following(), '');
  }

  left(): void {
    this.#move(this.#previous());
  }

  right(): void {
    this.#move(this.#following());
  }

  wordLeft(): void {
    this.#move(this.#wordStart());
  }

  wordRight(): void {
    this.#move(this.#wordEnd());
  }

  home(): void {
    this.#move(this.#lineStart(this.#cursor));
  }

  end(): void {
    this.#move(this.#lineEnd(this.#cursor));
  }

  textStart(): void {
    this.#move(0);
  }

  textEnd(): void {
    this.#move(this.#text.length);
  }

  moveTo(offset: number): void {
    this.#move(Math.max(0, Math.min(offset, this.#text.length)));
  }

  /** Moves a line up; false on the first line. */
  up(): boolean {
    const start = this.#lineStart(this.#cursor);
    if (start === 0) return false;
    this.#moveToColumn(this.#lineStart(start - 1));
    return true;
  }

  /** Moves a line down; false on the last line. */
  down(): boolean {
    const end = this.#lineEnd(this.#cursor);
    if (end === this.#text.length) return false;
    this.#moveToColumn(end + 1);
    return true;
  }

  #moveToColumn(start: number): void {
    const goal = this.#goal ?? segmentsOf(this.#text.slice(this.#lineStart(this.#cursor), this.#cursor)).length;
    const line = segmentsOf(this.#text.slice(start, this.#lineEnd(start)));
    this.#move(start + line.slice(0, goal).join('').length);
    this.#goal = goal;
  }

  killLine(): void {
    const end = this.#lineEnd(this.#cursor);
    this.#kill(this.#cursor, end === this.#cursor ? this.#following() : end);
  }

  killLineLeft(): void {
    const start = this.#lineStart(this.#cursor);
    this.#kill(start === this.#cursor ? this.#previous() : start, this.#cursor);
  }

  killWordLeft(): void {
    this.#kill(this.#wordStart(), this.#cursor);
  }

  killWordRight(): void {
    this.#kill(this.#cursor, this.#wordEnd());
  }

  /** Kills back to the space before the word. */
  killSpaceLeft(): void {
    const before = this.#text.slice(0, this.#cursor);
    this.#kill(before.replace(/\S*\s*$/, '').length, this.#cursor);
  }

  #kill(start: number, end: number): void {
    if (start === end) return this.#settle('none');
    const killed = this.#text.slice(start, end);
    const isLeft = end === this.#cursor;
    const last = this.#kills.at(-1);
    if (this.#change === 'kill' && last !== undefined)
      this.#kills[this.#kills.length - 1] = isLeft ? killed + last : last + killed;
    else this.#kills.push(killed);
    if (this.#kills.length > MAX_KILLS) this.#kills.shift();
    this.#edit('kill', start, end, '');
  }

  /** Inserts what was killed last. */
  yank(): void {
    const index = this.#kills.length - 1;
    const text = this.#kills[index];
    if (text === undefined) return;
    const start = this.#cursor;
    this.#edit('yank', start, start, text);
    this.#yanked = { start, index };
  }

  /** Right after {@link yank}: what was killed before that instead. */
  yankPop(): void {
    if (this.#change !== 'yank' || !this.#yanked) return;
    const { start, index } = this.#yanked;
    const next = (index - 1 + this.#kills.length) % this.#kills.length;
    this.#edit('yank', start, this.#cursor, this.#kills[next] ?? '');
    this.#yanked = { start, index: next };
  }

  /** How many steps can be undone. */
  get undoDepth(): number {
    return this.#undo.length;
  }

  /** Makes one step of all that were taken since there were `depth`. */
  mergeUndo(depth: number): void {
    this.#undo.length = Math.min(this.#undo.length, depth + 1);
  }

  undo(): void {
    this.#swap(this.#undo, this.#redo);
  }

  redo(): void {
    this.#swap(this.#redo, this.#undo);
  }

  #swap(from: State[], to: State[]): void {
    const state = from.pop();
    if (!state) return;
    to.push({ text: this.#text, cursor: this.#cursor });
    this.#text = state.text;
    this.#cursor = state.cursor;
    this.#settle('none');
  }

  #edit(change: Change, start: number, end: number, text: string, continues = false): void {
    if (start === end && text === '') return this.#settle('none');
    if (!continues) {
      this.#undo.push({ text: this.#text, cursor: this.#cursor });
      if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    }
    this.#redo = [];
    this.#text = this.#text.slice(0, start) + text + this.#text.slice(end);
    this.#cursor = start + text.length;
    this.#settle(change);
  }

  #move(offset: number): void {
    this.#cursor = offset;
    this.#settle('none');
  }

  #settle(change: Change): void {
    this.#change = change;
    this.#goal = undefined;
    this.#yanked = undefined;
  }

  #lineStart(offset: number): number {
    return offset === 0 ? 0 : this.#text.lastIndexOf('\n', offset - 1) + 1;
  }

  #lineEnd(offset: number): number {
    const end = this.#text.indexOf('\n', offset);
    return end < 0 ? this.#text.length : end;
  }

  /** Where the character before the cursor begins: a whole emoji, or a letter with its accents. */
  #previous(): number {
    const start = this.#lineStart(this.#cursor);
    if (start === this.#cursor) return Math.max(0, start - 1);
    return this.#cursor - (segmentsOf(this.#text.slice(start, this.#cursor)).at(-1)?.length ?? 0);
  }

  #following(): number {
    const end = this.#lineEnd(this.#cursor);
    if (end === this.#cursor) return Math.min(this.#text.length, end + 1);
    return this.#cursor + (segmentsOf(this.#text.slice(this.#cursor, end))[0]?.length ?? 0);
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && !isWord(this.#text[at - 1])) at -= 1;
    while (at > 0 && isWord(this.#text[at - 1])) at -= 1;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#text.length && !isWord(this.#text[at])) at += 1;
    while (at < this.#text.length && isWord(this.#text[at])) at += 1;
    return at;
  }
}

function segmentsOf(text: string): string[] {
  return [...graphemesOf(text)];
}

function isWord(unit: string | undefined): boolean {
  return unit !== undefined && WORD.test(unit);
}
