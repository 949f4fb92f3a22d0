const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether every character is ASCII. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

/**
 * Text that node:http decoded byte by byte (headers, the request target) read as UTF-8.
 * Invalid bytes become U+FFFD, or throw a TypeError with `fatal`.
 */
export function utf8FromLatin1(text: string, { fatal = false }: { fatal?: boolean } = {}): string {
  if (isAscii(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return fatal ? strictUtf8.decode(bytes) : bytes.toString('utf8');
}

/** Text as UTF-8 bytes with one character a byte, the only form in which node:http sends characters beyond Latin-1. */
export function latin1FromUtf8(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}
