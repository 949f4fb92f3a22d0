import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { FlaconError } from './errors.ts';
import { base64Decode, base64Encode, toBuffer, type TextOrBytes } from './signer-encoding.ts';
import { BadSignature } from './signer-errors.ts';

/** Makes and checks the bytes of a signature. */
export interface SigningAlgorithm {
  getSignature(key: Buffer, value: Buffer): Buffer;
  /** Must take the same time whether and where the signatures differ. */
  verifySignature(key: Buffer, value: Buffer, signature: Buffer): boolean;
}

/** Signs nothing: the signature is empty. */
export class NoneAlgorithm implements SigningAlgorithm {
  getSignature(): Buffer {
    return Buffer.alloc(0);
  }

  verifySignature(_key: Buffer, _value: Buffer, signature: Buffer): boolean {
    return signature.length === 0;
  }
}

/** HMAC (RFC 2104) with a hash that node:crypto knows. */
export class HMACAlgorithm implements SigningAlgorithm {
  readonly digestMethod: string;

  constructor(digestMethod = 'sha1') {
    this.digestMethod = digestMethod;
  }

  getSignature(key: Buffer, value: Buffer): Buffer {
    return createHmac(this.digestMethod, key).update(value).digest();
  }

  verifySignature(key: Buffer, value: Buffer, signature: Buffer): boolean {
    const expected = this.getSignature(key, value);
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }
}

/** How the signing key comes from secret key and salt. */
export type KeyDerivation = 'concat' | 'django-concat' | 'hmac' | 'none';

/** A secret key, or several with the newest last: that one signs, all of them verify. */
export type SecretKeys = TextOrBytes | readonly TextOrBytes[];

/** Options of {@link Signer}. */
export interface SignerOptions {
  /** Names what is signed, so that a signature made for one purpose is not valid for another. Default 'itsdangerous.Signer'. */
  salt?: TextOrBytes;
  /** What stands between value and signature; none of the base64 alphabet. Default '.'. */
  sep?: string;
  /** Default 'django-concat'. */
  keyDerivation?: KeyDerivation;
  /** A hash of node:crypto, for the derivation of the key and for the signature. Default 'sha1'. */
  digestMethod?: string;
  /** Default {@link HMACAlgorithm} with `digestMethod`. */
  algorithm?: SigningAlgorithm;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=';
const DERIVATIONS: readonly string[] = ['concat', 'django-concat', 'hmac', 'none'];

/**
 * Signs texts or bytes, and checks the signature when they come back (itsdangerous 2.2). Text in, text out; bytes in,
 * bytes out. What is signed can be read by everybody.
 */
export class Signer {
  /** Oldest first. */
  readonly secretKeys: readonly Buffer[];
  readonly salt: Buffer;
  readonly sep: string;
  readonly keyDerivation: KeyDerivation;
  readonly digestMethod: string;
  readonly algorithm: SigningAlgorithm;
  #derivedKeys: Buffer[] | undefined;

  constructor(secretKey: SecretKeys, options: SignerOptions = {}) {
    const { salt = 'itsdangerous.Signer', sep = '.', keyDerivation = 'django-concat', digestMethod = 'sha1' } = options;
    this.secretKeys = keyList(secretKey);
    this.salt = toBuffer(salt);
    this.sep = sep;
    this.keyDerivation = keyDerivation;
    this.digestMethod = digestMethod;
    this.algorithm = options.algorithm ?? new HMACAlgorithm(digestMethod);
    if (ALPHABET.includes(sep)) {
      throw new FlaconError(`The separator '${sep}' may occur in a signature.`, {
        code: 'SIGNER_SEPARATOR',
        fix: "Use something without letters, digits, '-', '_' and '=', such as '.' or ':'.",
      });
    }
    if (!DERIVATIONS.includes(keyDerivation)) {
      throw new FlaconError(`Unknown key derivation '${keyDerivation}'.`, {
        code: 'SIGNER_KEY_DERIVATION',
        fix: `Use one of ${DERIVATIONS.join(', ')}.`,
      });
    }
  }

  /** The newest key: the one that signs. */
  get secretKey(): Buffer {
    return this.secretKeys.at(-1) as Buffer;
  }

  /** The key that signs for this salt. It separates purposes; it does not make a weak secret strong. */
  deriveKey(secretKey: TextOrBytes = this.secretKey): Buffer {
    const secret = toBuffer(secretKey);
    switch (this.keyDerivation) {
      case 'concat':
        return createHash(this.digestMethod).update(this.salt).update(secret).digest();
      case 'django-concat':
        return createHash(this.digestMethod).update(this.salt).update('signer').update(secret).digest();
      case 'hmac':
        return createHmac(this.digestMethod, secret).update(this.salt).digest();
      case 'none':
        return secret;
      default:
        return this.keyDerivation satisfies never;
    }
  }

  /** The signature of a value, in base64. */
  getSignature(value: TextOrBytes): string {
    const key = this.#keys().at(-1) as Buffer;
    return base64Encode(this.algorithm.getSignature(key, toBuffer(value)));
  }

  /** Value, separator, signature. */
  sign(value: string): string;
  sign(value: Uint8Array): Buffer;
  sign(value: TextOrBytes): TextOrBytes;
  sign(value: TextOrBytes): TextOrBytes {
    const suffix = this.sep + this.getSignature(value);
    return typeof value === 'string' ? value + suffix : Buffer.concat([value, Buffer.from(suffix)]);
  }

  /** Whether any of the keys made this signature for the value. */
  verifySignature(value: TextOrBytes, signature: TextOrBytes): boolean {
    let bytes: Buffer;
    try {
      bytes = base64Decode(toBuffer(signature));
    } catch {
      return false;
    }
    const data = toBuffer(value);
    return this.#keys().findLast((key) => this.algorithm.verifySignature(key, data, bytes)) !== undefined;
  }

  /** The value without its signature. Throws {@link BadSignature}. */
  unsign(signedValue: string): string;
  unsign(signedValue: Uint8Array): Buffer;
  unsign(signedValue: TextOrBytes): TextOrBytes;
  unsign(signedValue: TextOrBytes): TextOrBytes {
    const parts = splitLast(signedValue, this.sep);
    if (!parts) throw new BadSignature(`No '${this.sep}' found in value`);
    const [value, signature] = parts;
    if (this.verifySignature(value, signature)) return value;
    throw new BadSignature(`Signature '${String(signature)}' does not match`, value);
  }

  /** Whether {@link unsign} would succeed. */
  validate(signedValue: TextOrBytes): boolean {
    try {
      this.unsign(signedValue);
      return true;
    } catch (error) {
      if (error instanceof BadSignature) return false;
      throw error;
    }
  }

  #keys(): readonly Buffer[] {
    return (this.#derivedKeys ??= this.secretKeys.map((key) => this.deriveKey(key)));
  }
}

/** What stands left and right of the last separator. */
export function splitLast<T extends TextOrBytes>(value: T, sep: string): [T, T] | undefined;
export function splitLast(value: TextOrBytes, sep: string): [TextOrBytes, TextOrBytes] | undefined {
  if (typeof value === 'string') {
    const index = value.lastIndexOf(sep);
    return index === -1 ? undefined : [value.slice(0, index), value.slice(index + sep.length)];
  }
  const bytes = toBuffer(value);
  const index = bytes.lastIndexOf(sep);
  return index === -1 ? undefined : [bytes.subarray(0, index), bytes.subarray(index + Buffer.byteLength(sep))];
}

/** Key or keys as a list of bytes. */
export function keyList(secretKey: SecretKeys): readonly Buffer[] {
  const keys = typeof secretKey === 'string' || secretKey instanceof Uint8Array ? [secretKey] : secretKey;
  if (keys.length === 0) {
    throw new FlaconError('There is no secret key to sign with.', {
      code: 'SIGNER_NO_KEY',
      fix: 'Pass at least one key, the newest last.',
    });
  }
  return keys.map(toBuffer);
}
