import { dumpHeader, quoteHeaderValue } from './dump.ts';
import { parseDictHeader } from './parse.ts';
import { stripEnd } from './strip.ts';

/** Parameters of an authentication scheme; `null` for one without a value. */
export type AuthParameters = Record<string, string | null>;

function titleCase(text: string): string {
  return text.replace(/[\p{Lu}\p{Ll}\p{Lt}]+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
}

/** Scheme, parameters and token of a header. A `=` anywhere but at the end makes it parameters. */
function splitHeader(value: string): { type: string; parameters: AuthParameters; token: string | undefined } {
  const space = value.indexOf(' ');
  const type = (space === -1 ? value : value.slice(0, space)).toLowerCase();
  const rest = space === -1 ? '' : value.slice(space + 1).trim();
  if (stripEnd(rest, '=').includes('=')) return { type, parameters: parseDictHeader(rest), token: undefined };
  return { type, parameters: {}, token: rest };
}

const BASE64 = /^[A-Za-z0-9+/]$/;

/** Decodes base64 as Python does: foreign characters are skipped, but the padding must be complete. */
function decodeBase64(text: string): Uint8Array | undefined {
  let digits = '';
  let padding = 0;
  for (const char of text) {
    if (char > '\x7f') return undefined;
    if (BASE64.test(char)) {
      digits += char;
      padding = 0;
    } else if (char === '=' && digits.length % 4 >= 2) {
      padding++;
      if ((digits.length % 4) + padding === 4) return Buffer.from(digits, 'base64');
    }
  }
  return digits.length % 4 === 0 ? Buffer.from(digits, 'base64') : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseBasic(token: string): AuthParameters | undefined {
  const bytes = decodeBase64(token);
  if (bytes === undefined) return undefined;
  try {
    const text = utf8.decode(bytes);
    const colon = text.indexOf(':');
    if (colon === -1) return { username: text, password: '' };
    return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    // Bytes that are no text cannot be credentials.
    return undefined;
  }
}

/** An Authorization header: a scheme with parameters (basic, digest…) or with a token (bearer…). */
export class Authorization {
  /** The scheme in lower case: `basic`, `bearer`, `digest`… */
  readonly type: string;
  readonly parameters: Readonly<AuthParameters>;
  readonly token: string | undefined;

  constructor(type: string, parameters: Readonly<AuthParameters> = {}, token?: string | null) {
    this.type = type;
    this.parameters = parameters;
    this.token = token ?? undefined;
  }

  /** Parses the header. `undefined` if it is missing, or basic and not decodable. */
  static fromHeader(value: string | null | undefined): Authorization | undefined {
    if (!value) return undefined;
    const space = value.indexOf(' ');
    if (value.slice(0, space === -1 ? undefined : space).toLowerCase() === 'basic') {
      const parameters = parseBasic(space === -1 ? '' : value.slice(space + 1).trim());
      return parameters === undefined ? undefined : new Authorization('basic', parameters);
    }
    const { type, parameters, token } = splitHeader(value);
    return new Authorization(type, parameters, token);
  }

  /** A parameter, such as `auth.get('nonce')`. */
  get(name: string): string | undefined {
    return Object.hasOwn(this.parameters, name) ? (this.parameters[name] ?? undefined) : undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.parameters, name);
  }

  get username(): string | undefined {
    return this.get('username');
  }

  get password(): string | undefined {
    return this.get('password');
  }

  equals(other: Authorization): boolean {
    return this.toHeader() === other.toHeader();
  }

  toHeader(): string {
    if (this.type === 'basic') {
      const credentials = `${this.username ?? ''}:${this.password ?? ''}`;
      return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
    }
    return `${titleCase(this.type)} ${this.token ?? dumpHeader(this.parameters)}`;
  }

  toString(): string {
    return this.toHeader();
  }

  // Never with the header: it would put credentials into logs and onto error pages.
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<Authorization ${this.type}>`;
  }
}

// RFC 7616 section 3.3 wants these in quotes even if they are tokens.
const QUOTED_IN_DIGEST = new Set(['realm', 'domain', 'nonce', 'opaque', 'qop']);

/**
 * A WWW-Authenticate header: a challenge with parameters (`new WWWAuthenticate('basic', { realm: 'x' })`) or a token.
 * Changing it calls `onUpdate`, by which a response keeps its header up to date.
 */
export class WWWAuthenticate {
  onUpdate: (() => void) | undefined;
  #type: string;
  #parameters: AuthParameters;
  #token: string | undefined;

  constructor(type: string, parameters: Readonly<AuthParameters> = {}, token?: string | null) {
    this.#type = type.toLowerCase();
    this.#parameters = { ...parameters };
    this.#token = token ?? undefined;
  }

  /** Parses the header. `undefined` if it is missing. */
  static fromHeader(value: string | null | undefined): WWWAuthenticate | undefined {
    if (!value) return undefined;
    const { type, parameters, token } = splitHeader(value);
    return new WWWAuthenticate(type, parameters, token);
  }

  /** The scheme in lower case: `basic`, `bearer`, `digest`… */
  get type(): string {
    return this.#type;
  }

  set type(value: string) {
    this.#type = value;
    this.onUpdate?.();
  }

  get parameters(): Readonly<AuthParameters> {
    return this.#parameters;
  }

  set parameters(value: Readonly<AuthParameters>) {
    this.#parameters = { ...value };
    this.onUpdate?.();
  }

  /** The token of a scheme that has one instead of parameters. */
  get token(): string | undefined {
    return this.#token;
  }

  set token(value: string | null | undefined) {
    this.#token = value ?? undefined;
    this.onUpdate?.();
  }

  get(name: string): string | undefined {
    return this.has(name) ? (this.#parameters[name] ?? undefined) : undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#parameters, name);
  }

  /** Sets a parameter; `null` or `undefined` removes it. */
  set(name: string, value: string | null | undefined): void {
    const rest = Object.entries(this.#parameters).filter(
      ([key]) => key !== name || (value !== null && value !== undefined),
    );
    const entries = new Map(rest);
    if (value !== null && value !== undefined) entries.set(name, value);
    this.parameters = Object.fromEntries(entries);
  }

  delete(name: string): void {
    if (this.has(name)) this.set(name, undefined);
  }

  equals(other: WWWAuthenticate): boolean {
    return this.toHeader() === other.toHeader();
  }

  toHeader(): string {
    const title = titleCase(this.#type);
    if (this.#token !== undefined) return `${title} ${this.#token}`;
    const entries = Object.entries(this.#parameters);
    if (entries.length === 0) return title;
    if (this.#type !== 'digest') return `${title} ${dumpHeader(this.#parameters)}`;
    // Werkzeug writes a parameter that has no value as `None`.
    const dump = ([key, value]: [string, string | null]): string =>
      `${key}=${quoteHeaderValue(value ?? 'None', { allowToken: !QUOTED_IN_DIGEST.has(key) })}`;
    return `Digest ${entries.map(dump).join(', ')}`;
  }

  toString(): string {
    return this.toHeader();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<WWWAuthenticate ${this.toHeader()}>`;
  }
}
