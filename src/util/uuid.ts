import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';

/** A universally unique identifier (RFC 9562) that stays apart from texts, as Python's `uuid.UUID`. */
export class UUID {
  /** The 32 hexadecimal digits, in lower case. */
  readonly hex: string;

  /** Reads the usual notation, with or without hyphens, braces or `urn:uuid:`. Throws RangeError. */
  constructor(text: string) {
    const hex = text
      .replace('urn:', '')
      .replace('uuid:', '')
      .replace(/^[{}]+|[{}]+$/g, '')
      .replaceAll('-', '');
    if (!/^[0-9a-f]{32}$/i.test(hex)) throw new RangeError(`badly formed UUID: ${text}`);
    this.hex = hex.toLowerCase();
  }

  /** A new random one. */
  static random(): UUID {
    return new UUID(randomUUID());
  }

  /** Whether the other is a UUID of the same digits. */
  equals(other: unknown): boolean {
    return other instanceof UUID && other.hex === this.hex;
  }

  toString(): string {
    return this.hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return `UUID('${this.toString()}')`;
  }
}
