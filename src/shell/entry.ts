import { CompletionMenu, commonPrefix, MAX_ROWS } from './completion-menu.ts';
import { bufferActions } from './editor-actions.ts';
import { EditorBuffer } from './editor-buffer.ts';
import type { Completions, EditorHistory } from './editor-types.ts';
import { HistorySearch, HistoryWalk } from './history-walk.ts';
import type { Action } from './keys.ts';
import { ViMode } from './vi.ts';

/** An entry while it is typed: its text, the walk through the history, the search and the menu. Knows of no terminal. */
export class Entry {
  readonly #history: EditorHistory;
  readonly #changed: () => void;
  readonly #buffer = new EditorBuffer();
  #walk: HistoryWalk | undefined;
  #search: HistorySearch | undefined;
  #menu: CompletionMenu | undefined;
  #vi: ViMode | undefined;
  /** What was typed before the search began. */
  #before = { text: '', cursor: 0 };

  /** `changed` is called when something comes to be seen without a key. */
  constructor(history: EditorHistory = { lines: [] }, changed: () => void = () => {}) {
    this.#history = history;
    this.#changed = changed;
  }

  get text(): string {
    return this.#buffer.text;
  }

  get cursor(): number {
    return this.#buffer.cursor;
  }

  /** With the keys of vi, whether what is typed is text or a command. */
  get mode(): 'insert' | 'normal' | undefined {
    return this.#vi && (this.#vi.isInserting || this.#search ? 'insert' : 'normal');
  }

  /** Takes the keys of vi, or those of Emacs. */
  useVi(isWanted: boolean): void {
    if (!isWanted) this.#vi = undefined;
    else
      this.#vi ??= new ViMode(this.#buffer, {
        recall: (direction) => this.#recall(direction),
        search: () => this.#beginSearch(),
      });
  }

  /** Begins anew. What was killed can still be yanked. */
  reset(text = ''): void {
    this.#buffer.reset(text);
    this.#vi?.reset();
    this.#walk = undefined;
    this.closePanels();
  }

  closePanels(): void {
    this.#search = undefined;
    this.#menu = undefined;
  }

  newline(): void {
    this.#buffer.newline();
  }

  /** The rows beneath the text, on a terminal of so many rows: some of them stay for the text. */
  panel(color: boolean, height = 24): string[] {
    if (this.#search) return [this.#search.label];
    return this.#menu?.rows(color, Math.min(MAX_ROWS, Math.max(Math.min(4, height - 1), height - 4))) ?? [];
  }

  /** Text from the keyboard. Gives back what is left to the editor. */
  type(text: string): Action | undefined {
    if (this.#search) return void this.#searchFor(this.#search, this.#search.query + text);
    if (this.#vi?.isInserting === false) return this.#vi.key(text);
    this.#vi?.typed(text);
    this.#buffer.insert(text);
    this.#filterMenu();
  }

  paste(text: string): void {
    if (this.#search) return this.#searchFor(this.#search, this.#search.query + text.replaceAll('\n', ' '));
    this.#buffer.paste(text);
    this.#menu = undefined;
  }

  /** Does what a key means, as far as it is about the text. Gives back what is left to the editor. */
  act(action: Action): Action | undefined {
    if (this.#search && this.#actInSearch(this.#search, action)) return undefined;
    if (this.#menu && this.#actInMenu(this.#menu, action)) return undefined;
    if (this.#vi && this.#actInVi(this.#vi, action)) return undefined;
    if (action === 'delete-or-eof' && this.text === '') return action;
    const edit = bufferActions[action];
    if (edit) {
      edit(this.#buffer);
      return undefined;
    }
    switch (action) {
      case 'up':
        if (!this.#buffer.up()) this.#recall('previous');
        return undefined;
      case 'down':
        if (!this.#buffer.down()) this.#recall('next');
        return undefined;
      case 'previous':
      case 'next':
        this.#recall(action);
        return undefined;
      case 'search':
        this.#beginSearch();
        return undefined;
      case 'complete':
        return this.#indents() ? undefined : action;
      default:
        return action;
    }
  }

  #beginSearch(): void {
    this.#before = { text: this.text, cursor: this.cursor };
    this.#search = new HistorySearch(this.#history.lines);
  }

  /** Gives whether a key without a character means something else in vi. */
  #actInVi(vi: ViMode, action: Action): boolean {
    if (action === 'escape') {
      vi.escape();
      return false;
    }
    if (vi.isInserting) {
      if (action === 'newline') vi.typed('\n');
      if (action === 'backspace') vi.untyped();
      return false;
    }
    switch (action) {
      case 'search':
        this.#buffer.redo();
        return true;
      case 'backspace':
        vi.key('h');
        return true;
      case 'complete':
      case 'newline':
        return true;
      default:
        return false;
    }
  }

  /** At the beginning of a line Tab indents. */
  #indents(): boolean {
    const before = this.text.slice(0, this.cursor);
    const isAtStart = this.text !== '' && before.slice(before.lastIndexOf('\n') + 1).trim() === '';
    if (isAtStart) this.#buffer.insert('  ');
    return isAtStart;
  }

  #recall(direction: 'previous' | 'next'): void {
    this.#walk ??= new HistoryWalk(this.#history.lines);
    const text = this.#walk[direction](this.text);
    if (text !== undefined) this.#buffer.reset(text);
  }

  /** Gives whether the key was one of the search; every other one ends it and then does what it does. */
  #actInSearch(search: HistorySearch, action: Action): boolean {
    switch (action) {
      case 'search':
      case 'search-forward':
        search.move(action === 'search' ? 1 : -1);
        this.#showMatch(search);
        return true;
      case 'backspace':
        this.#searchFor(search, search.query.replace(/.$/su, ''));
        return true;
      case 'abort':
      case 'interrupt':
        this.#search = undefined;
        this.#buffer.reset(this.#before.text, this.#before.cursor);
        return true;
      default:
        this.#search = undefined;
        return action === 'escape' || action === 'complete';
    }
  }

  #searchFor(search: HistorySearch, query: string): void {
    search.query = query;
    this.#showMatch(search);
  }

  #showMatch(search: HistorySearch): void {
    if (search.match !== undefined) this.#buffer.reset(search.match, search.cursor);
    else if (search.query === '') this.#buffer.reset(this.#before.text, this.#before.cursor);
  }

  /** Takes suggestions in: the only one, what all begin with, or the menu where that is no more than what is typed. */
  suggest(found: Completions): void {
    this.#take(found);
    const menu = this.#menu;
    const { text, cursor } = this;
    // A menu that nobody has touched yet shows the better answer.
    void found.later?.then((better) => {
      if (!better || better.items.length === 0 || !menu || this.#menu !== menu || menu.selected) return;
      if (this.text !== text || this.cursor !== cursor) return;
      this.#menu = new CompletionMenu(better, text.slice(better.start, better.end));
      this.#changed();
    });
  }

  #take(found: Completions): void {
    const { items, start, end } = found;
    const typed = this.text.slice(start, end);
    const prefix = commonPrefix(items.map(({ label }) => label));
    const [only] = items;
    if (only === undefined) return;
    if (items.length === 1) return this.#buffer.replace(start, end, only.label);
    if (prefix.length > typed.length && prefix.startsWith(typed)) return this.#buffer.replace(start, end, prefix);
    this.#buffer.moveTo(end);
    this.#menu = new CompletionMenu(found, typed);
  }

  /** Gives whether the key was one of the menu; every other one closes it and then does what it does. */
  #actInMenu(menu: CompletionMenu, action: Action): boolean {
    switch (action) {
      case 'complete':
      case 'down':
        menu.move(1);
        this.#select(menu);
        return true;
      case 'complete-back':
      case 'up':
        menu.move(-1);
        this.#select(menu);
        return true;
      case 'escape':
      case 'abort':
        this.#menu = undefined;
        if (menu.selected) this.#insertLabel(menu, menu.typed);
        return true;
      default:
        this.#menu = undefined;
        return action === 'accept' && menu.selected !== undefined;
    }
  }

  #select(menu: CompletionMenu): void {
    this.#insertLabel(menu, menu.selected?.label);
    menu.describe(this.#changed);
  }

  #insertLabel(menu: CompletionMenu, label = menu.typed): void {
    this.#buffer.replace(menu.start, this.cursor, label);
  }

  #filterMenu(): void {
    if (!this.#menu) return;
    if (this.#menu.selected === undefined) this.#menu.filter(this.text.slice(this.#menu.start, this.cursor));
    else this.#menu = undefined;
    if (this.#menu?.isEmpty) this.#menu = undefined;
  }
}
