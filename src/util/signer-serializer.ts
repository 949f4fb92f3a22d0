import { deflateSync, inflateSync } from 'node:zlib';
import { dumpJson, loadJson } from './python-json.ts';
import { keyList, Signer, type SecretKeys } from './signer-base.ts';
import { base64Decode, base64Encode, toBuffer, type TextOrBytes } from './signer-encoding.ts';
import { BadPayload, BadSignature, SignatureExpired } from './signer-errors.ts';
import { TimestampSigner, type TimestampSignerOptions, type UnsignOptions } from './signer-timed.ts';

/** Turns values into text and back: `JSON` is one. */
export interface PayloadSerializer {
  dumps(value: unknown): string;
  loads(text: string): unknown;
}

/** A class of signers. */
export type SignerClass<S extends Signer> = new (secretKey: SecretKeys, options?: TimestampSignerOptions) => S;

/** Another way in which a value may have been signed: other options, another class, or both. */
export type FallbackSigner<S extends Signer> =
  TimestampSignerOptions | SignerClass<S> | readonly [SignerClass<S>, TimestampSignerOptions];

/** Options of the serializers. */
export interface SerializerOptions<S extends Signer = Signer> {
  /** Names what is signed, so that a signature made for one purpose is not valid for another. Default 'itsdangerous'. */
  salt?: TextOrBytes;
  /** Default: JSON, as Python writes it. */
  serializer?: PayloadSerializer;
  /** The class that signs. */
  signer?: SignerClass<S>;
  /** Options of the signer. */
  signerOptions?: TimestampSignerOptions;
  /** Tried after the signer, when a signature does not match. */
  fallbackSigners?: readonly FallbackSigner<S>[];
}

/** Options of one call. */
export interface SaltOptions {
  /** Instead of the salt of the serializer. */
  salt?: TextOrBytes;
}

const spacedJson: PayloadSerializer = { dumps: (value) => dumpJson(value), loads: loadJson };
const compactJson: PayloadSerializer = {
  dumps: (value) => dumpJson(value, { compact: true, ensureAscii: false }),
  loads: loadJson,
};

abstract class BaseSerializer<S extends Signer> {
  readonly secretKeys: readonly Buffer[];
  readonly salt: TextOrBytes;
  readonly serializer: PayloadSerializer;
  readonly signer: SignerClass<S>;
  readonly signerOptions: TimestampSignerOptions;
  readonly fallbackSigners: readonly FallbackSigner<S>[];
  #signer: S | undefined;

  constructor(secretKey: SecretKeys, options: SerializerOptions<S>, signer: SignerClass<S>, json: PayloadSerializer) {
    this.secretKeys = keyList(secretKey);
    this.salt = options.salt ?? 'itsdangerous';
    this.serializer = options.serializer ?? json;
    this.signer = options.signer ?? signer;
    this.signerOptions = options.signerOptions ?? {};
    this.fallbackSigners = options.fallbackSigners ?? [];
  }

  /** The value as signed text. */
  dumps(value: unknown, options: SaltOptions = {}): string {
    return this.makeSigner(options.salt).sign(this.dumpPayload(value));
  }

  /** A signer for the salt. */
  makeSigner(salt?: TextOrBytes): S {
    if (salt !== undefined) return new this.signer(this.secretKeys, { ...this.signerOptions, salt });
    return (this.#signer ??= new this.signer(this.secretKeys, { ...this.signerOptions, salt: this.salt }));
  }

  /** The signers that are tried in turn: fallbacks once for each key. */
  *iterUnsigners(salt?: TextOrBytes): Generator<S, void> {
    yield this.makeSigner(salt);
    for (const fallback of this.fallbackSigners) {
      const [Class, options] = resolveFallback(fallback, this.signer, this.signerOptions);
      for (const key of this.secretKeys) yield new Class(key, { ...options, salt: salt ?? this.salt });
    }
  }

  /** The text that is signed for a value. */
  dumpPayload(value: unknown): string {
    return this.serializer.dumps(value);
  }

  /** The value of a text that was signed. Throws {@link BadPayload}. */
  loadPayload(payload: TextOrBytes): unknown {
    try {
      return this.serializer.loads(typeof payload === 'string' ? payload : decodeUtf8(payload));
    } catch (cause) {
      throw new BadPayload('Could not load the payload because an exception occurred on unserializing the data.', {
        cause,
      });
    }
  }

  protected unsafe(load: () => unknown): [valid: boolean, value: unknown] {
    try {
      return [true, load()];
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
      if (error.payload === undefined) return [false, undefined];
      return [false, this.#loadOrUndefined(error.payload)];
    }
  }

  #loadOrUndefined(payload: TextOrBytes): unknown {
    try {
      return this.loadPayload(payload);
    } catch (error) {
      if (error instanceof BadPayload) return undefined;
      throw error;
    }
  }
}

/** Signs JSON values (itsdangerous' `Serializer`). */
export class Serializer extends BaseSerializer<Signer> {
  constructor(secretKey: SecretKeys, options: SerializerOptions = {}, json: PayloadSerializer = spacedJson) {
    super(secretKey, options, Signer, json);
  }

  /** The value of signed text. Throws {@link BadSignature} or {@link BadPayload}. */
  loads(signed: TextOrBytes, options: SaltOptions = {}): unknown {
    let failure: unknown;
    for (const signer of this.iterUnsigners(options.salt)) {
      try {
        return this.loadPayload(signer.unsign(signed));
      } catch (error) {
        if (!(error instanceof BadSignature)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Whether the signature is valid, and the value even if it is not: for debugging, not to be trusted. */
  loadsUnsafe(signed: TextOrBytes, options: SaltOptions = {}): [valid: boolean, value: unknown] {
    return this.unsafe(() => this.loads(signed, options));
  }
}

/** Signs JSON values and the time (itsdangerous' `TimedSerializer`). */
export class TimedSerializer extends BaseSerializer<TimestampSigner> {
  constructor(
    secretKey: SecretKeys,
    options: SerializerOptions<TimestampSigner> = {},
    json: PayloadSerializer = spacedJson,
  ) {
    super(secretKey, options, TimestampSigner, json);
  }

  /**
   * The value of signed text.
   *
   * @throws SignatureExpired if it was signed more than `maxAge` seconds ago, or in the future.
   * @throws BadSignature, BadPayload
   */
  loads(signed: TextOrBytes, options: SaltOptions & UnsignOptions = {}): unknown {
    return this.loadsWithDate(signed, options)[0];
  }

  /** {@link loads}, with the time of signing. */
  loadsWithDate(signed: TextOrBytes, options: SaltOptions & UnsignOptions = {}): [value: unknown, dateSigned: Date] {
    let failure: unknown;
    for (const signer of this.iterUnsigners(options.salt)) {
      try {
        const [payload, date] = signer.unsignWithDate(signed, options);
        return [this.loadPayload(payload), date];
      } catch (error) {
        // An expired signature did match: no other signer will do better.
        if (error instanceof SignatureExpired || !(error instanceof BadSignature)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Whether signature and age are valid, and the value even if not: for debugging, not to be trusted. */
  loadsUnsafe(signed: TextOrBytes, options: SaltOptions & UnsignOptions = {}): [valid: boolean, value: unknown] {
    return this.unsafe(() => this.loads(signed, options));
  }
}

/** A {@link Serializer} whose text fits into URLs and cookies; compressed where that is shorter. */
export class URLSafeSerializer extends Serializer {
  constructor(secretKey: SecretKeys, options: SerializerOptions = {}) {
    super(secretKey, options, compactJson);
  }

  override dumpPayload(value: unknown): string {
    return pack(super.dumpPayload(value));
  }

  override loadPayload(payload: TextOrBytes): unknown {
    return super.loadPayload(unpack(payload));
  }
}

/** A {@link TimedSerializer} whose text fits into URLs and cookies; compressed where that is shorter. */
export class URLSafeTimedSerializer extends TimedSerializer {
  constructor(secretKey: SecretKeys, options: SerializerOptions<TimestampSigner> = {}) {
    super(secretKey, options, compactJson);
  }

  override dumpPayload(value: unknown): string {
    return pack(super.dumpPayload(value));
  }

  override loadPayload(payload: TextOrBytes): unknown {
    return super.loadPayload(unpack(payload));
  }
}

// A few kilobytes of a hostile payload can unpack to gigabytes.
const MAX_UNPACKED = 16 * 1024 * 1024;
const DOT = '.'.charCodeAt(0);

function pack(text: string): string {
  const plain = Buffer.from(text);
  if (plain.length <= MAX_UNPACKED) {
    const packed = deflateSync(plain);
    if (packed.length < plain.length - 1) return `.${base64Encode(packed)}`;
  }
  return base64Encode(plain);
}

function unpack(payload: TextOrBytes): Buffer {
  const bytes = toBuffer(payload);
  const isPacked = bytes[0] === DOT;
  let decoded: Buffer;
  try {
    decoded = base64Decode(isPacked ? bytes.subarray(1) : bytes);
  } catch (cause) {
    throw new BadPayload('Could not base64 decode the payload because of an exception', { cause });
  }
  if (!isPacked) return decoded;
  try {
    return inflateSync(decoded, { maxOutputLength: MAX_UNPACKED });
  } catch (cause) {
    throw new BadPayload('Could not zlib decompress the payload before decoding the payload', { cause });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

function resolveFallback<S extends Signer>(
  fallback: FallbackSigner<S>,
  signer: SignerClass<S>,
  signerOptions: TimestampSignerOptions,
): readonly [SignerClass<S>, TimestampSignerOptions] {
  if (typeof fallback === 'function') return [fallback, signerOptions];
  return Array.isArray(fallback)
    ? (fallback as [SignerClass<S>, TimestampSignerOptions])
    : [signer, fallback as TimestampSignerOptions];
}
