import { inspect } from 'node:util';
import { decodeEntities } from './entities.ts';
import { formatFields } from './markup-format.ts';

/** What may be put into HTML as it is: has a method that returns its own HTML. */
export type HasHTML = { toHTML(): unknown } | { __html__(): unknown };

const SPECIAL = /[&<>"']/;

/** Escapes `& < > " '` of a text for HTML and XML, content or attribute. Plain string in, plain string out. */
export function escapeHtml(text: string): string {
  let index = text.search(SPECIAL);
  if (index === -1) return text;
  let out = '';
  let last = 0;
  for (; index < text.length; index++) {
    const entity = entityOf(text.charCodeAt(index));
    if (entity === undefined) continue;
    out += text.slice(last, index) + entity;
    last = index + 1;
  }
  return out + text.slice(last);
}

// The numeric forms of the quotes are MarkupSafe's: two bytes shorter than &quot;, and &apos; is not HTML 4.
function entityOf(code: number): string | undefined {
  switch (code) {
    case 38:
      return '&amp;';
    case 60:
      return '&lt;';
    case 62:
      return '&gt;';
    case 34:
      return '&#34;';
    case 39:
      return '&#39;';
    default:
      return undefined;
  }
}

/**
 * The HTML of a value: what has `toHTML()` or `__html__()` stays as that returns it, anything else is turned into text
 * and escaped; null and undefined give nothing.
 */
export function escape(value: unknown): Markup {
  return value instanceof Markup ? value : new Markup(htmlOf(value));
}

/** {@link escape} as a plain string. */
export function htmlOf(value: unknown): string {
  if (typeof value === 'string') return escapeHtml(value);
  if (value === null || value === undefined) return '';
  return trustedHtml(value) ?? escapeHtml(String(value));
}

/** Whether a value says itself what its HTML is. */
export function hasHtml(value: unknown): value is HasHTML {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const { toHTML, __html__ } = value as { toHTML?: unknown; __html__?: unknown };
  return typeof toHTML === 'function' || typeof __html__ === 'function';
}

function trustedHtml(value: unknown): string | undefined {
  if (value instanceof Markup) return value.toString();
  if (!hasHtml(value)) return undefined;
  return String('toHTML' in value ? value.toHTML() : value.__html__());
}

/** Removes comments and tags, resolves entities and joins white space to single spaces. Not a sanitizer: see {@link escape}. */
export function striptags(html: unknown): string {
  const text = removeTags(removeComments(trustedHtml(html) ?? String(html)));
  return unescape(text.split(WHITE_SPACE).filter(Boolean).join(' '));
}

// Python's notion, which counts the information separators and NEL, and not the byte order mark.
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

// What is left of and right of a removed comment may make up a new opening, so what is kept is looked at, in one pass.
function removeComments(html: string): string {
  if (!html.includes('<!--')) return html;
  const kept: string[] = [];
  for (let index = 0; index < html.length; index++) {
    kept.push(html.charAt(index));
    if (html[index] !== '-' || kept.slice(-4).join('') !== '<!--') continue;
    const end = commentEnd(html, index + 1);
    if (end === -1) return kept.join('') + html.slice(index + 1);
    kept.length -= 4;
    index = end - 1;
  }
  return kept.join('');
}

/** Where the text after a comment begins; its two opening hyphens may be part of the closing ones. */
function commentEnd(html: string, start: number): number {
  if (html.startsWith('>', start)) return start + 1;
  if (html.startsWith('->', start)) return start + 2;
  const close = html.indexOf('-->', start);
  return close === -1 ? -1 : close + 3;
}

// An unclosed `<` would make the pattern look to the end again and again: what follows the last `>` is left alone.
function removeTags(html: string): string {
  const end = html.lastIndexOf('>') + 1;
  return html.slice(0, end).replace(/<[^>]*>/g, '') + html.slice(end);
}

/** Replaces character references (`&eacute;`, `&#233;`, `&#xe9;`) by their characters, as HTML 5 says. */
export function unescape(html: unknown): string {
  return decodeEntities(trustedHtml(html) ?? String(html));
}

/**
 * A text that is safe in HTML: escaped already, or written by the author of the page (MarkupSafe's `Markup`).
 *
 * It has the methods of a string; those that bring in other text escape it first, and what they return is Markup again.
 * `+` and template literals make a plain string of it: use {@link concat}, {@link format} or the {@link html} tag.
 */
export class Markup {
  readonly #html: string;

  /** Marks `html` as safe as it stands. A value with `toHTML()` or `__html__()` gives that. */
  constructor(html: unknown = '') {
    this.#html = typeof html === 'string' ? html : (trustedHtml(html) ?? String(html));
  }

  /** Escapes a value that is not known to be safe. */
  static escape(value: unknown): Markup {
    return escape(value);
  }

  get length(): number {
    return this.#html.length;
  }

  toString(): string {
    return this.#html;
  }

  valueOf(): string {
    return this.#html;
  }

  toJSON(): string {
    return this.#html;
  }

  toHTML(): string {
    return this.#html;
  }

  __html__(): string {
    return this.#html;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#html[Symbol.iterator]();
  }

  [inspect.custom](): string {
    return `Markup(${inspect(this.#html)})`;
  }

  concat(...values: unknown[]): Markup {
    return new Markup(this.#html + values.map(htmlOf).join(''));
  }

  /** `values`, escaped, with this between them. */
  join(values: Iterable<unknown>): Markup {
    return new Markup(Array.from(values, htmlOf).join(this.#html));
  }

  /**
   * Fills in `{}`, `{0}`, `{name}`, `{0.attribute}` and `{name[key]}` with escaped values; `{{` and `}}` are braces.
   * Names come from the last argument. Only own properties are looked up.
   */
  format(...args: unknown[]): Markup {
    return new Markup(formatFields(this.#html, args, htmlOf));
  }

  replace(pattern: string | RegExp, replacement: unknown): Markup {
    const html = htmlOf(replacement);
    return new Markup(this.#html.replace(escapePattern(pattern), () => html));
  }

  replaceAll(pattern: string | RegExp, replacement: unknown): Markup {
    const html = htmlOf(replacement);
    return new Markup(this.#html.replaceAll(escapePattern(pattern), () => html));
  }

  split(separator: string | RegExp, limit?: number): Markup[] {
    return this.#html.split(separator, limit).map((part) => new Markup(part));
  }

  repeat(count: number): Markup {
    return new Markup(this.#html.repeat(count));
  }

  slice(start?: number, end?: number): Markup {
    return new Markup(this.#html.slice(start, end));
  }

  substring(start: number, end?: number): Markup {
    return new Markup(this.#html.substring(start, end));
  }

  at(index: number): Markup | undefined {
    const character = this.#html.at(index);
    return character === undefined ? undefined : new Markup(character);
  }

  charAt(index: number): Markup {
    return new Markup(this.#html.charAt(index));
  }

  trim(): Markup {
    return new Markup(this.#html.trim());
  }

  trimStart(): Markup {
    return new Markup(this.#html.trimStart());
  }

  trimEnd(): Markup {
    return new Markup(this.#html.trimEnd());
  }

  toUpperCase(): Markup {
    return new Markup(this.#html.toUpperCase());
  }

  toLowerCase(): Markup {
    return new Markup(this.#html.toLowerCase());
  }

  padStart(length: number, fill: unknown = ' '): Markup {
    return new Markup(padding(length - this.length, fill) + this.#html);
  }

  padEnd(length: number, fill: unknown = ' '): Markup {
    return new Markup(this.#html + padding(length - this.length, fill));
  }

  includes(search: string, position?: number): boolean {
    return this.#html.includes(search, position);
  }

  startsWith(search: string, position?: number): boolean {
    return this.#html.startsWith(search, position);
  }

  endsWith(search: string, position?: number): boolean {
    return this.#html.endsWith(search, position);
  }

  indexOf(search: string, position?: number): number {
    return this.#html.indexOf(search, position);
  }

  /** The text without tags: {@link striptags}. */
  striptags(): string {
    return striptags(this);
  }

  /** The text that this is the HTML of: {@link unescape}. */
  unescape(): string {
    return decodeEntities(this.#html);
  }
}

// Escaped after it is cut to length: a cut entity would swallow the text behind it.
function padding(length: number, fill: unknown): string {
  if (fill instanceof Markup) return ''.padEnd(length, fill.toString());
  return escapeHtml(''.padEnd(length, String(fill)));
}

function escapePattern(pattern: string | RegExp): string | RegExp {
  return typeof pattern === 'string' ? escapeHtml(pattern) : pattern;
}

/** Template tag for markup: html`<b>${name}</b>` escapes what is filled in; arrays are joined without a separator. */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Markup {
  let out = strings[0] ?? '';
  values.forEach((value, index) => {
    out += (Array.isArray(value) ? value.map(htmlOf).join('') : htmlOf(value)) + (strings[index + 1] ?? '');
  });
  return new Markup(out);
}
