import { isUtf8 } from 'node:buffer';

/** The text is not JSON. The message says what was expected and where, in the words of Python's `json`. */
export class JSONDecodeError extends SyntaxError {
  /** 0-based offset of the error, in characters. */
  readonly position: number;
  /** 1-based line. */
  readonly line: number;
  /** 1-based column. */
  readonly column: number;

  constructor(problem: string, text: string, offset: number) {
    const before = text.slice(0, offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const column = Array.from(before.slice(lineStart)).length + 1;
    const position = Array.from(before).length;
    super(`${problem}: line ${line} column ${column} (char ${position})`);
    this.name = 'JSONDecodeError';
    this.position = position;
    this.line = line;
    this.column = column;
  }
}

/**
 * Parses JSON as Python's `json.loads` does: besides `JSON.parse` it accepts `NaN`, `Infinity` and `-Infinity`, and what
 * is wrong it reports with line and column. Bytes are UTF-8, or UTF-16/32 by their first bytes; a charset parameter is
 * never looked at.
 *
 * @throws {JSONDecodeError} if it is not JSON, or the bytes are not text.
 */
export function loadsJson(source: string | Uint8Array): unknown {
  const text = typeof source === 'string' ? source : decodeJson(source);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Slower, and only for what JSON.parse refuses: it finds the place, or one of the three extra numbers.
    try {
      return new Scanner(text).document();
    } catch (error) {
      if (error instanceof RangeError) throw new JSONDecodeError('Nested too deeply', text, 0);
      if (error instanceof JSONDecodeError) error.cause = cause;
      throw error;
    }
  }
}

const BOM_DECODERS: readonly (readonly [readonly number[], string])[] = [
  [[0x00, 0x00, 0xfe, 0xff], 'utf-32be'],
  [[0xff, 0xfe, 0x00, 0x00], 'utf-32le'],
  [[0xfe, 0xff], 'utf-16be'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
];

function decodeJson(bytes: Uint8Array): string {
  for (const [mark, encoding] of BOM_DECODERS) {
    if (mark.every((byte, i) => bytes[i] === byte)) return decodeAs(bytes.subarray(mark.length), encoding);
  }
  return decodeAs(bytes, encodingWithoutMark(bytes));
}

/** A JSON text begins with two ASCII characters, so that zero bytes among the first four tell the width (RFC 4627). */
function encodingWithoutMark(bytes: Uint8Array): string {
  const [a, b, c, d] = bytes;
  if (bytes.length >= 4) {
    if (a === 0) return b === 0 ? 'utf-32be' : 'utf-16be';
    if (b === 0) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  } else if (bytes.length === 2) {
    if (a === 0) return 'utf-16be';
    if (b === 0) return 'utf-16le';
  }
  return 'utf-8';
}

function decodeAs(bytes: Uint8Array, encoding: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding === 'utf-8') {
    if (isUtf8(buffer)) return buffer.toString('utf8');
  } else if (encoding.startsWith('utf-32')) {
    const text = decodeUtf32(buffer, encoding === 'utf-32le');
    if (text !== undefined) return text;
  } else {
    try {
      return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(buffer);
    } catch {
      // Reported below, like the other two.
    }
  }
  throw new JSONDecodeError(`Invalid ${encoding} data`, '', 0);
}

function decodeUtf32(buffer: Buffer, littleEndian: boolean): string | undefined {
  if (buffer.length % 4 !== 0) return undefined;
  let text = '';
  for (let i = 0; i < buffer.length; i += 4) {
    const code = littleEndian ? buffer.readUInt32LE(i) : buffer.readUInt32BE(i);
    if (code > 0x10ffff) return undefined;
    text += String.fromCodePoint(code);
  }
  return text;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const CONSTANTS: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    if (this.#text.startsWith('\ufeff')) this.#fail('Unexpected UTF-8 BOM (decode using utf-8-sig)', 0);
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at !== this.#text.length) this.#fail('Extra data');
    return value;
  }

  #fail(problem: string, at = this.#at): never {
    throw new JSONDecodeError(problem, this.#text, at);
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #value(): unknown {
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char === '{') return this.#object();
    if (char === '[') return this.#array();
    for (const [word, value] of CONSTANTS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) this.#fail('Expecting value');
    this.#at += number.length;
    return Number(number);
  }

  #object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.#at++;
    this.#skipSpace();
    while (entries.length > 0 || this.#text[this.#at] !== '}') {
      if (this.#text[this.#at] !== '"') this.#fail('Expecting property name enclosed in double quotes');
      const key = this.#string();
      this.#skipSpace();
      if (this.#text[this.#at] !== ':') this.#fail("Expecting ':' delimiter");
      this.#at++;
      this.#skipSpace();
      entries.push([key, this.#value()]);
      this.#skipSpace();
      if (this.#text[this.#at] === '}') break;
      if (this.#text[this.#at] !== ',') this.#fail("Expecting ',' delimiter");
      this.#at++;
      this.#skipSpace();
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    this.#skipSpace();
    while (items.length > 0 || this.#text[this.#at] !== ']') {
      items.push(this.#value());
      this.#skipSpace();
      if (this.#text[this.#at] === ']') break;
      if (this.#text[this.#at] !== ',') this.#fail("Expecting ',' delimiter");
      this.#at++;
      this.#skipSpace();
    }
    this.#at++;
    return items;
  }

  #string(): string {
    const begin = this.#at++;
    let out = '';
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) this.#fail('Unterminated string starting at', begin);
      if (char === '"') break;
      if (char <= '\x1f') this.#fail('Invalid control character at');
      out += char === '\\' ? this.#escape(begin) : char;
      this.#at++;
    }
    this.#at++;
    return out;
  }

  /** Reads an escape; leaves the position at its last character. */
  #escape(begin: number): string {
    const backslash = this.#at++;
    const char = this.#text[this.#at];
    if (char === undefined) this.#fail('Unterminated string starting at', begin);
    if (char !== 'u') return ESCAPES[char] ?? this.#fail('Invalid \\escape', backslash);
    const digits = this.#text.slice(this.#at + 1, this.#at + 5);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('Invalid \\uXXXX escape', this.#at + (digits.length < 4 ? 1 : 0));
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
}
