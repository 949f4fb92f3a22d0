/** Where a motion leads, and what an operator takes with it. */
export interface Motion {
  to: number;
  /** The character at the far end belongs to it. */
  isInclusive?: boolean;
  /** It is about whole lines. */
  isLinewise?: boolean;
}

/** A search for a character in the line: `f`, `F`, `t` or `T`, and the character. */
export type Find = readonly [kind: string, character: string];

type Class = 'space' | 'word' | 'sign';

function classOf(character: string | undefined, isBig: boolean): Class {
  if (character === undefined || /\s/.test(character)) return 'space';
  return isBig || /[\p{L}\p{N}\p{M}_$\ud800-\udfff]/u.test(character) ? 'word' : 'sign';
}

export const lineStart = (text: string, at: number): number => (at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1);

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** The first character of the line that is no space. */
export function firstWord(text: string, at: number): number {
  const start = lineStart(text, at);
  const spaces = /^[ \t]*/.exec(text.slice(start))?.[0].length ?? 0;
  return Math.min(start + spaces, lineEnd(text, at));
}

function nextWord(text: string, from: number, isBig: boolean): number {
  let at = from;
  const first = classOf(text[at], isBig);
  if (first !== 'space') while (at < text.length && classOf(text[at], isBig) === first) at += 1;
  while (at < text.length && classOf(text[at], isBig) === 'space') at += 1;
  return at;
}

function wordBefore(text: string, from: number, isBig: boolean): number {
  let at = from;
  while (at > 0 && classOf(text[at - 1], isBig) === 'space') at -= 1;
  const first = classOf(text[at - 1], isBig);
  while (at > 0 && classOf(text[at - 1], isBig) === first) at -= 1;
  return at;
}

/** The last character of the word that is next. */
function wordEnd(text: string, from: number, isBig: boolean): number {
  let at = from + 1;
  while (at < text.length && classOf(text[at], isBig) === 'space') at += 1;
  const first = classOf(text[at], isBig);
  while (at + 1 < text.length && classOf(text[at + 1], isBig) === first) at += 1;
  return Math.min(at, Math.max(0, text.length - 1));
}

const PAIRS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** The bracket that belongs to the first one from the cursor on in its line. */
function partner(text: string, from: number): number | undefined {
  const line = text.slice(from, lineEnd(text, from));
  const offset = line.search(/[()[\]{}]/);
  if (offset < 0) return undefined;
  const at = from + offset;
  const bracket = text[at] ?? '';
  const [open, close] = Object.entries(PAIRS).find((pair) => pair.includes(bracket)) ?? ['', ''];
  const step = bracket === open ? 1 : -1;
  let depth = 0;
  for (let place = at; place >= 0 && place < text.length; place += step) {
    if (text[place] === open) depth += 1;
    else if (text[place] === close) depth -= 1;
    if (depth === 0) return place;
  }
  return undefined;
}

/** Looks for a character in the line, `count` times. */
export function find(text: string, from: number, [kind, character]: Find, count: number): Motion | undefined {
  const isForward = kind === 'f' || kind === 't';
  const [start, end] = [lineStart(text, from), lineEnd(text, from)];
  let at = from;
  for (let left = count; left > 0; left -= 1) {
    const next = isForward ? text.indexOf(character, at + 1) : at === 0 ? -1 : text.lastIndexOf(character, at - 1);
    if (next < start || next >= end) return undefined;
    at = next;
  }
  const to = kind === 't' ? at - 1 : kind === 'T' ? at + 1 : at;
  return isForward ? { to, isInclusive: true } : { to };
}

/** Motions of one key, but those along a line and between lines. */
export function motionOf(key: string, text: string, from: number, count: number | undefined): Motion | undefined {
  const times = count ?? 1;
  const repeat = (step: (text: string, at: number, isBig: boolean) => number): number => {
    let at = from;
    for (let left = times; left > 0; left -= 1) at = step(text, at, key !== key.toLowerCase());
    return at;
  };
  switch (key) {
    case 'w':
    case 'W':
      return { to: repeat(nextWord) };
    case 'b':
    case 'B':
      return { to: repeat(wordBefore) };
    case 'e':
    case 'E':
      return { to: repeat(wordEnd), isInclusive: true };
    case '0':
      return { to: lineStart(text, from) };
    case '^':
      return { to: firstWord(text, from) };
    case '|':
      return { to: Math.min(lineStart(text, from) + times - 1, lineEnd(text, from)) };
    case '$': {
      let at = from;
      for (let left = times; left > 1; left -= 1) at = Math.min(text.length, lineEnd(text, at) + 1);
      return { to: lineEnd(text, at) };
    }
    case '%': {
      const to = partner(text, from);
      return to === undefined ? undefined : { to, isInclusive: true };
    }
    case 'G':
      return { to: lineOf(text, count), isLinewise: true };
    case 'gg':
      return { to: lineOf(text, count ?? 1), isLinewise: true };
    default:
      return undefined;
  }
}

/** The beginning of a line by its number; the last without one. */
function lineOf(text: string, number: number | undefined): number {
  const lines = text.split('\n');
  const index = Math.min(number ?? lines.length, lines.length) - 1;
  return firstWord(
    text,
    lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0),
  );
}

/** What `iw`, `a"`, `i(` and the like stand for: a range. */
export function textObject(kind: 'i' | 'a', key: string, text: string, at: number): [number, number] | undefined {
  if (key === 'w' || key === 'W') return wordObject(kind, key === 'W', text, at);
  if (/^["'`]$/.test(key)) return quoted(kind, key, text, at);
  const names: Record<string, string> = { b: '(', B: '{', ')': '(', ']': '[', '}': '{', '>': '<' };
  const open = names[key] ?? key;
  return PAIRS[open] === undefined ? undefined : bracketed(kind, open, text, at);
}

function wordObject(kind: 'i' | 'a', isBig: boolean, text: string, at: number): [number, number] {
  const here = classOf(text[at], isBig);
  const [from, to] = [lineStart(text, at), lineEnd(text, at)];
  let [start, end] = [at, at];
  while (start > from && classOf(text[start - 1], isBig) === here) start -= 1;
  while (end < to && classOf(text[end], isBig) === here) end += 1;
  if (kind === 'a') while (end < to && classOf(text[end], isBig) === 'space') end += 1;
  return [start, end];
}

function quoted(kind: 'i' | 'a', mark: string, text: string, at: number): [number, number] | undefined {
  const [from, to] = [lineStart(text, at), lineEnd(text, at)];
  const places: number[] = [];
  for (let place = from; place < to; place += 1)
    if (text[place] === mark && text[place - 1] !== '\\') places.push(place);
  for (let index = 0; index + 1 < places.length; index += 2) {
    const [open = 0, close = 0] = places.slice(index, index + 2);
    if (close >= at) return kind === 'i' ? [open + 1, close] : [open, close + 1];
  }
  return undefined;
}

function bracketed(kind: 'i' | 'a', open: string, text: string, at: number): [number, number] | undefined {
  const close = PAIRS[open] ?? '';
  let depth = text[at] === close ? 1 : 0;
  for (let start = at; start >= 0; start -= 1) {
    if (text[start] === close && start !== at) depth += 1;
    else if (text[start] === open) depth -= text[start] === text[at] && start === at ? 0 : depth > 0 ? 1 : 0;
    if (text[start] !== open || depth > 0) continue;
    const end = partner(text, start);
    if (end === undefined || end < at) continue;
    return kind === 'i' ? [start + 1, end] : [start, end + 1];
  }
  return undefined;
}
