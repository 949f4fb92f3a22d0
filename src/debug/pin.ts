import { createHash, createHmac, randomBytes, randomInt, scryptSync, timingSafeEqual } from 'node:crypto';

import { FlaconError } from '../util/errors.ts';

/** What the process that owns the server hands to each worker: plain data. */
export interface PinSettings {
  /** What has to be typed before code is evaluated; undefined when nothing has. */
  pin: string | undefined;
  /** Signs the cookie. */
  key: string;
  /** Wrong attempts so far: a worker that restarts does not forget them. */
  failures: number;
}

/** What came of typing a PIN. */
export interface PinAnswer {
  auth: boolean;
  /** No more attempts are taken until the server is started again. */
  exhausted: boolean;
  /** The header that sets the cookie, after the right PIN. */
  cookie?: string;
}

/** Attempts until the debugger is locked. */
export const MOST_FAILURES = 10;

const WEEK_MS = 7 * 24 * 3600 * 1000;
const FEWEST_CHARACTERS = 4;

/**
 * The PIN of a server that starts: nine random digits, or what `setting` (`FLACON_DEBUG_PIN`) says; `off` means none.
 * Nothing on the machine leads to a random one (CVE-2019-14806).
 *
 * @throws FlaconError `DEBUG_PIN` when `setting` is too short to keep anybody out.
 */
export function createPin(setting?: string): PinSettings {
  const text = setting?.trim() ?? '';
  if (text === 'off') return { pin: undefined, key: randomKey(), failures: 0 };
  if (text === '') {
    const digits = String(randomInt(1_000_000_000)).padStart(9, '0');
    return { pin: digits.replace(/(\d{3})(?=\d)/g, '$1-'), key: randomKey(), failures: 0 };
  }
  if (plainPin(text).length < FEWEST_CHARACTERS) {
    throw new FlaconError(`FLACON_DEBUG_PIN has fewer than ${FEWEST_CHARACTERS} characters.`, {
      code: 'DEBUG_PIN',
      fix: 'set a longer one, leave it out for a random PIN, or set it to off',
    });
  }
  // The same PIN gives the same key, so that who has typed it stays known when the server starts again.
  const key = scryptSync(plainPin(text), 'flacon debugger', 32).toString('base64url');
  return { pin: text, key, failures: 0 };
}

/** Keeps the debugger closed to those who do not know the PIN. */
export class PinGuard {
  /** One server's cookie is not another's on the same host: browsers do not tell ports apart. */
  readonly cookieName: string;
  readonly #settings: PinSettings;
  readonly #keyId: string;
  readonly #onFailure: (failures: number) => void;
  readonly #now: () => number;
  #failures: number;

  /** `onFailure` hears of each wrong attempt, to hand the count on to the next worker. */
  constructor(settings: PinSettings, port: number, onFailure: (failures: number) => void = () => {}, now = Date.now) {
    this.#settings = settings;
    this.#failures = settings.failures;
    this.#onFailure = onFailure;
    this.#now = now;
    this.cookieName = `flacon_debug_${port}`;
    this.#keyId = digest(settings.key).toString('base64url').slice(0, 8);
  }

  /** Whether code is evaluated without a PIN. */
  get isOff(): boolean {
    return this.#settings.pin === undefined;
  }

  get isExhausted(): boolean {
    return !this.isOff && this.#failures >= MOST_FAILURES;
  }

  /** Whether a request comes from somebody who has typed the PIN. A forged cookie counts as an attempt. */
  isTrusted(cookieHeader: string | undefined): boolean {
    if (this.isOff) return true;
    if (this.isExhausted) return false;
    const value = this.#cookie(cookieHeader);
    if (value === undefined) return false;
    const [keyId = '', until = '', signature = ''] = value.split('.');
    // Of another server or an earlier PIN: it was right once, and leads nowhere here.
    if (!isSame(keyId, this.#keyId)) return false;
    if (!isSame(signature, this.#sign(until))) {
      this.#fail();
      return false;
    }
    return Number(until) > this.#now();
  }

  /** Takes an attempt. Counted before anything is waited for, so that many at once are not more than one after another. */
  enter(pin: string): PinAnswer {
    const { pin: expected } = this.#settings;
    if (expected === undefined) return { auth: true, exhausted: false };
    if (this.isExhausted) return { auth: false, exhausted: true };
    if (!isSame(plainPin(pin), plainPin(expected))) {
      this.#fail();
      return { auth: false, exhausted: this.isExhausted };
    }
    this.#failures = 0;
    this.#onFailure(0);
    const until = String(this.#now() + WEEK_MS);
    const value = `${this.#keyId}.${until}.${this.#sign(until)}`;
    const cookie = `${this.cookieName}=${value}; Path=/__flacon__/; Max-Age=${WEEK_MS / 1000}; HttpOnly; SameSite=Strict`;
    return { auth: true, exhausted: false, cookie };
  }

  #fail(): void {
    this.#failures += 1;
    this.#onFailure(this.#failures);
  }

  #sign(until: string): string {
    const { key, pin = '' } = this.#settings;
    return createHmac('sha256', key)
      .update(`${this.#keyId}.${until}.${plainPin(pin)}`)
      .digest('base64url');
  }

  #cookie(header = ''): string | undefined {
    const start = `${this.cookieName}=`;
    const found = header.split(/; */).find((pair) => pair.startsWith(start));
    return found?.slice(start.length);
  }
}

/** Whether two texts are the same, in a time that tells nothing about where they differ. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function plainPin(pin: string): string {
  return pin.replaceAll(/[\s-]/g, '');
}

function randomKey(): string {
  return randomBytes(32).toString('base64url');
}
