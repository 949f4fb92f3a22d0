import { createHash } from 'node:crypto';
import type { Request } from 'flacon';

/** Recognises a visitor's address and browser: what the session keeps as `_id`, in the bytes of Flask-Login. */
export function sessionIdentifier(request: Request): string {
  const address = (request.headers.get('X-Forwarded-For') ?? request.remoteAddr)?.split(',', 1)[0]?.trim();
  const base = `${pythonBytes(address)}|${pythonBytes(request.headers.get('User-Agent'))}`;
  return createHash('sha512').update(base).digest('hex');
}

/** Text as Python prints its UTF-8 bytes: that is what Flask-Login hashes. */
function pythonBytes(text: string | undefined): string {
  if (text === undefined) return 'None';
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = `b${quote}`;
  for (const byte of Buffer.from(text)) out += escapeByte(byte, quote);
  return out + quote;
}

function escapeByte(byte: number, quote: string): string {
  const char = String.fromCharCode(byte);
  if (char === quote || char === '\\') return `\\${char}`;
  if (byte >= 0x20 && byte < 0x7f) return char;
  const short: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };
  return short[char] ?? `\\x${byte.toString(16).padStart(2, '0')}`;
}
