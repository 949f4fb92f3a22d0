import type { EditorBuffer } from './editor-buffer.ts';
import { along, joinLines, openLine, put, replaceCharacters, swapCase, type Register } from './vi-changes.ts';
import { find, firstWord, lineEnd, lineStart, motionOf, textObject, type Find, type Motion } from './vi-motions.ts';

/** What vi asks of the entry around it. */
export interface ViHost {
  /** An earlier or later entry of the history. */
  recall(direction: 'previous' | 'next'): void;
  /** Looks for an earlier entry. */
  search(): void;
}

/** A key that is left to the editor. */
export type ViAnswer = 'edit' | undefined;

/** The keys of vi: an insert mode in which keys are text, and a normal mode in which they are commands. */
export class ViMode {
  readonly #buffer: EditorBuffer;
  readonly #host: ViHost;
  #isInserting = true;
  /** The keys of a command that is not complete. */
  #keys = '';
  #register: Register = { text: '', isLinewise: false };
  #lastFind: Find | undefined;
  /** The last change: its keys, and what was typed after them. */
  #lastChange = { keys: '', typed: '' };
  #typed = '';
  /** How many steps could be undone when the insert mode began. */
  #undoDepth = 0;
  #isRepeating = false;

  constructor(buffer: EditorBuffer, host: ViHost) {
    this.#buffer = buffer;
    this.#host = host;
  }

  get isInserting(): boolean {
    return this.#isInserting;
  }

  /** A new entry begins in insert mode. */
  reset(): void {
    this.#isInserting = true;
    this.#keys = '';
    this.#typed = '';
    this.#undoDepth = 0;
  }

  /** Text that was typed in insert mode: `.` types it again. */
  typed(text: string): void {
    this.#typed += text;
  }

  /** The last character of it was taken back. */
  untyped(): void {
    this.#typed = this.#typed.replace(/.$/su, '');
  }

  /** Back to normal mode; there it drops what was typed of a command. */
  escape(): void {
    this.#keys = '';
    if (!this.#isInserting) return;
    this.#isInserting = false;
    // What was typed meanwhile is one change.
    this.#buffer.mergeUndo(this.#undoDepth);
    if (!this.#isRepeating) this.#lastChange = { ...this.#lastChange, typed: this.#typed };
    if (this.#buffer.cursor > lineStart(this.#buffer.text, this.#buffer.cursor)) this.#buffer.left();
  }

  /** A key in normal mode. */
  key(character: string): ViAnswer {
    this.#keys += character;
    const answer = this.#run(this.#keys);
    if (answer === 'more') return undefined;
    this.#keys = '';
    this.#clamp();
    return answer;
  }

  /** The cursor of normal mode stands on a character. */
  #clamp(): void {
    const { text, cursor } = this.#buffer;
    if (!this.#isInserting && cursor > lineStart(text, cursor) && cursor === lineEnd(text, cursor)) this.#buffer.left();
  }

  #run(keys: string): ViAnswer | 'more' {
    const [, number = '', rest = ''] = /^([1-9]\d*)?([^]*)$/.exec(keys) ?? [];
    if (rest === '') return 'more';
    const count = number === '' ? undefined : Number(number);
    const operator = /^[dcy]/.exec(rest)?.[0];
    if (operator !== undefined) return this.#operate(operator, rest.slice(1), count, keys);
    const motion = this.#motion(rest, count);
    if (motion === 'more') return 'more';
    if (motion !== undefined) return void this.#buffer.moveTo(motion.to);
    if (/^(?:[fFtT]|g)./s.test(rest)) return undefined;
    return this.#command(rest, count, keys);
  }

  /** Where the keys of a motion lead; undefined for what is none, or leads nowhere. */
  #motion(keys: string, count: number | undefined): Motion | 'more' | undefined {
    const { text, cursor } = this.#buffer;
    const times = count ?? 1;
    if (/^[fFtTg]$/.test(keys)) return 'more';
    const [key = '', character = ''] = keys;
    if (/^[fFtT]/.test(key)) {
      this.#lastFind = [key, character];
      return find(text, cursor, this.#lastFind, times);
    }
    if (keys === ';' || keys === ',') {
      if (!this.#lastFind) return undefined;
      const [kind, wanted] = this.#lastFind;
      const turned = kind === kind.toLowerCase() ? kind.toUpperCase() : kind.toLowerCase();
      return find(text, cursor, [keys === ';' ? kind : turned, wanted], times);
    }
    if (keys === 'h' || keys === 'l' || keys === ' ') return { to: along(this.#buffer, keys, times) };
    return motionOf(keys, text, cursor, count);
  }

  #operate(operator: string, keys: string, count: number | undefined, all: string): ViAnswer | 'more' {
    const [, number = '', target = ''] = /^([1-9]\d*)?([^]*)$/.exec(keys) ?? [];
    if (target === '' || target === 'i' || target === 'a') return 'more';
    const times = count === undefined && number === '' ? undefined : (count ?? 1) * Number(number || 1);
    const { text, cursor } = this.#buffer;
    const [kind = '', object = ''] = target;
    if (target === operator || target === 'j' || target === 'k') {
      const lines = target === operator ? (times ?? 1) - 1 : (times ?? 1);
      return this.#operateLines(operator, target === 'k' ? -lines : lines, all);
    }
    if (kind === 'i' || kind === 'a') {
      const range = textObject(kind, object, text, cursor);
      return range && this.#apply(operator, range, all);
    }
    // `cw` leaves the space behind the word.
    const isChangeWord = operator === 'c' && /^[wW]$/.test(target) && /\S/.test(text[cursor] ?? '');
    const motion = this.#motion(isChangeWord ? (target === 'w' ? 'e' : 'E') : target, times);
    if (motion === 'more' || motion === undefined) return motion;
    if (motion.isLinewise) {
      const lines = text.slice(Math.min(cursor, motion.to), Math.max(cursor, motion.to)).split('\n').length - 1;
      return this.#operateLines(operator, motion.to < cursor ? -lines : lines, all);
    }
    let [start, end] = [Math.min(cursor, motion.to), Math.max(cursor, motion.to)];
    // A word at the end of a line ends there.
    if (/^[wW]$/.test(target) && text.slice(start, end).includes('\n') && times === undefined)
      end = lineEnd(text, start);
    if (motion.isInclusive) end = Math.min(end + 1, text.length);
    return this.#apply(operator, [start, end], all);
  }

  #operateLines(operator: string, lines: number, all: string): ViAnswer {
    const { text, cursor } = this.#buffer;
    let [first, last] = [cursor, cursor];
    for (let left = Math.abs(lines); left > 0; left -= 1) {
      if (lines < 0) first = Math.max(0, lineStart(text, first) - 1);
      else last = Math.min(text.length, lineEnd(text, last) + 1);
    }
    const [start, end] = [lineStart(text, first), lineEnd(text, last)];
    this.#register = { text: text.slice(start, end), isLinewise: true };
    if (operator === 'y') return void this.#buffer.moveTo(Math.min(cursor, firstWord(text, start)));
    if (operator === 'c') {
      this.#buffer.replace(firstWord(text, start), end, '');
      return this.#insert(all);
    }
    const isLast = end === text.length;
    this.#buffer.replace(isLast ? Math.max(0, start - 1) : start, isLast ? end : end + 1, '');
    const at = isLast ? lineStart(this.#buffer.text, this.#buffer.cursor) : start;
    this.#buffer.moveTo(firstWord(this.#buffer.text, at));
    return this.#changed(all);
  }

  #apply(operator: string, [start, end]: readonly [number, number], all: string): ViAnswer {
    this.#register = { text: this.#buffer.text.slice(start, end), isLinewise: false };
    if (operator === 'y') return void this.#buffer.moveTo(start);
    if (operator === 'c') this.#undoDepth = this.#buffer.undoDepth;
    if (start < end) this.#buffer.replace(start, end, '');
    this.#buffer.moveTo(start);
    if (operator === 'd') return this.#changed(all);
    return this.#insert(all, this.#undoDepth);
  }

  #command(keys: string, count: number | undefined, all: string): ViAnswer | 'more' {
    const { text, cursor } = this.#buffer;
    const times = count ?? 1;
    const end = lineEnd(text, cursor);
    switch (keys[0]) {
      case 'i':
        return this.#insert(all);
      case 'a':
        if (cursor < end) this.#buffer.right();
        return this.#insert(all);
      case 'I':
        this.#buffer.moveTo(firstWord(text, cursor));
        return this.#insert(all);
      case 'A':
        this.#buffer.moveTo(end);
        return this.#insert(all);
      case 'o':
        return this.#openLine(false, all);
      case 'O':
        return this.#openLine(true, all);
      case 'x':
        return this.#apply('d', [cursor, Math.max(cursor, along(this.#buffer, 'l', times))], all);
      case 'X':
        return this.#apply('d', [along(this.#buffer, 'h', times), cursor], all);
      case 's':
        return this.#apply('c', [cursor, along(this.#buffer, 'l', times)], all);
      case 'S':
        return this.#operateLines('c', times - 1, all);
      case 'D':
        return this.#apply('d', [cursor, end], all);
      case 'C':
        return this.#apply('c', [cursor, end], all);
      case 'Y':
        return this.#operateLines('y', times - 1, all);
      case 'r':
        if (keys.length === 1) return 'more';
        return this.#changedIf(replaceCharacters(this.#buffer, keys.slice(1), times), all);
      case '~':
        swapCase(this.#buffer, times);
        return this.#changed(all);
      case 'J':
        return this.#changedIf(joinLines(this.#buffer), all);
      case 'p':
      case 'P':
        return this.#changedIf(put(this.#buffer, this.#register, keys === 'p', times), all);
      case 'u':
        for (let left = times; left > 0; left -= 1) this.#buffer.undo();
        return undefined;
      case '.':
        return this.#repeat(times);
      case 'j':
      case '+':
        return this.#line('down', times);
      case 'k':
      case '-':
        return this.#line('up', times);
      case '/':
      case '?':
        return void this.#host.search();
      case 'v':
        return 'edit';
      default:
        return undefined;
    }
  }

  #line(direction: 'up' | 'down', times: number): undefined {
    for (let left = times; left > 0; left -= 1) {
      if (!this.#buffer[direction]()) this.#host.recall(direction === 'up' ? 'previous' : 'next');
    }
  }

  /** A change that is complete: `.` does it again. */
  #changed(keys: string): undefined {
    if (!this.#isRepeating) this.#lastChange = { keys, typed: '' };
  }

  #changedIf(hasChanged: boolean, keys: string): undefined {
    if (hasChanged) this.#changed(keys);
  }

  #insert(keys: string, undoDepth = this.#buffer.undoDepth): undefined {
    this.#isInserting = true;
    this.#typed = '';
    this.#undoDepth = undoDepth;
    this.#changed(keys);
  }

  #openLine(isAbove: boolean, keys: string): undefined {
    const depth = this.#buffer.undoDepth;
    openLine(this.#buffer, isAbove);
    return this.#insert(keys, depth);
  }

  #repeat(times: number): undefined {
    const { keys, typed } = this.#lastChange;
    if (keys === '') return;
    this.#isRepeating = true;
    for (let left = times; left > 0; left -= 1) {
      this.#run(keys);
      if (!this.#isInserting) continue;
      if (typed !== '') this.#buffer.paste(typed);
      this.escape();
    }
    this.#isRepeating = false;
  }
}
