/** Signed data that cannot be used; all errors of the signers are of this kind. */
export class BadData extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The signature does not match. */
export class BadSignature extends BadData {
  /** What the signature is claimed for; not to be trusted. Text or bytes, as the signed value was. */
  readonly payload: string | Uint8Array | undefined;

  constructor(message: string, payload?: string | Uint8Array, options?: ErrorOptions) {
    super(message, options);
    this.payload = payload;
  }
}

/** A timed signature does not match, or its time is missing or malformed. */
export class BadTimeSignature extends BadSignature {
  /** When it claims to have been signed. */
  readonly dateSigned: Date | undefined;

  constructor(message: string, payload?: string | Uint8Array, dateSigned?: Date, options?: ErrorOptions) {
    super(message, payload, options);
    this.dateSigned = dateSigned;
  }
}

/** The signature matches, but is older than allowed or from the future. */
export class SignatureExpired extends BadTimeSignature {}

/** A signed header is invalid. For serializers that have a header; none here has one. */
export class BadHeader extends BadSignature {
  readonly header: unknown;

  constructor(message: string, payload?: string | Uint8Array, header?: unknown, options?: ErrorOptions) {
    super(message, payload, options);
    this.header = header;
  }
}

/** The signature matches (or was not asked for), but what was signed cannot be read. `cause` says why. */
export class BadPayload extends BadData {}
