import { stripAnsi } from '../util/terminal.ts';
import type { FullScreenProgram } from './full-screen.ts';
import type { Typed } from './keys.ts';
import { wrapLine, type Size } from './screen.ts';
import { paint } from './spans.ts';

interface ShownRow {
  text: string;
  /** Which line it is of. */
  line: number;
}

const HELP = 'space b: pages  j k: lines  / n N: search  g G: ends  q: leave';

/** Shows a text page by page, with the keys of `less`. */
export class Pager implements FullScreenProgram {
  readonly #lines: readonly string[];
  readonly #color: boolean;
  #columns = 0;
  #rows: readonly ShownRow[] = [];
  #top = 0;
  #query = '';
  /** What is typed after `/`. */
  #typing: string | undefined;
  #message = '';

  /** `text` may have colours. */
  constructor(text: string, options: { color: boolean }) {
    this.#lines = text.replace(/\n$/, '').split('\n');
    this.#color = options.color;
  }

  rows(size: Size): string[] {
    this.#layOut(size.columns);
    const height = pageOf(size);
    this.#top = Math.max(0, Math.min(this.#top, this.#rows.length - height));
    const shown = this.#rows.slice(this.#top, this.#top + height).map(({ text }) => this.#marked(text));
    while (shown.length < height) shown.push('');
    return [...shown, this.#status(height, size.columns)];
  }

  /** Wraps the lines anew; the first line that is seen stays. */
  #layOut(columns: number): void {
    if (columns === this.#columns) return;
    const line = this.#rows[this.#top]?.line ?? 0;
    this.#columns = columns;
    this.#rows = this.#lines.flatMap((text, index) =>
      wrapLine(text, columns).map((row): ShownRow => ({ text: row.text, line: index })),
    );
    this.#top = Math.max(
      0,
      this.#rows.findIndex((row) => row.line === line),
    );
  }

  #status(height: number, columns: number): string {
    if (this.#typing !== undefined) return `/${this.#typing}`;
    const last = Math.min(this.#top + height, this.#rows.length);
    const place = ` ${this.#top + 1}–${last} of ${this.#rows.length}  `;
    const text = (place + (this.#message || HELP)).slice(0, columns).padEnd(columns);
    return this.#color ? paint(text, 'inverse') : text;
  }

  /** What was looked for stands out. */
  #marked(text: string): string {
    if (this.#query === '') return text;
    const plain = stripAnsi(text);
    const found = matcher(this.#query);
    if (!found.test(plain)) return text;
    return this.#color ? plain.replaceAll(found, (match) => paint(match, 'inverse')) : text;
  }

  key(typed: Typed, size: Size): 'end' | void {
    this.#message = '';
    if (this.#typing !== undefined) return this.#type(typed, this.#typing, size);
    const page = pageOf(size);
    const key = 'action' in typed ? typed.action : 'text' in typed ? typed.text : '';
    switch (key) {
      case 'q':
      case 'Q':
      case 'escape':
      case 'interrupt':
      case 'delete-or-eof':
        return 'end';
      case ' ':
      case 'f':
      case 'page-down':
        return this.#go(this.#top + page);
      case 'b':
      case 'page-up':
        return this.#go(this.#top - page);
      case 'd':
        return this.#go(this.#top + Math.ceil(page / 2));
      case 'u':
      case 'kill-line-left':
        return this.#go(this.#top - Math.ceil(page / 2));
      case 'j':
      case 'down':
      case 'accept':
      case 'newline':
      case 'next':
        return this.#go(this.#top + 1);
      case 'k':
      case 'up':
      case 'previous':
        return this.#go(this.#top - 1);
      case 'g':
      case '<':
      case 'home':
      case 'text-start':
        return this.#go(0);
      case 'G':
      case '>':
      case 'end':
      case 'text-end':
        return this.#go(this.#rows.length);
      case '/':
        this.#typing = '';
        return undefined;
      case 'n':
        return this.#find(1, this.#top + 1);
      case 'N':
        return this.#find(-1, this.#top - 1);
      default:
        return undefined;
    }
  }

  #go(top: number): void {
    this.#top = Math.max(0, top);
  }

  #type(typed: Typed, query: string, size: Size): void {
    if ('text' in typed) this.#typing = query + typed.text;
    else if ('paste' in typed) this.#typing = query + typed.paste.replaceAll('\n', ' ');
    else if (typed.action === 'backspace') this.#typing = query === '' ? undefined : query.replace(/.$/su, '');
    else if (typed.action === 'accept') {
      this.#typing = undefined;
      if (query !== '') this.#query = query;
      // Also what is on the screen already, but not what is above it.
      this.#find(1, Math.min(this.#top, Math.max(0, this.#rows.length - pageOf(size))));
    } else if (typed.action === 'escape' || typed.action === 'interrupt' || typed.action === 'abort')
      this.#typing = undefined;
  }

  /** Goes to the next row with what is looked for, from `start` in a direction; around the end, too. */
  #find(direction: 1 | -1, start: number): void {
    if (this.#query === '') return void (this.#message = 'nothing to look for: / and a text');
    const count = this.#rows.length;
    const found = matcher(this.#query);
    for (let step = 0; step < count; step += 1) {
      const at = (start + step * direction + 2 * count) % count;
      found.lastIndex = 0;
      if (found.test(stripAnsi(this.#rows[at]?.text ?? ''))) return this.#go(at);
    }
    this.#message = `not found: ${this.#query}`;
  }
}

function pageOf({ rows }: Size): number {
  return Math.max(1, rows - 1);
}

/** Capitals matter once there is one. */
function matcher(query: string): RegExp {
  return new RegExp(query.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&'), /\p{Lu}/u.test(query) ? 'gu' : 'giu');
}
