import { BadData } from './signer-errors.ts';

/** Text or bytes; text stands for its UTF-8 bytes. */
export type TextOrBytes = string | Uint8Array;

/** The bytes of a text, or the bytes themselves. */
export function toBuffer(value: TextOrBytes): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** URL-safe base64 without padding (RFC 4648, section 5). */
export function base64Encode(value: TextOrBytes): string {
  return toBuffer(value).toString('base64url');
}

const CLEAN = /^[\w-]*$/;

/**
 * Reads {@link base64Encode}, as leniently as Python does: both alphabets, padding or none, foreign characters skipped.
 *
 * @throws BadData if characters are missing.
 */
export function base64Decode(value: TextOrBytes): Buffer {
  const text = typeof value === 'string' ? value.replace(/[^\0-\x7f]/g, '') : toBuffer(value).toString('latin1');
  if (CLEAN.test(text) && text.length % 4 !== 1) return Buffer.from(text, 'base64url');
  const decoded = decodeLenient(text + '='.repeat(-text.length & 3));
  if (!decoded) throw new BadData('Invalid base64-encoded data');
  return decoded;
}

/**
 * Base64 as Python's `binascii.a2b_base64` reads it: everything outside of the alphabets is skipped, padding ends the
 * data where it completes a group. Undefined if the last group is incomplete.
 */
export function decodeLenient(text: string): Buffer | undefined {
  let data = '';
  let padding = 0;
  for (const character of text) {
    if (character === '=') {
      const position = data.length % 4;
      if (position >= 2 && position + ++padding >= 4) return Buffer.from(data, 'base64');
    } else if (/[\w+/-]/.test(character) && character !== '_' && character !== '-') {
      data += character;
      padding = 0;
    } else if (character === '-' || character === '_') {
      data += character === '-' ? '+' : '/';
      padding = 0;
    }
  }
  return data.length % 4 === 0 ? Buffer.from(data, 'base64') : undefined;
}

/** The big-endian bytes of a number from 0 to 2^64 - 1, without leading zeros. Throws RangeError. */
export function intToBytes(value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  const start = buffer.findIndex((byte) => byte !== 0);
  return start === -1 ? Buffer.alloc(0) : buffer.subarray(start);
}

/** Reads {@link intToBytes}; a bigint if it is beyond the safe integers. Throws RangeError for more than eight bytes. */
export function bytesToInt(bytes: Uint8Array): number | bigint {
  if (bytes.length > 8) throw new RangeError('More than eight bytes.');
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  if (Number.isSafeInteger(value)) return value;
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
