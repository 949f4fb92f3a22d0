import { stripVTControlCharacters } from 'node:util';

/**
 * What a terminal was sent, without escape sequences, and without the prompts that an answer which took its time has
 * replaced.
 */
export function shownText(sent: string): string {
  return stripVTControlCharacters(sent.replaceAll(/[^\n]*\r\u001b\[J/g, '')).replaceAll('\r', '');
}
