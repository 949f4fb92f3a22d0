/** Data that can be handed out and comes back unchanged or not at all (itsdangerous 2.2): the module `flacon/signer`. */
export {
  HMACAlgorithm,
  NoneAlgorithm,
  Signer,
  type KeyDerivation,
  type SecretKeys,
  type SignerOptions,
  type SigningAlgorithm,
} from './signer-base.ts';
export { base64Decode, base64Encode, type TextOrBytes } from './signer-encoding.ts';
export { BadData, BadHeader, BadPayload, BadSignature, BadTimeSignature, SignatureExpired } from './signer-errors.ts';
export {
  Serializer,
  TimedSerializer,
  URLSafeSerializer,
  URLSafeTimedSerializer,
  type FallbackSigner,
  type PayloadSerializer,
  type SaltOptions,
  type SerializerOptions,
  type SignerClass,
} from './signer-serializer.ts';
export { TimestampSigner, type TimestampSignerOptions, type UnsignOptions } from './signer-timed.ts';
