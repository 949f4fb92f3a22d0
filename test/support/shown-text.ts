import { stripVTControlCharacters } from 'node:util';

/**
 * What a terminal was sent, without escape sequences, and without the prompts that an answer which took its time has
 * replaced.
 */
export function shownText(sent: string): string {
  return stripVTControlCharacters(sent.replaceAll(/[^\n]*\r\u001b\[J/g, '')).replaceAll('\r', '');
}

/**
 * Looks for a text in what a terminal was sent: in all of it, and in what stands above and before the cursor then. On a busy
 * machine hints come beneath the prompt while an answer is on its way: what is the end for a person is not the end of what
 * was sent.
 */
export function findShown(pattern: RegExp, sent: string): RegExpExecArray | undefined {
  return pattern.exec(shownText(sent)) ?? pattern.exec(textToCursor(sent)) ?? undefined;
}

/** The rows up to the cursor, of a terminal that is wide enough for every line. */
export function textToCursor(sent: string): string {
  const rows: string[] = [''];
  let row = 0;
  let column = 0;
  for (const [piece, count, command, text] of sent.matchAll(PIECES)) {
    const by = Number(count === undefined || count === '' ? 1 : count);
    if (text !== undefined) {
      const line = (rows[row] ?? '').padEnd(column);
      rows[row] = line.slice(0, column) + text + line.slice(column + text.length);
      column += text.length;
    } else if (piece === '\r') column = 0;
    else if (piece === '\b') column = Math.max(0, column - 1);
    else if (piece === '\n') {
      row += 1;
      rows[row] ??= '';
    } else if (command === 'A') row = Math.max(0, row - by);
    else if (command === 'B') row = Math.min(rows.length - 1, row + by);
    else if (command === 'C') column += by;
    else if (command === 'D') column = Math.max(0, column - by);
    else if (command === 'K') rows[row] = (rows[row] ?? '').slice(0, column);
    else if (command === 'J') {
      rows[row] = (rows[row] ?? '').slice(0, column);
      rows.length = row + 1;
    }
  }
  return [...rows.slice(0, row), (rows[row] ?? '').padEnd(column).slice(0, column)].join('\n');
}

/** Sequences with a number and a letter, other ones, single controls, and text. */
const PIECES =
  /\u001b\[(\d*)([A-D]|[JK])|\u001b(?:\[[\d;?<>=]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[^[\]])|[\r\n\b]|([^\u0000-\u001f\u007f]+)/g;
