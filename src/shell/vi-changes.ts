import type { EditorBuffer } from './editor-buffer.ts';
import { firstWord, lineEnd, lineStart } from './vi-motions.ts';

/** What was deleted or copied. */
export interface Register {
  text: string;
  isLinewise: boolean;
}

/** Where so many characters to the left or right lead, in the line; the cursor stays. */
export function along(buffer: EditorBuffer, key: string, times: number): number {
  const { text, cursor } = buffer;
  const [start, end] = [lineStart(text, cursor), lineEnd(text, cursor)];
  for (let left = times; left > 0; left -= 1) {
    if (key === 'h' ? buffer.cursor > start : buffer.cursor < end) buffer[key === 'h' ? 'left' : 'right']();
  }
  const to = buffer.cursor;
  buffer.moveTo(cursor);
  return to;
}

/** `o` and `O`: an empty line below or above, as far in as this one. */
export function openLine(buffer: EditorBuffer, isAbove: boolean): void {
  const { text, cursor } = buffer;
  if (isAbove) {
    const at = lineStart(text, cursor);
    const indent = text.slice(at, firstWord(text, at));
    buffer.replace(at, at, `${indent}\n`);
    buffer.moveTo(at + indent.length);
  } else {
    buffer.moveTo(lineEnd(text, cursor));
    buffer.newline();
  }
}

/** `r`: other characters in place of these; false where there are fewer. */
export function replaceCharacters(buffer: EditorBuffer, character: string, times: number): boolean {
  const { cursor } = buffer;
  const end = along(buffer, 'l', times);
  const count = Array.from(buffer.text.slice(cursor, end)).length;
  if (count < times) return false;
  buffer.replace(cursor, end, character.repeat(times));
  buffer.moveTo(cursor + character.length * (times - 1));
  return true;
}

/** `~`: lower case for upper case, and the other way round. */
export function swapCase(buffer: EditorBuffer, times: number): void {
  const { cursor, text } = buffer;
  const end = along(buffer, 'l', times);
  const turned = Array.from(text.slice(cursor, end), (character) =>
    character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase(),
  );
  buffer.replace(cursor, end, turned.join(''));
}

/** `J`: the next line behind this one; false where there is none. */
export function joinLines(buffer: EditorBuffer): boolean {
  const { text, cursor } = buffer;
  const end = lineEnd(text, cursor);
  if (end === text.length) return false;
  const spaces = /^\n[ \t]*/.exec(text.slice(end))?.[0].length ?? 1;
  buffer.replace(end, end + spaces, ' ');
  buffer.moveTo(end);
  return true;
}

/** `p` and `P`: what was deleted or copied, after the cursor or before it; false where nothing was. */
export function put(buffer: EditorBuffer, register: Register, isAfter: boolean, times: number): boolean {
  const { text: copied, isLinewise } = register;
  if (copied === '') return false;
  const { text, cursor } = buffer;
  const end = lineEnd(text, cursor);
  if (isLinewise) {
    const lines = Array.from({ length: times }, () => copied).join('\n');
    const at = isAfter ? end : lineStart(text, cursor);
    buffer.replace(at, at, isAfter ? `\n${lines}` : `${lines}\n`);
    buffer.moveTo(firstWord(buffer.text, isAfter ? at + 1 : at));
  } else {
    const at = isAfter && cursor < end ? along(buffer, 'l', 1) : cursor;
    buffer.replace(at, at, copied.repeat(times));
    buffer.left();
  }
  return true;
}
