import { splitLast, Signer, type SecretKeys, type SignerOptions } from './signer-base.ts';
import { base64Decode, base64Encode, bytesToInt, intToBytes, toBuffer, type TextOrBytes } from './signer-encoding.ts';
import { BadSignature, BadTimeSignature, SignatureExpired } from './signer-errors.ts';

/** Options of {@link TimestampSigner}. */
export interface TimestampSignerOptions extends SignerOptions {
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  now?: () => number;
}

/** Options of {@link TimestampSigner.unsign}. */
export interface UnsignOptions {
  /** Seconds that a signature is valid. Default: for ever. */
  maxAge?: number;
}

// The last second of the year 9999, which is where Python's datetime ends.
const MAX_TIMESTAMP = 253_402_300_799;

/** A {@link Signer} that also notes when it signed, and can refuse what is too old. */
export class TimestampSigner extends Signer {
  readonly #now: () => number;

  constructor(secretKey: SecretKeys, options: TimestampSignerOptions = {}) {
    super(secretKey, options);
    this.#now = options.now ?? Date.now;
  }

  /** Now, in whole seconds since 1970. */
  getTimestamp(): number {
    return Math.floor(this.#now() / 1000);
  }

  override sign(value: string): string;
  override sign(value: Uint8Array): Buffer;
  override sign(value: TextOrBytes): TextOrBytes;
  override sign(value: TextOrBytes): TextOrBytes {
    const suffix = this.sep + base64Encode(intToBytes(this.getTimestamp()));
    return super.sign(typeof value === 'string' ? value + suffix : Buffer.concat([value, Buffer.from(suffix)]));
  }

  /**
   * The value without time and signature.
   *
   * @throws SignatureExpired if it is older than `maxAge` seconds, or from the future.
   * @throws BadTimeSignature if signature or time are wrong.
   */
  override unsign(signedValue: string, options?: UnsignOptions): string;
  override unsign(signedValue: Uint8Array, options?: UnsignOptions): Buffer;
  override unsign(signedValue: TextOrBytes, options?: UnsignOptions): TextOrBytes;
  override unsign(signedValue: TextOrBytes, options: UnsignOptions = {}): TextOrBytes {
    return this.#open(signedValue, options)[0];
  }

  /** {@link unsign}, with the time of signing. */
  unsignWithDate<T extends TextOrBytes>(signedValue: T, options: UnsignOptions = {}): [value: T, dateSigned: Date] {
    const [value, date] = this.#open(signedValue, options);
    if (!date) throw new BadTimeSignature('Malformed timestamp', value);
    return [value, date];
  }

  // Without a date: the time is a number, but of no year that there is a date for.
  #open<T extends TextOrBytes>(signedValue: T, options: UnsignOptions): [value: T, date: Date | undefined] {
    let signed: TextOrBytes;
    let failure: BadSignature | undefined;
    try {
      signed = super.unsign(signedValue);
    } catch (error) {
      if (!(error instanceof BadSignature) || error.payload === undefined) throw error;
      failure = error;
      signed = error.payload;
    }

    const parts = splitLast(signed, this.sep);
    if (!parts) throw failure ?? new BadTimeSignature('timestamp missing', signed);
    const [value, encodedTime] = parts;
    const timestamp = readTimestamp(encodedTime);
    const date = timestamp !== undefined && timestamp <= MAX_TIMESTAMP ? new Date(timestamp * 1000) : undefined;

    if (failure && (date || timestamp === undefined)) throw new BadTimeSignature(failure.message, value, date);
    if (failure || timestamp === undefined) throw new BadTimeSignature('Malformed timestamp', value);
    if (options.maxAge !== undefined) this.#checkAge(timestamp, options.maxAge, value, date);
    return [value as T, date];
  }

  /** Whether {@link unsign} would succeed. */
  override validate(signedValue: TextOrBytes, options: UnsignOptions = {}): boolean {
    try {
      this.unsign(signedValue, options);
      return true;
    } catch (error) {
      if (error instanceof BadSignature) return false;
      throw error;
    }
  }

  #checkAge(timestamp: number, maxAge: number, value: TextOrBytes, date?: Date): void {
    const age = this.getTimestamp() - timestamp;
    if (age > maxAge) throw new SignatureExpired(`Signature age ${age} > ${maxAge} seconds`, value, date);
    if (age < 0) throw new SignatureExpired(`Signature age ${age} < 0 seconds`, value, date);
  }
}

function readTimestamp(encoded: TextOrBytes): number | undefined {
  try {
    return Number(bytesToInt(base64Decode(toBuffer(encoded))));
  } catch {
    return undefined;
  }
}
