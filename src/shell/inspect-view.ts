import type { FullScreenProgram } from './full-screen.ts';
import type { Typed } from './keys.ts';
import type { InspectedFrame, InspectedItem } from './protocol.ts';
import type { Size } from './screen.ts';
import { paint } from './spans.ts';

/** What is asked of the session. */
export interface InspectRequest {
  node: number;
  child?: number;
  offset: number;
  limit: number;
  define?: string;
}

/** Options of {@link InspectView}. */
export interface InspectViewOptions {
  /** What was typed for the value. */
  name: string;
  color: boolean;
  /** Asks the session. Rejects with what to tell the person. */
  ask(request: InspectRequest): Promise<Omit<InspectedFrame, 'op' | 'id'>>;
}

/** One value on the way down. */
interface Level {
  node: number;
  label: string;
  text: string;
  total: number;
  /** The lines that have come so far. */
  items: Map<number, InspectedItem>;
  selected: number;
  top: number;
}

/** So many lines are asked for at a time. */
const BATCH = 200;
const HELP = 'Enter: open  ←: back  d: define a variable  g G: ends  q: leave';

/** Looks into a value: down into its properties and back, page by page. */
export class InspectView implements FullScreenProgram {
  readonly #options: InspectViewOptions;
  readonly #levels: Level[] = [];
  #message = '';
  /** The name that is typed for a new variable. */
  #naming: string | undefined;
  /** Names of variables that were defined. */
  readonly defined: string[] = [];

  private constructor(options: InspectViewOptions) {
    this.#options = options;
  }

  /** Looks at the value for the first time. */
  static async open(options: InspectViewOptions): Promise<InspectView> {
    const view = new InspectView(options);
    await view.#enter({ node: 0, offset: 0, limit: BATCH }, options.name);
    return view;
  }

  get #level(): Level {
    const level = this.#levels.at(-1);
    if (!level) throw new Error('nothing is looked at');
    return level;
  }

  async #enter(request: InspectRequest, label: string): Promise<void> {
    const { node, text, total, items } = await this.#options.ask(request);
    const known = new Map(items.map((item) => [item.index, item]));
    this.#levels.push({ node, label, text, total, items: known, selected: 0, top: 0 });
  }

  rows(size: Size): string[] {
    const { label: _, ...level } = this.#level;
    const height = pageOf(size);
    this.#level.top = Math.max(Math.min(level.top, level.selected), level.selected - height + 1, 0);
    const { top } = this.#level;
    const path = this.#levels.map(({ label }) => label).join(' › ');
    const rows = [this.#style(path, 'bold'), level.text];
    const shown = Array.from({ length: Math.min(height, level.total - top) }, (_unused, index) => top + index);
    const width = Math.min(32, Math.max(1, ...shown.map((index) => level.items.get(index)?.label.length ?? 0)));
    for (const index of shown) rows.push(this.#row(level.items.get(index), index === level.selected, width, size));
    if (level.total === 0) rows.push(this.#style('  (nothing inside)', 'gray'));
    while (rows.length < size.rows - 1) rows.push('');
    return [...rows.slice(0, Math.max(1, size.rows - 1)), this.#status(size)];
  }

  #row(item: InspectedItem | undefined, isSelected: boolean, width: number, { columns }: Size): string {
    const mark = isSelected ? '›' : ' ';
    if (!item) return `${mark} …`;
    const label = item.label.length > width ? `${item.label.slice(0, width - 1)}…` : item.label.padEnd(width);
    const text = item.kind === 'getter' ? '(getter: Enter runs it)' : item.text;
    const line = `${mark} ${label}  ${text}`;
    if (isSelected) return this.#style(line.slice(0, columns).padEnd(columns), 'inverse');
    return `${mark} ${this.#style(label, item.kind === 'prototype' ? 'gray' : 'cyan')}  ${text}`;
  }

  #status({ columns }: Size): string {
    if (this.#naming !== undefined) return `name of the variable: ${this.#naming}`;
    const { selected, total } = this.#level;
    const text = ` ${total === 0 ? 0 : selected + 1} of ${total}  ${this.#message || HELP}`;
    return this.#style(text.slice(0, columns).padEnd(columns), 'inverse');
  }

  #style(text: string, style: string): string {
    return this.#options.color ? paint(text, style) : text;
  }

  key(typed: Typed, size: Size): 'end' | void | Promise<'end' | void> {
    this.#message = '';
    if (this.#naming !== undefined) return this.#type(typed, this.#naming);
    const page = pageOf(size);
    const { selected, total } = this.#level;
    const key = 'action' in typed ? typed.action : 'text' in typed ? typed.text : '';
    switch (key) {
      case 'q':
      case 'Q':
      case 'interrupt':
      case 'delete-or-eof':
        return 'end';
      case 'escape':
      case 'left':
      case 'backspace':
      case 'h':
        if (this.#levels.length === 1) return key === 'escape' ? 'end' : undefined;
        this.#levels.pop();
        return undefined;
      case 'accept':
      case 'right':
      case 'l':
        return this.#open();
      case 'down':
      case 'next':
      case 'j':
        return this.#select(selected + 1);
      case 'up':
      case 'previous':
      case 'k':
        return this.#select(selected - 1);
      case ' ':
      case 'f':
      case 'page-down':
        return this.#select(selected + page);
      case 'b':
      case 'page-up':
        return this.#select(selected - page);
      case 'g':
      case 'home':
      case 'text-start':
        return this.#select(0);
      case 'G':
      case 'end':
      case 'text-end':
        return this.#select(total - 1);
      case 'd':
        this.#naming = '';
        return undefined;
      default:
        return undefined;
    }
  }

  #select(index: number): void | Promise<void> {
    const level = this.#level;
    level.selected = Math.max(0, Math.min(index, level.total - 1));
    const first = Math.max(0, level.selected - BATCH / 2);
    const last = Math.min(level.total - 1, level.selected + BATCH / 4);
    for (let at = Math.max(0, level.selected - BATCH / 4); at <= last; at += 1)
      if (!level.items.has(at)) return this.#fetch(level, first);
  }

  #fetch(level: Level, offset: number): Promise<void> {
    return this.#try(async () => {
      const { items } = await this.#options.ask({ node: level.node, offset, limit: BATCH });
      for (const item of items) level.items.set(item.index, item);
    });
  }

  #open(): Promise<void> {
    const { node, selected, items } = this.#level;
    const item = items.get(selected);
    return this.#try(async () => {
      if (item) await this.#enter({ node, child: item.index, offset: 0, limit: BATCH }, item.label);
    });
  }

  #type(typed: Typed, name: string): void | Promise<void> {
    if ('text' in typed) this.#naming = name + typed.text;
    else if ('paste' in typed) this.#naming = name + typed.paste.trim();
    else if (typed.action === 'backspace') this.#naming = name.slice(0, -1);
    else if (typed.action === 'accept') {
      this.#naming = undefined;
      return name === '' ? undefined : this.#define(name);
    } else if (['escape', 'interrupt', 'abort'].includes(typed.action)) this.#naming = undefined;
  }

  #define(name: string): Promise<void> {
    const { node, selected, total } = this.#level;
    const child = total === 0 ? {} : { child: selected };
    return this.#try(async () => {
      await this.#options.ask({ node, ...child, offset: 0, limit: 0, define: name });
      this.defined.push(name);
      this.#message = `${name} is a variable now`;
    });
  }

  /** What the session refuses is told below. */
  async #try(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      this.#message = error instanceof Error ? error.message : String(error);
    }
  }
}

function pageOf({ rows }: Size): number {
  return Math.max(1, rows - 3);
}
