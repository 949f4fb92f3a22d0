import { stringWidth } from '../util/terminal.ts';
import type { CompletionItem, Completions } from './editor-types.ts';
import { paint } from './spans.ts';

/** How many rows a menu takes at most. */
export const MAX_ROWS = 12;

/** The list of suggestions beneath an entry. */
export class CompletionMenu {
  readonly start: number;
  readonly #all: readonly CompletionItem[];
  #items: readonly CompletionItem[];
  #selected = -1;
  /** What is known about items that were selected. */
  readonly #details = new Map<CompletionItem, readonly string[]>();
  #typed: string;

  constructor({ items, start }: Completions, typed: string) {
    this.start = start;
    this.#typed = typed;
    this.#all = items;
    this.#items = items;
  }

  /** What is typed of a suggestion. */
  get typed(): string {
    return this.#typed;
  }

  /** What is selected; nothing until a key has moved into the list. */
  get selected(): CompletionItem | undefined {
    return this.#items[this.#selected];
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Selects the next suggestion, or the one before with -1, around the ends. */
  move(by: 1 | -1): void {
    const count = this.#items.length;
    const from = this.#selected < 0 && by < 0 ? 0 : this.#selected;
    this.#selected = (from + by + count) % count;
  }

  /** Keeps the suggestions that begin with what is typed by now. */
  filter(typed: string): void {
    this.#typed = typed;
    this.#items = this.#all.filter(({ label }) => label.startsWith(typed));
    this.#selected = -1;
  }

  /** Asks about the selected item, if there is more to know; `changed` is called when it is there. */
  describe(changed: () => void): void {
    const item = this.selected;
    if (!item?.describe || this.#details.has(item)) return;
    this.#details.set(item, []);
    void item.describe().then((rows) => {
      this.#details.set(item, rows);
      if (this.selected === item) changed();
    });
  }

  rows(color: boolean, maximum = MAX_ROWS): string[] {
    const count = this.#items.length;
    const details = (this.selected && this.#details.get(this.selected)) ?? [];
    const height = Math.max(2, maximum - details.length);
    const hasMore = count > height;
    const shown = hasMore ? height - 1 : count;
    const first = Math.max(0, Math.min(this.#selected - shown + 1, count - shown));
    const visible = this.#items.slice(first, first + shown);
    const width = Math.max(0, ...visible.map(({ label }) => stringWidth(label)));
    const rows = visible.map((item, index) => rowOf(item, width, first + index === this.#selected, color));
    if (hasMore) rows.push(dim(`  ${first + 1}–${first + shown} of ${count}`, color));
    for (const detail of details) rows.push(dim(`  ${detail}`, color));
    return rows;
  }
}

function rowOf({ label, kind, detail }: CompletionItem, width: number, isSelected: boolean, color: boolean): string {
  const padded = label + ' '.repeat(width - stringWidth(label));
  const note = [kind, detail].filter((part) => part !== undefined && part !== '').join('  ');
  const name = isSelected && color ? paint(` ${padded} `, 'inverse') : `${isSelected ? '>' : ' '}${padded} `;
  return note === '' ? name.trimEnd() : `${name} ${dim(note, color)}`;
}

function dim(text: string, color: boolean): string {
  return color ? paint(text, 'gray') : text;
}

/** What all labels begin with. */
export function commonPrefix(labels: readonly string[]): string {
  let [prefix = ''] = labels;
  for (const label of labels) {
    while (!label.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  // Not half of a surrogate pair.
  return /[\ud800-\udbff]$/.test(prefix) ? prefix.slice(0, -1) : prefix;
}
