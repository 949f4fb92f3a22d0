import { NAMED_REFERENCES, WITHOUT_SEMICOLON } from './entity-table.ts';

const REFERENCE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/g;

// What the bytes 0x80-0x9F mean in windows-1252, which HTML reads such numbers as.
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

let named: Map<string, string> | undefined;

/** Replaces character references the way HTML does: https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (_whole, reference: string) =>
    reference[0] === '#' ? decodeNumber(reference) : decodeName(reference),
  );
}

function decodeNumber(reference: string): string {
  const isHex = reference[1] === 'x' || reference[1] === 'X';
  const digits = reference.slice(isHex ? 2 : 1).replace(/;$/, '');
  const code = Number.parseInt(digits, isHex ? 16 : 10);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252[code - 0x80] ?? '';
  return isForbidden(code) ? '' : String.fromCodePoint(code);
}

/** Control characters and noncharacters, which Python's html.unescape drops. */
function isForbidden(code: number): boolean {
  if (code < 0x20) return code !== 0x09 && code !== 0x0a && code !== 0x0c && code !== 0x0d;
  return code === 0x7f || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}

function decodeName(reference: string): string {
  named ??= readTable();
  const exact = named.get(reference);
  if (exact !== undefined) return exact;
  for (let length = reference.length - 1; length > 1; length--) {
    const prefix = named.get(reference.slice(0, length));
    if (prefix !== undefined) return prefix + reference.slice(length);
  }
  return '&' + reference;
}

function readTable(): Map<string, string> {
  const table = new Map([['NewLine;', '\n']]);
  const words = NAMED_REFERENCES.slice(1, -1).split(/[ \n]/);
  for (let index = 0; index < words.length; index += 2) table.set(`${words[index]};`, words[index + 1] ?? '');
  for (const name of WITHOUT_SEMICOLON.slice(1, -1).split(/[ \n]/)) table.set(name, table.get(`${name};`) ?? '');
  return table;
}
