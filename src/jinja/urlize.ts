import { escapeHtml } from '../util/markup.ts';

/** How links are made. */
export interface UrlizeOptions {
  /** Longer link texts are cut. */
  limit: number | undefined;
  rel: string;
  target: string | null;
  /** Further schemes, such as `tel:`. */
  schemes: readonly string[];
}

const NAMED =
  /^(?:https?:\/\/|www\.)(?:(?:[\p{L}\p{N}_%-]+\.)+)?(?:[a-z]{2,63}|xn--[\p{L}\p{N}_%]{2,59})(?::\d{1,5})?(?:[/?#]\S*)?$/iu;
const KNOWN_DOMAIN = /^(?:[\p{L}\p{N}_%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)(?::\d{1,5})?(?:[/?#]\S*)?$/iu;
const ADDRESS =
  /^https?:\/\/(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\])(?::\d{1,5})?(?:[/?#]\S*)?$/iu;
const HOST_END = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.[\p{L}\p{N}_]+$/u;
const PAIRS = [
  ['(', ')'],
  ['<', '>'],
  ['&lt;', '&gt;'],
] as const;

/** Makes links of the URLs and mail addresses in a text that is HTML already. */
export function urlizeText(html: string, options: UrlizeOptions): string {
  const attributes =
    (options.rel === '' ? '' : ` rel="${escapeHtml(options.rel)}"`) +
    (options.target ? ` target="${escapeHtml(options.target)}"` : '');
  return html
    .split(/(\s+)/)
    .map((word) => {
      const { head, middle, tail } = splitWord(word);
      return head + linked(middle, attributes, options) + tail;
    })
    .join('');
}

/** Cuts what surrounds a URL off a word: brackets, and marks at its end. */
function splitWord(word: string): { head: string; middle: string; tail: string } {
  const head = /^(?:[(<]|&lt;)+/.exec(word)?.[0] ?? '';
  let middle = word.slice(head.length);
  let tail = '';
  for (let end = trailing(middle); end !== ''; end = trailing(middle)) {
    middle = middle.slice(0, -end.length);
    tail = end + tail;
  }
  for (const [open, close] of PAIRS) {
    const opened = count(middle, open);
    if (opened <= count(middle, close)) continue;
    // Brackets that belong to the URL.
    for (let moves = Math.min(opened, count(tail, close)); moves > 0; moves--) {
      const end = tail.indexOf(close) + close.length;
      middle += tail.slice(0, end);
      tail = tail.slice(end);
    }
  }
  return { head, middle, tail };
}

function trailing(text: string): string {
  if (text.endsWith('&gt;')) return '&gt;';
  return /[)>.,\n]$/.test(text) ? text.slice(-1) : '';
}

const count = (text: string, part: string): number => text.split(part).length - 1;

function linked(text: string, attributes: string, { limit, schemes }: UrlizeOptions): string {
  if (text === '') return '';
  if (NAMED.test(text) || KNOWN_DOMAIN.test(text) || ADDRESS.test(text)) {
    const url = text.startsWith('https://') || text.startsWith('http://') ? text : `https://${text}`;
    return `<a href="${url}"${attributes}>${shortened(text, limit)}</a>`;
  }
  if (text.startsWith('mailto:') && isMail(text.slice(7))) return `<a href="${text}">${text.slice(7)}</a>`;
  if (text.includes('@') && !text.startsWith('www.') && !text.startsWith('@') && !text.includes(':') && isMail(text)) {
    return `<a href="mailto:${text}">${text}</a>`;
  }
  return schemes.reduce(
    (result, scheme) =>
      result !== scheme && result.startsWith(scheme) ? `<a href="${result}"${attributes}>${result}</a>` : result,
    text,
  );
}

function shortened(text: string, limit: number | undefined): string {
  return limit !== undefined && text.length > limit ? `${text.slice(0, limit)}...` : text;
}

// Tries the few places for the sign instead of a pattern that would try all splits of all parts.
function isMail(text: string): boolean {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (at > 0 && HOST_END.test(text.slice(at + 1))) return true;
  }
  return false;
}
