/** What an error for a developer carries besides its message. */
export interface FlaconErrorOptions {
  /** Stable identifier of the kind of error, such as `ENDPOINT_CLASH`. */
  code: string;
  /** What to type or change to get on. */
  fix?: string;
  /** The error underneath. */
  cause?: unknown;
}

/** An error for the developer of an application: what happened, a stable `code`, and the `fix`. */
export class FlaconError extends Error {
  readonly code: string;
  readonly fix: string | undefined;

  constructor(message: string, { code, fix, cause }: FlaconErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.fix = fix;
  }
}
